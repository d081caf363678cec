"""Flows: parameters, cast, phases and their steps; and the contracts over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.compiler.lower import cast, fields, formulas
from pedalang.compiler.semantics import elaborate, types, written
from pedalang.compiler.semantics.modules import Module
from pedalang.compiler.semantics.scope import Declared, Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

_DEFAULT_MAX = 40
"""Turns of a flow that names no `max:`; a dialogue always ends."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A flow's names: its parameters and cast as values, the roles of the cast, what each can do."""

    module: Module
    name: str
    params: dict[str, Typed]
    values: dict[str, Typed]
    roles: dict[str, plan.Role]

    @property
    def does(self) -> dict[str, frozenset[str]]:
        return {name: frozenset((*role.moves, *(act.name for act in role.acts))) for name, role in self.roles.items()}


def flow(graph: Graph, found: Declared, scope: Scope) -> Stage:
    """Adds a flow with its cast and phases, and gives its names for contracts and rubrics."""
    assert isinstance(found.decl, tree.FlowDecl)
    decl, name = found.decl, found.decl.name.text
    outer = scope.inside(found, {})
    params = {p.key.text: Typed(written.read(p.type, outer), nodes.Name(p.key.text)) for p in decl.params or ()}
    inner = outer.binding(params)
    known = fields.read(decl.items, ("max",), inner, "flow", ("given", "budget"))
    _refuse(decl, inner)
    members = _members(decl, inner)
    others = {who.name: Typed(who.type, nodes.Name(who.name)) for who in members.values()}
    roles = {who.name: cast.role(who, others, members, inner) for who in members.values()}
    stage = Stage(found.module, name, params, {**cast.DIALOGUE, **params, **others}, roles)
    limit = fields.whole(known["max"].value, inner, "the most turns of a flow") if "max" in known else None
    payload = plan.Flow(name, {key: str(typed.type) for key, typed in params.items()}, {}, {}, "",
                        limit or _DEFAULT_MAX, (), found.module.place(decl.name))
    node = graph.add(Node("flow", name, payload, found.module.span(decl.name)))
    for who, role in roles.items():
        graph.add(Node("role", f"{name}.{who}", role, inner.span(decl.name)))
        graph.link(node.id, "casts", f"role:{name}.{who}", who)
    _phases(graph, node, decl, stage, inner.binding(stage.values))
    return stage


def _refuse(decl: tree.FlowDecl, scope: Scope) -> None:
    for item in decl.items:
        if isinstance(item, tree.State | tree.On | tree.GivenHistory):
            what = {tree.State: "state", tree.On: "handlers"}.get(type(item), "`given history`")
            scope.error("PED0901", item, f"{what} of a flow cannot be run yet")


def _members(decl: tree.FlowDecl, scope: Scope) -> dict[str, cast.Member]:
    found: dict[str, cast.Member] = {}
    for item in decl.items:
        if isinstance(item, tree.Cast):
            if item.key.text in found:
                scope.error("PED0202", item.key, f"`{item.key.text}` is cast twice")
                continue
            who = cast.member(item.key.text, item.role, scope)
            if who is not None:
                found[item.key.text] = who
    return found


def _phases(graph: Graph, node: Node, decl: tree.FlowDecl, stage: Stage, scope: Scope) -> None:
    phases = [item for item in decl.items if isinstance(item, tree.Phase)]
    if not phases:
        scope.error("PED0503", decl.name, f"the flow `{decl.name.text}` has no phase", "add a `phase NAME start { … }`")
        return
    names = {phase.name.text for phase in phases}
    for phase in phases:
        id = f"phase:{stage.name}.{phase.name.text}"
        if id in graph:
            scope.error("PED0202", phase.name, f"the phase `{phase.name.text}` is declared twice")
            continue
        graph.add(Node("phase", f"{stage.name}.{phase.name.text}", _phase(phase, scope), scope.span(phase.name)))
        graph.link(node.id, "holds", id)
    starts = [p for p in phases if any(isinstance(mod, tree.Start) for mod in p.mods)] or phases[:1]
    if len(starts) > 1:
        scope.error("PED0505", starts[1].name, "a flow starts in one phase, and this is a second one marked `start`")
    graph.link(node.id, "starts", f"phase:{stage.name}.{starts[0].name.text}")
    for phase in phases:
        _steps(graph, phase, names, stage, scope)


