"""State handlers: what happens to a role's state, and when; and the draws in them."""

from __future__ import annotations

from collections.abc import Iterable

from pedalang import plan
from pedalang.compiler.lower import speech
from pedalang.compiler.semantics import elaborate, operators, types
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

Items = Iterable[tuple[tree.Node, Scope]]
"""The items of a role, each with the scope of its layer."""

_NO_DISTRIBUTION = nodes.Distribution("one_of", (nodes.Lit(None),))


def distribution(expr: tree.Expr, scope: Scope) -> tuple[Type, nodes.Distribution]:
    """What a draw is from, and the type of what is drawn."""
    match expr:
        case tree.Call(function=tree.Name(word=word), arguments=arguments):
            given = [elaborate.expression(a, scope) for a in arguments
                     if not isinstance(a, tree.Named | tree.Comprehension)]
            if len(given) != len(arguments):
                scope.error("PED0307", expr, "a distribution takes no named arguments")
                return types.ANY, _NO_DISTRIBUTION
            return _drawn(word, expr, given, scope)
    scope.error("PED0309", expr, "a draw is from bernoulli(p), one_of(…), uniform(low, high) or normal(mean, sd)")
    return types.ANY, _NO_DISTRIBUTION


def _drawn(word: tree.Word, expr: tree.Call, given: list[Typed], scope: Scope) -> tuple[Type, nodes.Distribution]:
    arguments = tuple(typed.expr for typed in given)
    match word.text:
        case "one_of" if given:
            of = given[0].type
            for typed in given[1:]:
                joined = types.join(of, typed.type)
                if joined is None:
                    scope.error("PED0301", expr, f"one draw cannot give {of} and {typed.type}")
                    return types.ANY, _NO_DISTRIBUTION
                of = joined
            return of, nodes.Distribution("one_of", arguments)
        case "bernoulli" | "uniform" | "normal" as kind:
            count = 1 if kind == "bernoulli" else 2
            if len(given) != count or not all(types.fits(t.type, types.FLOAT) for t in given):
                scope.error("PED0307", expr, f"`{kind}` takes {count} number{'s' if count > 1 else ''}")
            return types.BOOL if kind == "bernoulli" else types.FLOAT, nodes.Distribution(kind, arguments)
    known = ("bernoulli", "one_of", "uniform", "normal")
    scope.error("PED0201", word, f"unknown distribution `{word.text}`", did_you_mean(word.text, known))
    return types.ANY, _NO_DISTRIBUTION


def draws(items: Items) -> dict[str, Typed]:
    """What the role's own handlers draw by name: the acts of the same turn can ask for it."""
    found: dict[str, Typed] = {}
    for item, _ in items:
        if isinstance(item, tree.On) and [w.text for w in item.event.names.names] == ["self", "turn"]:
            for statement in item.body:
                if isinstance(statement, tree.Sample):
                    of = types.BOOL if _kind(statement.distribution) == "bernoulli" else types.ANY
                    found[statement.name.text] = Typed(of, nodes.Name(statement.name.text))
    return found


def _kind(expr: tree.Expr) -> str:
    return expr.function.word.text if isinstance(expr, tree.Call) and isinstance(expr.function, tree.Name) else ""


def read(items: Items, own: str, cast: dict[str, set[str]]) -> tuple[plan.Handler, ...]:
    """The handlers, in order. `cast` says which moves and acts each member can make."""
    found: list[plan.Handler] = []
    for item, scope in items:
        if isinstance(item, tree.On):
            handler = _handler(item, own, cast, scope)
            if handler is not None:
                found.append(handler)
    return tuple(found)


def _handler(item: tree.On, own: str, cast: dict[str, set[str]], scope: Scope) -> plan.Handler | None:
    names = item.event.names.names
    if len(names) != 2 or item.event.binds is not None:
        scope.error("PED0309", item.event, "an event is `self.turn`, `self.said`, `MEMBER.turn` or `MEMBER.MOVE`")
        return None
    actor = own if names[0].text == "self" else names[0].text
    if actor not in cast:
        scope.error("PED0201", names[0], f"nobody is cast as `{names[0].text}`",
                    did_you_mean(names[0].text, [*cast, "self"]))
        return None
    known = {"turn", *cast[actor]} | ({"said"} if actor == own else set())
    if names[1].text not in known:
        scope.error("PED0201", names[1], f"`{names[0].text}` never does `{names[1].text}`",
                    did_you_mean(names[1].text, known))
        return None
    when = elaborate.expression(item.guard, scope, types.BOOL).expr if item.guard is not None else None
    body, _ = _statements(item.body, scope)
    return plan.Handler(actor, names[1].text, when, body, scope.module.place(item))


def _statements(body: Iterable[tree.Statement], scope: Scope) -> tuple[tuple[plan.Statement, ...], Scope]:
    """The statements, and the scope after them: a draw is known from there on."""
    found: list[plan.Statement] = []
    for statement in body:
        place = scope.module.place(statement)
        match statement:
            case tree.Assign():
                assigned = _assign(statement, place, scope)
                found += [assigned] if assigned is not None else []
            case tree.Sample(name=name, distribution=expr):
                of, drawn = distribution(expr, scope)
                found.append(plan.Sample(name.text, drawn, place))
                scope = scope.binding({name.text: Typed(of, nodes.Name(name.text))})
            case tree.IfStmt():
                found.append(_branch(statement, place, scope))
            case tree.Hint(text=text):
                found.append(plan.Hint(speech.plain_text(text, scope), place))
    return tuple(found), scope


def _branch(statement: tree.IfStmt, place: str, scope: Scope) -> plan.Branch:
    condition = elaborate.expression(statement.condition, scope, types.BOOL).expr
    then, _ = _statements(statement.then, scope)
    match statement.otherwise:
        case None:
            otherwise: tuple[plan.Statement, ...] = ()
        case tree.IfStmt() as nested:
            otherwise = (_branch(nested, scope.module.place(nested), scope),)
        case body:
            otherwise, _ = _statements(body, scope)
    return plan.Branch(condition, then, otherwise, place)


def _assign(statement: tree.Assign, place: str, scope: Scope) -> plan.Assign | None:
    if not isinstance(statement.target, tree.Name):
        scope.error("PED0901", statement.target, "only a whole variable can be set yet", "set it to a new value")
        return None
    word = statement.target.word
    current = scope.values.get(word.text)
    if current is None or not isinstance(current.expr, nodes.Attr):
        own = [name for name, typed in scope.values.items() if isinstance(typed.expr, nodes.Attr)]
        scope.error("PED0201", word, f"`{word.text}` is no part of this role's state", did_you_mean(word.text, own))
        return None
    symbol = statement.operator.text.removesuffix("=")
    if not symbol:
        return plan.Assign(word.text, elaborate.expression(statement.value, scope, current.type).expr, place)
    value = elaborate.expression(statement.value, scope)
    gives = operators.arithmetic(symbol, current.type, value.type)
    if gives is None or not types.fits(gives, current.type) and not gives.is_number:
        scope.error("PED0301", statement, f"`{statement.operator.text}` cannot change {current.type} by {value.type}")
        return None
    return plan.Assign(word.text, nodes.Binary(symbol, current.expr, value.expr), place)
