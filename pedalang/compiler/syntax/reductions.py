"""What the parser makes where a production of the grammar ends: one row of the tables, ready to be used."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from pedalang.compiler.syntax import tree

UNIT, PASS, NODE, COLLECT, TUPLE, LIST, APPEND, WORD = range(8)
"""Nothing at all; hand on one of the values; make a node of the values; make a node with one tuple of all of them;
make a tuple; make a list; append to a list; make a word of what was written."""


class Production(NamedTuple):
    """A production: its left side, how many symbols it has, and what becomes of their values.

    `places` are the values kept, each with whether it is a list to be kept one by one; a place past the last symbol
    stands for None. `pick` does the same in one call where no list is among them; it is None where all are kept.
    `deep` marks what can stand inside itself.
    """

    left: int
    length: int
    kind: int
    make: Callable[..., Any]
    pick: Callable[[list[Any]], Any] | None
    places: tuple[tuple[int, bool], ...]
    deep: bool


def from_json(row: list[Any]) -> Production:
    """A production from its row. Raises `TypeError`, `ValueError` or `AttributeError` for something else."""
    left, length, kind, name, places, deep = row
    make: Callable[..., Any] = getattr(tree, name) if kind in (NODE, COLLECT) else tuple
    order = [place for place, _ in places]
    pick = _picker(order, length) if kind == NODE else None
    return Production(left, length, kind, make, pick, tuple((place, many) for place, many in places), deep)


def _picker(order: list[int], length: int) -> Callable[[list[Any]], Any] | None:
    if order == list(range(length)):
        return None
    if len(order) > 1:
        return itemgetter(*order)
    return itemgetter(slice(order[0], order[0] + 1)) if order else itemgetter(slice(0, 0))


def value(production: Production, kids: list[Any], start: int, end: int, text: str) -> Any:
    """What a production of a rarer kind than UNIT, NODE and APPEND makes of its values; `text` is the whole source."""
    kind, places = production.kind, production.places
    if kind == PASS:
        return kids[places[0][0]]
    if kind == WORD:
        return tree.Word(start, end, text[start:end])
    if kind == TUPLE and len(places) == 1 and places[0][1]:
        return tuple(kids[places[0][0]])
    found: list[Any] = []
    for place, many in places:
        if many:
            found.extend(kids[place])
        else:
            found.append(kids[place])
    if kind == LIST:
        return found
    return tuple(found) if kind == TUPLE else production.make(start, end, tuple(found))
