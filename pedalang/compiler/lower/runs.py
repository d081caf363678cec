"""Runs and observes: what belongs together of flow, data, rubric and contracts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import budget, contracts, data, fields, observed, rubric
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import elaborate, references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

StageOf = Callable[[Declared[tree.FlowDecl]], Stage | None]
"""The stage of a flow; None where it could not be made."""


_OBSERVE = ("flow", "data", "speakers", "score", "check", "anonymise", "agreement", "feedback", "report")
_ANONYMISED = ("names", "schools", "numbers")
OTHERWISE = "otherwise"
"""The label that means all others."""
_RUN = ("flow", "data", "score", "check", "beside", "seed", "repeat", "budget")


class Bound(NamedTuple):
    """A flow and data that are bound together: `row` is the parameter that a row gives, `arguments` give others."""

    stage: Stage
    selection: plan.Selection
    dataset: Node[plan.Dataset]
    row: str
    arguments: Mapping[str, Typed]


def run(graph: Graph, found: Declared[tree.RunDecl], stage_of: StageOf, scope: Scope) -> None:
    """Adds a run."""
    decl = found.decl
    known = fields.read(decl.fields, _RUN, scope, "a run")
    bound = _bound(graph, known, decl.name, "run", stage_of, scope)
    if bound is None:
        return
    if bound.stage.given and not bound.dataset.payload.transcripts:
        _no_transcripts(known["data"], bound.dataset.name, scope)
    seed, repeat = known.get("seed"), known.get("repeat")
    payload = plan.Run(
        decl.name.text, bound.stage.name, bound.selection, "", (), "", scope.module.place(decl.name), bound.row,
        {name: typed.expr for name, typed in bound.arguments.items()},
        fields.whole(seed.value, scope, "`seed:`", least=0) if seed is not None else None,
        (fields.whole(repeat.value, scope, "`repeat:`") if repeat is not None else None) or 1,
        budget.read(known.get("budget"), scope))
    node = graph.add(carrying(payload, payload.name, scope.span(decl.name)))
    judged(graph, node.id, bound.stage, known, scope)
    graph.link(node.id, "reads", bound.dataset.id)
    if "beside" in known:
        _beside(graph, node, known["beside"], scope)


def _beside(graph: Graph, node: Node[plan.Run], field: tree.Field, scope: Scope) -> None:
    other = references.resolve(field.value, scope, "an observe", tree.ObserveDecl)
    id = f"observe:{other.found.decl.name.text}" if other is not None else ""
    if id not in graph:
        return  # what is wrong is said where it is declared
    graph.link(node.id, "beside", id)
    (observed,) = [each for each in graph.nodes(plan.Observe) if each.id == id]
    if observed.payload.flow != node.payload.flow:
        scope.error("PED0301", field.value, f"`{observed.name}` tells the flow `{observed.payload.flow}`, and this run "
                    f"plays `{node.payload.flow}`", "only dialogues of one flow can stand beside each other")


def observe(graph: Graph, found: Declared[tree.ObserveDecl], stage_of: StageOf, scope: Scope) -> None:
    """Adds an observe."""
    decl = found.decl
    known = fields.read(decl.items, _OBSERVE, scope, "an observe")
    if decl.params is not None:
        scope.error("PED0307", decl.name, "an observe has no parameters", "write in it what it is about")
    for item in decl.items:
        if isinstance(item, tree.Vary):
            scope.error("PED0210", item, "an observe varies nothing: what was said has been said",
                        "write an observe for each, or a matrix of what is played")
    bound = _bound(graph, known, decl.name, "observe", stage_of, scope)
    if bound is None:
        return
    if not bound.dataset.payload.transcripts:
        _no_transcripts(known["data"], bound.dataset.name, scope)
    report = observed.report(known.get("report"), bound.stage.params[bound.row].type, scope)
    agreed = observed.agreement(known.get("agreement"), scope)
    speakers = _speakers(known.get("speakers"), decl, bound.stage, scope)
    otherwise = speakers.pop(OTHERWISE, "")
    payload = plan.Observe(
        decl.name.text, bound.stage.name, bound.selection, speakers, "", (), scope.module.place(decl.name), bound.row,
        report, agreed, otherwise, _anonymised(known.get("anonymise"), scope))
    node = graph.add(carrying(payload, payload.name, scope.span(decl.name)))
    judged(graph, node.id, bound.stage, known, scope)
    graph.link(node.id, "reads", bound.dataset.id)
    observed.compared(graph, node.id, known.get("agreement"), agreed, scope)
    observed.feedback(known.get("feedback"), bound.stage, scope)


def _no_transcripts(data: tree.Field, name: str, scope: Scope) -> None:
    scope.error("PED0821", data.value, f"the rows of `{name}` hold no recorded dialogues",
                "say in the dataset in which format they do, for example `transcripts: \"mathdial\"`")


def _speakers(field: tree.Field | None, decl: tree.ObserveDecl, stage: Stage, scope: Scope) -> dict[str, str]:
    """A recorded speaker's label to a member of the cast."""
    if field is None:
        scope.error("PED0702", decl.name, f"the observe `{decl.name.text}` has no `speakers:`",
                    "say who is who, for example `speakers: { Teacher: teacher, Student: student }`")
    found: dict[str, str] = {}
    for label, value in fields.entries(field, scope).items():
        name = value.word.text if isinstance(value, tree.Name) else ""
        if name in stage.roles:
            found[label] = name
        elif name not in stage.failed:
            scope.error("PED0201", value, f"nobody is cast as `{name}`" if name else
                        "a recorded speaker is a member of the flow's cast",
                        did_you_mean(name, stage.roles, "the cast is"))
    return found


