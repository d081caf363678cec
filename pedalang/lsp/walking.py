"""A walk over expressions, types and formulas that notes what each name stands for. Declarations are `names.py`'s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.compiler.syntax.node import names as parts
from pedalang.diagnostic import Report
from pedalang.lsp import meaning
from pedalang.lsp.meaning import Place
from pedalang.lsp.symbols import Builtin, Symbol, Target, Use

MAX_PARTS = 4
"""Dots in a row of which each is looked behind."""


@dataclass(frozen=True, slots=True)
class Caught:
    """A word that was looked for: where it stands, and the nodes around it, the outermost first."""

    place: Place
    path: tuple[tree.Node, ...]


@dataclass
class Walk:
    """Notes uses on its way. `path` are the nodes that it is in; a `wanted` word is caught where it is met."""

    modules: Mapping[str, Module]
    wanted: str = ""
    uses: list[Use] = field(default_factory=list)
    unknown: list[tree.Word] = field(default_factory=list)
    path: list[tree.Node] = field(default_factory=list)
    caught: Caught | None = None

    def note(self, word: tree.Word, target: Target | None, place: Place) -> None:
        """A word that stands for something."""
        if word.text == self.wanted:
            self.caught = Caught(place, tuple(self.path))
        elif target is not None:
            self.uses.append(Use(word.start, word.end, target))
        else:
            self.unknown.append(word)

    def declare(self, symbol: Symbol, place: Place) -> None:
        """A word that names what it declares."""
        if symbol.name == self.wanted:
            self.caught = Caught(place, tuple(self.path))
        self.uses.append(Use(symbol.word.start, symbol.word.end, symbol, True))

    def bound(self, word: tree.Word, node: tree.Node, kind: str, of: Type | None, place: Place) -> Place:
        """The place after a name was declared."""
        symbol = Symbol(place.module, word, node, kind, of)
        self.declare(symbol, place)
        return place.binding(symbol)

    def each(self, nodes: Iterable[tree.Node], place: Place) -> None:
        for node in nodes:
            self.visit(node, place)

    def children(self, node: tree.Node, place: Place) -> None:
        """All parts of a node but its words."""
        for name in parts(type(node)):
            value = getattr(node, name)
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, tree.Node) and not isinstance(child, tree.Word):
                    self.visit(child, place)

    def visit(self, node: tree.Node, place: Place) -> None:
        """A node and what is under it."""
        self.path.append(node)
        match node:
            case tree.Name(word=word):
                self.note(word, meaning.alone(word.text, place) or meaning.case(word.text, self.modules, None), place)
            case tree.Attribute():
                self.attribute(node, place)
            case tree.Call():
                self.call(node, place)
            case tree.Comprehension():
                self.comprehension(node, place)
            case tree.Compare(left=left, right=right) | tree.FCompare(left=left, right=right):
                self.side(left, right, place)
                self.side(right, left, place)
            case tree.Text(word=word):
                self.each((part for part in texts.read(place.module.source, word, Report())
                           if not isinstance(part, str)), place)
            case tree.Type():
                self.type(node, place)
            case tree.During(phase=phase, formula=formula):
                self.note(phase, place.phases.get(phase.text), place)
                self.visit(formula, place)
            case _:
                self.special(node, place)
        self.path.pop()

    def special(self, node: tree.Node, place: Place) -> None:
        """A node that is no expression."""
        self.children(node, place)

    def side(self, expr: tree.Expr, other: tree.Expr, place: Place) -> None:
        """One side of a comparison: a word that is nothing by itself is a case of what the other side is."""
        if isinstance(expr, tree.Name) and meaning.alone(expr.word.text, place) is None:
            of = meaning.type_of(other, place)
            self.path.append(expr)
            self.note(expr.word, meaning.case(expr.word.text, self.modules, of), place)
            self.path.pop()
        else:
            self.visit(expr, place)

    def attribute(self, node: tree.Attribute, place: Place) -> None:
        """A name behind a dot; behind `row.`, and behind `entry.value.`, any name is a column."""
        self.visit(node.of, place)
        known = meaning.members(node.of, place) if _dots(node) <= MAX_PARTS else {}
        target = known.get(node.name.text)
        if target is None and _of_file(node.of, place):
            target = Builtin(node.name.text, "column", None, "A column of the file.")
        self.note(node.name, target, place)

    def call(self, node: tree.Call, place: Place) -> None:
        """A call: named arguments are the parameters of what is called, and texts that are counted are moves."""
        self.visit(node.function, place)
        target = meaning.called(node.function, place) if _dots(node.function) <= MAX_PARTS else None
        params = meaning.params(Declared(target.module, target.node)) if isinstance(target, Symbol) else {}
        moves = {name: move for person in (*place.cast.values(), place.own) for name, move in person.moves.items()}
        for argument in node.arguments:
            match argument:
                case tree.Named(key=key, value=value):
                    self.path.append(argument)
                    self.note(key, params.get(key.text) or Builtin(key.text, "parameter"), place)
                    if isinstance(value, tree.Name) and key.text == "phase" and key.text not in params:
                        self.note(value.word, place.phases.get(value.word.text), place)  # of a turn in a trace
                    else:
                        self.visit(value, place)
                    self.path.pop()
                case tree.Text(word=word) if _is_count(node) and word.text[1:-1] in moves:  # `history.count("MOVE")`
                    self.uses.append(Use(word.start + 1, word.end - 1, moves[word.text[1:-1]]))
                case _:
                    self.visit(argument, place)

    def comprehension(self, node: tree.Comprehension, place: Place) -> None:
        self.visit(node.over, place)
        inner = self.bound(node.name, node, "variable", meaning.type_of(node.over, place).item, place)
        if node.condition is not None:
            self.visit(node.condition, inner)
        self.visit(node.value, inner)

    def type(self, node: tree.Type, place: Place) -> None:
        """A type as it is written."""
        self.path.append(node)
        module: Module | None = place.module
        for word in node.names.names:
            target = meaning.type_named(word.text, module) if module is not None else None
            self.note(word, target, place)
            module = target.module if isinstance(target, Symbol) and target.kind == "module" else None
        for argument in node.arguments or ():
            self.visit(argument, place)
        if node.bounds is not None:
            self.children(node.bounds, place)
        self.path.pop()


def _of_file(of: tree.Node, place: Place) -> bool:
    """Whether an expression is a row, or part of one or of an entry: what these have only the file knows."""
    if isinstance(of, tree.Name):
        return place.here.get(of.word.text) is meaning.ROW
    while isinstance(of, tree.Attribute | tree.Index | tree.Call):
        of = of.of if not isinstance(of, tree.Call) else next(iter(of.arguments), of.function)
    return isinstance(of, tree.Name) and place.here.get(of.word.text) in (meaning.ROW, meaning.ENTRY)


def _dots(expr: tree.Expr) -> int:
    """How many dots, calls and brackets follow each other."""
    found = 0
    while isinstance(expr, tree.Attribute | tree.Call | tree.Index) and found <= MAX_PARTS:
        expr = expr.function if isinstance(expr, tree.Call) else expr.of
        found += 1
    return found


def _is_count(node: tree.Call) -> bool:
    return isinstance(node.function, tree.Attribute) and node.function.name.text == "count"
