"""What can be said of a condition in every dialogue: whether it never holds, or always does. Where nothing can be said,
both are false."""

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
    match expr:
        case nodes.Binary("and", left, right):
            return never(left) or never(right)
        case nodes.Binary("or", left, right):
            return never(left) and never(right)
        case nodes.Unary("not", value):
            return always(value)
        case nodes.Binary(symbol, left, right):
            one, other = _between(left), _between(right)
            return _constant(expr) is False or {
                "<": one.low >= other.high, "<=": one.low > other.high, ">": one.high <= other.low,
                ">=": one.high < other.low}.get(symbol, False)
    return _constant(expr) is False


def always(expr: nodes.Expr) -> bool:
    """Whether a condition holds in all dialogues."""
    match expr:
        case nodes.Binary("and", left, right):
            return always(left) and always(right)
        case nodes.Binary("or", left, right):
            return always(left) or always(right)
        case nodes.Unary("not", value):
            return never(value)
        case nodes.Binary(symbol, left, right):
            one, other = _between(left), _between(right)
            return _constant(expr) is True or {
                "<": one.high < other.low, "<=": one.high <= other.low, ">": one.low > other.high,
                ">=": one.low >= other.high}.get(symbol, False)
    return _constant(expr) is True


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
    left = [expr]
    while left:
        each = left.pop()
        if isinstance(each, nodes.Name | nodes.Initial):
            return None
        left += nodes.children(each)
    try:
        return compiled(expr)({})
    except EvaluationError:
        return None
