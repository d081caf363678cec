"""Whether words state an answer and give it away: `answers.txt` holds the cases, written by hand before the code; the
properties are about all numbers and all texts."""

from __future__ import annotations

import string
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedalang.expression import locales
from pedalang.expression.answers import algebra, quantities, stating, units

TABLE = Path(__file__).with_name("answers.txt")
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
PIECES = """12 1/2 one two hundred thousand and a an half third thirds dozen - – ( ) . , : ; = + * / ^ ² ½ √ \\frac { }
$ € % x y 12th cm hours between to problem 2) point minus sqrt \\sqrt per of ° 1,200 1.5 e3 million of the is"""


def cases() -> list[tuple[str, str, str, str]]:
    """Language, what is said, the answer, and the verdict."""
    found, tag = [], ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            tag = line.strip("[]")
        elif " | " in line and not line.startswith("# "):
            said, answer, verdict = (part.strip(" ") for part in line.rsplit("|", 2))
            found.append((tag, said.replace("\\n", "\n"), answer, verdict))
    return found


@pytest.mark.parametrize(("tag", "said", "answer", "verdict"), cases())
def test_what_is_said(tag: str, said: str, answer: str, verdict: str) -> None:
    states, reveals = stating.states(said, answer, tag), stating.reveals(said, answer, tag)
    assert {(True, True): "yes", (True, False): "task", (False, False): "no"}.get((states, reveals)) == verdict


