"""Calls of the language's own functions: which signature fits the arguments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pedalang.compiler.semantics import types
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.expression import nodes
from pedalang.expression.functions import FUNCTIONS


@cache
def signatures(name: str) -> tuple[tuple[tuple[Type, ...], Type], ...]:
    """The signatures of a function, read."""
    return tuple(types.read_signature(text) for text in FUNCTIONS[name].signatures)


def call(word: tree.Word, expr: tree.Node, arguments: Sequence[tuple[tree.Node, Typed]], scope: Scope) -> Typed:
    """A call of a built-in function; a mistake in number or type of arguments is reported."""
    given = tuple(typed.type for _, typed in arguments)
    for takes, gives in signatures(word.text):
        result = types.match_signature(takes, given, gives)
        if result is not None:
            return Typed(result, nodes.Call(word.text, tuple(typed.expr for _, typed in arguments)))
    return _no_signature(word, expr, arguments, scope)


def method(name: str, of: Typed, expr: tree.Node, arguments: Sequence[tuple[tree.Node, Typed]],
           scope: Scope) -> Typed:
    """A built-in function written behind its first argument."""
    word = tree.Word(expr.start, expr.end, name)
    return call(word, expr, [(expr, of), *arguments], scope)


def _no_signature(word: tree.Word, expr: tree.Node, arguments: Sequence[tuple[tree.Node, Typed]],
                  scope: Scope) -> Typed:
    known = signatures(word.text)
    given = tuple(typed.type for _, typed in arguments)
    help = f"it is `{'`, `'.join(word.text + text for text in FUNCTIONS[word.text].signatures)}`"
    if all(len(takes) != len(given) for takes, _ in known):
        return scope.error("PED0307", expr, f"`{word.text}` does not take {len(given)} arguments", help)
    without = tuple(t.required for t in given)
    if any(types.match_signature(takes, without, gives) is not None for takes, gives in known):
        maybe = next(node for node, typed in arguments if typed.type.optional)
        return scope.error("PED0306", maybe, "this may be none", "say what holds then: `… ?? OTHER`")
    return scope.error("PED0301", expr, f"`{word.text}` is not for ({', '.join(map(str, given))})", help)
