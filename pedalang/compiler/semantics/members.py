"""What stands after a dot: fields of records and turns, the state of a member of the cast, cases of an enum."""

from __future__ import annotations

from collections.abc import Mapping

from pedalang.compiler.semantics import operators, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Operand, Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

HIDDEN = "hidden"
"""The decorator of a field that must be named itself to be seen."""


def of_enum(of: Type, name: tree.Word, scope: Scope) -> Typed:
    """A case of an enum, or `cases`: the list of them."""
    if name.text == "cases":
        return Typed(types.list_of(of), nodes.Items(tuple(nodes.Lit(case) for case in of.cases)))
    if name.text in of.cases:
        return Typed(of, nodes.Lit(name.text))
    return scope.error("PED0304", name, f"`{of}` has no case `{name.text}`",
                       did_you_mean(name.text, of.cases, "its cases are"))


def field(of: Operand, word: tree.Word, scope: Scope) -> Typed:
    """A field of a compiled value."""
    if of.type.name in ("Any", "Row"):
        return Typed(types.ANY, nodes.Attr(of.expr, word.text))
    if of.type.optional:
        return operators.misfit(of, of.type.required, scope)
    found = _field(of.type, word.text, scope)
    if found is None:
        return scope.error("PED0304", word, f"{operators.article(of.type)} has no field `{word.text}`",
                           did_you_mean(word.text, fields(of.type, scope), "its fields are"))
    return Typed(found, nodes.Attr(of.expr, word.text))


def _field(of: Type, name: str, scope: Scope) -> Type | None:
    """`fields(of, scope).get(name)`, without reading the others."""
    match of.of:
        case Declared(_, tree.TypeDecl(fields=found)):
            written_so = [each.type for each in found if each.key.text == name]
            return written.read(written_so[-1], scope.inside(of.of, {})) if written_so else None
    return fields(of, scope).get(name)


def fields(of: Type, scope: Scope) -> Mapping[str, Type]:
    """What a type's values have after a dot."""
    match of.of:
        case Declared(_, tree.TypeDecl(fields=found)):
            inner = scope.inside(of.of, {})
            return {each.key.text: written.read(each.type, inner) for each in found}
    return types.TURN_FIELDS if of.name == "Turn" else dict(of.members)


def secret(of: Type) -> frozenset[str]:
    """The fields of a record that are `@hidden`: who may see the record may not see them by that."""
    match of.of:
        case Declared(_, tree.TypeDecl(fields=found)):
            return frozenset(each.key.text for each in found
                             if any(decorator.name.text == HIDDEN for decorator in each.decorators))
    return frozenset()
