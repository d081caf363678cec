"""Fits a value to the type of a record's field, or says why it does not fit.

A type stands in a plan as the text that its author wrote: `Int in 1..12`, `List[Text]?`. Cells of a CSV file are texts,
so a text that reads as the wanted number or truth value is taken for it. An empty text is no value where the field is
optional. A value of a type that is not known here is left as it is: the compiler has checked the name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from pedalang import diagnostic
from pedalang.expression import values
from pedalang.expression.evaluate import MAX_BITS, MAX_ITEMS
from pedalang.expression.values import Value

_TOKEN = re.compile(r"\s*(?:([A-Za-z_][\w.]*)|(-?\d+(?:\.\d+)?)(%)?|(\.\.|[\[\],?]))")
_INT = re.compile(r"[+-]?\d{1,1200}")
_DECIMAL = re.compile(r"[+-]?(?:\d{1,1200}(?:\.\d{0,1200})?|\.\d{1,1200})")
_FLOAT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?")
_RATIO = re.compile(r"([+-]?\d{1,1200})\s*/\s*(\d{1,1200})")
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


class Unfit(Exception):
    """A value is not of a type; the message says why in few words."""


class Type(Struct, frozen=True):
    """`List[Int in 1..12]?` is an optional `List` of `Int` from 1 to 12, both included."""

    name: str
    of: tuple[Type, ...] = ()
    optional: bool = False
    low: float | None = None
    high: float | None = None


Nested = Callable[[str, Value], Value]
"""Makes a record of a named type out of a value, or gives back the value where no record has that name."""


@lru_cache(maxsize=1024)
def parsed(text: str) -> Type | None:
    """The type that a text says, or None where it says none that can be checked here."""
    tokens, at = [], 0
    while found := _TOKEN.match(text, at):
        name, number, percent, mark = found.groups()
        tokens.append(name or mark or float(number) / (100 if percent else 1))
        at = found.end()
    if text[at:].strip():
        return None
    try:
        kind, rest = _type(tokens)
    except (IndexError, TypeError, ValueError):
        return None
    return None if rest else kind


def _type(tokens: list[str | float]) -> tuple[Type, list[str | float]]:
    kind, rest = Type(str(tokens[0])), tokens[1:]
    if rest[:1] == ["["]:
        inner: list[Type] = []
        while rest[0] in ("[", ","):
            item, rest = _type(rest[1:])
            inner.append(item)
        if rest[0] != "]":
            raise TypeError
        kind, rest = replace(kind, of=tuple(inner)), rest[1:]
    if rest[:1] == ["?"]:
        kind, rest = replace(kind, optional=True), rest[1:]
    if rest[:1] == ["in"]:
        low, dots, high, *rest = rest[1:]
        if dots != "..":
            raise TypeError
        kind = replace(kind, low=float(low), high=float(high))
    return kind, rest


def fitted(value: Value, kind: Type | None, cases: tuple[str, ...], nested: Nested) -> Value:
    """The value as one of `kind`, or as one of `cases` if there are any. Raises `Unfit`."""
    if kind is not None and kind.optional and (value is None or value == ""):
        return None
    if value is None:
        raise Unfit("it has no value")
    if kind is None:
        return value
    if kind.name == "List":
        return _list(value, kind, cases, nested)
    if kind.name == "Map":
        return _map(value, kind, cases, nested)
    if cases:
        return _case(value, cases)
    fit = _SCALARS.get(kind.name)
    return _within(fit(value), kind) if fit else nested(kind.name, value)


def _list(value: Value, kind: Type, cases: tuple[str, ...], nested: Nested) -> Value:
    if not isinstance(value, tuple):
        raise Unfit(f"{shown(value)} is no list")
    if len(value) > MAX_ITEMS:
        raise Unfit(f"a list of more than {MAX_ITEMS} items")
    return tuple(fitted(item, kind.of[0] if kind.of else None, cases, nested) for item in value)


def _map(value: Value, kind: Type, cases: tuple[str, ...], nested: Nested) -> Value:
    if not isinstance(value, dict):
        raise Unfit(f"{shown(value)} is no map")
    inner = kind.of[-1] if kind.of else None
    return {key: fitted(item, inner, cases, nested) for key, item in value.items()}


def _case(value: Value, cases: tuple[str, ...]) -> str:
    name = value.strip() if isinstance(value, str) else value
    if name in cases:
        return name
    known = ", ".join(f"`{case}`" for case in cases)
    near = f"; {diagnostic.did_you_mean(name, cases)}" if isinstance(name, str) and diagnostic.near(name, cases) else ""
    raise Unfit(f"{shown(value)} is none of {known}{near}")


def _within(value: Value, kind: Type) -> Value:
    if kind.low is None or kind.high is None or not values.is_number(value) or kind.low <= value <= kind.high:
        return value
    raise Unfit(f"{shown(value)} is not in {values.to_text(kind.low)}..{values.to_text(kind.high)}")


def _text(value: Value) -> str:
    """A number is taken as it would read in a prompt: identifiers are often written as numbers in JSON."""
    if isinstance(value, str):
        return value
    if values.is_number(value):
        return values.to_text(value)
    raise Unfit(f"{shown(value)} is no text")


def _int(value: Value) -> int:
    match value:
        case str() if _INT.fullmatch(value.strip()):
            value = int(value)
        case float() | Fraction() if value == value // 1:
            value = int(value)
        case bool() | str() | float() | Fraction():
            raise Unfit(f"{shown(value)} is no whole number")
    if not isinstance(value, int):
        raise Unfit(f"{shown(value)} is no whole number")
    if value.bit_length() > MAX_BITS:
        raise Unfit(f"a number of more than {MAX_BITS} bits")
    return value


def _float(value: Value) -> float:
    if isinstance(value, str) and _FLOAT.fullmatch(value.strip()):
        value = float(value)
    if not values.is_number(value):
        raise Unfit(f"{shown(value)} is no number")
    try:
        number = float(value)
    except OverflowError:
        raise Unfit("a number that is too large for a Float") from None
    if not math.isfinite(number):
        raise Unfit(f"{shown(value)} is no finite number")
    return number


def _prob(value: Value) -> float:
    number = _float(value)
    if not 0 <= number <= 1:
        raise Unfit(f"{shown(value)} is no probability: those are from 0 to 1")
    return number


def _percent(value: Value) -> float:
    """A part of 1: 45% is 0.45."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return _float(value.strip()[:-1]) / 100
    return _float(value)


