"""Reads the equations in what somebody says, and checks them exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_TERM = r"\d+(?:/\d+)?"
_SIDE = rf"{_TERM}(?:\s*[+×]\s*{_TERM})*"
_EQUATION = re.compile(rf"(?<![\d/]){_SIDE}(?:\s*=\s*{_SIDE})+(?![\d/])")


@dataclass(frozen=True)
class Equation:
    """An equation as it was said, and whether all its sides are equal."""

    text: str
    true: bool


def equations(text: str) -> list[Equation]:
    """The equations in a text, in order; a chain `a = b = c` is one."""
    found = []
    for match in _EQUATION.finditer(text):
        sides = [_value(side) for side in match[0].split("=")]
        found.append(Equation(match[0], len(set(sides)) == 1))
    return found


def _value(side: str) -> Fraction:
    total = Fraction(0)
    for summand in side.split("+"):
        product = Fraction(1)
        for factor in summand.split("×"):
            product *= Fraction(factor.strip())
        total += product
    return total
