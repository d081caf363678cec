"""Misconceptions: procedures about a record, put in where a value names one of them.

How their expressions are compiled is handed in, for an expression may ask for a misconception again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from pedalang.compiler.semantics import definitions, members, operators, types
from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.semantics.scope import NOTHING, Operand, Scope, Typed, find, imported_of
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

Elaborate: TypeAlias = Callable[[tree.Expr, Scope], Typed]


def about(found: Declared[tree.MisconceptionDecl]) -> Type | None:
    """The record that a misconception is about; None where that is reported at its declaration."""
    match find(found.module, found.decl.type.text):
        case Declared(home, tree.TypeDecl() as record):
            return types.named(Declared(home, record))
    return None


def call(of: Operand, name: tree.Word, at: tree.Node, given: Sequence[Operand], scope: Scope,
         elaborate: Elaborate) -> Typed:
    """A field of the misconception that a value names, computed for a record: one case for each that is declared."""
    record = of.type.arguments[0]
    if len(given) != 1:
        return scope.error("PED0307", at, f"`{name.text}` of a misconception takes the `{record}` that it is about")
    if not types.fits(given[0].type, record):
        return operators.misfit(given[0], record, scope)
    known = _known(scope.module, record)
    cases: dict[str, nodes.Expr] = {}
    gives: Type | None = None
    for each in known:
        typed = _field(each, name, record, given[0], scope, elaborate)
        if typed is not None:
            cases[each.decl.name.text] = typed.expr
            gives = typed.type if gives is None else types.join(gives, typed.type) or types.ANY
    if gives is None:
        every = {field.key.text: None for each in known for field in each.decl.fields}
        return scope.error("PED0304", name, f"no misconception about `{record}` has a field `{name.text}`",
                           did_you_mean(name.text, every, "they have"))
    maybe = of.type.optional or len(cases) < len(known)
    return Typed(types.optional(gives) if maybe else gives, nodes.Match(of.expr, cases, nodes.Lit(None)))


def _known(module: Module, record: Type) -> list[Declared[tree.MisconceptionDecl]]:
    """The misconceptions about a record, of a module's own and imported by name."""
    names = dict.fromkeys((record.name, *module.imports))
    own = [module.misconceptions[name] for name in names if name in module.misconceptions]
    found = [each for group in own for each in group if about(group[0]) == record]
    return found + [each for each in imported_of(module, tree.MisconceptionDecl) if about(each) == record]


def _field(found: Declared[tree.MisconceptionDecl], name: tree.Word, record: Type, given: Operand, scope: Scope,
           elaborate: Elaborate) -> Typed | None:
    if all(field.key.text != name.text for field in found.decl.fields):
        return None
    if not definitions.may_expand(found, name, f"`{found.decl.name.text}` uses itself", scope):
        return NOTHING
    return fields(found, record, given.expr, scope, elaborate, name.text)[name.text]


def fields(found: Declared[tree.MisconceptionDecl], record: Type, given: nodes.Expr, scope: Scope,
           elaborate: Elaborate, last: str = "") -> dict[str, Typed]:
    """All fields, or those up to the `last`: they may use the record's fields, and the misconception's earlier ones, by
    their bare names."""
    values = {key: Typed(of, nodes.Attr(given, key)) for key, of in members.fields(record, scope).items()}
    computed: dict[str, Typed] = {}
    lets: definitions.Lets = {}
    for each in found.decl.fields:
        key = each.key.text
        typed = elaborate(each.value, scope.inside(found, values))
        computed[key] = Typed(typed.type, definitions.let(lets, typed.expr))
        if key == last:
            break
        named, more = definitions.named(found.decl.name.text, {key: typed})
        values, lets = {**values, **named}, {**lets, **more}
    return computed