def _rational(value: Value) -> Fraction:
    match value:
        case str() if ratio := _RATIO.fullmatch(value.strip()):
            if int(ratio[2]) == 0:
                raise Unfit(f"{shown(value)} has denominator 0")
            value = Fraction(int(ratio[1]), int(ratio[2]))
        case str() if _DECIMAL.fullmatch(value.strip()):
            value = Fraction(value.strip())
        case float() if math.isfinite(value):
            # The decimal that was written, not the binary number next to it.
            value = Fraction(repr(value))
    if not values.is_number(value) or (isinstance(value, float) and not math.isfinite(value)):
        raise Unfit(f"{shown(value)} is no fraction or number")
    ratio_value = Fraction(value)
    if max(ratio_value.numerator.bit_length(), ratio_value.denominator.bit_length()) > MAX_BITS:
        raise Unfit(f"a fraction of more than {MAX_BITS} bits")
    return ratio_value


def _bool(value: Value) -> bool:
    truth = _TRUTH.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(truth, bool):
        raise Unfit(f"{shown(value)} is neither true nor false")
    return truth


def shown(value: Value) -> str:
    """A value for a message: on one line, cut after 40 characters."""
    text = str(value) if isinstance(value, Fraction) else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


_SCALARS: dict[str, Callable[[Value], Value]] = {
    "Text": _text, "Int": _int, "Float": _float, "Prob": _prob, "Percent": _percent, "Rational": _rational,
    "Bool": _bool,
}
