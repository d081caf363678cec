"""What a matrix asks of its judges' fairness: `judge_bias: { swap_order: true, self_judging: forbid }`."""

from __future__ import annotations

from typing import Literal

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.compiler.lower import estimate, fields
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

_KEYS = ("swap_order", "self_judging")
_SELF = ("forbid", "allow")


def read(field: tree.Field | None, scope: Scope) -> tuple[Literal["allow", "forbid"], bool]:
    """Whether a model may judge dialogues that it speaks in, and whether pairs are shown in both orders."""
    values = fields.entries(field, scope)
    for key, value in values.items():
        if key not in _KEYS:
            scope.error("PED0210", value, f"`judge_bias:` has no `{key}`", did_you_mean(key, _KEYS, "it has"))
    swapped = values.get("swap_order")
    if swapped is not None and not isinstance(swapped, tree.True_ | tree.False_):
        scope.error("PED0309", swapped, "`swap_order:` is `true` or `false`")
    of = values.get("self_judging")
    word = of.word.text if isinstance(of, tree.Name) else ""
    if of is not None and word not in _SELF:
        scope.error("PED0309", of, "`self_judging:` is `forbid` or `allow`", did_you_mean(word, _SELF))
    return "forbid" if word == "forbid" else "allow", not isinstance(swapped, tree.False_)


def check(graph: Graph, matrix: Node[plan.Matrix], field: tree.Field | None, scope: Scope) -> None:
    """Reports a judge that, by the names in the program, speaks in the dialogues that it judges."""
    if matrix.payload.self_judging != "forbid":
        return
    engines = {node.name: node.payload.engine for node in graph.nodes(plan.Model)}
    speaking = _speaking(graph, matrix)
    for rubric in graph.after(matrix.id, "scores", plan.Rubric):
        for each in rubric.payload.criteria:
            judge = each.judge.model if each.judge is not None else ""
            own = [name for name in speaking if judge and (name == judge or engines.get(name) == engines.get(judge))]
            if own:
                scope.error("PED0907", fields.entries(field, scope)["self_judging"],
                            f"`{judge}` judges `{each.name}`, also in dialogues that `{own[0]}` speaks in",
                            "let another model judge, or vary others")
                return


def _speaking(graph: Graph, matrix: Node[plan.Matrix]) -> list[str]:
    """The models that are varied, and those of roles that always have the same."""
    found = [name for axis in matrix.payload.axes if axis.kind == "models" for name in estimate.values(axis) or ()]
    for flow in graph.after(matrix.id, "plays", plan.Flow):
        found += [role.payload.model for role in graph.after(flow.id, "casts", plan.Role) if role.payload.model]
    return list(dict.fromkeys(found))
