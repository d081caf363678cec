"""Members of a flow's cast: a role or student with its parents, parameters filled in, state, handlers, moves, words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from pedalang import plan
from pedalang.compiler.lower import fields, handlers, languages, layers, moves, opening, seeing
from pedalang.compiler.lower import models as models_of
from pedalang.compiler.lower.layers import Item, Layer
from pedalang.compiler.lower.speech import Speech
from pedalang.compiler.semantics import dialogue, elaborate, references, types
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import Report
from pedalang.expression import nodes
from pedalang.source import Span

_FIELDS = ("moves", "sees", "speak", "limit", "voice", "persona", "model", "carries",
           "language", *opening.FIELDS)
_SPEAK = ("grounded", "free", "either")
DEFAULT_LIMIT = 80
"""Tokens of a turn, where a role does not say."""
_SAID = "said", types.list_of(types.TEXT)
"""What every member of a cast has besides its state: the texts of its turns."""


class Member(Struct, frozen=True):
    """A member of a cast before its text is compiled: who it is, its layers from the oldest parent down, its type, and
    what it does: its moves and acts with the types of their arguments. `complete` is false after a mistake in its
    moves: it may do more."""

    name: str
    layers: tuple[Layer, ...]
    type: Type
    does: handlers.Events
    complete: bool

    @property
    def decl(self) -> layers.RoleDecl:
        return self.layers[-1].found.decl

    @property
    def span(self) -> Span:
        return self.layers[-1].found.module.span(self.decl.name)

    @property
    def state(self) -> dict[str, Type]:
        """The types of its variables; `said` only where a variable of that name was reported."""
        return dict(member for member in self.type.members if member != _SAID)

    def scope(self, layer: Layer, outer: Scope, others: Mapping[str, Typed]) -> Scope:
        """Where a layer's text stands: its parameters, the cast, the dialogue, and its own state by bare names."""
        own = {name: Typed(of, nodes.Attr(nodes.Name(self.name), name)) for name, of in self.state.items()}
        return outer.inside(layer.found, {**dialogue.NAMES, **others, **layer.params, **own})


def member(name: str, expr: tree.Expr, scope: Scope) -> Member | None:
    """Who is cast under a name, with the type of its state. None after a mistake."""
    reference = references.resolve(expr, scope, "a role or student", tree.RoleDecl, tree.StudentDecl)
    if reference is None:
        return None
    chain = layers.chain(reference, expr, scope)
    members = dict([_SAID])
    for layer in chain:
        states = [item for item in layer.found.decl.items if isinstance(item, tree.State)]
        members |= handlers.variables(states, scope.inside(layer.found, layer.params))
    if not chain:
        return None
    does, complete = _does(chain)
    return Member(name, chain, Type("Role", members=tuple(members.items())), does, complete)


def role(who: Member, cast: Mapping[str, Member], others: Mapping[str, Typed], outer: Scope) -> plan.Role:
    """The compiled member; `others` are all of the cast as values. Later layers' fields take the place of earlier ones;
    handlers run in order of declaration."""
    items: list[Item] = []
    known: dict[str, tuple[tree.Field, Scope]] = {}
    tag = languages.of_role(who.layers, outer)
    outer = outer.speaking(tag)
    for layer in who.layers:
        scope = who.scope(layer, outer, others)
        here = _fields(layer.found.decl, scope)
        for key in known.keys() & here.keys():
            _overridden(key, *known[key], Speech(who.name, tuple(scope.values), {}))
        known |= here
        items += [Item(node, scope) for node in _items(layer.found.decl, scope)]
    of = _Known(known, who.scope(who.layers[-1], outer, others))
    known_moves = moves.Known(moves.known(*of.field("moves")), who.complete, moves.inherited(who.layers, outer))
    _made_for(who.name, known_moves, *of.field("moves"))
    sees = _sees(*of.field("sees"))
    spoken = Speech(who.name, sees, handlers.drawn(items))
    speak, scope = of.field("speak")
    limit, inner = of.field("limit")
    tokens = fields.whole(limit.value, inner, "a limit", "Tokens") if limit is not None else None
    prompted = opening.read(of.field, spoken)
    return plan.Role(
        who.decl.name.text, "student" if isinstance(who.decl, tree.StudentDecl) else "role",
        _shown(spoken, types.optional(types.TEXT), *of.field("voice")) or nodes.Lit(""), sees,
        fields.word(speak, scope, _SPEAK, "either"), tokens or DEFAULT_LIMIT, models_of.role_model(*of.field("model")),
        moves.allowed(moves.with_words(known_moves, items, spoken), items), moves.policy(items, known_moves, spoken),
        moves.acts(items, spoken), _shown(spoken, types.ANY, *of.field("carries")), handlers.state(items),
        handlers.read(items, who.state, {name: (other.does, other.complete) for name, other in cast.items()}, spoken),
        who.layers[-1].found.module.place(who.decl.name), moves.is_open(*of.field("moves")), tag, **prompted._asdict(),
    )


def _overridden(key: str, field: tree.Field, scope: Scope, spoken: Speech) -> None:
    """Checks a parent's field whose place another takes: it holds for others, and what is wrong with it is wrong."""
    match key:
        case "voice":
            elaborate.expression(field.value, scope, types.optional(types.TEXT))
        case "carries":
            elaborate.expression(field.value, scope)
        case "sees":
            _sees(field, scope)
        case "speak":
            fields.word(field, scope, _SPEAK, "either")
        case "limit":
            fields.whole(field.value, scope, "a limit", "Tokens")
        case "model":
            models_of.role_model(field, scope)
        case "moves":
            moves.known(field, scope)
        case _ if key in opening.FIELDS:
            opening.look(key, field, scope, spoken)


