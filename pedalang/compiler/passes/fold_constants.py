"""Computes what can be computed without a dialogue: `2 * 3` is 6 in every one of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from msgspec import Struct

from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.expression import nodes
from pedalang.expression.evaluate import EvaluationError, compiled

_FOLDED = nodes.Call | nodes.Unary | nodes.Binary | nodes.If | nodes.Text
_KNOWN = nodes.Lit | nodes.Ratio


def rewrite(graph: Graph) -> Graph:
    """The graph with constant expressions computed. One that has no value is left, to fail where it stands."""
    return graph.replace(lambda node: Node(node.kind, node.name, _inside(node.payload), node.span))


def _inside(value: Any) -> Any:
    """The value with every expression in it folded, from the innermost out."""
    if isinstance(value, tuple):
        return tuple([_inside(item) for item in value])
    if isinstance(value, dict):
        return {key: _inside(item) for key, item in value.items()}
    if not isinstance(value, Struct) or isinstance(value, _KNOWN | nodes.Name):
        return value
    new = type(value)(**{name: _inside(getattr(value, name)) for name in value.__struct_fields__})
    return _folded(new) if isinstance(new, _FOLDED) else new


def _folded(expr: nodes.Expr) -> nodes.Expr:
    parts = list(nodes.children(expr))
    if not parts or not all(isinstance(part, _KNOWN) for part in parts):
        return expr
    try:
        value = compiled(expr)({})
    except EvaluationError:
        return expr
    if isinstance(value, Fraction):
        return nodes.Ratio(value.numerator, value.denominator)
    return nodes.Lit(value) if value is None or isinstance(value, bool | int | float | str) else expr
