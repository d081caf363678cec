"""Signatures of the language's own functions: `(List[T], Int) -> T?` read, and matched with what is given."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from pedalang.compiler.semantics import types
from pedalang.compiler.semantics.types import ANY, Type
from pedalang.expression.functions import FUNCTIONS

_SIGNATURE = re.compile(r"\((?P<takes>.*)\) -> (?P<gives>.+)")


class Signature(NamedTuple):
    """Types of the parameters and of the result. `T` stands for any type, the same one in all its places."""

    takes: tuple[Type, ...]
    gives: Type


@cache
def of(function: str) -> tuple[Signature, ...]:
    """The signatures of a function; the first that fits is meant."""
    return tuple(_signature(text) for text in FUNCTIONS[function].signatures)


def _signature(text: str) -> Signature:
    match = _SIGNATURE.fullmatch(text)
    if match is None:
        raise ValueError(f"no signature: {text}")
    return Signature(tuple(map(_type, _split(match["takes"]))), _type(match["gives"]))


def _type(text: str) -> Type:
    """The built-in type that a text such as `List[Text]?` writes."""
    name, _, rest = text.removesuffix("?").partition("[")
    arguments = tuple(map(_type, _split(rest.removesuffix("]")))) if rest else ()
    return Type(name, arguments, text.endswith("?"))


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def match(signature: Signature, given: tuple[Type, ...]) -> Type | None:
    """The result of a call, with `T` bound by the arguments, or None where they do not fit."""
    if len(signature.takes) != len(given):
        return None
    bound: dict[str, Type] = {}
    if not all(_bind(wanted, actual, bound) for wanted, actual in zip(signature.takes, given, strict=True)):
        return None
    return _substitute(signature.gives, bound)


def _bind(wanted: Type, actual: Type, bound: dict[str, Type]) -> bool:
    if wanted.name == "T":
        bound["T"] = actual
        return True
    if wanted.name == "List" and actual.item is not None and not actual.optional:
        return _bind(wanted.arguments[0], actual.item, bound)
    return types.fits(actual, wanted)


def _substitute(of: Type, bound: dict[str, Type]) -> Type:
    if of.name == "T":
        found = bound.get("T", ANY)
        return types.optional(found) if of.optional else found
    if not of.arguments:
        return of
    return replace(of, arguments=tuple(_substitute(a, bound) for a in of.arguments))
