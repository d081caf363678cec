"""Flows: parameters, cast, phases and their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import cast, fields, handlers, models, places, seeing, speech
from pedalang.compiler.lower.layers import Item
from pedalang.compiler.lower.speech import Speech
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import dialogue, elaborate, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.semantics.types import Type
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
    known = fields.read(decl.items, ("max", "budget"), inner, "a flow")
    members = _members(decl, inner)
    known_members = {who: member for who, member in members.items() if member is not None}
    people = {who: Typed(member.type if member else types.ANY, nodes.Name(who)) for who, member in members.items()}
    roles = {who: cast.role(member, known_members, people, inner) for who, member in known_members.items()}
    phases = [item for item in decl.items if isinstance(item, tree.Phase)]
    own = _state(decl, inner.binding(people))
    stage = Stage(name, params, {**dialogue.NAMES, **params, **people, **own}, roles,
                  tuple(phase.name.text for phase in phases),
                  frozenset(who for who, member in members.items() if member is None or not member.complete),
                  frozenset(param.key.text for param in decl.params or () if param.default is not None),
                  any(isinstance(item, tree.GivenHistory) for item in decl.items),
                  {who: said for who, member in known_members.items() if (said := cast.model_said(member)) is not None})
    rules = _Rules(inner.binding(stage.values), {key: typed.type for key, typed in own.items()},
                   {who: (member.does, member.complete) for who, member in known_members.items()})
    payload = plan.Flow(name, {key: str(typed.type) for key, typed in params.items()}, {}, {}, "",
                        _whole(known, "max", "Turns", inner) or DEFAULT_MAX, (), found.module.place(decl.name),
                        _defaults(decl, params, outer), handlers.state(rules.items(decl.items)),
                        rules.handlers(decl.items), _whole(known, "budget", "Tokens", inner), _given(decl, inner))
    node = graph.add(carrying(payload, name, found.module.span(decl.name)))
    for who, role in roles.items():
        member = known_members[who]
        end = graph.add(carrying(role, f"{name}.{who}", member.span, places.role(member.layers)))
        graph.link(node.id, "casts", end.id, who)
        for model in cast.models(known_members[who]):
            graph.link(end.id, "uses", models.model(graph, model, scope).id)
    _phases(graph, node, decl, phases, stage, rules)
    return stage


class _Rules(NamedTuple):
    """What the handlers of a flow and its phases stand in: their names, the flow's own state, and what each member of
    the cast can do."""

    scope: Scope
    variables: Mapping[str, Type]
    cast: handlers.Cast

    def items(self, of: Iterable[tree.Node]) -> list[Item]:
        return [Item(item, self.scope) for item in of if isinstance(item, tree.State | tree.On)]

    def handlers(self, of: Iterable[tree.Node]) -> tuple[plan.Handler, ...]:
        speech = Speech(plan.FLOW, (), {})
        return handlers.read(self.items(of), self.variables, self.cast, speech, "flow")


def _params(decl: tree.FlowDecl, scope: Scope) -> dict[str, Typed]:
    found: dict[str, Typed] = {}
    words: dict[str, tree.Word] = {}
    for param in decl.params or ():
        name = param.key.text
        if name in found:
            scope.twice(param.key, f"the parameter `{name}`", words[name])
        if name in dialogue.RESERVED:
            scope.error("PED0202", param.key, f"`{name}` has a meaning in every dialogue", "give it another name")
        found[name], words[name] = Typed(written.read(param.type, scope), nodes.Name(name)), param.key
    return found


def _defaults(decl: tree.FlowDecl, params: Mapping[str, Typed], scope: Scope) -> dict[str, nodes.Expr]:
    """What parameters are where neither the data nor a run gives them; each may use those before it."""
    found: dict[str, nodes.Expr] = {}
    before: dict[str, Typed] = {}
    for param in decl.params or ():
        name = param.key.text
        if param.default is not None:
            found[name] = elaborate.expression(param.default, scope.binding(before), params[name].type).expr
        before[name] = params[name]
    return found


def _state(decl: tree.FlowDecl, scope: Scope) -> dict[str, Typed]:
    """The variables of the flow, by the bare names by which its text and its contracts know them."""
    found = handlers.variables([item for item in decl.items if isinstance(item, tree.State)], scope)
    for item in (item for item in decl.items if isinstance(item, tree.State)):
        for var in item.vars:
            if var.key.text in scope.values or var.key.text in dialogue.RESERVED:
                scope.error("PED0202", var.key, f"`{var.key.text}` has a meaning here already", "give it another name")
    return {name: Typed(of, nodes.Attr(nodes.Name(plan.FLOW), name)) for name, of in found.items()}


def _given(decl: tree.FlowDecl, scope: Scope) -> int | None:
    """How many recorded turns come first: 0 for all of them, None for a flow that begins at its beginning."""
    found = [item for item in decl.items if isinstance(item, tree.GivenHistory)]
    if not found:
        return None
    for item in found[1:]:
        scope.twice(item, "`given history`", found[0])
    turns = found[0].turns
    return fields.counted(turns, scope, "how much history is given", "Turns", 1) or 0 if turns is not None else 0


def _whole(known: Mapping[str, tree.Field], key: str, unit: str, scope: Scope) -> int | None:
    return fields.whole(known[key].value, scope, f"`{key}:`", unit) if key in known else None


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
            rules: _Rules) -> None:
    scope = rules.scope
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
        payload = _phase(phase, rules)
        graph.link(node.id, "holds", graph.add(carrying(payload, f"{stage.name}.{name}", scope.span(phase.name))).id)
        _seen(payload, phase, stage, scope)
    starts = [p for p in first.values() if any(isinstance(mod, tree.Start) for mod in p.mods)] or phases[:1]
    if len(starts) > 1:
        scope.error("PED0505", starts[1].name, "a flow starts in one phase, and this is a second one marked `start`",
                    "take `start` away from one of them", also=(starts[0].name, "the first"))
    graph.link(node.id, "starts", f"phase:{stage.name}.{starts[0].name.text}")
    for phase in first.values():
        _steps(graph, phase, stage, scope)


def _phase(phase: tree.Phase, rules: _Rules) -> plan.Phase:
    scope = rules.scope
    known = fields.read(phase.items, ("goal", "budget"), scope, "a phase")
    final, turns, seen = False, None, {}
    for mod in phase.mods:
        if type(mod) in seen:
            scope.twice(mod, f"`{'max' if isinstance(mod, tree.MaxTurns) else scope.span(mod).text}`", seen[type(mod)])
        seen[type(mod)] = mod
        match mod:
            case tree.Final():
                final = True
            case tree.MaxTurns(quantity=quantity):
                turns = fields.counted(quantity, scope, "`max` of a phase", "Turns", 1)
    for key, at in (("max", seen.get(tree.MaxTurns)), ("budget:", known.get("budget"))):
        if final and at is not None:
            scope.error("PED0509", at, f"a final phase has one round, and no `{key}`", f"leave `{key}` out")
    goal = None
    if "goal" in known:
        goal = elaborate.expression(known["goal"].value, scope, types.optional(types.TEXT)).expr
    return plan.Phase(phase.name.text, (), final, turns, goal, scope.module.place(phase.name),
                      _whole(known, "budget", "Tokens", scope), rules.handlers(phase.items))


def _seen(payload: plan.Phase, phase: tree.Phase, stage: Stage, scope: Scope) -> None:
    """A goal is shown to all who speak in the phase."""
    if payload.goal is None:
        return
    goal = next(item for item in phase.items if isinstance(item, tree.Field) and item.key.text == "goal")
    for who in dict.fromkeys(item.role.text for item in phase.items if isinstance(item, tree.Turn)):
        role = stage.roles.get(who)
        if role is not None:
            shown = seeing.hidden(seeing.paths(payload.goal), who, role.sees, (plan.FLOW,))
            speech.hide(shown, who, goal.value, scope)


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
    limited = any(isinstance(mod, tree.MaxTurns) for mod in phase.mods) or \
        any(isinstance(each, tree.Field) and each.key.text == "budget" for each in phase.items)
    if at_max and not limited:
        scope.error("PED0509", item.guard or item, f"the phase `{phase.name.text}` has no most number of turns",
                    f"write `phase {phase.name.text} max N turns`")
    when = None if item.guard is None or isinstance(item.guard, tree.AtMax) \
        else elaborate.expression(item.guard, scope, types.BOOL).expr
    text = "" if item.guard is None or at_max else " ".join(scope.span(item.guard).text.split())
    return plan.Goto(item.phase.text, when, at_max, scope.module.place(item), text)


def _turn(item: tree.Turn, stage: Stage, scope: Scope) -> plan.Turn | None:
    role = stage.roles.get(item.role.text)
    if role is None:
        if item.role.text not in stage.failed:
            scope.error("PED0201", item.role, f"nobody is cast as `{item.role.text}`",
                        did_you_mean(item.role.text, stage.roles, "the cast is"))
        return None
    known = fields.read(item.fields or (), ("limit",), scope, "a turn")
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
