"""What a name means where it stands: alone, behind a dot, as a type, as an argument's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pedalang import plan
from pedalang.compiler.lower import contracts, units
from pedalang.compiler.semantics import dialogue, elaborate, misconceptions, types, written
from pedalang.compiler.semantics.modules import Declared, Module, declared
from pedalang.compiler.semantics.scope import SPECIAL_FUNCTIONS, Case, Scope, Typed, find, in_sight, visible
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report
from pedalang.expression import nodes
from pedalang.expression.functions import FUNCTIONS
from pedalang.lsp import symbols
from pedalang.lsp.people import NOBODY, Person
from pedalang.lsp.symbols import Builtin, Symbol, Target

DIALOGUE = {name: Builtin(name, "variable", typed.type, doc) for (name, typed), doc in zip(
    dialogue.NAMES.items(), ("All turns up to now.", "The turn that is looked at.", "The phase of the flow."),
    strict=True)}
CASE = Builtin(plan.CASE, "variable", types.TEXT, "Which of its cases the move is made for.")
ROW = Builtin("row", "variable", types.ROW, "A row of the file.")
ENTRY = Builtin("entry", "variable", types.ENTRY, "A record of the row, where `each:` says that it holds several.")
TRANSCRIPT = Builtin(contracts.TRANSCRIPT, "flow", None, "Recorded dialogues, whatever flow tells them.")
PARTS = {name: Builtin(name, "variable", typed.type, doc) for (name, typed), doc in zip(
    units.NAMES.items(), ("The turns of the part that is looked at.", "The turn before that part."), strict=True)}
_TESTS = {"trace": "A fixed dialogue, turn by turn.", "repeat": "The same turns again and again; in a trace.",
          "any": "Any member of the cast that a student can be; in a property.",
          "violates": "Whether a contract is broken; in `reject:`.", "hard": "Clauses that must hold; in `violates`."}
_SPECIAL = {"describe": "The text that stands beside a case of an enum.",
            "initial": "What a value was before the first turn; in rubrics."}
_DRAWS = {"bernoulli": "True with this probability.", "one_of": "One of these, each as likely.",
          "uniform": "A number between two.", "normal": "A number around a mean, with a standard deviation."}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name stands: the compiler's scope, the names that are declared around it, the cast that is met there, and
    the role whose text it is."""

    scope: Scope
    here: Mapping[str, Target] = field(default_factory=dict)
    cast: Mapping[str, Person] = field(default_factory=dict)
    own: Person = NOBODY
    phases: Mapping[str, Symbol] = field(default_factory=dict)
    found: dict[str, Target | None] = field(default_factory=dict)
    """What the module's names were found to be, once for all places of it."""

    @property
    def module(self) -> Module:
        return self.scope.module

    def binding(self, *targets: Target) -> Place:
        """The same with more names."""
        values = {each.name: Typed(each.type or types.ANY, nodes.Name(each.name)) for each in targets}
        here = {**self.here, **{target.name: target for target in targets}}
        return Place(self.scope.binding(values), here, self.cast, self.own, self.phases, self.found)


def empty(module: Module) -> Place:
    """The top of a module."""
    return Place(Scope(Report(), module))


def in_dialogue(place: Place) -> Place:
    """The same with the names that every dialogue has."""
    return place.binding(*DIALOGUE.values())


def in_classifier(body: tree.ClassifierDecl, place: Place) -> Place:
    """The same with what a classifier sees: a record of its data, and the turn that it learns from."""
    row = item_of(body.data, place) if body.data is not None else None
    inner = place.binding(Builtin(ROW.name, "variable", row, "A record of the data set."))
    seen = (*(DIALOGUE[name] for name in ("history", "turn")), *PARTS.values()) if body.unit is not None else ()
    return inner.binding(*seen)


def type_of(expr: tree.Expr, place: Place) -> Type:
    """The type that the compiler finds for an expression; `Any` where it is mistaken."""
    return elaborate.expression(expr, place.scope.unreported()).type


def item_of(expr: tree.Expr, place: Place) -> Type | None:
    """The type of what a list holds; of a dataset, a split or a sample of one that of its rows."""
    of: tree.Expr | None = expr
    while isinstance(of, tree.Call | tree.Attribute):
        of = of.function if isinstance(of, tree.Call) else of.of
    match find(place.module, of.word.text) if isinstance(of, tree.Name) else None:
        case Declared(home, tree.DatasetDecl(type=tree.Type() as row)):
            return type_of_written(row, empty(home))
    return type_of(expr, place).item


