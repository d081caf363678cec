"""The functions that expressions can call: what each takes and gives, and how it is computed.

A signature is written in the language's own types; `T` stands for any type, the same one in all its places. Where
a function has several signatures, the first that fits is meant. The compiler reads the signatures, the evaluator the
Python functions; there is no other list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from msgspec import Struct

from pedalang.expression import locales, values, wording
from pedalang.expression.answers import quantities, stating
from pedalang.expression.limits import MAX_DIGITS, MAX_ITEMS, MAX_TEXT

_SIGN = r"(?:(?<![\w)\]])[-−])?"


class Function(Struct, frozen=True):
    """`signatures` such as `(Rational, Int) -> Text`; `doc` is one line for people."""

    signatures: tuple[str, ...]
    python: Callable[..., Any]
    doc: str


class _Reading(NamedTuple):
    """How numbers are found in the texts of a language. `rational` finds a fraction, or a number that is no part of
    one; dates and the like (1/2/3) are neither. `grouped` is a whole part with signs between its digits."""

    number: re.Pattern[str]
    rational: re.Pattern[str]
    grouped: re.Pattern[str]
    signs: re.Pattern[str]
    """What stands between groups of digits."""


@cache
def _reading(decimal: str, groups: str) -> _Reading:
    """Where the decimal sign is a comma, a point that groups nothing is one too: calculators write it everywhere."""
    signs = f"[{re.escape(groups)}]"
    point = r"\." if decimal == "." else r"[,.]"
    grouped = rf"\d{{1,3}}(?:{signs}\d{{3}})++(?!\d)"
    whole = rf"(?:{grouped}|\d++)"
    number = rf"(?:{whole}(?:{point}\d++)?|\.\d++)"
    rational = (rf"(?<![\d/])(?<!\d{point}){_SIGN}"
                rf"(?:(\d++) ?/ ?(\d++)(?!{point}\d)(?! ?/)|{number}(?!\.\d)(?! ?/ ?\d))")
    return _Reading(*map(re.compile, (_SIGN + number, rational, rf"[-−]?{grouped}", signs)))


def _read(tag: str) -> _Reading:
    locale = locales.of(tag)
    return _reading(locale.decimal, locale.groups)


def _plain(found: str, reading: _Reading) -> str:
    """A number as Python reads it."""
    grouped = reading.grouped.match(found)
    if grouped is not None:
        found = reading.signs.sub("", grouped[0]) + found[grouped.end():]
    return found.replace(",", ".").replace("−", "-")


def _numbers(text: str, tag: str = "") -> tuple[float, ...]:
    """The numbers of a text in order; a minus after a digit, a word or a bracket subtracts and is no sign."""
    reading = _read(tag)
    found = [_plain(number, reading) for number in reading.number.findall(text) if len(number) <= MAX_DIGITS]
    return tuple(float(number) for number in found)


def _rationals(text: str, tag: str = "") -> tuple[Fraction, ...]:
    """Fractions and whole or decimal numbers, in order; a fraction with denominator 0 is left out."""
    found, reading = [], _read(tag)
    for match in reading.rational.finditer(text):
        if match.end() - match.start() > MAX_DIGITS:
            continue
        if match[2] is None:
            found.append(Fraction(_plain(match[0], reading)))
        elif int(match[2]) != 0:
            found.append(Fraction(int(_plain(match[0].partition("/")[0], reading)), int(match[2])))
    return tuple(found)


def _written_numbers(text: str, tag: str = "") -> tuple[str, ...]:
    """The same, each as it stands there: 6/12 stays 6/12."""
    return tuple(match[0] for match in _read(tag).rational.finditer(text)
                 if match.end() - match.start() <= MAX_DIGITS)


def _rational(value: Any, below: Any = 1) -> Fraction:
    """A number over `below`, or the one number that a text holds; there `below` is the text's language."""
    if isinstance(value, str):
        found = _rationals(value, below if isinstance(below, str) else "")
        if len(found) != 1:
            raise ValueError(f"{value!r} is not one number")
        return found[0]
    return Fraction(value) / below


def _int(value: Any, tag: str = "") -> int:
    return int(_plain(value.strip(), _read(tag))) if tag and isinstance(value, str) else int(value)


def _float(value: Any, tag: str = "") -> float:
    return float(_plain(value.strip(), _read(tag))) if tag and isinstance(value, str) else float(value)


def _shown(value: Any, tag: str) -> str | None:
    return None if value is None else locales.shown(value, tag)


