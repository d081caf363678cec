"""Calls of the language's own functions: which signature fits the arguments."""

from __future__ import annotations

from collections.abc import Sequence

from pedalang.compiler.semantics import operators, references, signatures, types
from pedalang.compiler.semantics.scope import NOTHING, SPECIAL_FUNCTIONS, Operand, Scope, Typed
from pedalang.compiler.syntax import texts, tree
from pedalang.expression import locales, nodes
from pedalang.expression.functions import FUNCTIONS, READS


def call(name: str, at: tree.Node, arguments: Sequence[Operand], scope: Scope) -> Typed:
    """A call of a built-in function; a mistake in number or type of arguments is reported."""
    if name in SPECIAL_FUNCTIONS:
        return _special(name, at, arguments, scope)
    given = tuple(argument.type for argument in arguments)
    for signature in signatures.of(name):
        result = signatures.match(signature, given)
        if result is not None:
            return Typed(result, nodes.Call(name, (*(each.expr for each in arguments), *_tag(name, given, scope))))
    return _no_signature(name, at, arguments, scope)


def _tag(name: str, given: tuple[types.Type, ...], scope: Scope) -> tuple[nodes.Expr, ...]:
    """The language of the text that a function finds numbers in, where it is not English."""
    reads = name in READS and given[0].name == "Text" and not locales.is_english(scope.language)
    return (nodes.Lit(scope.language),) if reads else ()


def _no_signature(name: str, at: tree.Node, arguments: Sequence[Operand], scope: Scope) -> Typed:
    known = [signature for signature in signatures.of(name) if len(signature.takes) == len(arguments)]
    help = f"it is `{'` or `'.join(name + text for text in FUNCTIONS[name].signatures)}`"
    if not known:
        return scope.error("PED0307", at, f"`{name}` does not take {references.counted(len(arguments), 'argument')}",
                           help)
    without = tuple(argument.type.required for argument in arguments)
    if any(signatures.match(signature, without) is not None for signature in known):
        maybe = next(argument for argument in arguments if argument.type.optional)
        return operators.misfit(maybe, maybe.type.required, scope)
    what = ", ".join(operators.article(argument.type) for argument in arguments)
    return scope.error("PED0301", at, f"`{name}` does not take {what}", help)


def _special(name: str, at: tree.Node, arguments: Sequence[Operand], scope: Scope) -> Typed:
    if len(arguments) != 1:
        given = references.counted(len(arguments), "argument")
        return scope.error("PED0307", at, f"`{name}` takes 1 argument, and is given {given}")
    return _initial(at, arguments[0], scope) if name == "initial" else _describe(arguments[0], scope)


def _initial(at: tree.Node, of: Operand, scope: Scope) -> Typed:
    if not scope.looks_back:
        return scope.error("PED0310", at, "only a rubric can look back with `initial`",
                           "keep the value in a variable of the state")
    return Typed(of.type, nodes.Initial(of.expr))


def _describe(of: Operand, scope: Scope) -> Typed:
    """The text that stands beside a case of an enum."""
    if of.type.name == "Any":
        return NOTHING
    if of.type.of is None or not isinstance(of.type.of.decl, tree.EnumDecl):
        return scope.error("PED0301", of.at, f"this is {operators.article(of.type)}, where a case of an enum is wanted")
    source = of.type.of.module.source
    read: dict[str, nodes.Expr] = {
        case.name.text: nodes.Lit(texts.plain(source, case.description) if case.description else case.name.text)
        for case in of.type.of.decl.cases}
    gives = types.optional(types.TEXT) if of.type.optional else types.TEXT
    return Typed(gives, nodes.Match(of.expr, read, nodes.Lit(None)))
