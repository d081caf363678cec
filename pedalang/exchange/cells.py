"""The cells of a matrix: all combinations of what is varied, in their order, but those that are excluded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from pedalang import plan
from pedalang.exchange.errors import DataError
from pedalang.expression import nodes, values
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.expression.values import Value

MOST = 1_000_000
"""Combinations of a matrix, before any is excluded."""

Rows = Sequence[tuple[int, Value]]
"""Records, each with its place in its file."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The flow's parameters, and the values of the axes as a journal says them: a row by its place in its file."""

    params: dict[str, Value]
    axes: dict[str, Any]


def cells(matrix: plan.Matrix, rows: Mapping[str, Rows], evaluate: Callable[[nodes.Expr, Env], Value]) -> list[Cell]:
    """The cells in order: the first axis varies slowest. `rows` are those of the axes that are rows of a data set.
    Raises `DataError` where nothing is left, where there are too many, and where an expression has no value."""
    try:
        axes = {axis.name: list(_values(axis, rows, evaluate)) for axis in matrix.axes}
        if prod(map(len, axes.values())) > MOST:
            raise DataError("PED0902", f"the matrix `{matrix.name}` has more than {MOST:,} combinations",
                            help="vary less, or take a sample of the data", place=matrix.place)
        found = list(_combined(matrix, axes, evaluate))
    except EvaluationError as error:
        raise DataError("PED1201", f"an expression of the matrix `{matrix.name}` has no value: {error}",
                        place=matrix.place) from None
    if not found:
        raise DataError("PED0902", f"the matrix `{matrix.name}` plays nothing: all its combinations are excluded",
                        help="exclude less", place=matrix.place)
    return found


def _values(axis: plan.Axis, rows: Mapping[str, Rows],
            evaluate: Callable[[nodes.Expr, Env], Value]) -> Iterator[tuple[Any, Value]]:
    """What an axis may be: how the journal says it, and its value."""
    if axis.over is None:
        yield from rows[axis.name]
    else:
        for value in evaluate(axis.over, {}):
            yield values.to_json(value), value


def _combined(matrix: plan.Matrix, axes: Mapping[str, list[tuple[Any, Value]]],
              evaluate: Callable[[nodes.Expr, Env], Value]) -> Iterator[Cell]:
    for combination in product(*axes.values()):
        env = {name: value for name, (_, value) in zip(axes, combination, strict=True)}
        if not any(evaluate(each, env) for each in matrix.exclude):
            yield Cell({name: evaluate(expr, env) for name, expr in matrix.arguments.items()},
                       {name: said for name, (said, _) in zip(axes, combination, strict=True)})
