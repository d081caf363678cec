"""Expressions that are asked of a program from outside: read, resolved and typed where its flow's names are known."""

from __future__ import annotations

from dataclasses import dataclass

from pedalang.compiler.compile import Compilation
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import flow as flows
from pedalang.compiler.semantics import elaborate
from pedalang.compiler.semantics.modules import Declared, Import, Module
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import parse, tree
from pedalang.diagnostic import Diagnostic, Report
from pedalang.expression import nodes
from pedalang.source import Source

NAME = "input"
"""What messages call the text of a question."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's expression and type, or what is wrong with it."""

    type: str
    expr: nodes.Expr | None
    diagnostics: tuple[Diagnostic, ...]


class Names:
    """What a question can name: the main file's declarations and imports, and the parameters, cast and dialogue of a
    flow, if one is given."""

    def __init__(self, found: Compilation, flow: str = "") -> None:
        self._main = found.modules[""]
        self.values: dict[str, Typed] = {}
        for module in found.modules.values():
            decl = module.decls.get(flow)
            if decl is not None and isinstance(decl.body, tree.FlowDecl) and not self.values:
                stage = flows.flow(Graph(), Declared(module, decl.body), Scope(Report(), module))
                self.values = dict(stage.values)

    @property
    def types(self) -> dict[str, str]:
        """The flow's names with their types."""
        return {name: str(typed.type) for name, typed in self.values.items()}

    @property
    def declared(self) -> list[str]:
        """The names of declarations and imports."""
        return [*self._main.decls, *self._main.imports]

    def ask(self, text: str) -> Answer:
        """Reads and types an expression; it is not evaluated."""
        report = Report()
        source = Source(NAME, text)
        expr = parse.parse_expr(source, 0, len(text), report)
        if expr is None:
            return Answer("", None, tuple(report.in_order()))
        typed = elaborate.expression(expr, Scope(report, self._module(source), self.values))
        wrong = bool(report.errors)
        return Answer("" if wrong else str(typed.type), None if wrong else typed.expr, tuple(report.in_order()))

    def _module(self, source: Source) -> Module:
        """A module of its own for the question, which sees all that the main file does."""
        sees = {name: Import(self._main, name, tree.ImportItem(decl.start, decl.end, word, None))
                for name, decl in self._main.decls.items() if (word := decl.body.name) is not None}
        empty = parse.parse(Source(NAME, ""), Report())
        return Module("", source, empty, {}, {**self._main.imports, **sees})
