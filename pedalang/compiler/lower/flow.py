"""Flows: parameters, cast, phases and their steps."""

from __future__ import annotations

from collections.abc import Iterable

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import cast, fields, models, seeing, speech
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import dialogue, elaborate, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

DEFAULT_MAX = 40
"""Turns of a flow that names no `max:`; a dialogue always ends."""


def flow(graph: Graph, found: Declared[tree.FlowDecl], scope: Scope) -> Stage:
    """Adds a flow with its cast and phases, and gives its names for contracts and rubrics."""
    decl, name = found.decl, found.decl.name.text
    outer = scope.inside(found, {})
    params = _params(decl, outer)
    inner = outer.binding(params)
    known = fields.read(decl.items, ("max",), inner, "a flow", ("given", "budget"))
    _refuse(decl, inner)
    members = _members(decl, inner)
    known_members = {who: member for who, member in members.items() if member is not None}
    people = {who: Typed(member.type if member else types.ANY, nodes.Name(who)) for who, member in members.items()}
    roles = {who: cast.role(member, known_members, people, inner) for who, member in known_members.items()}
    phases = [item for item in decl.items if isinstance(item, tree.Phase)]
    stage = Stage(name, params, {**dialogue.NAMES, **params, **people}, roles,
                  tuple(phase.name.text for phase in phases),
                  frozenset(who for who, member in members.items() if member is None or not member.complete))
    limit = fields.whole(known["max"].value, inner, "`max:`", "Turns") if "max" in known else None
    payload = plan.Flow(name, {key: str(typed.type) for key, typed in params.items()}, {}, {}, "",
                        limit or DEFAULT_MAX, (), found.module.place(decl.name))
    node = graph.add(carrying(payload, name, found.module.span(decl.name)))
    for who, role in roles.items():
        end = graph.add(carrying(role, f"{name}.{who}", known_members[who].span))
        graph.link(node.id, "casts", end.id, who)
        for model in cast.models(known_members[who], inner):
            graph.link(end.id, "uses", models.model(graph, model, scope).id)
    _phases(graph, node, decl, phases, stage, inner.binding(stage.values))
    return stage


def _params(decl: tree.FlowDecl, scope: Scope) -> dict[str, Typed]:
    found: dict[str, Typed] = {}
    words: dict[str, tree.Word] = {}
    for param in decl.params or ():
        name = param.key.text
        if name in found:
            scope.twice(param.key, f"the parameter `{name}`", words[name])
        if name in dialogue.RESERVED:
            scope.error("PED0202", param.key, f"`{name}` has a meaning in every dialogue", "give it another name")
        if param.default is not None:
            scope.later(param.default, "a default of a flow's parameter", "the data of a run gives it")
        found[name], words[name] = Typed(written.read(param.type, scope), nodes.Name(name)), param.key
    return found


def _refuse(decl: tree.FlowDecl, scope: Scope) -> None:
    for item in decl.items:
        match item:
            case tree.State():
                scope.later(item, "state of a flow", "give it to a member of the cast")
            case tree.On():
                scope.later(item.event, "a handler of a flow", "give it to a member of the cast")
            case tree.GivenHistory():
                scope.later(item, "`given history`")


def _members(decl: tree.FlowDecl, scope: Scope) -> dict[str, cast.Member | None]:
    """The cast by name; None where a mistake was reported."""
    found: dict[str, cast.Member | None] = {}
    words: dict[str, tree.Word] = {}
    for item in decl.items:
        if not isinstance(item, tree.Cast):
            continue
        name = item.key.text
        if name in words:
            scope.twice(item.key, f"`cast {name}`", words[name])
            continue
        words[name] = item.key
        if name in scope.values or name in dialogue.RESERVED:
            scope.error("PED0202", item.key, f"`{name}` has a meaning here already", "give it another name")
            continue
        found[name] = cast.member(name, item.role, scope)
    return found


def _phases(graph: Graph, node: Node[plan.Flow], decl: tree.FlowDecl, phases: list[tree.Phase], stage: Stage,
            scope: Scope) -> None:
    if not phases:
        scope.error("PED0503", decl.name, f"the flow `{stage.name}` has no phase", "add a `phase NAME start { … }`")
        return
    first: dict[str, tree.Phase] = {}
    for phase in phases:
        name = phase.name.text
        if name in first:
            scope.twice(phase.name, f"the phase `{name}`", first[name].name)
            continue
        first[name] = phase
        payload = _phase(phase, scope)
        graph.link(node.id, "holds", graph.add(carrying(payload, f"{stage.name}.{name}", scope.span(phase.name))).id)
        _seen(payload, phase, stage, scope)
    starts = [p for p in first.values() if any(isinstance(mod, tree.Start) for mod in p.mods)] or phases[:1]
    if len(starts) > 1:
        scope.error("PED0505", starts[1].name, "a flow starts in one phase, and this is a second one marked `start`",
                    "take `start` away from one of them", also=(starts[0].name, "the first"))
    graph.link(node.id, "starts", f"phase:{stage.name}.{starts[0].name.text}")
    for phase in first.values():
        _steps(graph, phase, stage, scope)