def spelled(number: int) -> str:
    """A whole number below a million in English words."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        return f"{ONES[number // 100]} hundred" + (f" and {spelled(number % 100)}" if number % 100 else "")
    below = number % 1000
    between = " and " if 0 < below < 100 else " "
    return f"{spelled(number // 1000)} thousand" + (between + spelled(below) if below else "")


@given(st.integers(0, 999_999))
def test_whole_numbers_in_all_forms(number: int) -> None:
    for written in (str(number), f"{number:,}", f"{number}.0", f"{number}.", spelled(number), spelled(number).upper(),
                    f"${number:,}", f"\\({number}\\)", f"**{number}**", f"x = {number}", f"{number} cm"):
        assert stating.reveals(f"I think it is {written}", number), written
        assert not stating.states(f"I think it is {written}", number + 1), written


@given(st.integers(1, 500), st.integers(2, 500), st.integers(1, 50))
def test_fractions_in_all_forms(above: int, below: int, whole: int) -> None:
    value = Fraction(above, below)
    task = value.denominator == 1
    for written in (f"{above}/{below}", f"{above} / {below}", f"\\frac{{{above}}}{{{below}}}", f"{above} over {below}"):
        assert stating.states(f"So {written}.", value), written
        assert stating.reveals(f"So {written}.", value) is not task, written
    if value < 1:
        assert stating.reveals(f"{whole} {above}/{below}", whole + value)
        assert stating.reveals(f"{whole}\\frac{{{above}}}{{{below}}}", whole + value)


@given(st.sampled_from(sorted(locales.TABLE)), st.integers(-10**9, 10**9), st.integers(0, 4))
def test_what_a_language_shows_is_read_again(tag: str, digits: int, places: int) -> None:
    value = digits / 10**places
    shown = locales.shown(value, tag)
    if "e" not in shown:
        assert stating.reveals(shown, float(f"{value:.10g}"), tag)


@given(st.fractions(0, 10**6, max_denominator=1000))
def test_lengths_are_converted(value: Fraction) -> None:
    metres = float(value)
    assert stating.states(f"{metres:.6f} m", f"{metres * 1000:.3f} mm")
    assert not stating.states(f"{metres:.6f} m", f"{metres:.6f} kg")


pieced = st.lists(st.sampled_from(PIECES.split()), max_size=30).map(" ".join)
digits = st.text(string.digits + ".,/^*()+-=xab{}\\ $%½²", max_size=60)


@given(pieced | digits | st.text(max_size=60), st.sampled_from(["", "de", "fr", "es", "de-CH", "ja"]))
@settings(max_examples=300)
def test_any_text_is_read(text: str, tag: str) -> None:
    last = 0
    for found in quantities.quantities(text, tag):
        assert last <= found.start < found.end <= len(text)
        last = found.end
    algebra.expressions(text, tag)
    for answer in (12, 0.5, Fraction(2, 3), "3x + 6", "x = 4", "12 cm", text):
        assert stating.states(text, answer, tag) >= stating.reveals(text, answer, tag)


@given(st.lists(st.text(string.ascii_letters, min_size=2), min_size=1, max_size=5).map(" ".join))
def test_words_state_themselves(text: str) -> None:
    said = stating.reveals(f"Is it {text.swapcase()}?", text)
    assert said or quantities.quantities(text) or algebra.expressions(text)


terms = st.recursive(
    st.sampled_from(["x", "y", "2", "3", "7", "0.5"]),
    lambda inner: st.builds("({}{}{})".format, inner, st.sampled_from("+-*"), inner) | inner.map("({})^2".format),
    max_leaves=6)


@given(terms, terms)
def test_sums_and_products_may_change_sides(left: str, right: str) -> None:
    for sign in "+*":
        assert stating.states(f"It is z{sign}({right}{sign}{left})", f"z{sign}({left}{sign}{right})")
        assert stating.reveals(f"It is z{sign}({right}{sign}{left})", f"({left}{sign}{right}){sign}z")
    assert stating.states(f"z*({left}) + z*({right})", f"z({left} + {right})")
    assert not stating.states(f"z + {left}", f"z + {left} + 1")


@pytest.mark.parametrize("text", [
    "9^9^9^9", "9^99999999", "2^400^2", "1e999", "1" * 5000, "1/" * 5000, "(" * 5000 + "x" + ")" * 5000, "x^" * 3000,
    "(x+y+z+1)^40 (x-y)^40", "sqrt(" * 2000 + "2", "sqrt(999999937)sqrt(999999929)", "\\frac{" * 3000, "{" * 9000,
    "one hundred and " * 1000, "twenty-" * 2000, "half a " * 2000, "1,111" * 2000, "1 hour and " * 1000, "-" * 9000,
    "between 1 and " * 1000, "1. a\n" * 2000, "2²" * 2000, "a" * 50000, "x+" * 5000, "100!!!!!", "\\" * 9999,
    "2) " * 3000,
], ids=lambda text: text[:16])
def test_nothing_runs_long(text: str) -> None:
    """A run of these that is not linear takes minutes; the suite's own limit ends it."""
    quantities.quantities(text)
    algebra.expressions(text)
    for answer in ("3x + 6", "(x+y)^9", 12, text[:500]):
        stating.states(text, answer)


def test_units_have_one_meaning_of_a_kind() -> None:
    for name in ("cm", "km", "min", "h", "kg", "l", "mph", "°", "%", "cents", "pounds"):
        found = units.named(name)
        assert found and len({unit.dimensions for unit in found}) == len(found)


@pytest.mark.parametrize(("text", "concluded"), [
    ("Why did you multiply 600 by 3?", False), ("So the answer is 600.", True), ("Then 200 * 3 = 600.", True),
    ("200 * 3 = 600 * 1", False), ("Is the answer 600?", False), ("Good. 600 pounds it weighs.", False),
    ("It equals $600.", True), ("Therefore she needs 600. Do you see?", True), ("The answer? Look at the 600.", False),
    ("The result is 1200/2", False), ("Die Antwort ist 600.", False),
])
def test_what_comes_out(text: str, concluded: bool) -> None:
    assert stating.concludes(text, 600) is concluded


def test_what_comes_out_in_other_languages() -> None:
    assert stating.concludes("Die Antwort ist sechshundert.", 600, "de")
    assert stating.concludes("Donc, il y a six cents.", 600, "fr")
    assert stating.concludes("La respuesta es seiscientos.", 600, "es")
    assert stating.concludes("It is 3x + 6.", "6 + 3x")
