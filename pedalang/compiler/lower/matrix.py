"""Matrices: a flow with all combinations of what is varied, how they are judged and told, what they may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import carrying
from pedalang.compiler.lower import bias, budget, columns, comparing, data, estimate, fields, models, ranks, runs, table
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import elaborate, operators, references, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import NOTHING, Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report
from pedalang.expression import nodes

SEED = "seed"
"""The axis that varies the draws, where the flow has no parameter of this name."""
_FIELDS = ("run", "score", "check", "report", "judge_bias", "budget", "save")


class Axis(NamedTuple):
    """An axis, and what its name stands for."""

    payload: plan.Axis
    value: Typed


def matrix(graph: Graph, found: Declared[tree.MatrixDecl], stage_of: runs.StageOf, scope: Scope) -> None:
    """Adds a matrix."""
    decl = found.decl
    known = fields.read(decl.items, _FIELDS, scope, "a matrix")
    if decl.params is not None:
        scope.error("PED0307", decl.name, "a matrix has no parameters", "vary them: `vary NAME in […]`")
    if "run" not in known:
        scope.error("PED0702", decl.name, f"the matrix `{decl.name.text}` does not say what it plays",
                    "add `run: FLOW(…)`")
        return
    flow = references.resolve(known["run"].value, scope, "a flow", tree.FlowDecl)
    stage = stage_of(flow.found) if flow is not None else None
    if flow is None or stage is None:
        return
    axes = _axes(graph, decl.items, stage, scope)
    failed = {item.name.text: NOTHING for item in decl.items if isinstance(item, tree.Vary)}
    inner = scope.binding({**failed, **{name: axis.value for name, axis in axes.items()}})
    given = references.arranged(flow.word, known["run"].value, flow.found.decl.params or (), flow.arguments, scope)
    typed = {name: elaborate.expression(value, inner, stage.params[name].type)
             for name, value in (given or {}).items()}
    arguments = {name: each.expr for name, each in typed.items()}
    if given is not None and not any(each is NOTHING for each in typed.values()):
        _used(axes, decl, arguments, scope)
    own, swapped = bias.read(known.get("judge_bias"), scope)
    payload = plan.Matrix(
        decl.name.text, stage.name, tuple(axis.payload for axis in axes.values()), arguments,
        tuple(elaborate.expression(item.guard, inner, types.BOOL).expr for item in decl.items
              if isinstance(item, tree.Exclude)),
        report=table.read(known.get("report"), [axis.payload for axis in axes.values()], scope),
        budget=budget.read(known.get("budget"), scope), save=_folder(known.get("save"), scope),
        self_judging=own, place=scope.module.place(decl.name), swap_order=swapped)
    node = graph.add(carrying(payload, payload.name, scope.span(decl.name)))
    runs.judged(graph, node.id, stage, known, scope)
    report = fields.entries(known.get("report"), scope)
    comparing.measured(payload.report.compare, report, graph, node.id, scope)
    bias.check(graph, node, known.get("judge_bias"), scope)
    mean = report.get("value")
    if mean is not None and "score" in known:
        ranks.told_by_mean(mean, known["score"].value, scope)
    for axis in axes.values():
        if axis.payload.rows is not None:
            graph.link(node.id, "reads", f"dataset:{axis.payload.rows.dataset}")
    estimate.check(graph, payload, decl, known.get("budget"), scope)


def _axes(graph: Graph, items: Sequence[tree.Node], stage: Stage, scope: Scope) -> dict[str, Axis]:
    found: dict[str, Axis] = {}
    words: dict[str, tree.Word] = {}
    for item in items:
        if not isinstance(item, tree.Vary):
            continue
        name = item.name.text
        if name in words:
            scope.twice(item.name, f"`vary {name}`", words[name])
            continue
        words[name] = item.name
        if name == table.CRITERION:
            scope.error("PED0202", item.name, f"`{name}` stands for the measures in a report", "give it another name")
        axis = _axis(graph, item, stage, scope)
        if axis is not None:
            found[name] = axis
    return found


def _axis(graph: Graph, item: tree.Vary, stage: Stage, scope: Scope) -> Axis | None:
    """What is varied under a name. None after a mistake."""
    name = item.name.text
    rows = _dataset(item.values, scope)
    if rows is not None:
        selected = data.selection(graph, item.values, scope)
        if selected is None:
            return None
        made = written.read(rows.decl.type, scope.inside(rows, {})) if rows.decl.type is not None else types.ANY
        return Axis(plan.Axis(name, "rows", rows=selected[0]), Typed(made, nodes.Name(name)))
    hint = types.list_of(stage.params[name].type) if name in stage.params else None
    over = elaborate.operand(item.values, scope, hint)
    inside = over.type.item
    if over.expr == NOTHING.expr:
        return None
    if inside is None or over.type.optional:
        operators.misfit(over, types.list_of(types.ANY), scope)
        return None
    kind = "seeds" if name == SEED and name not in stage.params else "models" if inside.name == "Model" else "values"
    if kind == "seeds" and not types.fits(inside, types.INT):
        scope.error("PED0301", item.values, "`seed` is varied over whole numbers, and this is "
                    f"{operators.article(over.type)}", "write for example `1..3`")
    if kind == "models":
        _models(graph, item.values, scope)
    return Axis(plan.Axis(name, kind, over.expr), Typed(inside, nodes.Name(name)))


def _models(graph: Graph, over: tree.Expr, scope: Scope) -> None:
    """The models of an axis, those of other modules too."""
    for each in over.items if isinstance(over, tree.List) else ():
        model = references.resolve(each, scope, "a model", tree.ModelDecl)
        if model is not None:
            models.model(graph, model.found, scope)


def _dataset(expr: tree.Expr, scope: Scope) -> Declared[tree.DatasetDecl] | None:
    """The data set that an expression begins with: `tasks`, `tasks.exam`, `tasks.sample(…)`, `data.tasks.exam`."""
    while True:
        found = references.resolve(expr, Scope(Report(), scope.module), "a dataset", tree.DatasetDecl)
        if found is not None:
            return found.found
        match expr:
            case tree.Call(function=inner) | tree.Attribute(of=inner):
                expr = inner
            case _:
                return None


def _used(axes: Mapping[str, Axis], decl: tree.MatrixDecl, arguments: Mapping[str, nodes.Expr], scope: Scope) -> None:
    """Reports an axis that changes nothing: every combination would be played once for each of its values."""
    read = {name for expr in arguments.values() for name in nodes.names(expr)}
    for item in decl.items:
        if isinstance(item, tree.Vary) and item.name.text in axes and item.name.text not in read \
                and axes[item.name.text].payload.kind != "seeds":
            scope.error("PED0702", item.name, f"`{item.name.text}` is varied, and the flow is not given it",
                        f"write it among the arguments of `run:`, or leave `vary {item.name.text}` out")


def _folder(field: tree.Field | None, scope: Scope) -> str:
    path = fields.string(field, scope)
    if field is not None and columns.leads_out(path):
        scope.error("PED0812", field.value, f"`{path}` leads out of the folder that the run is started in",
                    "write a path inside it, for example `build/matrix`")
    return path
