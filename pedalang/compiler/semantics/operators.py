"""Types of operators: which operands each takes, and what comes out."""

from __future__ import annotations

from pedalang.compiler.semantics import types
from pedalang.compiler.semantics.types import Type

ARITHMETIC = ("+", "-", "*", "/", "%")
ORDER = ("<", "<=", ">", ">=")


def arithmetic(symbol: str, left: Type, right: Type) -> Type | None:
    """The type of `left symbol right`, or None where that has none. `/` of two Ints is a Float; a Rational stays exact."""
    if types.ANY in (left, right):
        return types.ANY
    if left.optional or right.optional:
        return None
    if symbol == "+" and left.name == right.name == "Text":
        return types.TEXT
    if symbol == "+" and left.name == right.name == "List":
        return left if left.arguments == right.arguments else None
    if not (left.is_number and right.is_number):
        return None
    if "Rational" in (left.name, right.name) and {left.name, right.name} <= {"Rational", "Int"}:
        return types.RATIONAL
    if left.name == right.name == "Int":
        return types.FLOAT if symbol == "/" else types.INT
    return types.FLOAT


def comparable(symbol: str, left: Type, right: Type) -> bool:
    """Whether two types can be compared with `symbol`: by order only numbers and texts that are there; by equality
    whatever can be of one type, present or not."""
    if "Any" in (left.name, right.name):
        return True
    if symbol in ORDER:
        present = not (left.optional or right.optional)
        return present and (left.is_number and right.is_number or left.name == right.name == "Text")
    if left.is_number and right.is_number:
        return True
    return types.join(types.optional(left), types.optional(right)) is not None


def contains(item: Type, container: Type) -> bool:
    """Whether `item in container` can be asked."""
    if "Any" in (item.name, container.name):
        return True
    return container.name == "List" and not container.optional and comparable("==", item, container.arguments[0])