def _phase(phase: tree.Phase, scope: Scope) -> plan.Phase:
    known = fields.read(phase.items, ("goal",), scope, "a phase", ("budget",))
    for item in phase.items:
        if isinstance(item, tree.On):
            scope.later(item.event, "a handler of a phase", "give it to a member of the cast")
    final, turns, seen = False, None, {}
    for mod in phase.mods:
        if type(mod) in seen:
            scope.twice(mod, f"`{'max' if isinstance(mod, tree.MaxTurns) else scope.span(mod).text}`", seen[type(mod)])
        seen[type(mod)] = mod
        match mod:
            case tree.Final():
                final = True
            case tree.MaxTurns(quantity=quantity):
                turns = fields.counted(quantity, scope, "the most turns of a phase", "Turns", 1)
    if final and turns is not None:
        scope.error("PED0509", seen[tree.MaxTurns], "a final phase has one round, and no `max`", "leave `max` out")
    goal = None
    if "goal" in known:
        goal = elaborate.expression(known["goal"].value, scope, types.optional(types.TEXT)).expr
    return plan.Phase(phase.name.text, (), final, turns, goal, scope.module.place(phase.name))


def _seen(payload: plan.Phase, phase: tree.Phase, stage: Stage, scope: Scope) -> None:
    """A goal is shown to all who speak in the phase."""
    if payload.goal is None:
        return
    goal = next(item for item in phase.items if isinstance(item, tree.Field) and item.key.text == "goal")
    for who in dict.fromkeys(item.role.text for item in phase.items if isinstance(item, tree.Turn)):
        role = stage.roles.get(who)
        if role is not None:
            speech.hide(seeing.hidden(seeing.paths(payload.goal), who, role.sees), who, goal.value, scope)


def _steps(graph: Graph, phase: tree.Phase, stage: Stage, scope: Scope) -> None:
    within = f"{stage.name}.{phase.name.text}"
    at = 0
    for item in phase.items:
        match item:
            case tree.Turn():
                turn = _turn(item, stage, scope)
                if turn is None:
                    continue
                step = graph.add(carrying(turn, f"{within}.{at}", scope.span(item))).id
                graph.link(step, "by", f"role:{stage.name}.{turn.role}")
            case tree.Goto(phase=word):
                if word.text not in stage.phases:
                    scope.error("PED0201", word, f"the flow `{stage.name}` has no phase `{word.text}`",
                                did_you_mean(word.text, stage.phases, "its phases are"))
                    continue
                step = graph.add(carrying(_goto(item, phase, scope), f"{within}.{at}", scope.span(item))).id
                graph.link(step, "leads", f"phase:{stage.name}.{word.text}")
            case _:
                continue
        graph.link(f"phase:{within}", "steps", step)
        at += 1


def _goto(item: tree.Goto, phase: tree.Phase, scope: Scope) -> plan.Goto:
    at_max = isinstance(item.guard, tree.AtMax)
    if at_max and not any(isinstance(mod, tree.MaxTurns) for mod in phase.mods):
        scope.error("PED0509", item.guard or item, f"the phase `{phase.name.text}` has no most number of turns",
                    f"write `phase {phase.name.text} max N turns`")
    when = None if item.guard is None or isinstance(item.guard, tree.AtMax) \
        else elaborate.expression(item.guard, scope, types.BOOL).expr
    return plan.Goto(item.phase.text, when, at_max, scope.module.place(item))


def _turn(item: tree.Turn, stage: Stage, scope: Scope) -> plan.Turn | None:
    role = stage.roles.get(item.role.text)
    if role is None:
        if item.role.text not in stage.failed:
            scope.error("PED0201", item.role, f"nobody is cast as `{item.role.text}`",
                        did_you_mean(item.role.text, stage.roles, "the cast is"))
        return None
    known = fields.read(item.fields or (), ("limit",), scope, "a turn", ("budget",))
    limit = fields.whole(known["limit"].value, scope, "a limit", "Tokens") if "limit" in known else None
    named = item.moves.names if isinstance(item.moves, tree.May) else (item.moves.name,) if item.moves else ()
    return plan.Turn(item.role.text, _allowed(named, role, item, stage, scope), limit, scope.module.place(item))


def _allowed(named: Iterable[tree.Word], role: plan.Role, item: tree.Turn, stage: Stage,
             scope: Scope) -> tuple[str, ...]:
    found: dict[str, tree.Word] = {}
    for word in named:
        if word.text not in role.moves and item.role.text in stage.failed:
            continue
        if word.text not in role.moves:
            scope.error("PED0504", word, f"`{item.role.text}` has no move `{word.text}`",
                        did_you_mean(word.text, role.moves) or f"add it to the `moves:` of `{role.name}`")
        elif word.text in found:
            scope.twice(word, f"the move `{word.text}`", found[word.text])
        else:
            found[word.text] = word
    return tuple(found) or tuple(role.moves)
