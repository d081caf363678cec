"""The tables of a journal's database, one a kind of event: their columns are the fields of the event, in their order.

What is no number or text stands as JSON in its column. An event read from a row is checked against its type.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from pedalang.journal.events import Completion, Ending, Episode, Event, Failure, Intervention, Sitting, Turn

TABLES: dict[type[Struct], tuple[str, str]] = {
    Episode: ("episodes", "episode"),
    Completion: ("completions", "episode, turn, step"),
    Turn: ("turns", "episode, turn"),
    Intervention: ("interventions", "episode, turn, step"),
    Ending: ("endings", "episode"),
    Failure: ("failures", "episode, attempt"),
    Sitting: ("sittings", "sitting"),
}
"""A kind of event to its table, and to the columns that are its key."""
JSON_COLUMNS = frozenset({"item", "state", "cell", "arguments", "notes", "scores", "totals", "verdicts", "clauses",
                          "masked"})
"""The columns that hold JSON, in whichever table."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_fields = msgspec.structs.astuple
_EMPTY = {dict: "{}", tuple: "[]", list: "[]"}


def columns(kind: type[Struct]) -> tuple[str, ...]:
    """The columns of a kind of event, in order."""
    return kind.__struct_fields__


_JSON_PLACES = {
    kind: [place for place, name in enumerate(columns(kind)) if name in JSON_COLUMNS] for kind in TABLES
}


def schema() -> list[str]:
    """The statements that make the tables."""
    tables = [
        f"CREATE TABLE {table} ({', '.join(columns(kind))}, PRIMARY KEY ({key})) WITHOUT ROWID"
        for kind, (table, key) in TABLES.items()
    ]
    return ["CREATE TABLE header (json TEXT NOT NULL)", *tables]


def insert(kind: type[Struct]) -> str:
    """The statement that writes a row. Columns are named: those of a migrated table stand in another order."""
    names = columns(kind)
    return f"INSERT OR REPLACE INTO {TABLES[kind][0]} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def select(kind: type[Struct], where: str = "") -> str:
    """The query that reads rows in the order of their key."""
    table, key = TABLES[kind]
    return f"SELECT {', '.join(columns(kind))} FROM {table} {where} ORDER BY {key}"


def row(event: Event) -> list[Any]:
    """An event as its table has it."""
    found = list(_fields(event))
    for place in _JSON_PLACES[type(event)]:
        value = found[place]
        found[place] = _encode(value).decode() if value else _EMPTY[type(value)]
    return found


def event(kind: type[Struct], found: tuple[Any, ...]) -> Any:
    """The event of a row. Raises `msgspec.ValidationError`, `msgspec.DecodeError` for what is none."""
    fields = {
        name: msgspec.json.decode(value) if name in JSON_COLUMNS else value
        for name, value in zip(columns(kind), found, strict=True)
    }
    return msgspec.convert(fields, kind)
