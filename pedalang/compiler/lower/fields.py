"""The fields of a declaration by key: each once, none unknown, and none whose meaning this version lacks; and how
values are read that are no expressions: words, plain texts, whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pedalang.compiler.semantics import numerals, operators, types
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean

_SHARES = {"Int": 1, "Float": 1, "Percent": 1, "Points": 100}
"""What the whole is, by the unit of a part."""
MOST = 1_000_000_000
"""Whole numbers of a program are below this."""


def read(items: Iterable[tree.Node], known: Sequence[str], scope: Scope, what: str,
         later: Sequence[str] = ()) -> dict[str, tree.Field]:
    """The fields among `items`. `what` is the declaration with its article; `later` are keys of the language that
    cannot be run yet: they are refused."""
    found: dict[str, tree.Field] = {}
    for item in items:
        if not isinstance(item, tree.Field):
            continue
        key = item.key.text
        if key in found:
            scope.twice(item.key, f"`{key}:`", found[key].key)
        elif key in known:
            found[key] = item
        elif key in later:
            scope.later(item.key, f"`{key}:` of {what}")
        else:
            scope.error("PED0210", item.key, f"{what} has no field `{key}`", did_you_mean(key, known, "its fields are"))
    return found


Choice = TypeVar("Choice", bound=str)


def word(field: tree.Field | None, scope: Scope, among: Sequence[Choice], default: Choice) -> Choice:
    """A field whose value is one of a few words."""
    if field is None:
        return default
    given = field.value.word.text if isinstance(field.value, tree.Name) else ""
    for choice in among:
        if given == choice:
            return choice
    scope.error("PED0309", field.value, f"`{field.key.text}:` is one of {', '.join(f'`{each}`' for each in among)}",
                did_you_mean(given, among))
    return default


def truth(field: tree.Field | None, scope: Scope) -> bool:
    """A field that is `true` or `false`; false where there is none."""
    if field is None or isinstance(field.value, tree.True_ | tree.False_):
        return field is not None and isinstance(field.value, tree.True_)
    scope.error("PED0309", field.value, f"`{field.key.text}:` is `true` or `false`")
    return False


def string(field: tree.Field | None, scope: Scope, default: str = "") -> str:
    """A field whose value is a plain text."""
    if field is None:
        return default
    if isinstance(field.value, tree.Text):
        return texts.plain(scope.module.source, field.value.word)
    scope.error("PED0309", field.value, f"`{field.key.text}:` is a text in quotes",
                f'write `"{scope.span(field.value).text}"`' if isinstance(field.value, tree.Name) else "")
    return default


def whole(expr: tree.Expr | None, scope: Scope, what: str, unit: str = "", least: int = 1) -> int | None:
    """A whole number from `least` on, plain or of `unit`; None where there is none, or after a mistake."""
    if expr is None:
        return None
    if isinstance(expr, tree.Number | tree.Quantity):
        return counted(expr.word, scope, what, unit, least)
    scope.error("PED0309", expr, f"{what} is a whole number", _for_example(unit))
    return None


def counted(word: tree.Word, scope: Scope, what: str, unit: str = "", least: int = 0) -> int | None:
    """The whole number that a token says."""
    numeral = numerals.read(word)
    wanted = unit or "Int"
    if numeral is not None and numeral.type.name != wanted and numeral.type.name in (*types.UNITS, "Int"):
        plain = numeral.type.name == "Int"
        scope.error("PED0313", word, f"{what} is given {operators.amount(numeral.type)}, where "
                    f"{unit.lower() or 'a plain number'} {'are' if unit else 'is'} wanted",
                    f"write `{word.text} {unit.lower()}`" if plain else _for_example(unit))
        return None
    if numeral is None or numeral.type.name != wanted or not isinstance(numeral.value, int):
        scope.error("PED0309", word, f"{what} is a whole number{f' of {unit.lower()}' if unit else ''}",
                    _for_example(unit))
        return None
    if not least <= numeral.value < MOST:
        scope.error("PED0305", word, f"{what} is a whole number from {least} to {MOST - 1:,}", _for_example(unit))
        return None
    return numeral.value


def _for_example(unit: str) -> str:
    return f"write for example `12 {unit.lower()}`" if unit else "write for example `12`"


def number(word: tree.Word, scope: Scope) -> float:
    """The plain number that a token says; 1 after a mistake."""
    numeral = numerals.read(word)
    if numeral is None or numeral.value >= MOST:
        scope.error("PED0305", word, f"this number is not below {MOST:,}")
        return 1.0
    return float(numeral.value)


def share(field: tree.Field | None, scope: Scope) -> float | None:
    """A part of the whole: `0.4`, `40%` or `40 points`."""
    if field is None:
        return None
    numeral = numerals.read(field.value.word) if isinstance(field.value, tree.Number | tree.Quantity) else None
    if numeral is not None and numeral.type.name in _SHARES:
        value = numeral.value / _SHARES[numeral.type.name]
        if 0 <= value <= 1:
            return value
    scope.error("PED0309", field.value, f"`{field.key.text}:` is a part of the whole",
                "write for example `0.4`, `40%` or `40 points`")
    return None


def entries(field: tree.Field | None, scope: Scope) -> Mapping[str, tree.Expr]:
    """A field whose value is a record, by key."""
    if field is None:
        return {}
    if not isinstance(field.value, tree.Record):
        scope.error("PED0309", field.value, f"`{field.key.text}:` is a record in braces",
                    "write `{ NAME: …, NAME: … }`")
        return {}
    found: dict[str, tree.Expr] = {}
    words: dict[str, tree.Word] = {}
    for entry in field.value.entries:
        key = entry.key.text if isinstance(entry, tree.KeyEntry) else texts.plain(scope.module.source, entry.key)
        if key in found:
            scope.twice(entry.key, f"`{key}`", words[key])
        found[key], words[key] = entry.value, entry.key
    return found


def labels(value: tree.Expr, known: Sequence[str], scope: Scope) -> tuple[str, ...]:
    """A label, or a list of them, each one of those that are known (of any, where none is)."""
    words: dict[str, tree.Node] = {}
    for each in value.items if isinstance(value, tree.List) else (value,):
        match each:
            case tree.Name(word=word):
                text = word.text
            case tree.Text(word=word):
                text = texts.plain(scope.module.source, word)
            case _:
                scope.error("PED0309", each, "a label is a name, or a text in quotes")
                continue
        if known and text not in known:
            scope.error("PED0704", each, f"there is no label `{text}`", did_you_mean(text, known, "the labels are"))
        elif text in words:
            scope.twice(each, f"the label `{text}`", words[text])
        else:
            words[text] = each
    return tuple(words)
