"""What names stand for: values of the dialogue, declarations, modules; and where they are looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from pedalang.compiler.semantics import modules, types
from pedalang.compiler.semantics.modules import Declared, Module, declared
from pedalang.compiler.semantics.surroundings import NOTHING_KNOWN, Surroundings
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Label, Report, did_you_mean
from pedalang.expression import nodes
from pedalang.expression.functions import FUNCTIONS
from pedalang.source import Span

SPECIAL_FUNCTIONS = ("describe", "initial")
"""Functions that the compiler itself knows; all others are in `expression/functions.py`."""

_LITERALS = ("true", "false", "none")
_ELSEWHERE = {"null": "none", "nil": "none", "len": "count(…)", "length": "count(…)", "size": "count(…)",
              "upcase": "upper(…)", "lowercase": "lower(…)", "avg": "sum(…) / count(…)", "average": "sum(…) / count(…)",
              "random": "draw NAME ~ uniform(0, 1)", "print": "hint"}
"""Names of other languages, and what is written here."""

MAX_EXPANSIONS = 20_000
"""Uses of definitions in a program, those inside definitions counted each time."""
MAX_DEPTH = 120
"""Levels of an expression, those of the definitions that it uses included."""


class Typed(NamedTuple):
    """A compiled expression and its type."""

    type: Type
    expr: nodes.Expr


NOTHING = Typed(types.ANY, nodes.Lit(None))
"""Stands for an expression whose mistake has been reported."""


class Operand(NamedTuple):
    """A compiled expression with where it stands."""

    at: tree.Node
    type: Type
    expr: nodes.Expr


class Case(Struct, frozen=True):
    """A case of an enum, or of each of several enums."""

    enums: tuple[Declared[tree.EnumDecl], ...]
    name: str


class Broken(NamedTuple):
    """A name whose import failed: that has been reported."""


Found = Declared[tree.Node] | Case | Module | Broken
Binding = Typed | Found


class Budget(Struct):
    """What the expansion of definitions may still cost, how deep it is now, and which circles were reported."""

    expansions: int = MAX_EXPANSIONS
    depth: int = 0
    cycles: set[frozenset[tree.Node]] = field(default_factory=set)


class Scope(Struct, frozen=True, eq=False):
    """Where an expression stands: its module, the values that it can name there, what is being expanded around it,
    which optional values are known to be there, whether it looks back on a whole dialogue, and the tag of the language
    of its texts."""

    report: Report
    module: Module
    values: Mapping[str, Typed] = {}
    expanding: tuple[tree.Node, ...] = ()
    present: tuple[nodes.Expr, ...] = ()
    budget: Budget = msgspec.field(default_factory=Budget)
    looks_back: bool = False
    asks: bool = False
    """Whether a model can be asked here: the dialogue is over, and nothing in it depends on the answer."""
    entered: tuple[Module, tree.Node] | None = None
    """Where the definition was used, of all those that are being expanded, that none of the others uses."""
    around: Surroundings = NOTHING_KNOWN
    language: str = ""

    def binding(self, values: Mapping[str, Typed]) -> Scope:
        """This scope with more values."""
        return replace(self, values={**self.values, **values})

    def inside(self, found: Declared[tree.Node], values: Mapping[str, Typed], at: tree.Node | None = None) -> Scope:
        """The scope of a declaration's own text, with its parameters bound; `at` is where it is used."""
        entered = self.entered or ((self.module, at) if at is not None else None)
        return replace(self, module=found.module, values=dict(values), expanding=(*self.expanding, found.decl),
                       entered=entered)

    def speaking(self, language: str) -> Scope:
        """The same where texts are in a language."""
        return replace(self, language=language)

    def looking_back(self) -> Scope:
        """The same where a whole dialogue is looked at."""
        return replace(self, looks_back=True, asks=True)

    def asking(self) -> Scope:
        """The same where a dialogue is judged after its end, turn by turn."""
        return replace(self, asks=True)

    def waiting_for_none(self) -> Scope:
        """The same where no model can be asked."""
        return replace(self, asks=False)

    def unreported(self) -> Scope:
        """The same for looking on: what is found out is told nobody, and costs nothing that others may spend."""
        return replace(self, report=Report(), budget=Budget())

    def of_module(self, module: Module) -> Scope:
        """Another module's names, and the same values."""
        return replace(self, module=module)

    def knowing(self, present: tuple[nodes.Expr, ...]) -> Scope:
        """The same where these optional values are known to be there."""
        return replace(self, present=(*self.present, *present)) if present else self

    def forgetting(self, changed: nodes.Expr) -> Scope:
        """The same where nothing is known of this value any more, nor of what is in it."""
        return replace(self, present=tuple(each for each in self.present if changed not in nodes.inside(each)))

    def span(self, node: tree.Node) -> Span:
        return self.module.span(node)

    def lookup(self, name: str) -> Binding | None:
        """What a name stands for here: a value first, then what the module declares or imports."""
        value = self.values.get(name)
        return value if value is not None else find(self.module, name)

    def of(self, module: Module, word: tree.Word) -> Found | None:
        """What a name of another module stands for; one that it only imports itself is private, and reported."""
        if word.text in module.imports and word.text not in module.decls:
            modules.private(module, word.text, self.span(word), self.report)
            return Broken()
        return find(module, word.text)

    def error(self, code: str, node: tree.Node, message: str, help: str = "", *, label: str = "",
              also: tuple[tree.Node, str] | None = None) -> Typed:
        """Reports a mistake at a node, and gives what stands for it. `also` is a related place of the same file."""
        others = [Label(self.span(also[0]), also[1])] if also is not None else []
        self.report.error(code, self.span(node), message, help=help, label=label, also=others)
        return NOTHING

    def warning(self, code: str, node: tree.Node, message: str, help: str = "") -> None:
        """Reports what is allowed and probably not meant."""
        self.report.warning(code, self.span(node), message, help=help)

    def later(self, node: tree.Node, what: str, help: str = "leave it out") -> Typed:
        """Refuses part of the language that has no meaning in this version."""
        return self.error("PED0901", node, f"{what} cannot be run yet", help)

    def twice(self, word: tree.Node, what: str, first: tree.Node) -> None:
        """Reports what may stand once."""
        self.error("PED0202", word, f"{what} stands twice", "leave one of them out", also=(first, "first here"))

    def unknown(self, word: tree.Word, what: str = "name") -> Typed:
        """Reports a name that stands for nothing."""
        functions = (*FUNCTIONS, *SPECIAL_FUNCTIONS) if what in ("name", "function") else ()
        known = [*self.values, *visible(self.module), *functions, *(_LITERALS if what == "name" else ())]
        written = self._instead(word.text) if what in ("name", "function") else ""
        help = f"write `{written}`" if written else did_you_mean(word.text, known)
        return self.error("PED0201", word, f"unknown {what} `{word.text}`", help)

    def _instead(self, name: str) -> str:
        """What is written here for a name that stands for nothing, where that is known; else the empty text."""
        if name.lower() in _ELSEWHERE:
            return _ELSEWHERE[name.lower()]
        if "row" in self.values:
            return f"row.{name}" if name != "entry" else "each: row.LIST"
        owner = next(self._with_field(name), "")
        return f"{owner}.{name}" if owner else f"{name}(…)" if name in FUNCTIONS else ""

    def _with_field(self, name: str) -> Iterator[str]:
        """The values that have a field or variable of a name."""
        for value, (of, _) in self.values.items():
            fields = of.of.decl.fields if of.of is not None and isinstance(of.of.decl, tree.TypeDecl) else ()
            if name in dict(of.members) or any(field.key.text == name for field in fields):
                yield value


