"""Moves that a role knows with their words, its policy for choosing among them, and the acts of a learner."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.lower import fields, speech
from pedalang.compiler.lower.layers import Item, Layer, of_kind
from pedalang.compiler.lower.speech import Speech
from pedalang.compiler.semantics import dialogue, elaborate, references, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import Report, did_you_mean
from pedalang.expression import nodes


class KnownMove(Struct, frozen=True):
    """A move that a role knows: where it is declared, the scope of its text, the types of its arguments, and what it
    can be made for: which of these it is, is an argument too."""

    found: Declared[tree.MoveDecl]
    scope: Scope
    arguments: Mapping[str, Type]
    cases: Mapping[str, str]

    @property
    def values(self) -> dict[str, Typed]:
        """The arguments by their bare names, as the move's words name them."""
        return {name: Typed(of, nodes.Attr(nodes.Name("args"), name)) for name, of in self.arguments.items()}


class Known(Struct, frozen=True):
    """The moves of a role by name, and whether these are all: after a mistake there may be more. `above` are those that
    only its parents have: what these say of them holds for nothing here."""

    moves: Mapping[str, KnownMove]
    complete: bool
    above: Collection[str] = ()

    def missing(self, at: tree.Node, name: str, scope: Scope) -> None:
        """Reports a move that the role does not have."""
        if self.complete and name not in self.above:
            scope.error("PED0201", at, f"this role has no move `{name}`",
                        did_you_mean(name, self.moves, "its moves are"))


def known(field: tree.Field | None, scope: Scope) -> dict[str, KnownMove]:
    """The moves of `moves: SET` or `moves: [a, b]`, by name."""
    if field is None:
        return {}
    if isinstance(field.value, tree.List):
        given = [(item, scope) for item in field.value.items]
    else:
        named = references.resolve(field.value, scope, "a set of moves", tree.MovesDecl, tree.MovesOrdered)
        if named is None:
            return {}
        inner = scope.of_module(named.found.module)
        given = [(tree.Name(word.start, word.end, word), inner) for word in named.found.decl.names]
    found: dict[str, KnownMove] = {}
    words: dict[str, tree.Word] = {}
    for item, inner in given:
        move = references.resolve(item, inner, "a move", tree.MoveDecl)
        if move is None:
            continue
        name = move.found.decl.name.text
        if name in words:
            inner.twice(move.word, f"the move `{name}`", words[name])
            continue
        words[name], found[name] = move.word, _known(move.found, scope)
    return found


def inherited(layers: Iterable[Layer], scope: Scope) -> frozenset[str]:
    """The moves that any of a role's layers has: a child may leave out some of its parent's."""
    quiet = Report()
    return frozenset(name for layer in layers for item in layer.found.decl.items
                     if isinstance(item, tree.Field) and item.key.text == "moves"
                     for name in known(item, Scope(quiet, layer.found.module)))


def is_open(field: tree.Field | None, scope: Scope) -> bool:
    """Whether a role's moves are a set that people may add to."""
    if field is None or isinstance(field.value, tree.List):
        return False
    named = references.resolve(field.value, scope, "a set of moves", tree.MovesDecl, tree.MovesOrdered)
    return named is not None and named.found.decl.open is not None


def _known(found: Declared[tree.MoveDecl], scope: Scope) -> KnownMove:
    inner = scope.inside(found, dialogue.NAMES)
    source = found.module.source
    cases = {item.name.text: texts.plain(source, item.description) if item.description is not None else ""
             for item in found.decl.items if isinstance(item, tree.SubIntent)}
    arguments = {param.key.text: written.read(param.type, inner) for param in found.decl.params or ()}
    return KnownMove(found, inner, {**arguments, plan.CASE: types.TEXT, **arguments} if cases else arguments, cases)


def with_words(of: Known, items: Sequence[Item], spoken: Speech) -> dict[str, plan.Move]:
    """The moves with their words: a role's own `say MOVE:` takes the place of the move's."""
    own: dict[str, tuple[nodes.Expr, ...]] = {}
    for item, scope in of_kind(items, tree.Say):
        move = of.moves.get(item.key.text)
        if move is None:
            of.missing(item.key, item.key.text, scope)
        else:
            own[item.key.text] = spoken.candidates(item.candidates, scope.binding(move.values))
    return {name: _move(move, own.get(name), spoken) for name, move in of.moves.items()}


def allowed(of: Mapping[str, plan.Move], items: Sequence[Item]) -> dict[str, plan.Move]:
    """The moves as a role allows them: what its own `allow when` says holds for all of them."""
    guards: list[nodes.Expr] = []
    for item, scope in of_kind(items, tree.AllowWhen):
        guards.append(elaborate.expression(item.guard, scope, types.BOOL).expr)
        if not of:
            scope.error("PED0309", item, "`allow when` is for moves, and this role has none",
                        "write `act NAME when …` for what a learner does")
    own = speech.joined(guards)
    if own is None:
        return dict(of)
    return {name: replace(move, allow=own if move.allow is None else nodes.Binary("and", own, move.allow))
            for name, move in of.items()}