class _Known:
    """The fields of a role, each with the scope of the layer that it stands in."""

    def __init__(self, known: Mapping[str, tuple[tree.Field, Scope]], own: Scope) -> None:
        self._known = known
        self._own = own

    def field(self, key: str) -> tuple[tree.Field | None, Scope]:
        return self._known.get(key, (None, self._own))


def _fields(decl: layers.RoleDecl, scope: Scope) -> dict[str, tuple[tree.Field, Scope]]:
    """The fields of a layer; `persona:` is another word for `voice:`."""
    found = fields.read(decl.items, _FIELDS, scope, "a role")
    persona = found.pop("persona", None)
    if persona is not None:
        if "voice" in found:
            scope.error("PED0202", persona.key, "`persona:` is another word for `voice:`, which stands here too",
                        "join them into one", also=(found["voice"].key, "here"))
        found["voice"] = persona
    return {key: (field, scope) for key, field in found.items()}


def _items(decl: layers.RoleDecl, scope: Scope) -> Iterable[tree.RoleItem]:
    """The items of a layer, after what may stand in it once has been looked at."""
    seen: dict[str, tree.Node] = {}
    for item in decl.items:
        match item:
            case tree.Act(name=word):
                what = f"the act `{word.text}`"
            case tree.Say(key=word):
                what = f"`say {word.text}:`"
            case tree.Policy(kind=word):
                what = "the policy"
            case _:
                continue
        if what in seen:
            scope.twice(word, what, seen[what])
        seen[what] = word
    return decl.items


def _does(chain: Iterable[Layer]) -> tuple[handlers.Events, bool]:
    """The moves and acts, and whether these are all. What is wrong with the moves is said where they are read."""
    found: dict[str, handlers.Deed] = {}
    known: dict[str, moves.KnownMove] = {}
    report = Report()
    for layer in chain:
        for item in layer.found.decl.items:
            if isinstance(item, tree.Act):
                found[item.name.text] = handlers.Deed({})
            elif isinstance(item, tree.Field) and item.key.text == "moves":
                known = moves.known(item, Scope(report, layer.found.module))
    return {**found, **{name: handlers.Deed(move.arguments, tuple(move.cases)) for name, move in known.items()}}, \
        not report.errors


def _made_for(name: str, known: moves.Known, field: tree.Field | None, scope: Scope) -> None:
    """Warns of moves that are declared for a member of the cast with another name."""
    others = {move: known_move.found.decl.role.text for move, known_move in known.moves.items()
              if known_move.found.decl.role is not None and known_move.found.decl.role.text != name}
    if field is not None and others:
        names, makers = (", ".join(f"`{each}`" for each in dict.fromkeys(each)) for each in (others, others.values()))
        scope.warning("PED0511", field.value, f"`{name}` makes moves that are for {makers}: {names}",
                      "cast it under that name, or leave `for` out of the move")


def _sees(field: tree.Field | None, scope: Scope) -> tuple[str, ...]:
    """What a role may see: parts of the dialogue by their paths. Where nothing is said, what was said; after a mistake
    everything, so that it is said once."""
    if field is None:
        return ("history",)
    if not isinstance(field.value, tree.List):
        scope.error("PED0309", field.value, "`sees:` is a list of what the role may see",
                    "write for example `[problem.question, history]`")
        return tuple(scope.values)
    found: list[str] = []
    before = len(scope.report.errors)
    for item in field.value.items:
        if isinstance(item, tree.Text):
            said = texts.plain(scope.module.source, item.word)
            scope.error("PED0309", item, "what a role sees is a name, and no text",
                        f"write `{said}` without quotation marks" if said.replace(".", "").isidentifier() else
                        "write for example `problem.question`")
            continue
        typed = elaborate.expression(item, scope)
        if not isinstance(item, tree.Name | tree.Attribute):  # a parameter may stand for more: what that reads
            scope.error("PED0309", item, "what a role sees is a name, or a field of one",
                        "write for example `problem.question`")
        found += [each for path in seeing.paths(typed.expr) for each in seeing.covered(path, typed.type, scope)]
    return tuple(dict.fromkeys(found)) if len(scope.report.errors) == before else tuple(scope.values)


def _shown(spoken: Speech, wanted: Type, field: tree.Field | None, scope: Scope) -> nodes.Expr | None:
    """An expression that the role's prompts show."""
    if field is None:
        return None
    return spoken.seen(elaborate.expression(field.value, scope, wanted).expr, field.value, scope)


def models(who: Member) -> Iterable[Declared[tree.ModelDecl]]:
    """The model that a member names, of its last layer that does."""
    for layer, field in _model_fields(who):
        inner = Scope(Report(), layer.found.module, layer.params)
        reference = references.resolve(field.value, inner, "a model", tree.ModelDecl)
        return [reference.found] if reference is not None else []
    return []


def model_said(who: Member) -> Span | None:
    """Where the same is said."""
    return next((layer.found.module.span(field.value) for layer, field in _model_fields(who)), None)


def _model_fields(who: Member) -> Iterator[tuple[Layer, tree.Field]]:
    for layer in reversed(who.layers):
        for item in layer.found.decl.items:
            if isinstance(item, tree.Field) and item.key.text == "model":
                yield layer, item
