"""Moves that a role knows, and its policy for choosing among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pedalang import plan
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import elaborate, types, written
from pedalang.compiler.semantics.modules import Module
from pedalang.compiler.semantics.scope import Declared, Scope, Typed, find
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

Items = Iterable[tuple[tree.Node, Scope]]


@dataclass(frozen=True, slots=True)
class KnownMove:
    """A move that a role knows: what a plan says of it but its words, the scope of its text, its arguments."""

    found: Declared
    payload: plan.Move
    scope: Scope
    arguments: dict[str, Typed]
    intent: tree.Field | None
    say: tree.Field | None


def read(field: tree.Field, scope: Scope) -> dict[str, KnownMove]:
    """The moves of `moves: SET` or `moves: [a, b]`, by name."""
    match field.value:
        case tree.Name(word=word):
            found = scope.lookup(word.text)
            if isinstance(found, Declared) and isinstance(found.decl, tree.MovesDecl | tree.MovesOrdered):
                return _all(found.decl.names, found.module, scope)
            if found is None:
                scope.unknown(word, "set of moves")
            else:
                scope.error("PED0208", word, f"`{word.text}` is no set of moves")
        case tree.List(items=items) if all(isinstance(item, tree.Name) for item in items):
            return _all([item.word for item in items if isinstance(item, tree.Name)], scope.module, scope)
        case _:
            scope.error("PED0309", field.value, "`moves:` is a set of moves or a list of their names")
    return {}


def _all(names: Iterable[tree.Word], module: Module, scope: Scope) -> dict[str, KnownMove]:
    result: dict[str, KnownMove] = {}
    outer = Scope(scope.report, module, scope.values)
    for word in names:
        found = find(module, word.text)
        if isinstance(found, Declared) and isinstance(found.decl, tree.MoveDecl):
            result[word.text] = _known(found, outer)
        else:
            outer.unknown(word, "move")
    return result


def _known(found: Declared, scope: Scope) -> KnownMove:
    assert isinstance(found.decl, tree.MoveDecl)
    decl = found.decl
    arguments: dict[str, Typed] = {}
    defaults: dict[str, nodes.Expr] = {}
    options: dict[str, tuple[str, ...]] = {}
    for param in decl.params or ():
        of = written.read(param.type, scope.inside(found, {}))
        arguments[param.key.text] = Typed(of, nodes.Attr(nodes.Name("args"), param.key.text))
        if of.kind == "enum":
            options[param.key.text] = of.cases
        if param.default is not None:
            defaults[param.key.text] = elaborate.expression(param.default, scope.inside(found, {}), of).expr
    dialogue = {key: typed for key, typed in scope.values.items() if key in ("history", "turn", "phase")}
    inner = scope.inside(found, {**dialogue, **arguments})
    known = fields.read(decl.items, ("intent", "say"), inner, "move", ("signal", "reveals"))
    allow = None
    for item in decl.items:
        if isinstance(item, tree.AllowWhen):
            guard = elaborate.expression(item.guard, inner, types.BOOL).expr
            allow = guard if allow is None else nodes.Binary("and", allow, guard)
    payload = plan.Move(decl.name.text, None, allow, defaults, options, (), found.module.place(decl.name))
    return KnownMove(found, payload, inner, arguments, known.get("intent"), known.get("say"))


def policy(items: Items, known: dict[str, KnownMove], scope: Scope) -> plan.Policy:
    """How the role chooses; the engine does, where nothing is said."""
    declared = [(item, inner) for item, inner in items if isinstance(item, tree.Policy)]
    if not declared:
        return plan.Policy("model")
    item, inner = declared[-1]
    if item.kind.text not in ("rule", "table", "model"):
        inner.error("PED0309", item.kind, "a policy is `rule`, `table` or `model`",
                    did_you_mean(item.kind.text, ("rule", "table", "model")))
        return plan.Policy("model")
    if item.kind.text == "model":
        return plan.Policy("model")
    arms = [_arm(arm, known, inner) for arm in item.arms or ()]
    return plan.Policy(item.kind.text, tuple(arm for arm in arms if arm is not None))  # type: ignore[arg-type]


def _arm(arm: tree.PolicyArm, known: dict[str, KnownMove], scope: Scope) -> plan.Arm | None:
    word, given = (arm.move.function, arm.move.arguments) if isinstance(arm.move, tree.Call) else (arm.move, ())
    if not isinstance(word, tree.Name) or word.word.text not in known:
        name = word.word.text if isinstance(word, tree.Name) else ""
        scope.error("PED0201", word, f"this role has no move `{name}`", did_you_mean(name, known))
        return None
    move = known[word.word.text]
    assert isinstance(move.found.decl, tree.MoveDecl)
    bound = elaborate.bind(word.word, arm.move, move.found, move.found.decl.params or (), given, scope)
    otherwise = isinstance(arm.guard, tree.Otherwise)
    when = None if arm.guard is None or isinstance(arm.guard, tree.Otherwise) \
        else elaborate.expression(arm.guard, scope, types.BOOL).expr
    weight = float(arm.weight.number.text) if arm.weight is not None else 1.0
    return plan.Arm(word.word.text, {name: typed.expr for name, typed in (bound or {}).items()}, when, otherwise,
                    weight, scope.module.place(arm))