def _over(value: Fraction, below: int) -> str:
    """3/6 for 1/2 over 6."""
    if below <= 0:
        raise ValueError(f"{below} is no number of parts")
    above = value * below
    if above.denominator != 1:
        raise ValueError(f"{value} is no whole number of parts of {below}")
    return f"{above.numerator}/{below}"


def _wrong_near(value: Any) -> Any:
    """A slip: the numerator is off by one, or the number by one. Never the value itself."""
    if isinstance(value, Fraction):
        return Fraction(value.numerator + 1, value.denominator)
    return value + 1


def _words(what: Any) -> int:
    """Words of a text, of a list of texts, or of all that a member of the cast has said."""
    if isinstance(what, dict):
        what = what["said"]
    texts = (what,) if isinstance(what, str) else what
    return sum(len(wording.WORD.findall(text)) for text in texts)


def _mentions(text: str, number: Any, tag: str = "") -> bool:
    """5/6 has 5/6 and 10/12, but neither 5 nor 6."""
    return any(values.equal(found, number) for found in _rationals(text, tag))


def _recognised(text: str, tag: str = "") -> tuple[Fraction, ...]:
    """All that counts or measures something, in any form, each in the unit that it is said in."""
    return tuple(found.value for found in quantities.quantities(text, tag))


def _clamp(value: Any, low: Any, high: Any) -> Any:
    return min(max(value, low), high)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _join(items: tuple[str, ...], by: str) -> str:
    if sum(map(len, items)) + len(by) * len(items) > MAX_TEXT:
        raise ValueError(f"a text of more than {MAX_TEXT} characters")
    return by.join(items)


def _contains(text: str, part: str) -> bool:
    return part.lower() in text.lower()


def _replace(text: str, part: str, by: str) -> str:
    if not part:
        raise ValueError("an empty text stands everywhere")
    if len(text) + text.count(part) * max(0, len(by) - len(part)) > MAX_TEXT:
        raise ValueError(f"a text of more than {MAX_TEXT} characters")
    return text.replace(part, by)


def _includes(text: str, part: str) -> bool:
    return part in text


def _first(items: tuple[Any, ...]) -> Any:
    return items[0] if items else None


def _last(items: tuple[Any, ...]) -> Any:
    return items[-1] if items else None


def _count_moves(history: tuple[dict[str, Any], ...], move: str) -> int:
    return sum(turn["move"] == move for turn in history)


def _range(low: int, high: int) -> tuple[int, ...]:
    if high - low > MAX_ITEMS:
        raise ValueError(f"a range of more than {MAX_ITEMS} numbers")
    return tuple(range(low, high))


def _item(items: tuple[Any, ...], at: int) -> Any:
    """The item at `at`, or the last one where there are fewer; none of an empty list."""
    return items[min(at, len(items) - 1)] if items and at >= 0 else None