def _anonymised(field: tree.Field | None, scope: Scope) -> tuple[str, ...]:
    """What is to be replaced in recorded dialogues."""
    found: dict[str, tree.Node] = {}
    items = () if field is None else field.value.items if isinstance(field.value, tree.List) else (field.value,)
    for item in items:
        word = item.word.text if isinstance(item, tree.Name) else ""
        if word not in _ANONYMISED:
            scope.error("PED0309", item, "what is anonymised is some of `names`, `schools` and `numbers`",
                        did_you_mean(word, _ANONYMISED))
        elif word in found:
            scope.twice(item, f"`{word}`", found[word])
        else:
            found[word] = item
    return tuple(each for each in _ANONYMISED if each in found)


def _bound(graph: Graph, known: Mapping[str, tree.Field], name: tree.Word, what: str, stage_of: StageOf,
           scope: Scope) -> Bound | None:
    for key in ("flow", "data"):
        if key not in known:
            scope.error("PED0702", name, f"the {what} `{name.text}` has no `{key}:`", f"add `{key}: …`")
            return None
    flow = references.resolve(known["flow"].value, scope, "a flow", tree.FlowDecl)
    selected = data.selection(graph, known["data"].value, scope)
    stage = stage_of(flow.found) if flow is not None else None
    if flow is None or stage is None or selected is None:
        return None
    return bound(graph, flow, known["flow"].value, stage, known["data"], selected, scope)


def bound(graph: Graph, flow: references.Reference[tree.FlowDecl], named: tree.Node, stage: Stage, at: tree.Field,
          selected: tuple[plan.Selection, Node[plan.Dataset]], scope: Scope,
          beside: Collection[str] = ()) -> Bound | None:
    """A flow, where it is `named`, and the rows of `at` bound together; None, and reported, where they do not fit. Who
    binds them gives the parameters `beside` them in another way."""
    selection, dataset = selected
    row = _row(flow, stage, dataset, at, graph, scope, beside)
    if row is None:
        return None
    others = tuple(param for param in flow.found.decl.params or () if param.key.text not in (row, *beside))
    given = references.arranged(flow.word, named, others, flow.arguments, scope)
    if given is None:
        return None
    arguments = {each: elaborate.expression(value, scope, stage.params[each].type) for each, value in given.items()}
    return Bound(stage, selection, dataset, row, arguments)


def _row(flow: references.Reference[tree.FlowDecl], stage: Stage, dataset: Node[plan.Dataset], at: tree.Field,
         graph: Graph, scope: Scope, beside: Collection[str]) -> str | None:
    """The parameter that a row of the data gives: the only one of its type, or else the only one that needs a value."""
    needed = [name for name in stage.params if name not in stage.defaults and name not in beside]
    named = {argument.key.text for argument in flow.arguments if isinstance(argument, tree.Named)}
    free = [name for name in needed if name not in named]
    makes = [node.name for node in graph.after(dataset.id, "makes", plan.RecordType)]
    fitting = [name for name in free if str(stage.params[name].type) in makes or not makes]
    if len(fitting) == 1:
        return fitting[0]
    if len(free) == 1 and makes:
        scope.error("PED0301", at.value, f"the flow `{stage.name}` takes `{stage.params[free[0]].type}`, and a row of "
                    f"`{dataset.name}` is `{makes[0]}`", "bring rows of the flow's own type")
        return None
    number = references.counted(len(needed), "parameter")
    word = flow.found.decl.name
    scope.of_module(flow.found.module).error("PED0301", word, f"the flow `{stage.name}` has {number}, and a row of "
                                             "data gives one", "put all that a dialogue is about into one record")
    return None


def judged(graph: Graph, id: str, stage: Stage, known: Mapping[str, tree.Field], scope: Scope) -> None:
    """Links the flow that is played or told, and the rubric and contracts that it is judged by."""
    graph.link(id, "plays", f"flow:{stage.name}")
    if "score" in known:
        found = rubric.resolve(known["score"].value, scope)
        if found is not None:
            graph.link(id, "scores", rubric.rubric(graph, found, known["score"].value, stage, scope).id)
    if "check" not in known:
        return
    value = known["check"].value
    seen: dict[str, tree.Node] = {}
    for item in value.items if isinstance(value, tree.List) else (value,):
        contract = contracts.resolve(item, scope)
        node = contracts.contract(graph, contract, item, stage, scope) if contract is not None else None
        if node is None:
            continue
        if node.id in seen:
            scope.twice(item, f"`{node.name}`", seen[node.id])
            continue
        seen[node.id] = item
        graph.link(id, "checks", node.id)