def distributions() -> Iterator[Builtin]:
    """What can be drawn from."""
    return (Builtin(name, "function", None, doc) for name, doc in _DRAWS.items())


def type_of_written(of: tree.Type, place: Place) -> Type:
    """The type that is written."""
    return written.read(of, place.scope.unreported())


# ---------------------------------------------------------------- a name alone


def alone(name: str, place: Place) -> Target | None:
    """What a name stands for."""
    local = place.here.get(name)
    if local is not None:
        return local
    if name not in place.found:
        place.found[name] = found_in(place.module, name)
    found = place.found[name]
    if found is not None:
        return found
    for person in place.cast.values():
        done = person.does(name)
        if done is not None:
            return done
    return place.own.does(name) or function(name)


def found_in(module: Module, name: str) -> Target | None:
    """What a module declares or imports under a name; cases of its enums too."""
    match find(module, name):
        case Declared() as found:
            return symbols.of_declaration(found)
        case Module() as inner:
            return symbols.of_module(inner)
        case Case(enums=enums):
            return symbols.of_case(enums[0], name)
    return None


def function(name: str) -> Builtin | None:
    """One of the language's own functions."""
    known = FUNCTIONS.get(name)
    if known is not None:
        signatures = (f"`{name}{each}`" for each in known.signatures)
        return Builtin(name, "function", None, "\n".join((*signatures, known.doc)))
    doc = _SPECIAL.get(name) or _DRAWS.get(name) or _TESTS.get(name)
    return Builtin(name, "function", None, doc) if doc is not None else None


def called(function: tree.Expr, place: Place) -> Target | None:
    """What a call calls."""
    match function:
        case tree.Name(word=word):
            return place.own.moves.get(word.text) or alone(word.text, place)
        case tree.Attribute(of=of, name=word):
            return members(of, place).get(word.text)
    return None


def case(name: str, modules: Mapping[str, Module], of: Type | None) -> Symbol | None:
    """A case of an enum that is not in sight: of the type that is wanted, else of the only enum that has it."""
    if of is not None and of.of is not None and isinstance(of.of.decl, tree.EnumDecl):
        return symbols.of_case(Declared(of.of.module, of.of.decl), name)
    found = [symbol for module in modules.values() for enum in declared(module, tree.EnumDecl)
             if (symbol := symbols.of_case(enum, name)) is not None]
    return found[0] if len(found) == 1 else None


def all_alone(place: Place) -> Iterator[Target]:
    """What could stand alone here: local names first, then the module's, then the language's functions."""
    yield from place.here.values()
    for name in visible(place.module):
        target = found_in(place.module, name)
        if target is not None and name not in place.here:
            yield replace(target, word=tree.Word(target.word.start, target.word.end, name)) \
                if isinstance(target, Symbol) and target.name != name else target
    for enum in in_sight(place.module, tree.EnumDecl):
        yield from (symbol for each in enum.decl.cases if (symbol := symbols.of_case(enum, each.name.text)) is not None)
    for name in (*FUNCTIONS, *SPECIAL_FUNCTIONS):
        target = function(name)
        if target is not None:
            yield target


# ---------------------------------------------------------------- behind a dot


def members(of: tree.Expr, place: Place) -> Mapping[str, Target]:
    """What can stand behind the dot of an expression."""
    if isinstance(of, tree.Name):
        name = of.word.text
        person = place.own if name == "self" else place.cast.get(name)
        if person is not None:
            said = Builtin("said", "state", types.list_of(types.TEXT), "What the member has said, oldest first.")
            return {**person.moves, **person.acts, "said": said, **person.state}
        done = (who.does(name) for who in (place.own, *place.cast.values()))
        ends = made_for(next(filter(None, done), None))
        if ends:
            return ends
        match None if name in place.here else find(place.module, name):
            case Module() as module:
                return {each: target for each in module.decls if (target := found_in(module, each)) is not None}
            case Declared(home, tree.EnumDecl() as enum):
                return cases(Declared(home, enum))
            case Declared(home, tree.DatasetDecl() as dataset):
                return _splits(Declared(home, dataset))
            case Declared(home, tree.RubricDecl() | tree.RoleDecl() | tree.StudentDecl() | tree.MoveDecl() as decl):
                return _parts(home, decl)
    match of:
        case tree.Attribute(of=tree.Name(word=owner), name=move) if owner.text in place.cast:
            ends = made_for(place.cast[owner.text].does(move.text))
            if ends:
                return ends
        case tree.Attribute(of=tree.Name(word=word)) if isinstance(find(place.module, word.text), Declared):
            match find(place.module, word.text):
                case Declared(home, tree.DatasetDecl() as dataset):
                    return {"sample": _splits(Declared(home, dataset))["sample"]}
    return of_type(type_of(of, place), place.module)