def _move(of: KnownMove, own: tuple[nodes.Expr, ...] | None, spoken: Speech) -> plan.Move:
    decl = of.found.decl
    inner = of.scope.binding(of.values)
    found = fields.read(decl.items, ("intent", "say"), inner, "a move")
    allow = speech.joined(elaborate.expression(item.guard, of.scope, types.BOOL).expr  # arguments are chosen after it
                          for item in decl.items if isinstance(item, tree.AllowWhen))
    intent = spoken.text(found["intent"].value, inner) if "intent" in found else None
    words = spoken.candidates(found["say"].value, inner) if "say" in found else ()
    return plan.Move(decl.name.text, intent, allow, _defaults(of, spoken),
                     {**{name: kind.cases for name, kind in of.arguments.items() if kind.cases},
                      **({plan.CASE: tuple(of.cases)} if of.cases else {})}, dict(of.cases),
                     words if own is None else own, of.found.module.place(decl.name))


def _defaults(of: KnownMove, spoken: Speech) -> dict[str, nodes.Expr]:
    """The arguments that hold where a policy gives none: a turn may call for a move that no line of it makes."""
    found: dict[str, nodes.Expr] = {}
    for param in of.found.decl.params or ():
        name = param.key.text
        if param.default is None:
            of.scope.error("PED0512", param, f"the parameter `{name}` of the move `{of.found.decl.name.text}` has no "
                           "default", "add `= …`: a turn may call for a move that the policy says nothing of")
        else:
            default = elaborate.expression(param.default, of.scope, of.arguments[name]).expr
            found[name] = spoken.seen(default, param, of.scope)
    if of.cases:
        found[plan.CASE] = nodes.Lit(next(iter(of.cases)))
    return found


def policy(items: Iterable[Item], of: Known, spoken: Speech) -> plan.Policy:
    """How the role chooses; the engine does, where nothing is said. A child's policy takes its parent's place."""
    declared = list(of_kind(items, tree.Policy))
    if not declared:
        return plan.Policy("model")
    return [_policy(item, of, spoken, scope) for item, scope in declared][-1]


def _policy(item: tree.Policy, of: Known, spoken: Speech, scope: Scope) -> plan.Policy:
    arms = tuple(arm for arm in (_arm(arm, of, spoken, scope) for arm in item.arms or ()) if arm is not None)
    match item.kind.text:
        case "rule" | "table" as kind:
            if not item.arms:
                scope.error("PED0513", item, "this policy has no lines", f"write `policy {kind} {{ MOVE when … }}`")
            if kind == "rule":
                _weighed(item, scope)
            return plan.Policy(kind, arms)
        case "model":
            if item.arms:
                scope.error("PED0513", item.arms[0], "a model chooses by itself, and not by lines",
                            "leave the lines out, or write `policy rule` or `policy table`")
        case other:
            kinds = ("rule", "table", "model")
            scope.error("PED0309", item.kind, f"`{other}` is no policy: `rule`, `table` and `model` are",
                        did_you_mean(other, kinds))
    return plan.Policy("model")


def _weighed(item: tree.Policy, scope: Scope) -> None:
    for arm in item.arms or ():
        if arm.weight is not None:
            scope.error("PED0513", arm.weight, "a rule takes its first line that holds, and weighs nothing",
                        "leave the weight out, or write `policy table`")


def _arm(arm: tree.PolicyArm, of: Known, spoken: Speech, scope: Scope) -> plan.Arm | None:
    name, given = (arm.move.function, arm.move.arguments) if isinstance(arm.move, tree.Call) else (arm.move, ())
    name, case = (name.of, name.name) if isinstance(name, tree.Attribute) else (name, None)
    if not isinstance(name, tree.Name):
        scope.error("PED0309", name, "a line of a policy begins with the name of a move")
        return None
    word = name.word
    if word.text not in of.moves:
        of.missing(name, word.text, scope)
        return None
    known = of.moves[word.text]
    if case is not None and case.text not in known.cases:
        no_case(case, word.text, known.cases, scope)
        return None
    found = known.found
    bound = elaborate.bind(found, word, arm.move, found.decl.params or (), given, scope) or {}
    arguments = {key: spoken.seen(typed.expr, arm.move, scope) for key, typed in bound.items()}
    if case is not None:
        arguments[plan.CASE] = nodes.Lit(case.text)
    weight = fields.number(arm.weight.number, scope) if arm.weight is not None else 1.0
    return plan.Arm(word.text, arguments, speech.guard(arm.guard, scope), isinstance(arm.guard, tree.Otherwise),
                    weight, scope.module.place(arm))


def no_case(at: tree.Word, move: str, cases: Iterable[str], scope: Scope) -> None:
    """Reports a case that a move does not have."""
    scope.error("PED0304", at, f"the move `{move}` has no case `{at.text}`",
                did_you_mean(at.text, cases, "its cases are"))


def acts(items: Iterable[Item], spoken: Speech) -> tuple[plan.Act, ...]:
    """The acts of a learner, in order; one without a guard, or `otherwise`, always holds. A child's act takes the place
    of its parent's of the same name."""
    found: dict[str, plan.Act] = {}
    for item, scope in of_kind(items, tree.Act):
        inner = scope.binding(spoken.draws)
        known = fields.read(item.fields, ("say",), inner, "an act")
        act = plan.Act(item.name.text, speech.guard(item.guard, inner), (), scope.module.place(item))
        if "say" in known:
            act = replace(act, say=spoken.candidates(known["say"].value, inner))
        found[item.name.text] = act
    return tuple(found.values())
