"""State and its handlers: what a role's state is at first, what changes it, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.lower import draws, moves, seeing, speech
from pedalang.compiler.lower.layers import Item, of_kind
from pedalang.compiler.lower.speech import Speech
from pedalang.compiler.semantics import dialogue, elaborate, members, operators, references, types, written
from pedalang.compiler.semantics.scope import NOTHING, Operand, Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes


class Deed(NamedTuple):
    """A move or act: the types of its arguments, and what it can be made for."""

    arguments: Mapping[str, Type]
    cases: Collection[str] = ()


Events = Mapping[str, Deed]
"""The moves and acts that a member can make."""
Cast = Mapping[str, tuple[Events, bool]]
"""What each member can do, and whether that is all."""


def state(items: Iterable[Item]) -> tuple[plan.Variable, ...]:
    """The variables with their first values; a later layer's takes the place of a parent's of the same name."""
    found: dict[str, plan.Variable] = {}
    for item, scope in of_kind(items, tree.State):
        for var in item.vars:
            of = written.read(var.type, scope)
            if isinstance(var.value, tree.Draw):
                drawn, initial = draws.read(var.value.distribution, scope, of)
                operators.fitted(Operand(var.value, drawn, nodes.Name(var.key.text)), of, scope)
            else:
                initial = elaborate.expression(var.value, scope, of).expr
            inside = _innermost(of)
            found[var.key.text] = plan.Variable(var.key.text, str(of), initial, inside.low, inside.high)
    return tuple(found.values())


def variables(states: Iterable[tree.State], scope: Scope) -> dict[str, Type]:
    """The types of variables by name, each once."""
    words: dict[str, tree.Word] = {}
    found: dict[str, Type] = {}
    for var in (var for state in states for var in state.vars):
        name = var.key.text
        if name == "said":
            scope.error("PED0202", var.key, "every member of the cast has `said` already", "give it another name")
        if name in words:
            scope.twice(var.key, f"`{name}`", words[name])
        words[name], found[name] = var.key, written.read(var.type, scope)
    return found


def read(items: Iterable[Item], variables: Mapping[str, Type], cast: Cast, spoken: Speech,
         what: str = "role") -> tuple[plan.Handler, ...]:
    """The handlers of what has these variables, a role or a flow, in order. `cast` says what each member can do."""
    found: list[plan.Handler] = []
    role = _Reading(variables, spoken, (), what)
    for item, scope in of_kind(items, tree.On):
        handler = _handler(item, role, cast, scope)
        found += [handler] if handler is not None else []
    return tuple(found)


class _Reading(Struct, frozen=True):
    """Whose handlers are read: what its state is, what its words may show, and what was drawn so far."""

    variables: Mapping[str, Type]
    speech: Speech
    drawn: tuple[str, ...] = ()
    what: str = "role"

    def knowing(self, draw: str) -> _Reading:
        return replace(self, drawn=(*self.drawn, draw))

    def value(self, name: str) -> nodes.Attr:
        return nodes.Attr(nodes.Name(self.speech.own), name)


def _handler(item: tree.On, role: _Reading, cast: Cast, scope: Scope) -> plan.Handler | None:
    names, own = item.event.names.names, role.speech.own
    if not 2 <= len(names) <= 3:
        scope.error("PED0309", item.event, "an event is of a member of the cast",
                    "write `self.turn`, `self.said`, `MEMBER.turn` or `MEMBER.MOVE`")
        return None
    who, what, *case = names
    actor = own if who.text == "self" else who.text
    if actor not in cast:
        if actor in scope.values and scope.values[actor].type is types.ANY:  # cast, and reported there
            return None
        scope.error("PED0201", who, f"nobody is cast as `{who.text}`",
                    did_you_mean(who.text, [*cast, "self"], "the cast is"))
        return None
    events, complete = cast[actor]
    known = ["turn", "said", *events] if actor == own else ["turn", *events]
    if what.text not in known:
        if complete:
            scope.error("PED0201", what, f"`{who.text}` never does `{what.text}`",
                        did_you_mean(what.text, known, "it does"))
        return None
    deed = events.get(what.text, Deed({}))
    guards = [_for(case[0])] if case else []
    if case and case[0].text not in deed.cases:
        moves.no_case(case[0], what.text, deed.cases, scope)
    inner = _bound(item, deed.arguments, scope)
    if item.guard is not None:
        guard = elaborate.expression(item.guard, inner, types.BOOL).expr
        inner = inner.knowing(operators.known(guard)[0])
        guards.append(guard)
    body, _ = _statements(item.body, role, inner)
    when = speech.joined([*_given(item, deed.arguments), *guards])
    return plan.Handler(actor, what.text, when, body, scope.module.place(item))


def _given(item: tree.On, arguments: Mapping[str, Type]) -> Iterable[nodes.Expr]:
    """That the move at hand has the arguments that a handler names: what people or recordings bring has none."""
    for _, (name, of) in zip(item.event.binds or (), arguments.items(), strict=False):
        if not of.optional:
            yield nodes.Binary("!=", nodes.Index(nodes.Name("args"), nodes.Lit(name)), nodes.Lit(None))


def _for(case: tree.Word) -> nodes.Expr:
    """That the move at hand was made for a case."""
    return nodes.Binary("==", nodes.Index(nodes.Name("args"), nodes.Lit(plan.CASE)), nodes.Lit(case.text))


def _bound(item: tree.On, arguments: Mapping[str, Type], scope: Scope) -> Scope:
    """`on teacher.telling(step)`: the names stand for the arguments of the move, in their order."""
    binds = item.event.binds or ()
    for word in binds[len(arguments):]:
        takes = references.counted(len(arguments), "argument")
        scope.error("PED0307", word, f"`{item.event.names.names[1].text}` takes {takes}", "leave this name out")
    return scope.binding({word.text: Typed(of, nodes.Attr(nodes.Name("args"), name))
                          for word, (name, of) in zip(binds, arguments.items(), strict=False)})


def _statements(body: Iterable[tree.Statement], role: _Reading,
                scope: Scope) -> tuple[tuple[plan.Statement, ...], Scope]:
    """The statements, and the scope after them: a draw is known from there on."""
    found: list[plan.Statement] = []
    for statement in body:
        place = scope.module.place(statement)
        match statement:
            case tree.Assign():
                assigned = _assign(statement, place, role, scope)
                if assigned is not None:
                    found.append(assigned)
                    scope = scope.forgetting(role.value(assigned.variable))
            case tree.Sample(name=name, distribution=expr):
                of, drawn = draws.read(expr, scope)
                if name.text in scope.values or name.text in dialogue.RESERVED:
                    scope.error("PED0202", name, f"`{name.text}` has a meaning here already",
                                "give the draw another name")
                found.append(plan.Sample(name.text, drawn, place))
                scope = scope.binding({name.text: Typed(of, nodes.Name(name.text))})
                role = role.knowing(name.text)
            case tree.IfStmt():
                branch = _branch(statement, place, role, scope)
                found.append(branch)
                for variable in _changed(branch):
                    scope = scope.forgetting(role.value(variable))
            case tree.Hint() if role.what == "flow":
                scope.error("PED0309", statement, "a flow has no prompts, so nobody would read this hint",
                            "write it in a handler of the role that is to read it")
            case tree.Hint(text=text):
                hint = elaborate.text(text.word, scope).expr
                shown = seeing.hidden(seeing.paths(hint), role.speech.own, role.speech.sees, role.drawn)
                speech.hide(shown, role.speech.own, text, scope)
                found.append(plan.Hint(hint, place))
    return tuple(found), scope


def _branch(statement: tree.IfStmt, place: str, role: _Reading, scope: Scope) -> plan.Branch:
    condition = elaborate.expression(statement.condition, scope, types.BOOL).expr
    holds, fails = operators.known(condition)
    then, _ = _statements(statement.then, role, scope.knowing(holds))
    inner = scope.knowing(fails)
    otherwise: tuple[plan.Statement, ...] = ()
    match statement.otherwise:
        case None:
            pass
        case tree.IfStmt() as nested:
            otherwise = (_branch(nested, inner.module.place(nested), role, inner),)
        case body:
            otherwise, _ = _statements(body, role, inner)
    return plan.Branch(condition, then, otherwise, place)


def _changed(branch: plan.Branch) -> Iterable[str]:
    for statement in (*branch.then, *branch.otherwise):
        match statement:
            case plan.Assign(variable, _, _):
                yield variable
            case plan.Branch():
                yield from _changed(statement)


def _assign(statement: tree.Assign, place: str, role: _Reading, scope: Scope) -> plan.Assign | None:
    target = _target(statement.target, role, scope)
    if target is None:
        return None
    name, path, of, current = target
    symbol = statement.operator.text.removesuffix("=")
    if not symbol:
        return plan.Assign(name, elaborate.expression(statement.value, scope, of).expr, place, path)
    sign = tree.Word(statement.operator.start, statement.operator.end, symbol)
    typed = operators.arithmetic(sign, current, elaborate.operand(statement.value, scope), statement.value, scope)
    if typed is not NOTHING:
        typed = operators.fitted(Operand(statement.value, *typed), of, scope)
    return plan.Assign(name, typed.expr, place, path)


class _Target(NamedTuple):
    """What a statement changes: a variable, the way to a part of it, the type that it may have, and what it is now."""

    variable: str
    path: tuple[nodes.Expr, ...]
    type: Type
    current: Operand


def _target(target: tree.Expr, role: _Reading, scope: Scope) -> _Target | None:
    """What stands before the sign of `set`; None after a mistake."""
    match target:
        case tree.Name(word=word):
            wanted = role.variables.get(word.text)
            if wanted is None:
                scope.error("PED0201", word, f"`{word.text}` is no part of this {role.what}'s state",
                            did_you_mean(word.text, role.variables) or "add it to `state { … }`")
                return None
            return _Target(word.text, (), wanted, Operand(word, *elaborate.expression(target, scope)))
        case tree.Index(of=of, key=key):
            holder = _target(of, role, scope)
            return None if holder is None else _item(holder, target, key, scope)
        case tree.Attribute(of=of, name=word):
            holder = _target(of, role, scope)
            typed = members.field(holder.current, word, scope) if holder is not None else NOTHING
            if holder is None or typed is NOTHING:
                return None
            return _Target(holder.variable, (*holder.path, nodes.Lit(word.text)), typed.type, Operand(target, *typed))
    scope.error("PED0309", target, "a handler sets a variable of the state, or a part of one",
                "write for example `set tries = 1` or `set mastery[skill] = 0.5`")
    return None


def _item(holder: _Target, at: tree.Index, key: tree.Expr, scope: Scope) -> _Target | None:
    """An item of a list, or what a map holds under a key: the part itself, which is there when it is read."""
    given = elaborate.operand(key, scope)
    typed = operators.looked_up(holder.current, given, scope)
    if typed is NOTHING:
        return None
    inside = holder.type.arguments[-1] if holder.type.arguments else types.ANY
    return _Target(holder.variable, (*holder.path, given.expr), inside, Operand(at, inside, typed.expr))


def _innermost(of: Type) -> Type:
    """What a list or map holds, however deep; else the type itself."""
    while of.name in ("List", "Map") and of.arguments:
        of = of.arguments[-1]
    return of


def drawn(items: Iterable[Item]) -> dict[str, Typed]:
    """What the role's own handlers always draw before it speaks: its acts can ask for it."""
    found: dict[str, Typed] = {}
    for item, scope in of_kind(items, tree.On):
        if [word.text for word in item.event.names.names] != ["self", "turn"] or item.guard is not None:
            continue
        for statement in item.body:
            if isinstance(statement, tree.Sample):
                of, _ = draws.read(statement.distribution, scope.binding(found))
                found[statement.name.text] = Typed(of, nodes.Name(statement.name.text))
    return found