FUNCTIONS: dict[str, Function] = {
    "abs": Function(("(Int) -> Int", "(Rational) -> Rational", "(Float) -> Float"), abs, "without its sign"),
    "sum": Function(("(List[Int]) -> Int", "(List[Rational]) -> Rational", "(List[Float]) -> Float"), sum, "the sum"),
    "min": Function(("(Int, Int) -> Int", "(Rational, Rational) -> Rational", "(Float, Float) -> Float"), min,
                    "the smaller"),
    "max": Function(("(Int, Int) -> Int", "(Rational, Rational) -> Rational", "(Float, Float) -> Float"), max,
                    "the larger"),
    "round": Function(("(Float) -> Int", "(Rational) -> Int"), round, "the nearest whole number, halves to even"),
    "clamp": Function(("(Int, Int, Int) -> Int", "(Rational, Rational, Rational) -> Rational",
                       "(Float, Float, Float) -> Float"), _clamp, "kept between a low and a high value"),
    "count": Function(("(List[T]) -> Int",), len, "how many items"),
    "first": Function(("(List[T]) -> T?",), _first, "the first item, or none"),
    "last": Function(("(List[T]) -> T?",), _last, "the last item, or none"),
    "item": Function(("(List[T], Int) -> T?",), _item, "the item at a place from 0, or the last one"),
    "range": Function(("(Int, Int) -> List[Int]",), _range, "the whole numbers from a first up to but not a last"),
    "join": Function(("(List[Text], Text) -> Text",), _join, "the texts, with another between them"),
    "lines": Function(("(Text) -> List[Text]",), _lines, "the lines that are not empty"),
    "upper": Function(("(Text) -> Text",), str.upper, "in capitals"),
    "lower": Function(("(Text) -> Text",), str.lower, "in small letters"),
    "trim": Function(("(Text) -> Text",), str.strip, "without space at either end"),
    "replace": Function(("(Text, Text, Text) -> Text",), _replace,
                        "a text with another put in each place of a part of it"),
    "contains": Function(("(Text, Text) -> Bool",), _contains, "whether a text has a part, whatever the capitals"),
    "includes": Function(("(Text, Text) -> Bool",), _includes, "the same, with capitals as they stand"),
    "words": Function(("(Text) -> Int", "(List[Text]) -> Int", "(Role) -> Int"), _words, "how many words"),
    "content_words": Function(("(Text) -> List[Text]",), wording.content_words,
                              "the words that say what a text is about, in small letters: no `the`, `you`, `would`"),
    "word_runs": Function(("(Text, Int) -> List[Text]",), wording.word_runs,
                          "all runs of so many words, in small letters"),
    "sentences": Function(("(Text) -> List[Text]",), wording.sentences, "the sentences of a text"),
    "said_by": Function(("(Text, Text) -> List[Text]",), wording.said_by,
                        "what a speaker says in a dialogue written as one text, `Tutor: …` and `Student: …` in lines"),
    "overlap": Function(("(Text, Text) -> Float?",), wording.overlap,
                        "the share of the first text's content words that the second has too; none where it has none"),
    "similarity": Function(("(Text, Text) -> Float",), wording.similarity,
                           "how alike two texts are in their content words, from 0 to 1: the cosine of their counts"),
    "distinct": Function(("(List[T]) -> List[T]",), wording.distinct, "each item once"),
    "shared": Function(("(List[T], List[T]) -> List[T]",), wording.shared,
                       "the first list's items that are in the second too, each once"),
    "ln": Function(("(Float) -> Float",), math.log, "the natural logarithm"),
    "numbers": Function(("(Text) -> List[Float]",), _numbers, "the numbers in a text, thousands commas removed"),
    "rationals": Function(("(Text) -> List[Rational]",), _rationals, "the fractions and numbers in a text"),
    "written_numbers": Function(("(Text) -> List[Text]",), _written_numbers,
                                "the fractions and numbers in a text, each as it is written"),
    "mentions_number": Function(("(Text, Float) -> Bool", "(Text, Rational) -> Bool"), _mentions,
                                "whether a text has this number"),
    "recognised": Function(("(Text) -> List[Rational]",), _recognised,
                           "the numbers in a text in any form: `twelve`, `1 1/2`, `50 %`"),
    "states_answer": Function(("(Text, Float) -> Bool", "(Text, Rational) -> Bool", "(Text, Text) -> Bool"),
                              stating.states, "whether a text states an answer, in any form that is equal to it"),
    "reveals_answer": Function(("(Text, Float) -> Bool", "(Text, Rational) -> Bool", "(Text, Text) -> Bool"),
                               stating.reveals, "the same, with nothing left to work out: 12, but not 24/2"),
    "concludes_answer": Function(("(Text, Float) -> Bool", "(Text, Rational) -> Bool", "(Text, Text) -> Bool"),
                                 stating.concludes, "the same, as what comes out: `= 12`, `the answer is 12`"),
    "int": Function(("(Text) -> Int", "(Float) -> Int", "(Rational) -> Int"), _int, "as a whole number"),
    "float": Function(("(Text) -> Float", "(Int) -> Float", "(Rational) -> Float"), _float, "as a decimal number"),
    "rational": Function(("(Text) -> Rational", "(Int) -> Rational", "(Int, Int) -> Rational"), _rational,
                         "an exact fraction"),
    "num": Function(("(Rational) -> Int",), lambda r: r.numerator, "the numerator in lowest terms"),
    "den": Function(("(Rational) -> Int",), lambda r: r.denominator, "the denominator in lowest terms"),
    "shown": Function(("(T, Text) -> Text",), _shown, 'as it reads in a language: shown(0.5, "de") is 0,5'),
    "lcm": Function(("(Int, Int) -> Int",), math.lcm, "the least common multiple"),
    "gcd": Function(("(Int, Int) -> Int",), math.gcd, "the greatest common divisor"),
    "over": Function(("(Rational, Int) -> Text",), _over, "a fraction with another denominator: over(1/2, 6) is 3/6"),
    "wrong_near": Function(("(Int) -> Int", "(Rational) -> Rational", "(Float) -> Float"), _wrong_near,
                           "a slip: off by one in the numerator, or by one"),
    "count_moves": Function(("(History, Text) -> Int",), _count_moves, "how often a move was made"),
}

READS = ("numbers", "rationals", "written_numbers", "mentions_number", "recognised", "states_answer", "reveals_answer",
         "concludes_answer", "int", "float", "rational")
"""Functions that find numbers in a text; the language of the text may be their last argument."""