Kind = TypeVar("Kind", bound=tree.Node)


def only(found: object, *kinds: type[Kind]) -> Declared[Kind] | None:
    """A declaration, if it is one of these kinds."""
    match found:
        case Declared(module, decl) if isinstance(decl, kinds):
            return Declared(module, decl)
    return None


def find(module: Module, name: str) -> Found | None:
    """What a module's own declarations and imports give for a name; cases of its enums too."""
    decl = module.decls.get(name)
    if decl is not None:
        return Declared(module, decl.body)
    imported = module.imports.get(name)
    if imported is not None:
        if imported.module is None:
            return Broken()
        if imported.name is None:
            return imported.module
        return Declared(imported.module, imported.module.decls[imported.name].body)
    brought = (each for each in imported_of(module, tree.EnumDecl)
               if any(case.name.text == name for case in each.decl.cases))
    enums = (*module.cases.get(name, ()), *brought)
    return Case(enums, name) if enums else None


def visible(module: Module) -> Iterator[str]:
    """The names that a module's text can use."""
    yield from module.decls
    yield from module.imports


def in_sight(module: Module, kind: type[Kind]) -> Iterator[Declared[Kind]]:
    """Declarations of a kind that a module declares or imports by name."""
    yield from declared(module, kind)
    yield from imported_of(module, kind)


def imported_of(module: Module, kind: type[Kind]) -> Iterator[Declared[Kind]]:
    """Declarations of a kind that a module imports by name."""
    for imported in module.imports.values():
        if imported.module is not None and imported.name is not None:
            body = imported.module.decls[imported.name].body
            if isinstance(body, kind):
                yield Declared(imported.module, body)
