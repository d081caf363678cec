"""Numbers as they are written: `1_000`, `0.5`, `40%`, `12 turns`."""

from __future__ import annotations

from typing import NamedTuple

from pedalang.compiler.semantics import types
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree

MAX_DIGITS = 300
"""Characters of a written number: more do not fit a decimal number, and nobody reads them."""


class Numeral(NamedTuple):
    """A written number with its type, which is its unit where it has one."""

    value: int | float
    type: Type


def read(word: tree.Word) -> Numeral | None:
    """The number that a NUMBER or QUANTITY says; a percentage as part of 1. None where it is too long."""
    text, _, unit = word.text.partition(" ")
    if len(text) > MAX_DIGITS:
        return None
    digits = text.rstrip("%").replace("_", "")
    value = float(digits) if "." in digits else int(digits)
    if text.endswith("%"):
        return Numeral(value / 100, types.PERCENT)
    if unit:
        return Numeral(value, Type(_unit(unit.strip())))
    return Numeral(value, types.INT if isinstance(value, int) else types.FLOAT)


def _unit(word: str) -> str:
    """`Turns` for `turn` and `turns`."""
    name = word.capitalize()
    return name if name in types.UNITS else f"{name}s"


def signed(expr: tree.Expr) -> int | float | None:
    """A plain number with or without a minus before it; None for any other expression."""
    match expr:
        case tree.Number(word=word):
            numeral = read(word)
            return numeral.value if numeral is not None else None
        case tree.Negative(value=tree.Number() as number):
            value = signed(number)
            return -value if value is not None else None
    return None


def level(of: tree.Signed) -> float:
    """The number of a level of a scale."""
    numeral = read(of.number)
    value = float(numeral.value) if numeral is not None else 0.0
    return -value if of.minus is not None else value
