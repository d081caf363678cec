"""How large a matrix is, by estimate, before any of it is played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.expression import nodes
from pedalang.expression.evaluate import EvaluationError, compiled

MOST_LOOKED_AT = 20_000
"""Combinations that the exclusions are tried on."""


def check(graph: Graph, of: plan.Matrix, decl: tree.MatrixDecl, budget: tree.Field | None, scope: Scope) -> None:
    """Reports a matrix that leaves nothing to play, and one whose words alone are more than its budget of tokens:
    combinations, times the turns of the flow, times the longest turn. Prompts are not counted."""
    sizes = {axis.name: _size(graph, axis) for axis in of.axes}
    empty = next((name for name, size in sizes.items() if size == 0), None)
    if empty is not None:
        scope.error("PED0902", decl.name, f"the matrix `{of.name}` plays nothing: `{empty}` has no values",
                    "give each `vary` one value or more")
        return
    kept = _kept(of)
    if kept == 0:
        at = next(item for item in decl.items if isinstance(item, tree.Exclude))
        scope.error("PED0902", at.guard, f"the matrix `{of.name}` plays nothing: all its combinations are excluded",
                    "exclude less")
        return
    if budget is None or of.budget.tokens is None or any(size is None for size in sizes.values()):
        return
    (flow,) = [node for node in graph.nodes(plan.Flow) if node.name == of.flow]
    longest = max((role.payload.limit for role in graph.after(flow.id, "casts", plan.Role)), default=0)
    cells = round(prod(size for size in sizes.values() if size is not None) * kept)
    total = cells * flow.payload.max_turns * longest
    if total > of.budget.tokens:
        scope.error("PED0902", budget.value, f"the matrix `{of.name}` may need {total:,} tokens for its words alone, "
                    f"and its budget is {of.budget.tokens:,}", f"it is {cells:,} dialogues of up to "
                    f"{flow.payload.max_turns} turns with up to {longest} tokens: vary less, or allow more")


def _size(graph: Graph, axis: plan.Axis) -> int | None:
    """How many values an axis has; None where only the data knows."""
    if axis.rows is None:
        found = values(axis)
        return len(found) if found is not None else None
    if axis.rows.sample is not None:
        return axis.rows.sample
    for node in graph.nodes(plan.Dataset):
        if node.name == axis.rows.dataset and axis.rows.split in node.payload.splits:
            low, high = node.payload.splits[axis.rows.split]
            return high - low
    return None


def values(axis: plan.Axis) -> tuple[Any, ...] | None:
    """The values of an axis; None where only the data knows them."""
    if axis.over is None:
        return None
    try:
        return tuple(compiled(axis.over)({}))
    except EvaluationError:
        return None


def _kept(of: plan.Matrix) -> float:
    """The share of the combinations that no exclusion holds for, as far as this is known without data."""
    known = {axis.name: found for axis in of.axes if (found := values(axis)) is not None}
    tests = [compiled(each) for each in of.exclude]
    tried = left = 0
    for env in _combinations(known):
        tried += 1
        left += not any(_holds(test, env) for test in tests)
    return left / tried if tried else 1.0


def _combinations(values: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for number, combination in enumerate(product(*values.values())):
        if number == MOST_LOOKED_AT:
            return
        yield dict(zip(values, combination, strict=True))


def _holds(test: Any, env: dict[str, nodes.JSONScalar]) -> bool:
    try:
        return bool(test(env))
    except EvaluationError:  # it looks at the data
        return False
