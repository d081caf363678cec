"""What can be said of a condition in every dialogue: whether it never holds. Where nothing can be said, it may hold."""

from __future__ import annotations

import math
from typing import NamedTuple

from pedalang.expression import nodes
from pedalang.expression.evaluate import EvaluationError, compiled

_COUNTS = ("count", "count_moves", "words")


class _Between(NamedTuple):
    low: float
    high: float


def never(expr: nodes.Expr) -> bool:
    """Whether a condition holds in no dialogue."""
    return _truth(expr) is False


def _truth(expr: nodes.Expr) -> bool | None:
    """What a condition is worth in all dialogues; None where that is not the same in all, or not known."""
    match expr:
        case nodes.Binary("and" | "or" as symbol, left, right):
            decides, both = symbol == "or", (_truth(left), _truth(right))
            return decides if decides in both else None if None in both else not decides
        case nodes.Unary("not", value):
            of = _truth(value)
            return None if of is None else not of
        case nodes.Binary(symbol, left, right):
            one, other = _between(left), _between(right)
            if symbol in ("<", ">="):
                return _known(one.high < other.low, one.low >= other.high, symbol == "<")
            if symbol in (">", "<="):
                return _known(one.low > other.high, one.high <= other.low, symbol == ">")
    value = _constant(expr)
    return None if value is None else bool(value)


def _known(surely: bool, never: bool, straight: bool) -> bool | None:
    """The worth of a comparison (`straight`), or of its opposite, that surely holds or never does."""
    return straight if surely else not straight if never else None


def _between(expr: nodes.Expr) -> _Between:
    """Between which numbers a value lies: what is counted is not below 0, a turn's number not below -1."""
    match expr:
        case nodes.Call(function, _) if function in _COUNTS:
            return _Between(0, math.inf)
        case nodes.Attr(nodes.Name("turn"), "number"):
            return _Between(-1, math.inf)
    value = _constant(expr)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _Between(value, value)
    return _Between(-math.inf, math.inf)


def _constant(expr: nodes.Expr) -> object:
    """The value of what reads nothing of the dialogue; None where there is none."""
    if any(isinstance(each, nodes.Name | nodes.Initial) for each in nodes.inside(expr)):
        return None
    try:
        return compiled(expr)({})
    except EvaluationError:
        return None
