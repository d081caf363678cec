"""Seeded draws: what they are from, and the type of what is drawn."""

from __future__ import annotations

from pedalang.compiler.semantics import elaborate, operators, references, types
from pedalang.compiler.semantics.scope import Operand, Scope
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

NUMBERS = {"bernoulli": (types.PROB,), "uniform": (types.FLOAT, types.FLOAT), "normal": (types.FLOAT, types.FLOAT)}
_KNOWN = ("one_of", *NUMBERS)
_FAILED = nodes.Distribution("one_of", (nodes.Lit(None),))
_EXAMPLES = "write `bernoulli(0.5)`, `one_of(a, b)`, `uniform(0, 1)` or `normal(0, 1)`"


def read(expr: tree.Expr, scope: Scope, hint: Type | None = None) -> tuple[Type, nodes.Distribution]:
    """The type of what is drawn, and what it is drawn from."""
    match expr:
        case tree.Call(function=tree.Name(word=word), arguments=arguments) if word.text in _KNOWN:
            given: list[Operand] = []
            for argument in arguments:
                if isinstance(argument, tree.Named | tree.Comprehension):
                    scope.error("PED0307", argument, f"`{word.text}` takes plain arguments", _EXAMPLES)
                    return types.ANY, _FAILED
                given.append(elaborate.operand(argument, scope, hint))
            return _drawn(word.text, expr, given, scope)
        case tree.Call(function=tree.Name(word=word)):
            scope.error("PED0201", word, f"unknown distribution `{word.text}`", did_you_mean(word.text, _KNOWN))
        case _:
            scope.error("PED0309", expr, "a draw is from a distribution", _EXAMPLES)
    return types.ANY, _FAILED


def _drawn(name: str, at: tree.Node, given: list[Operand], scope: Scope) -> tuple[Type, nodes.Distribution]:
    arguments = tuple(operand.expr for operand in given)
    match name:
        case "one_of":
            if not given:
                scope.error("PED0307", at, "`one_of` is given nothing to draw from", _EXAMPLES)
                return types.ANY, _FAILED
            items = operators.listed(given, scope).type.item
            return items or types.ANY, nodes.Distribution("one_of", arguments)
        case "bernoulli" | "uniform" | "normal":
            wanted = NUMBERS[name]
            if len(given) != len(wanted):
                takes, has = (references.counted(number, "argument") for number in (len(wanted), len(given)))
                scope.error("PED0307", at, f"`{name}` takes {takes}, and is given {has}", _EXAMPLES)
                return types.ANY, _FAILED
            for operand, of in zip(given, wanted, strict=True):
                operators.fitted(operand, of, scope)
            return types.BOOL if name == "bernoulli" else types.FLOAT, nodes.Distribution(name, arguments)
    raise ValueError(f"no distribution {name}")
