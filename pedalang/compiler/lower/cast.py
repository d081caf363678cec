"""Members of a flow's cast: a role or student with its parents, parameters filled in, state, handlers, moves, words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from pedalang import plan
from pedalang.compiler.lower import fields, handlers, moves, seeing, speech
from pedalang.compiler.semantics import elaborate, types, written
from pedalang.compiler.semantics.scope import Declared, Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report
from pedalang.expression import nodes

_FIELDS = ("moves", "sees", "speak", "limit", "voice", "persona", "model", "carries")
_LATER = ("language", "memory", "tools")


@dataclass(frozen=True, slots=True)
class Layer:
    """A role declaration, one of a chain of `extends`, and its parameters' values."""

    found: Declared
    params: dict[str, Typed]

    @property
    def decl(self) -> tree.RoleDecl | tree.StudentDecl:
        assert isinstance(self.found.decl, tree.RoleDecl | tree.StudentDecl)
        return self.found.decl


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a cast before its text is compiled: who it is, its layers from the oldest parent down, its type."""

    name: str
    layers: tuple[Layer, ...]
    type: Type

    def scope(self, layer: Layer, outer: Scope, others: dict[str, Typed]) -> Scope:
        """Where a layer's text stands: its parameters, the cast, the dialogue, and its own state by bare names."""
        own = {name: Typed(of, nodes.Attr(nodes.Name(self.name), name))
               for name, of in self.type.members if name != "said"}
        return outer.inside(layer.found, {**DIALOGUE, **others, **layer.params, **own})


DIALOGUE = {
    "history": Typed(types.HISTORY, nodes.Name("history")),
    "turn": Typed(types.TURN, nodes.Name("turn")),
    "phase": Typed(types.TEXT, nodes.Name("phase")),
}
"""What every expression inside a dialogue can name."""


def member(name: str, expr: tree.Expr, scope: Scope) -> Member | None:
    """Who is cast under a name, with the type of its state. None after a mistake."""
    word, arguments = _cast(expr, scope)
    if word is None:
        return None
    match scope.lookup(word.text):
        case Declared(_, tree.RoleDecl() | tree.StudentDecl()) as found:
            layers = _layers(found, word, expr, arguments, scope)
            members = [("said", types.list_of(types.TEXT))]
            for layer in layers:
                inner = scope.inside(layer.found, layer.params)
                members += [(var.key.text, written.read(var.type, inner)) for var in _variables(layer)]
            return Member(name, tuple(layers), Type("Role", members=tuple(dict(members).items())))
        case None:
            scope.unknown(word, "role")
        case _:
            scope.error("PED0208", word, f"`{word.text}` is no role and no student")
    return None


def _cast(expr: tree.Expr, scope: Scope) -> tuple[tree.Word | None, Iterable[tree.Argument]]:
    match expr:
        case tree.Name(word=word):
            return word, ()
        case tree.Call(function=tree.Name(word=word), arguments=arguments):
            return word, arguments
    scope.error("PED0309", expr, "a member of a cast is a role or a student, with its arguments")
    return None, ()


def _layers(found: Declared, word: tree.Word, at: tree.Node, arguments: Iterable[tree.Argument],
            scope: Scope) -> list[Layer]:
    if found.decl in scope.expanding:
        scope.error("PED0209", word, f"`{word.text}` extends itself")
        return []
    assert isinstance(found.decl, tree.RoleDecl | tree.StudentDecl)
    params = elaborate.bind(word, at, found, found.decl.params or (), arguments, scope)
    layer = Layer(found, params or {})
    parent = found.decl.parent
    if parent is None:
        return [layer]
    inner = scope.inside(found, layer.params)
    name, given = _cast(parent, inner)
    target = inner.lookup(name.text) if name is not None else None
    if name is None or not isinstance(target, Declared) or not isinstance(target.decl, tree.RoleDecl | tree.StudentDecl):
        if name is not None:
            inner.error("PED0208", parent, f"`{name.text}` is no role and no student to extend")
        return [layer]
    return [*_layers(target, name, parent, given, inner), layer]


def _variables(layer: Layer) -> list[tree.StateVar]:
    return [var for item in layer.decl.items if isinstance(item, tree.State) for var in item.vars]