def of_type(of: Type, module: Module) -> Mapping[str, Target]:
    """What the values of a type have behind a dot."""
    match of.of:
        case Declared(home, tree.TypeDecl() as decl):
            return fields(Declared(home, decl))
    match of.name:
        case "Turn":
            return {name: Builtin(name, "field", each) for name, each in types.TURN_FIELDS.items()}
        case "History":
            return {"turns": Builtin("turns", "field", types.INT, "How many turns there are."),
                    "count": Builtin("count", "function", types.INT, "How often a move was made.")}
        case "Misconception":
            return {field.key.text: Symbol(each.module, field.key, field, "field", None, field.docs)
                    for each in in_sight(module, tree.MisconceptionDecl) if misconceptions.about(each) in of.arguments
                    for field in each.decl.fields}
    return {name: Builtin(name, "state", each) for name, each in of.members}


def fields(record: Declared[tree.TypeDecl]) -> dict[str, Symbol]:
    """The fields of a record."""
    scope = Scope(Report(), record.module)
    return {each.key.text: Symbol(record.module, each.key, each, "field", written.read(each.type, scope), each.docs)
            for each in record.decl.fields}


def cases(enum: Declared[tree.EnumDecl]) -> dict[str, Target]:
    """The cases of an enum, and the list of them."""
    of = types.named(enum)
    found = {each.name.text: Symbol(enum.module, each.name, each, "case", of, each.docs) for each in enum.decl.cases}
    return {**found, "cases": Builtin("cases", "field", types.list_of(of), "All cases, in order.")}


def made_for(move: Target | None) -> dict[str, Target]:
    """The cases of a move."""
    if not isinstance(move, Symbol) or not isinstance(move.node, tree.MoveDecl):
        return {}
    return {each.name.text: Symbol(move.module, each.name, each, "case", None, each.docs)
            for each in move.node.items if isinstance(each, tree.SubIntent)}


_TUNED = {"voice": "What its prompts begin with.", "examples": "Examples of how it answers, in its prompts.",
          "thresholds": "The numbers in its guards.", "policy": "How it chooses its moves.",
          "weights": "An adapter for the weights of its model."}
"""What can be tuned of a role, whether or not it stands in it."""


def _parts(home: Module, decl: tree.RubricDecl | tree.RoleDecl | tree.StudentDecl | tree.MoveDecl) -> \
        Mapping[str, Target]:
    """The fields and criteria of a declaration, as what is tuned and what is to be high name them."""
    found: dict[str, Target] = {each.key.text: Symbol(home, each.key, each, "field", None, each.docs)
                                for each in decl.items if isinstance(each, tree.Field)}
    if isinstance(decl, tree.RoleDecl):
        return {name: Builtin(name, "field", None, said) for name, said in _TUNED.items()} | found
    if isinstance(decl, tree.RubricDecl):
        found["total"] = Builtin("total", "field", types.FLOAT, "What the rubric gives a dialogue, from 0 to 1.")
        found |= {each.name.text: Symbol(home, each.name, each, "criterion", None, each.docs)
                  for each in decl.items if isinstance(each, tree.Criterion)}
    return found


def _splits(dataset: Declared[tree.DatasetDecl]) -> dict[str, Target]:
    sample = Builtin("sample", "function", None, "`sample(N, seed: S)`: some of the rows.")
    found: dict[str, Target] = {"sample": sample}
    for item in dataset.decl.items:
        if isinstance(item, tree.Field) and item.key.text == "splits" and isinstance(item.value, tree.Record):
            for entry in item.value.entries:
                if isinstance(entry, tree.KeyEntry):
                    found[entry.key.text] = Symbol(dataset.module, entry.key, entry, "split")
    return found


# ---------------------------------------------------------------- types, parameters


def type_named(name: str, module: Module) -> Target | None:
    """What a name means where a type is wanted."""
    if name in written.BUILT_IN:
        return Builtin(name, "type")
    return found_in(module, name)


def params(found: Declared[tree.Node]) -> dict[str, Symbol]:
    """The parameters of a declaration, in order."""
    scope = Scope(Report(), found.module)
    given: tuple[tree.Param, ...] = getattr(found.decl, "params", None) or ()
    return {each.key.text: Symbol(found.module, each.key, each, "parameter", written.read(each.type, scope))
            for each in given}
