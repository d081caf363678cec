"""The numbers and quantities of a text: what each is worth, its unit, and where it stands. Digits that only say which
(problem 12, step 2), when (12:30, June 12) or between what (10-12) are none: `places.py` knows these."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from pedalang.expression import locales
from pedalang.expression.answers import lexicon, measures, numbers, places, spelled, tokens, units
from pedalang.expression.answers.numbers import MINUS
from pedalang.expression.answers.places import Speech
from pedalang.expression.answers.spelled import glued, sign, word
from pedalang.expression.answers.units import Unit

KEPT = 512
"""Texts whose quantities are remembered: each turn is asked about more than once."""
MAX_KEPT = 4_000
"""Characters of such a text."""
_SIGNED = ("=", "(", "[", "{", "≈", "*", "×", "·", "÷", "/", "<", ">", "≤", "≥", "<=", ">=", "+")
"""A minus behind these is a sign, even where a space follows it."""
_CLOSING = (")", "]", "}", "%", "°", "|", "²", "³")
"""A minus behind these subtracts, as it does behind a number."""


class Quantity(NamedTuple):
    """`units` are the readings of its unit, none for a bare number. A `task` is still to be worked out: 24/2, 2^3.
    `start` and `end` count characters. `near` is the value as a `float`, which is quick to compare; infinite where it
    is too large for one."""

    value: Fraction
    near: float
    units: tuple[Unit, ...]
    task: bool
    start: int
    end: int


class _Found(NamedTuple):
    """A quantity with the tokens that it takes: from `first` to before `last`."""

    quantity: Quantity
    first: int
    last: int


def quantities(text: str, tag: str = "") -> tuple[Quantity, ...]:
    """All quantities of a text in a language, in order; remembered, if the text is no longer than a turn."""
    return _kept(text, tag) if len(text) <= MAX_KEPT else read(text, tag)


def read(text: str, tag: str = "") -> tuple[Quantity, ...]:
    """The same, read anew."""
    row = tokens.tokens(text, tag)
    speech = Speech(text, row, lexicon.of(tag), locales.of(tag).decimal, places.markers(text))
    return tuple(_found(speech, lexicon.openings(tag)))


_kept = lru_cache(KEPT)(read)


def _found(speech: Speech, openings: frozenset[str]) -> Iterator[Quantity]:
    row, at, taken = speech.row, 0, 0
    while at < len(row):
        kind, text, _, _ = row[at]
        if not (kind in ("number", "frac") or (kind == "word" and _may_begin(text.lower(), openings))
                or (kind == "sign" and (text == "(" or not text.isascii()) and _signs_one(text))):
            at += 1
            continue
        found = _quantity(speech, at, taken)
        if found is None:
            at = numbers.broken(row, at) if kind in ("number", "frac", "√") else at + 1
            continue
        behind = places.behind_range(speech, found.first, found.last)
        if behind is None and places.counts(speech, found.first, at, found.last, found.quantity.value):
            yield found.quantity
        at = taken = behind or found.last


def _signs_one(text: str) -> bool:
    return text in ("√", "(") or numbers.vulgar(text) is not None


def near(value: float | Fraction) -> float:
    """A number as a `float`; infinite where it is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _may_begin(text: str, openings: frozenset[str]) -> bool:
    return text in openings or text in ("sqrt", "square") or ("tausend" in text and "tausend" in openings)


def _quantity(speech: Speech, at: int, taken: int) -> _Found | None:
    """The quantity whose number begins at a place; the tokens before `taken` belong to the one before."""
    row = speech.row
    read = numbers.read(row, at, speech.lexicon, speech.decimal)
    if read is None:
        return _and_a_half(speech, at)
    first, before = _currency(speech, at, read.end) if at > taken else (at, ())
    negative, first = _negative(speech, first) if first > taken else (False, first)
    found, end = before, read.end
    if not before:
        part = read.value.denominator > 1 and row[at].kind != "number"
        found, end = (measures.of_a_part if part else measures.measure)(row, read.end, speech.lexicon)
    if not found and end < len(row) and row[end].kind == "word" and glued(row, end) and row[end - 1].kind == "number":
        return None
    value, end = _with_smaller(speech, read.value, found, end) if found and not before else (read.value, end)
    value = -value if negative else value
    quantity = Quantity(value, near(value), found, read.task, row[first].start, row[end - 1].end)
    return _Found(quantity, first, end)


def _currency(speech: Speech, at: int, end: int) -> tuple[int, tuple[Unit, ...]]:
    """Where a quantity begins that may have the sign of money before its number; dollar signs around a number are
    those of LaTeX."""
    row = speech.row
    text = sign(row, at - 1)
    if text not in units.SIGNS_BEFORE or (text == "$" and sign(row, end) == "$"):
        return at, ()
    return at - 1, units.named(text)


def _negative(speech: Speech, at: int) -> tuple[bool, int]:
    """Whether a minus is the sign of the number that begins at a place, and where it begins then."""
    row = speech.row
    if word(row, at - 1) in speech.lexicon.minus:
        before = row[at - 2] if at > 1 else None
        subtracts = before is not None and (
            before.kind == "number" or before.text in _CLOSING or len(word(row, at - 2)) == 1
            or word(row, at - 2) in speech.lexicon.small or word(row, at - 2) in speech.lexicon.verbs_of)
        return (False, at) if subtracts else (True, at - 1)
    if sign(row, at - 1) not in MINUS:
        return False, at
    close = glued(row, at)
    if at < 2:
        return (close, at - 1 if close else at)
    before = row[at - 2]
    if before.kind in ("number", "other") or before.text in _CLOSING or numbers.vulgar(before.text) is not None:
        return False, at
    if before.kind == "word":
        is_sign = close and not glued(row, at - 1)
        is_sign = is_sign and before.text.lower() not in speech.lexicon.small and sign(row, at - 1) != "—"
    else:
        is_sign = close or before.text in _SIGNED
    return is_sign, at - 1 if is_sign else at


def _with_smaller(speech: Speech, value: Fraction, found: tuple[Unit, ...], end: int) -> tuple[Fraction, int]:
    """1 h 30 min, two dollars and fifty cents, 2 hours and a half: in the first unit."""
    row, words = speech.row, speech.lexicon
    joined = word(row, end) in words.joins
    here = end + 1 if joined or sign(row, end) == "," else end
    if here >= len(row) or value.denominator != 1:
        return value, end
    more = numbers.read(row, here, words, speech.decimal) if row[here].kind in ("number", "word") else None
    if more is None:
        return value, end
    if joined and row[here].kind == "word" and 0 < more.value < 1 and more.value.numerator == 1:
        return value + more.value, more.end
    second, behind = measures.measure(row, more.end, words)
    if not second and glued(row, here) and here == end and more.value < 60:
        second, behind = tuple(unit._replace(factor=unit.factor / 60) for unit in found
                               if unit.dimensions == (("time", 1),)), more.end
    both = measures.added((found, end), value, second, more.value)
    return (both, behind) if both is not None else (value, end)


def _and_a_half(speech: Speech, at: int) -> _Found | None:
    """an hour and a half"""
    row, words = speech.row, speech.lexicon
    if word(row, at) not in words.articles:
        return None
    found, end = measures.measure(row, at + 1, words)
    if not found or word(row, end) not in words.joins:
        return None
    part = spelled.number(row, end + 1, words)
    if part is None or not 0 < part.value < 1:
        return None
    value = 1 + part.value
    return _Found(Quantity(value, near(value), found, False, row[at].start, row[part.end - 1].end), at, part.end)