def role(who: Member, others: dict[str, Typed], cast: dict[str, Member], outer: Scope) -> plan.Role:
    """The compiled member. Later layers' fields take the place of earlier ones; handlers run in order of declaration."""
    scopes = [who.scope(layer, outer, others) for layer in who.layers]
    known: dict[str, tuple[tree.Field, Scope]] = {}
    for layer, scope in zip(who.layers, scopes, strict=True):
        for key, field in fields.read(layer.decl.items, _FIELDS, scope, "role", _LATER).items():
            known[key] = (field, scope)
    items = list(chain.from_iterable(
        ((item, scope) for item in layer.decl.items) for layer, scope in zip(who.layers, scopes, strict=True)))
    last, scope = who.layers[-1], scopes[-1]
    known_moves = moves.read(*known["moves"]) if "moves" in known else {}
    locals_ = handlers.draws(items)
    sees = _sees(known.get("sees"))
    spoken = speech.Speech(who.name, sees, locals_)
    voice = _voice(known, spoken, scope)
    return plan.Role(
        last.decl.name.text,
        "student" if isinstance(last.decl, tree.StudentDecl) else "role",
        voice,
        sees,
        fields.word(*_or(known, "speak", scope), ("grounded", "free", "either"), "free"),  # type: ignore[arg-type]
        fields.whole(known["limit"][0].value, scope, "a limit of tokens") or 80 if "limit" in known else 80,
        _model(known.get("model")),
        speech.of_moves(known_moves, items, spoken),
        moves.policy(items, known_moves, scope),
        speech.acts(items, spoken),
        elaborate.expression(known["carries"][0].value, known["carries"][1]).expr if "carries" in known else None,
        _state(items),
        handlers.read(items, who.name, {name: _does(other) for name, other in cast.items()}),
        last.found.module.place(last.decl.name),
    )


def _or(known: dict[str, tuple[tree.Field, Scope]], key: str, scope: Scope) -> tuple[tree.Field | None, Scope]:
    return known.get(key, (None, scope))


def _does(who: Member) -> set[str]:
    """The names of the moves and acts that a member can make: what others' handlers can wait for."""
    found: set[str] = set()
    for layer in who.layers:
        scope = Scope(Report(), layer.found.module)  # what is wrong with the moves is said where they are read
        for item in layer.decl.items:
            if isinstance(item, tree.Act):
                found.add(item.name.text)
            elif isinstance(item, tree.Field) and item.key.text == "moves":
                found |= set(moves.read(item, scope))
    return found


def _sees(given: tuple[tree.Field, Scope] | None) -> tuple[str, ...]:
    if given is None:
        return ("history",)
    field, scope = given
    if not isinstance(field.value, tree.List):
        scope.error("PED0309", field.value, "`sees:` is a list of what the role may see")
        return ("history",)
    found: list[str] = []
    for item in field.value.items:
        typed = elaborate.expression(item, scope)
        found += list(seeing.paths(typed.expr))
    return tuple(found)


def _voice(known: dict[str, tuple[tree.Field, Scope]], spoken: speech.Speech, scope: Scope) -> nodes.Expr:
    for key in ("voice", "persona"):
        if key in known:
            field, inner = known[key]
            return spoken.text(field.value, inner)
    return nodes.Lit("")


def _model(given: tuple[tree.Field, Scope] | None) -> str:
    if given is None:
        return ""
    field, scope = given
    word = fields.name(field, scope)
    if word is None:
        return ""
    match scope.lookup(word.text):
        case Declared(_, tree.ModelDecl()):
            return word.text
        case None:
            scope.unknown(word, "model")
        case _:
            scope.error("PED0208", word, f"`{word.text}` is no model")
    return ""


def _state(items: list[tuple[tree.Node, Scope]]) -> tuple[plan.Variable, ...]:
    found: dict[str, plan.Variable] = {}
    for item, scope in items:
        if not isinstance(item, tree.State):
            continue
        for var in item.vars:
            of = written.read(var.type, scope)
            if isinstance(var.value, tree.Draw):
                drawn, initial = handlers.distribution(var.value.distribution, scope)
                if not types.fits(drawn, of):
                    scope.error("PED0301", var.value, f"this draws {drawn}, where {of} is wanted")
            else:
                initial = elaborate.expression(var.value, scope, of).expr
            found[var.key.text] = plan.Variable(var.key.text, str(of), initial, of.low, of.high)
    return tuple(found.values())