def _phase(phase: tree.Phase, scope: Scope) -> plan.Phase:
    known = fields.read(phase.items, ("goal",), scope, "phase", ("budget",))
    for item in phase.items:
        if isinstance(item, tree.On):
            scope.error("PED0901", item, "handlers of a phase cannot be run yet")
    limits = [mod for mod in phase.mods if isinstance(mod, tree.MaxTurns)]
    turns = int(limits[0].quantity.text.split()[0].replace("_", "")) if limits else None
    goal = None
    if "goal" in known:
        goal = elaborate.expression(known["goal"].value, scope, types.TEXT).expr
    return plan.Phase(phase.name.text, (), any(isinstance(m, tree.Final) for m in phase.mods), turns, goal,
                      scope.module.place(phase.name))


def _steps(graph: Graph, phase: tree.Phase, names: set[str], stage: Stage, scope: Scope) -> None:
    within = f"{stage.name}.{phase.name.text}"
    at = 0
    for item in phase.items:
        if isinstance(item, tree.Turn):
            payload = _turn(item, stage, scope)
            if payload is None:
                continue
            step = graph.add(Node("turn", f"{within}.{at}", payload, scope.span(item)))
            graph.link(step.id, "by", f"role:{stage.name}.{payload.role}")
        elif isinstance(item, tree.Goto):
            if item.phase.text not in names:
                scope.error("PED0201", item.phase, f"unknown phase `{item.phase.text}`",
                            did_you_mean(item.phase.text, names))
                continue
            step = graph.add(Node("goto", f"{within}.{at}", _goto(item, scope), scope.span(item)))
            graph.link(step.id, "leads", f"phase:{stage.name}.{item.phase.text}")
        else:
            continue
        graph.link(f"phase:{within}", "steps", step.id)
        at += 1


def _goto(item: tree.Goto, scope: Scope) -> plan.Goto:
    at_max = isinstance(item.guard, tree.AtMax)
    when = None if item.guard is None or isinstance(item.guard, tree.AtMax) \
        else elaborate.expression(item.guard, scope, types.BOOL).expr
    return plan.Goto(item.phase.text, when, at_max, scope.module.place(item))


def _turn(item: tree.Turn, stage: Stage, scope: Scope) -> plan.Turn | None:
    role = stage.roles.get(item.role.text)
    if role is None:
        scope.error("PED0201", item.role, f"nobody is cast as `{item.role.text}`",
                    did_you_mean(item.role.text, stage.roles))
        return None
    known = fields.read(item.fields or (), ("limit",), scope, "turn", ("budget",))
    limit = fields.whole(known["limit"].value, scope, "a limit of tokens") if "limit" in known else None
    named = item.moves.names if isinstance(item.moves, tree.May) else (item.moves.name,) if item.moves else ()
    for word in named:
        if word.text not in role.moves:
            scope.error("PED0504", word, f"`{item.role.text}` has no move `{word.text}`",
                        did_you_mean(word.text, role.moves))
    moves = tuple(w.text for w in named if w.text in role.moves) or tuple(role.moves)
    return plan.Turn(item.role.text, moves, limit, scope.module.place(item))


def contract(graph: Graph, found: Declared, stage: Stage, scope: Scope) -> Node:
    """Adds a contract over a flow; its parameters are the flow's of the same names."""
    assert isinstance(found.decl, tree.ContractDecl)
    decl, name = found.decl, found.decl.name.text
    if f"contract:{name}" in graph:
        return graph.node(f"contract:{name}")
    outer = scope.inside(found, {})
    inner = outer.binding({**stage.values, **formulas.params(decl.params, stage.params, outer, "contract")})
    clauses = tuple(formulas.clause(item, stage.does, inner) for item in decl.clauses)
    _once([item.key for item in decl.clauses], inner)
    payload = plan.Contract(name, stage.name, clauses, found.module.place(decl.name))
    node = graph.add(Node("contract", name, payload, found.module.span(decl.name)))
    graph.link(node.id, "over", f"flow:{stage.name}")
    return node


def _once(keys: list[tree.Word], scope: Scope) -> None:
    seen: set[str] = set()
    for key in keys:
        if key.text in seen:
            scope.error("PED0202", key, f"the clause `{key.text}` is declared twice")
        seen.add(key.text)


def obeyed(decl: tree.FlowDecl) -> Mapping[str, tree.Word]:
    """The contracts that a flow names in `obeys`, with the words that name them."""
    found: dict[str, tree.Word] = {}
    for item in decl.items:
        if isinstance(item, tree.Obeys):
            for ref in item.contracts:
                name = ref.function if isinstance(ref, tree.Call) else ref
                if isinstance(name, tree.Name):
                    found[name.word.text] = name.word
    return found
