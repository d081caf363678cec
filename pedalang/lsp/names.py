"""Every name of a module's text and what it stands for, found by a walk over the tree.

What is in scope where is said here once more, for texts that the compiler never comes to: half typed, not cast, not
used. What a name means, and the type of what stands before a dot, is asked of the compiler.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pedalang.compiler.lower import draws
from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.syntax import tree
from pedalang.compiler.syntax.node import names as parts
from pedalang.lsp import keys, meaning, people, symbols
from pedalang.lsp.meaning import Place
from pedalang.lsp.people import NOBODY, Meeting, Person
from pedalang.lsp.symbols import Builtin, Index, Symbol, Target, Use
from pedalang.lsp.walking import Caught, Walk


def index(module: Module, modules: Mapping[str, Module]) -> Index:
    """All uses of names in a module of a program."""
    walk = _Walk(modules)
    walk.module(module, module.tree.decls)
    return Index(walk.uses, walk.unknown)


def caught(word: str, module: Module, decls: Iterable[tree.Decl], modules: Mapping[str, Module]) -> Caught | None:
    """Where a word stands that occurs once in these declarations of a module."""
    walk = _Walk(modules, word)
    walk.module(module, decls)
    return walk.caught


class _Walk(Walk):
    """The walk over declarations. `meetings` are the flows of the program."""

    meetings: list[Meeting]

    def module(self, module: Module, decls: Iterable[tree.Decl]) -> None:
        self.meetings = people.meetings(self.modules)
        place = meaning.empty(module)
        for node in module.tree.imports:
            self.imported(node, place)
        for decl in decls:
            self.path = [decl]
            for decorator in decl.decorators:
                self.children(decorator, place)
            self.declaration(decl, place)

    def imported(self, node: tree.FromImport | tree.ImportModule, place: Place) -> None:
        self.path = [node]
        module = place.module
        names = node.path.names.names
        if isinstance(node, tree.ImportModule):
            local = node.alias or names[-1]
            target = meaning.found_in(module, local.text)
            self.note(names[-1], target, place)
            if node.alias is not None:
                self.note(node.alias, target, place)
            return
        first = next((module.imports.get((item.alias or item.name).text) for item in node.items), None)
        home = first.module if first is not None else None
        self.note(names[-1], symbols.of_module(home) if home is not None else None, place)
        for item in node.items:
            target = meaning.found_in(module, (item.alias or item.name).text)
            self.note(item.name, target, place)
            if item.alias is not None:
                self.note(item.alias, target, place)

    def declaration(self, decl: tree.Decl, top: Place) -> None:
        found = Declared(top.module, decl.body)
        symbol = symbols.of_declaration(found)
        if symbol is not None:
            self.declare(replace(symbol, docs=decl.docs), top)
        self.path.append(decl.body)
        place = self.params(found, top)
        match decl.body:
            case tree.TypeDecl() as body:
                self.record(Declared(top.module, body), top)
            case tree.EnumDecl() as body:
                for each in body.cases:
                    case = symbols.of_case(Declared(top.module, body), each.name.text)
                    if case is not None:
                        self.declare(replace(case, word=each.name), top)
            case tree.MovesDecl(names=words) | tree.MovesOrdered(names=words):
                for word in words:
                    self.note(word, meaning.found_in(top.module, word.text), top)
            case tree.MoveDecl(items=items):
                self.each(items, _worded(symbol, meaning.in_dialogue(place)))
            case tree.MisconceptionDecl() as body:
                self.misconception(body, top)
            case tree.RoleDecl() | tree.StudentDecl() as body:
                self.role(Declared(top.module, body), place)
            case tree.PredicateDecl(fields=fields):
                self.each(fields, meaning.in_dialogue(place))
            case tree.FlowDecl() as body:
                self.flow(next(each for each in self.meetings if each.found.decl is body), body, place)
            case tree.ContractDecl() as body:
                self.contract(body, place)
            case tree.RubricDecl(parent=parent, items=items):
                if parent is not None:
                    self.visit(parent, place)
                met = people.played(found, self.modules, self.meetings)
                inner = meaning.in_dialogue(self.among(met, place)).binding(*meaning.PARTS.values())
                self.each(items, inner.binding(*meaning.params(found).values()))
            case tree.DatasetDecl() as body:
                self.dataset(body, top)
            case tree.ClassifierDecl(data=data, fields=fields) as body:
                self.each((data,) if data is not None else (), top)
                self.each(fields, meaning.in_classifier(body, top))
            case body:
                self.anything(body, place)

    def special(self, node: tree.Node, place: Place) -> None:
        match node:
            case tree.Field(key=key, value=value):
                self.key(key, place)
                self.value(value, place)
            case tree.Say():
                self.say(node, place)
            case tree.On():
                self.on(node, place)
            case tree.Policy(arms=arms):
                self.each(arms or (), place)
            case tree.PolicyArm(move=move, weight=weight, guard=guard):
                self.arm(move, place)
                self.each((each for each in (weight, guard) if each is not None), place)
            case tree.Act(name=word, guard=guard, fields=fields):
                self.declare(Symbol(place.module, word, node, "act", None, node.docs), place)
                self.each((each for each in (guard, *fields) if each is not None), place)
            case tree.SubIntent(name=word):
                self.declare(Symbol(place.module, word, node, "case", None, node.docs), place)
            case tree.State(vars=variables):
                for each in variables:
                    self.variable(each, place)
            case tree.Turn():
                self.turn(node, place)
            case tree.Goto(phase=word, guard=guard):
                self.note(word, place.phases.get(word.text), place)
                if guard is not None:
                    self.visit(guard, place)
            case tree.Criterion(name=word):
                self.declare(Symbol(place.module, word, node, "criterion", None, node.docs), place)
                self.children(node, place)
            case _:
                self.children(node, place)

    def value(self, value: tree.Node, place: Place) -> None:
        """What a field says. A word that nothing declares may stand for itself: `speak: grounded`, `labels: [yes, no]`,
        `interval: bootstrap(2000)`."""
        self.path.append(value)
        match value:
            case tree.List(items=items):
                for item in items:
                    self.value(item, place)
            case tree.Record(entries=entries):
                for entry in entries:
                    self.value(entry.value, place)
            case tree.Call(function=tree.Name() as function, arguments=arguments) if self.is_word(function, place):
                self.each((each for each in arguments if not isinstance(each, tree.Named)), place)
            case _:
                self.path.pop()
                if not self.is_word(value, place):
                    self.visit(value, place)
                return
        self.path.pop()

    def is_word(self, value: tree.Node, place: Place) -> bool:
        """Whether an expression is a word that nothing declares."""
        return isinstance(value, tree.Name) and value.word.text != self.wanted and \
            meaning.alone(value.word.text, place) is None

    def key(self, word: tree.Word, place: Place) -> None:
        """The key of a field: a word of the language, where the declaration has it."""
        _, known = keys.of(self.path)
        doc = known.get(word.text)
        if word.text == self.wanted:
            self.caught = Caught(place, tuple(self.path))
        elif doc is not None:
            self.uses.append(Use(word.start, word.end, Builtin(word.text, "field", None, doc)))

    def variable(self, node: tree.StateVar, place: Place) -> None:
        of = meaning.type_of_written(node.type, place)
        self.declare(Symbol(place.module, node.key, node, "state", of, node.docs), place)
        self.type(node.type, place)
        self.visit(node.value, place)

    def anything(self, body: tree.Node, place: Place) -> None:
        """A run, an observe, a test …: flows' names are known in it, and what it says varies is known from there on."""
        place = self.among(self.meetings, meaning.in_dialogue(place))
        for name in parts(type(body)):
            value = getattr(body, name)
            for child in value if isinstance(value, tuple) else (value,):
                match child:
                    case tree.Param() | tree.Word():
                        pass
                    case tree.Vary(name=word, values=values) | tree.Forall(name=word, values=values):
                        self.visit(values, place)
                        place = self.bound(word, child, "variable", meaning.item_of(values, place), place)
                    case tree.Given(key=word, value=value_):
                        self.visit(value_, place)
                        place = self.bound(word, child, "variable", meaning.type_of(value_, place), place)
                    case tree.Node():
                        self.visit(child, place)

    def params(self, found: Declared[tree.Node], place: Place) -> Place:
        """The place of a declaration's own text: its parameters are known there."""
        given: tuple[tree.Param, ...] = getattr(found.decl, "params", None) or ()
        symbols_ = meaning.params(found)
        for param in given:
            self.declare(symbols_[param.key.text], place)
            self.type(param.type, place)
            if param.default is not None:
                self.visit(param.default, place)
            place = place.binding(symbols_[param.key.text])
        return place

    def record(self, found: Declared[tree.TypeDecl], place: Place) -> None:
        fields = meaning.fields(found)
        for each in found.decl.fields:
            symbol = replace(fields[each.key.text], word=each.key)
            self.declare(symbol, place)
            self.type(each.type, place)
            if each.default is not None:
                self.visit(each.default, place)
            self.each(each.decorators, place)
            place = place.binding(symbol)

    def misconception(self, body: tree.MisconceptionDecl, place: Place) -> None:
        self.note(body.type, meaning.type_named(body.type.text, place.module), place)
        about = people.referred(tree.Name(body.type.start, body.type.end, body.type), place.module, tree.TypeDecl)
        match about:
            case Declared(home, tree.TypeDecl() as decl):
                place = place.binding(*meaning.fields(Declared(home, decl)).values())
        for each in body.fields:
            self.visit(each.value, place)
            symbol = Symbol(place.module, each.key, each, "field", meaning.type_of(each.value, place), each.docs)
            self.declare(symbol, place)
            place = place.binding(symbol)

    # ------------------------------------------------------------ roles

    def role(self, found: Declared[people.RoleDecl], place: Place) -> None:
        if found.decl.parent is not None:
            self.visit(found.decl.parent, place)
        own = people.person(found)
        where = self.among([each for each in self.meetings if _casts(each, found)], place, roles_only=True)
        where = meaning.in_dialogue(where).binding(*meaning.params(found).values(), *own.state.values())
        where = replace(where, own=own)
        drawn = [item for item in found.decl.items if isinstance(item, tree.On)]
        for item in drawn:
            self.visit(item, where)
        for name in (each.name for item in drawn for each in item.body if isinstance(each, tree.Sample)):
            where = where.binding(next((use.target for use in self.uses if use.start == name.start),
                                       Builtin(name.text, "draw")))
        self.each((item for item in found.decl.items if item not in drawn), where)

    def among(self, met: Iterable[Meeting], place: Place, *, roles_only: bool = False) -> Place:
        """The place with the names of flows: of several with the same name the first one's."""
        names: dict[str, Target] = {}
        cast: dict[str, Person] = {}
        phases: dict[str, Symbol] = {}
        for each in met:
            known = {name: symbol for name, symbol in each.names.items() if name in each.cast or not roles_only}
            names, cast, phases = {**known, **names}, {**each.cast, **cast}, {**each.phases, **phases}
        return replace(place.binding(*names.values()), cast=cast, phases=phases)

    def say(self, item: tree.Say, place: Place) -> None:
        move = place.own.moves.get(item.key.text)
        self.note(item.key, move, place)
        self.visit(item.candidates, _worded(move, place.binding(*_arguments(move).values())))

    def arm(self, move: tree.Ref, place: Place) -> None:
        """A line of a policy: a move of the role, with arguments or without."""
        name = move.function if isinstance(move, tree.Call) else move
        known = place.own.moves.get(name.word.text) if isinstance(name, tree.Name) else None
        if isinstance(name, tree.Name) and not isinstance(move, tree.Call):
            self.note(name.word, known or meaning.alone(name.word.text, place), place)
        else:
            self.visit(move, place)

    def on(self, item: tree.On, place: Place) -> None:
        words = item.event.names.names
        known = meaning.members(tree.Name(words[0].start, words[0].end, words[0]), place)
        done = [Builtin("turn", "event", None, "Every turn of the member."),
                Builtin("said", "event", None, "Words of the member that nobody computed.")]
        known = {**known, **{each.name: each for each in done}}
        own = Builtin("self", "variable", place.own.type, "The role whose handler this is.")
        self.note(words[0], own if words[0].text == "self" else place.here.get(words[0].text), place)
        move = known.get(words[1].text) if len(words) > 1 else None
        for word, among in zip(words[1:], (known, meaning.made_for(move)), strict=False):
            self.note(word, among.get(word.text), place)
        arguments = list(_arguments(move).values()) if isinstance(move, Symbol) else []
        for number, word in enumerate(item.event.binds or ()):
            of = arguments[number].type if number < len(arguments) else None
            place = self.bound(word, item, "variable", of, place)
        if item.guard is not None:
            self.visit(item.guard, place)
        self.statements(item.body, place)

    def statements(self, body: Iterable[tree.Statement], place: Place) -> None:
        for each in body:
            if isinstance(each, tree.Sample):
                self.path.append(each)
                self.visit(each.distribution, place)
                self.path.pop()
                of, _ = draws.read(each.distribution, place.scope.unreported())
                place = self.bound(each.name, each, "draw", of, place)
            elif isinstance(each, tree.IfStmt):
                self.branch(each, place)
            else:
                self.visit(each, place)

    def branch(self, node: tree.IfStmt, place: Place) -> None:
        self.visit(node.condition, place)
        self.statements(node.then, place)
        if node.otherwise is not None:
            self.statements(node.otherwise if isinstance(node.otherwise, tuple) else (node.otherwise,), place)

    # ------------------------------------------------------------ flows, contracts, data

    def flow(self, met: Meeting, body: tree.FlowDecl, place: Place) -> None:
        inner = self.among([met], meaning.in_dialogue(place))
        for item in body.items:
            match item:
                case tree.Cast(key=key, role=role):
                    self.declare(replace(met.names[key.text], word=key), inner)
                    self.path.append(item)
                    self.visit(role, place)
                    self.path.pop()
                case tree.Phase(name=word, items=items):
                    self.declare(replace(met.phases[word.text], word=word), inner)
                    self.path.append(item)
                    self.each(items, inner)
                    self.path.pop()
                case _:
                    self.visit(item, inner)

    def turn(self, item: tree.Turn, place: Place) -> None:
        who = place.cast.get(item.role.text, NOBODY)
        self.note(item.role, place.here.get(item.role.text), place)
        words = item.moves.names if isinstance(item.moves, tree.May) else (item.moves.name,) if item.moves else ()
        for word in words:
            self.note(word, who.does(word.text), place)
        self.each(item.fields or (), place)

    def contract(self, body: tree.ContractDecl, place: Place) -> None:
        found = Declared(place.module, body)
        met = people.played(found, self.modules, self.meetings)
        if body.over is not None:
            every = meaning.TRANSCRIPT if body.over.text == meaning.TRANSCRIPT.name else None
            self.note(body.over, every or meaning.found_in(place.module, body.over.text), place)
            met = [each for each in self.meetings if each.found.decl.name.text == body.over.text] or met
        inner = meaning.in_dialogue(self.among(met, place)).binding(*meaning.params(found).values())
        for clause in body.clauses:
            self.declare(Symbol(place.module, clause.key, clause, "clause", None, clause.docs), inner)
            self.visit(clause.formula, inner)

    def dataset(self, body: tree.DatasetDecl, place: Place) -> None:
        record = None
        if body.type is not None:
            self.type(body.type, place)
            record = meaning.type_of_written(body.type, place)
        fields = meaning.of_type(record, place.module) if record is not None else {}
        inner = place.binding(meaning.ROW, meaning.ENTRY)
        splits = meaning.members(tree.Name(0, 0, body.name), place)
        for item in body.items:
            if isinstance(item, tree.Map):
                self.note(item.name, fields.get(item.name.text), place)
                self.visit(item.value, inner)
                continue
            for entry in item.value.entries if isinstance(item.value, tree.Record) else ():
                split = splits.get(entry.key.text)
                if isinstance(split, Symbol):
                    self.declare(split, place)
            self.visit(item, inner)


def _casts(met: Meeting, found: Declared[people.RoleDecl]) -> bool:
    """Whether a flow casts a role, itself or by one that extends it."""
    return any(found.decl in person.layers for person in met.cast.values())


def _arguments(move: Target | None) -> Mapping[str, Symbol]:
    """The parameters of a move."""
    return meaning.params(Declared(move.module, move.node)) if isinstance(move, Symbol) else {}


def _worded(move: Target | None, place: Place) -> Place:
    """Where a move's texts stand: one with cases knows which it is made for."""
    return place.binding(meaning.CASE) if meaning.made_for(move) else place
