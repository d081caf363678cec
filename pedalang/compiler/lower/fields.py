"""The fields of a declaration by key: each once, none unknown, and none whose meaning this version lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import Label, did_you_mean


def read(items: Iterable[tree.Node], known: Iterable[str], scope: Scope, what: str,
         later: Iterable[str] = ()) -> dict[str, tree.Field]:
    """The fields among `items`. `later` are keys of the language that cannot be run yet: they are refused."""
    found: dict[str, tree.Field] = {}
    allowed, refused = tuple(known), tuple(later)
    for item in items:
        if not isinstance(item, tree.Field):
            continue
        key = item.key.text
        if key in found:
            scope.report.error("PED0202", scope.span(item.key), f"`{key}:` stands twice in this {what}",
                               help="leave one of them out", also=[Label(scope.span(found[key].key), "first here")])
        elif key in allowed:
            found[key] = item
        elif key in refused:
            scope.error("PED0901", item.key, f"`{key}:` of a {what} cannot be run yet", "leave the field out")
        else:
            scope.error("PED0210", item.key, f"a {what} has no field `{key}`", did_you_mean(key, allowed))
    return found


def word(field: tree.Field | None, scope: Scope, among: Iterable[str], default: str) -> str:
    """A field whose value is one of a few words."""
    if field is None:
        return default
    choices = tuple(among)
    if isinstance(field.value, tree.Name) and field.value.word.text in choices:
        return field.value.word.text
    given = field.value.word.text if isinstance(field.value, tree.Name) else ""
    scope.error("PED0309", field.value, f"`{field.key.text}:` is one of {', '.join(choices)}",
                did_you_mean(given, choices))
    return default


def name(field: tree.Field | None, scope: Scope) -> tree.Word | None:
    """A field whose value is a name."""
    if field is None:
        return None
    match field.value:
        case tree.Name(word=found):
            return found
        case tree.Call(function=tree.Name(word=found)):
            return found
    scope.error("PED0309", field.value, f"`{field.key.text}:` is a name")
    return None


def string(field: tree.Field | None, scope: Scope, default: str = "") -> str:
    """A field whose value is a plain text."""
    if field is None:
        return default
    if isinstance(field.value, tree.Text):
        return texts.plain(scope.module.source, field.value.word)
    scope.error("PED0309", field.value, f"`{field.key.text}:` is a text in quotes")
    return default


def whole(expr: tree.Expr | None, scope: Scope, what: str, default: int | None = None) -> int | None:
    """A whole number, with or without a unit."""
    if expr is None:
        return default
    if isinstance(expr, tree.Number | tree.Quantity):
        digits = expr.word.text.split()[0].replace("_", "")
        if digits.isdecimal() and len(digits) <= 9:
            return int(digits)
    scope.error("PED0309", expr, f"{what} is a whole number below 1,000,000,000")
    return default


def entries(field: tree.Field, scope: Scope) -> Mapping[str, tree.Expr]:
    """A field whose value is a record, by key."""
    if not isinstance(field.value, tree.Record):
        scope.error("PED0309", field.value, f"`{field.key.text}:` is a record in braces")
        return {}
    return {entry.key.text: entry.value for entry in field.value.entries}
