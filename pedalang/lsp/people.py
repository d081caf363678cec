"""Members of casts as an editor shows them: what a role with its parents has and does, and whom it meets in a flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pedalang.compiler.semantics import dialogue, types, written
from pedalang.compiler.semantics.modules import Declared, Module, declared
from pedalang.compiler.semantics.scope import Scope, find, only
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report
from pedalang.lsp import symbols
from pedalang.lsp.symbols import Symbol

RoleDecl = tree.RoleDecl | tree.StudentDecl


@dataclass(frozen=True, slots=True)
class Person:
    """What a role has and does, its parents' (`layers` are it and them): variables of its state, moves, acts. `type`
    is what the compiler knows a member of the cast with this role by."""

    layers: tuple[RoleDecl, ...]
    state: Mapping[str, Symbol]
    moves: Mapping[str, Symbol]
    acts: Mapping[str, Symbol]
    type: Type = types.ANY

    def does(self, name: str) -> Symbol | None:
        """The move or act of that name."""
        return self.moves.get(name) or self.acts.get(name)


NOBODY = Person((), {}, {}, {})
"""Stands for a role that is not known."""


def referred(expr: tree.Expr, module: Module, *kinds: type[tree.Node]) -> Declared[tree.Node] | None:
    """The declaration of one of these kinds that an expression names, with or without arguments."""
    match expr:
        case tree.Call(function=function):
            return referred(function, module, *kinds)
        case tree.Name(word=word):
            return only(find(module, word.text), *kinds)
        case tree.Attribute(of=tree.Name(word=owner), name=word):
            match find(module, owner.text):
                case Module() as inner:
                    return only(find(inner, word.text), *kinds)
    return None


def person(found: Declared[tree.Node] | None) -> Person:
    """What a role or student has and does."""
    layers = list(_layers(found))
    if not layers:
        return NOBODY
    state: dict[str, Symbol] = {}
    moves: dict[str, Symbol] = {}
    acts: dict[str, Symbol] = {}
    for layer in reversed(layers):
        scope = Scope(Report(), layer.module)
        for item in layer.decl.items:
            match item:
                case tree.State(vars=variables):
                    for each in variables:
                        of = written.read(each.type, scope)
                        state[each.key.text] = Symbol(layer.module, each.key, each, "state", of, each.docs)
                case tree.Act(name=word):
                    acts[word.text] = Symbol(layer.module, word, item, "act", None, item.docs)
                case tree.Field(key=key, value=value) if key.text == "moves":
                    moves = {each.name: each for each in _moves(value, layer.module)}
    members = {name: each.type or types.ANY for name, each in state.items()} | {"said": types.list_of(types.TEXT)}
    of = Type("Role", members=tuple(members.items()))
    return Person(tuple(layer.decl for layer in layers), state, moves, acts, of)


def _layers(found: Declared[tree.Node] | None) -> Iterator[Declared[RoleDecl]]:
    """A role and its parents, from the bottom up; a circle ends where it closes."""
    seen: set[tree.Node] = set()
    layer = only(found, tree.RoleDecl, tree.StudentDecl)
    while layer is not None and layer.decl not in seen:
        seen.add(layer.decl)
        yield layer
        parent = layer.decl.parent
        layer = only(referred(parent, layer.module, tree.RoleDecl, tree.StudentDecl) if parent is not None else None,
                     tree.RoleDecl, tree.StudentDecl)


def _moves(expr: tree.Node, module: Module) -> Iterator[Symbol]:
    """The moves that an expression names, by themselves or in sets."""
    for name in _references(expr):
        found = referred(name, module, tree.MovesDecl, tree.MovesOrdered, tree.MoveDecl)
        match found:
            case Declared(home, tree.MovesDecl(names=words) | tree.MovesOrdered(names=words)):
                for word in words:
                    yield from _move(only(find(home, word.text), tree.MoveDecl))
            case _:
                yield from _move(only(found, tree.MoveDecl))


def _move(found: Declared[tree.Node] | None) -> Iterator[Symbol]:
    symbol = symbols.of_declaration(found) if found is not None else None
    if symbol is not None:
        yield symbol


def _references(expr: tree.Node) -> Iterator[tree.Expr]:
    match expr:
        case tree.Name() | tree.Attribute():
            yield expr
        case tree.List(items=items):
            for item in items:
                yield from _references(item)
        case tree.Binary(left=left, right=right):
            yield from _references(left)
            yield from _references(right)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A flow as contracts, rubrics and roles meet it: its names as symbols, and who is cast under which."""

    found: Declared[tree.FlowDecl]
    names: Mapping[str, Symbol]
    cast: Mapping[str, Person]
    phases: Mapping[str, Symbol]


def meeting(found: Declared[tree.FlowDecl]) -> Meeting:
    """What a flow declares."""
    module, decl = found.module, found.decl
    scope = Scope(Report(), module, dialogue.NAMES)
    names = {each.key.text: Symbol(module, each.key, each, "parameter", written.read(each.type, scope))
             for each in decl.params or ()}
    cast: dict[str, Person] = {}
    phases: dict[str, Symbol] = {}
    for item in decl.items:
        match item:
            case tree.Cast(key=key, role=role):
                who = cast[key.text] = person(referred(role, module, tree.RoleDecl, tree.StudentDecl))
                names[key.text] = Symbol(module, key, item, "member", who.type, item.docs)
            case tree.State(vars=variables):
                for each in variables:
                    names[each.key.text] = Symbol(module, each.key, each, "state", written.read(each.type, scope),
                                                  each.docs)
            case tree.Phase(name=word):
                phases[word.text] = Symbol(module, word, item, "phase", None, item.docs)
    return Meeting(found, names, cast, phases)


def meetings(modules: Mapping[str, Module]) -> list[Meeting]:
    """The flows of a program, the main file's first."""
    return [meeting(found) for module in modules.values() for found in declared(module, tree.FlowDecl)]


def played(found: Declared[tree.Node], modules: Mapping[str, Module], met: list[Meeting]) -> list[Meeting]:
    """The flows that obey a contract or are scored by a rubric, as far as that is said; else all."""
    word = getattr(found.decl, "name", None)
    name = word.text if isinstance(word, tree.Word) else ""
    wanted: list[tree.Node] = []
    for module in modules.values():
        for run in (*declared(module, tree.RunDecl), *declared(module, tree.ObserveDecl),
                    *declared(module, tree.MatrixDecl)):
            items = run.decl.fields if isinstance(run.decl, tree.RunDecl) else run.decl.items
            given = {each.key.text: each.value for each in items if isinstance(each, tree.Field)}
            flow = given.get("flow") or given.get("run")
            of = referred(flow, module, tree.FlowDecl) if flow is not None else None
            uses = (each for key in ("score", "check") if key in given for each in named(given[key]))
            if of is not None and name in uses:
                wanted.append(of.decl)
    obeying = [each.found.decl for each in met for item in each.found.decl.items
               if isinstance(item, tree.Obeys) and name in (n for ref in item.contracts for n in named(ref))]
    return [each for each in met if each.found.decl in (*wanted, *obeying)] or met


def named(expr: tree.Node) -> Iterator[str]:
    """The names that an expression begins with or holds."""
    match expr:
        case tree.Name(word=word) | tree.Attribute(name=word):
            yield word.text
        case tree.Call(function=function):
            yield from named(function)
        case tree.List(items=items):
            for item in items:
                yield from named(item)
