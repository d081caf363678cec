"""Whatever stands in a file, the compiler says what it thinks of it, soon, and never fails."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pedalang.compiler import compile

HERE = Path(__file__).parent
SECONDS = 10.0
"""Of processor time: far more than any of these takes, far less than one that grows without bound."""

WORD = re.compile(r"[^\W\d]\w*|\d+|\"[^\"\n]*\"|\s+|.")


def pieces(text: str) -> list[str]:
    return WORD.findall(text)


def said(text: str) -> list[str]:
    """The codes of what the compiler says."""
    begun = time.process_time()
    found = compile.check_text(text)
    assert time.process_time() - begun < SECONDS
    assert all(re.fullmatch(r"PED\d{4}", each.code) for each in found)
    return [each.code for each in found]


def mutated(text: str, seed: int) -> str:
    """The text with a few of its pieces taken away, doubled, swapped, or put in place of others."""
    draw = random.Random(seed)
    found = pieces(text)
    for _ in range(draw.randint(1, 4)):
        at, other = draw.randrange(len(found)), draw.randrange(len(found))
        match draw.randrange(5):
            case 0:
                del found[at]
            case 1:
                found.insert(at, found[other])
            case 2:
                found[at], found[other] = found[other], found[at]
            case 3:
                found[at] = found[other]
            case 4:
                found[at] = draw.choice(["none", "0", "-1", "[]", "{}", "student", "history", "self", "9" * 30, '"{{"'])
    return "".join(found)


def renamed(text: str, seed: int) -> str:
    """The text with names and values put in place of others: most is still syntax, and means something else."""
    draw = random.Random(seed)
    found = pieces(text)
    names = [at for at, piece in enumerate(found) if piece.isidentifier()]
    literals = [at for at, piece in enumerate(found) if piece.isdigit() or piece.startswith('"')]
    for _ in range(draw.randint(1, 3)):
        if draw.random() < 0.7:
            found[draw.choice(names)] = found[draw.choice(names)]
        else:
            found[draw.choice(literals)] = draw.choice(
                ["0", "99999", "40%", '"{{ turn.text }}"', '"{{ history }}"', "none", "[1, 2]", "3 turns", "-1", "0.5"])
    return "".join(found)


@pytest.mark.parametrize("part", range(3))
def test_a_program_with_other_names_is_answered(lesson: str, part: int) -> None:
    for seed in range(part * 20, part * 20 + 20):
        said(renamed(lesson, seed))


@pytest.mark.parametrize("part", range(6))
def test_a_program_with_random_changes_is_answered(lesson: str, part: int) -> None:
    for seed in range(part * 20, part * 20 + 20):
        text = mutated(lesson, seed)
        try:
            said(text)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error


@pytest.mark.parametrize("part", range(3))
def test_whole_declarations_in_another_order_or_missing_are_answered(lesson: str, part: int) -> None:
    declarations = lesson.split("\n\n")
    for seed in range(part * 10, part * 10 + 10):
        draw = random.Random(seed)
        draw.shuffle(declarations)
        said("\n\n".join(declarations[: draw.randint(0, len(declarations))]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    said(text)


FRAMES = {
    "values": "let a = {}", "texts": 'let a = "{{{{ {} }}}}"', "formulas": "contract c {{ always {} }}",
    "types": "def f(x: {}) -> Int = 1", "records": "type T {{ a: {} }}",
}


@settings(max_examples=60)
@given(st.sampled_from(sorted(FRAMES)), st.lists(st.sampled_from(
    ["a", "1", "0.5", "(", ")", "[", "]", "{", "}", "+", "-", "if", "then", "else", "not", "and", "==", "??", ".", "..",
     "for", "in", "none", "true", '"x"', "List", "?", ",", "until", "never", "within 3 turns", "f", "initial", "3%"]),
    max_size=12))
def test_any_row_of_words_is_answered(frame: str, words: list[str]) -> None:
    said(FRAMES[frame].format(" ".join(words)))


def test_thousands_of_brackets_are_one_mistake() -> None:
    for opening, closing in (("(", ")"), ("[", "]"), ("{ a: ", "}")):
        text = f"let a = {opening * 5_000}1{closing * 5_000}"
        assert "PED0108" in said(text)
        assert said(f"let a = {opening * 5_000}")


def test_a_long_row_of_operators_is_answered() -> None:
    for symbol in ("+", "??", "and", "<"):
        said("let a = " + f" {symbol} ".join(["1"] * 5_000))
    said("let a = " + "- " * 5_000 + "1")
    said("let a = " + "not " * 5_000 + "true")
    said("let a = 1" + "".join(f"\nlet a{n} = a" for n in range(3_000)))


def test_a_megabyte_of_anything_is_answered() -> None:
    draw = random.Random(0)
    assert said(draw.randbytes(1_000_000).decode("latin-1"))
    assert said("".join(draw.choices("{}()[]\"'/.: abc19\n", k=300_000)))
    said("let a = \"" + "x" * 1_000_000 + "\"")
    said("let a = " + "9" * 1_000_000)
    said("// " + "comment " * 100_000)


def test_a_large_program_is_read_in_time() -> None:
    """Two hundred copies of one definition each, used once."""
    lines = [f"def f{n}(x: Int, y: Int = {n}) -> Int = if x > y then x * {n} else y\nlet v{n} = f{n}({n})"
             for n in range(1_000)]
    assert said("\n".join(lines)) == []
