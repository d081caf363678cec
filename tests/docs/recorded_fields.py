"""The fields that declarations have, as the compiler reads them: recorded while it compiles programs.

A list of its own would not be the compiler's. What a value has to be is recorded too, where a reader of `lower/fields`
says it: a text, one of some words, a whole number of a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from pedalang.compiler import compile
from pedalang.compiler.lower import fields
from pedalang.compiler.syntax import tree


@dataclass
class Fields:
    """The fields of one kind of declaration, in order; `later` are those that cannot be run yet."""

    known: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)

    def add(self, other: Fields) -> None:
        """Takes over what another has besides."""
        self.known = tuple(dict.fromkeys((*self.known, *other.known)))
        self.later = tuple(dict.fromkeys((*self.later, *other.later)))
        self.values |= other.values


def record(programs: Iterable[str]) -> Mapping[str, Fields]:
    """What was read while programs were compiled, by what the compiler calls the declaration: `a role`."""
    found: dict[str, Fields] = {}
    owners: dict[int, tuple[str, str]] = {}
    keep: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fields, "read", _reading(fields.read, found, owners, keep))
        for name, said in _READERS.items():
            patch.setattr(fields, name, _valuing(getattr(fields, name), said, found, owners))
        for program in programs:
            compile.check_text(program)
    return found


def _reading(read: Callable[..., dict[str, tree.Field]], found: dict[str, Fields],
             owners: dict[int, tuple[str, str]], keep: list[object]) -> Callable[..., dict[str, tree.Field]]:
    def recorded(items: Iterable[tree.Node], known: Sequence[str], scope: Any, what: str,
                 later: Sequence[str] = ()) -> dict[str, tree.Field]:
        made = read(items, known, scope, what, later)
        found.setdefault(what, Fields()).add(Fields(tuple(known), tuple(later)))
        for key, each in made.items():
            keep.append(each)
            owners[id(each)] = owners[id(each.value)] = (what, key)
        return made

    return recorded


def _valuing(reader: Callable[..., Any], said: Callable[..., str], found: dict[str, Fields],
             owners: dict[int, tuple[str, str]]) -> Callable[..., Any]:
    def recorded(given: Any, *arguments: Any, **named: Any) -> Any:
        if id(given) in owners:
            what, key = owners[id(given)]
            found[what].values[key] = said(*arguments, **named)
        return reader(given, *arguments, **named)

    return recorded


def _of_words(scope: Any, among: Sequence[str], default: str) -> str:
    return "one of " + ", ".join(f"`{each}`" for each in among) + f"; `{default}` if it is not given"


def _whole(scope: Any, what: str, unit: str = "", least: int = 1) -> str:
    return f"a whole number{f' of {unit.lower()}' if unit else ''}, from {least}"


_READERS: dict[str, Callable[..., str]] = {
    "word": _of_words,
    "string": lambda scope, default="": "a text without interpolations",
    "whole": _whole,
    "share": lambda scope: "a part of the whole: `0.4`, `40%`, `40 points`",
    "entries": lambda scope: "a record",
}
