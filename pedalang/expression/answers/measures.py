"""The unit behind a number, in the tokens of a text: 12 cm, 5 square feet, 60 miles per hour, half an hour."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pedalang.expression.answers import units
from pedalang.expression.answers.lexicon import Lexicon
from pedalang.expression.answers.numbers import SLASHES
from pedalang.expression.answers.spelled import glued, past_hyphen, sign, word
from pedalang.expression.answers.tokens import Token
from pedalang.expression.answers.units import Unit

_PERCENTS = (("per", "cent"), ("por", "ciento"), ("pour", "cent"))
_SQUARES = {"square": 2, "sq": 2, "cubic": 3}
_RAISED = {"²": 2, "³": 3, "2": 2, "3": 3}

Measure = tuple[tuple[Unit, ...], int]
"""The readings of a unit, and the place behind it."""


def measure(row: Sequence[Token], at: int, lexicon: Lexicon) -> Measure:
    """The unit that stands at a place, behind a number; none of them, and the same place, where there is none."""
    here = past_hyphen(row, at)
    if (word(row, here), word(row, here + 1)) in _PERCENTS:
        return (units.PERCENT,), here + 2
    found, end = _single(row, here)
    if not found:
        return (), at
    slashed = sign(row, end) in SLASHES
    below, behind = _single(row, end + 1) if slashed or word(row, end) in lexicon.per else ((), end)
    if not below:
        return found, end
    rates = units.by(found, below)
    return (rates if slashed else (*rates, *found)), behind


def of_a_part(row: Sequence[Token], at: int, lexicon: Lexicon) -> Measure:
    """The same behind a part of one: half `an hour`, a quarter `of an hour`."""
    here = at + 1 if word(row, at) in lexicon.of else at
    if word(row, here) not in lexicon.articles:
        return measure(row, at, lexicon)
    found, end = measure(row, here + 1, lexicon)
    return (found, end) if found else ((), at)


def _single(row: Sequence[Token], at: int) -> Measure:
    power = _SQUARES.get(word(row, at), 1)
    here = at + 1 if power > 1 else at
    if here >= len(row) or row[here].kind not in ("word", "sign"):
        return (), at
    text, end = row[here].text, here + 1
    if text == "°" and glued(row, end) and row[end].text in ("C", "F"):
        text, end = text + row[end].text, end + 1
    found = units.named(text)
    if text in units.SIGNS_BEFORE and end < len(row) and row[end].kind == "number" and glued(row, end):
        return (), at
    if found and power == 1:
        power, end = _raised(row, end)
    return (units.to_the(found, power) if power > 1 else found), end


def _raised(row: Sequence[Token], at: int) -> tuple[int, int]:
    """cm², cm^2, m2"""
    here = at + 1 if sign(row, at) == "^" else at
    braced = here > at and sign(row, here) == "{"
    here += braced
    if here < len(row) and glued(row, here) and row[here].text in _RAISED:
        return _RAISED[row[here].text], here + 1 + braced
    return 1, at


def added(first: Measure, value: Fraction, second: tuple[Unit, ...], more: Fraction) -> Fraction | None:
    """1 h and 30 min in hours: None where the second unit is no smaller one of the same kind. Coins are counted, and
    not added up: 4 quarters and 3 dimes."""
    for left, right in units.shared(first[0], second):
        if right.factor < left.factor and left.factor not in units.COINS:
            return value + more * right.factor / left.factor
    return None
