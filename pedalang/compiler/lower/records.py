"""Values of a type that are written out: records with the defaults of their fields."""

from __future__ import annotations

from pedalang.compiler.semantics import elaborate, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes


def value(expr: tree.Expr, wanted: Type, scope: Scope) -> nodes.Expr:
    """The value of an expression; `{ a: 1, b: 2 }` where a record is wanted is one, with the defaults of its type."""
    match expr, wanted.of:
        case tree.Record(), Declared(home, tree.TypeDecl() as decl):
            return _record(expr, Declared(home, decl), scope)
    return elaborate.expression(expr, scope, wanted).expr


def _record(expr: tree.Record, of: Declared[tree.TypeDecl], scope: Scope) -> nodes.Expr:
    """A default may use the fields before it."""
    given: dict[str, tree.Expr] = {}
    words: dict[str, tree.Word] = {}
    for entry in expr.entries:
        key = entry.key.text if isinstance(entry, tree.KeyEntry) else texts.plain(scope.module.source, entry.key)
        if key in given:
            scope.twice(entry.key, f"`{key}`", words[key])
        given[key], words[key] = entry.value, entry.key
    inner = scope.inside(of, {})
    found: dict[str, nodes.Expr] = {}
    for each in of.decl.fields:
        name, wanted = each.key.text, written.read(each.type, inner)
        if name in given:
            found[name] = value(given.pop(name), wanted, scope)
        elif each.default is not None:
            found[name] = elaborate.expression(each.default, inner, wanted).expr
        elif wanted.optional:
            found[name] = nodes.Lit(None)
        else:
            scope.error("PED0307", expr, f"this `{of.decl.name.text}` has no `{name}`", f"add `{name}: …`")
            found[name] = nodes.Lit(None)
        inner = inner.binding({name: Typed(wanted, nodes.Name(name))})
    for name in given:
        scope.error("PED0304", words[name], f"the record `{of.decl.name.text}` has no field `{name}`",
                    did_you_mean(name, found, "its fields are"))
    made: nodes.Expr = nodes.Entries(tuple(found), tuple(nodes.Name(name) for name in found))
    for name, field in reversed(found.items()):
        made = nodes.Let(name, field, made)
    return made
