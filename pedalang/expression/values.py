"""Values of expressions: what they are in Python, as text in a prompt, and as JSON in a journal.

Text is `str`, Int `int`, Float and Prob `float`, Rational `Fraction`, Bool `bool`, `none` is `None`, a list a `tuple`,
a record or map a `dict` with text keys, a case of an enum or a misconception its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""One of: None, bool, int, float, Fraction, str, tuple of values, dict from text to value."""

_AS_THEY_ARE = frozenset({str, bool, int, float, type(None)})
"""What JSON has too. Asked by exact type before all else: these are nearly all values, and a `Fraction`, whose class is
abstract in part, is slow to ask for."""

EQUAL_WITHIN = 1e-7
"""Two numbers of which one is a float are equal within this (MathDial's evaluation uses the same)."""


class Absent(Exception):
    """A text was to show something that is `none`."""


def to_text(value: Value) -> str:
    """How a value reads in a prompt: 5/6, 12 (not 12.0), 0.25, yes, a, b. Raises `Absent` for `none`."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    match value:
        case None:
            raise Absent
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
        case int() | Fraction():
            return str(value)
        case tuple():
            return ", ".join(to_text(item) for item in value)
        case dict():
            return ", ".join(f"{key}: {to_text(item)}" for key, item in value.items())
    raise TypeError(f"{type(value).__name__} is no value of an expression")


def to_json(value: Value) -> Any:
    """A value as JSON. An exact fraction is `{"ratio": [n, d]}`; a record that would read like one stands as
    `{"record": …}`."""
    if type(value) in _AS_THEY_ARE:
        return value
    match value:
        case dict():
            written = {key: item if type(item) in _AS_THEY_ARE else to_json(item) for key, item in value.items()}
            return {"record": written} if len(value) == 1 and ("ratio" in value or "record" in value) else written
        case tuple():
            return [to_json(item) for item in value]
        case Fraction():
            return {"ratio": [value.numerator, value.denominator]}
    return value


def from_json(value: Any) -> Value:
    """The value that `to_json` wrote. Raises `ValueError` for a malformed fraction."""
    match value:
        case {"ratio": [int(n), int(d)]} if len(value) == 1:
            if d == 0:
                raise ValueError("a fraction with denominator 0")
            return Fraction(n, d)
        case {"record": dict(inner)} if len(value) == 1:
            return {key: from_json(item) for key, item in inner.items()}
        case list():
            return tuple(from_json(item) for item in value)
        case dict():
            return {key: from_json(item) for key, item in value.items()}
    return value


def is_number(value: Value) -> bool:
    """Whether a value counts as a number; a truth value does not."""
    if type(value) in _AS_THEY_ARE:
        return type(value) is int or type(value) is float
    return isinstance(value, int | float | Fraction)


def equal(left: Value, right: Value) -> bool:
    """Equality of values: numbers by size, within `EQUAL_WITHIN` where one is a float; all else exactly. Reflexive and
    symmetric; not transitive for floats."""
    if isinstance(left, float) or isinstance(right, float):
        return is_number(left) and is_number(right) and _close(left, right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[k], right[k]) for k in left)
    return bool(left == right)


def _close(left: float | Fraction, right: float | Fraction) -> bool:
    try:
        return abs(float(left) - float(right)) <= EQUAL_WITHIN
    except OverflowError:  # a whole number beyond all floats
        return False
