"""What names stand for: values of the dialogue, declarations, modules; and what they may be looked up in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from pedalang.compiler.semantics import types
from pedalang.compiler.semantics.modules import Module
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report, did_you_mean
from pedalang.expression import nodes
from pedalang.expression.functions import FUNCTIONS
from pedalang.source import Span


class Typed(NamedTuple):
    """A compiled expression and its type."""

    type: Type
    expr: nodes.Expr


NOTHING = Typed(types.ANY, nodes.Lit(None))
"""Stands for an expression whose mistake has been reported."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration and the module that it stands in."""

    module: Module
    decl: tree.Declaration


@dataclass(frozen=True, slots=True)
class Case:
    """A case of an enum."""

    of: Declared
    name: str


Binding = Typed | Declared | Case | Module


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: its module, the values that it can name there, what is being expanded around it."""

    report: Report
    module: Module
    values: Mapping[str, Typed] = field(default_factory=dict)
    expanding: tuple[tree.Node, ...] = ()

    def binding(self, values: Mapping[str, Typed]) -> Scope:
        """This scope with more values."""
        return replace(self, values={**self.values, **values})

    def inside(self, declared: Declared, values: Mapping[str, Typed]) -> Scope:
        """The scope of a declaration's own text, with its parameters bound."""
        return replace(self, module=declared.module, values=dict(values), expanding=(*self.expanding, declared.decl))

    def span(self, node: tree.Node) -> Span:
        return self.module.span(node)

    def lookup(self, name: str) -> Binding | None:
        """What a name stands for here: a value first, then what the module declares or imports."""
        value = self.values.get(name)
        return value if value is not None else find(self.module, name)

    def error(self, code: str, node: tree.Node, message: str, help: str = "", label: str = "") -> Typed:
        """Reports a mistake at a node, and gives what stands for it."""
        self.report.error(code, self.span(node), message, help=help, label=label)
        return NOTHING

    def unknown(self, word: tree.Word, what: str = "name") -> Typed:
        """Reports a name that stands for nothing."""
        known = [*self.values, *visible(self.module), *FUNCTIONS]
        return self.error("PED0201", word, f"unknown {what} `{word.text}`", did_you_mean(word.text, known))


def find(module: Module, name: str) -> Declared | Case | Module | None:
    """What a module's own declarations and imports give for a name; cases of its enums too."""
    decl = module.decls.get(name)
    if decl is not None:
        return Declared(module, decl.body)
    imported = module.imports.get(name)
    if imported is not None:
        target, original, _ = imported
        return target if original is None else find(target, original)
    for declared in _enums(module):
        assert isinstance(declared.decl, tree.EnumDecl)
        if any(case.name.text == name for case in declared.decl.cases):
            return Case(declared, name)
    return None


def visible(module: Module) -> Iterator[str]:
    """The names that a module's text can use."""
    yield from module.decls
    yield from module.imports


def declared(module: Module, kind: type[tree.Node]) -> Iterator[Declared]:
    """Declarations of a kind that a module declares or imports by name."""
    for name in visible(module):
        found = find(module, name)
        if isinstance(found, Declared) and isinstance(found.decl, kind):
            yield found


def _enums(module: Module) -> Iterator[Declared]:
    for decl in module.decls.values():
        if isinstance(decl.body, tree.EnumDecl):
            yield Declared(module, decl.body)
    for target, original, _ in module.imports.values():
        if original is not None and original in target.decls and isinstance(target.decls[original].body, tree.EnumDecl):
            yield Declared(target, target.decls[original].body)
