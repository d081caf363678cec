"""A journal for other programs: JSON Lines, a dialogue a line, or Parquet, a file a table. One dialogue in memory at a
time.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from pedalang import journal
from pedalang.exchange.errors import DataError
from pedalang.journal import tables

_WHOLE = frozenset({"episode", "turn", "seed", "choice", "tokens_in", "tokens_out", "attempts", "computed", "left_out",
                    "turns", "calls", "voice"})
_NUMBERS = frozenset({"seconds", "start", "end"})
_ENDING = tables.columns(journal.Ending)[1:]
_encode = msgspec.json.Encoder(order="deterministic").encode

TABLES: Mapping[str, dict[str, type]]
"""A file to its columns; what has parts (an item, a state) is JSON in a column of text."""


def lines(events: journal.Journal) -> Iterator[bytes]:
    """A dialogue a line: its item, its turns, the answers they were made of, how it ended. Raises
    `JournalFormatError`."""
    for known in events.each_dialogue():
        said = msgspec.to_builtins(known.episode)
        for name in ("turns", "completions", "interventions"):
            said[name] = [_own(each) for each in getattr(known, name)]
        said["ending"] = _own(known.ending) if known.ending is not None else None
        yield _encode(said) + b"\n"


def _own(event: Struct) -> dict[str, Any]:
    """The fields of an event, without the number of its dialogue."""
    return {name: value for name, value in msgspec.to_builtins(event).items() if name != "episode"}


def to_lines(events: journal.Journal, to: BinaryIO) -> None:
    """Writes the lines. Raises `OSError`, `JournalFormatError`."""
    for line in lines(events):
        to.write(line)


def to_parquet(events: journal.Journal, folder: Path) -> dict[Path, int]:
    """Writes the tables to a folder, all of them or none, and returns their paths with their numbers of rows. Raises
    `DataError` where the library is missing, `OSError`, `JournalFormatError`."""
    counts = dict.fromkeys(TABLES, 0)
    with parquet(folder, TABLES) as files:
        for known in events.each_dialogue():
            for name, row in _rows(known):
                files[name].add(row)
                counts[name] += 1
    return {folder / f"{name}.parquet": count for name, count in counts.items()}


@contextmanager
def parquet(folder: Path, tables: Mapping[str, Mapping[str, type]]) -> Iterator[Mapping[str, Any]]:
    """What writes tables of these columns to a folder, a file a table; the files are there when all are complete.
    Raises `DataError` where the library is missing, `OSError`."""
    writer = _library().Writer
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: folder / f"{name}.parquet.part" for name in tables}
    try:
        files = {name: writer(parts[name], columns) for name, columns in tables.items()}
        try:
            yield files
        finally:
            for file in files.values():
                file.close()
    except BaseException:
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise
    for part in parts.values():
        part.replace(part.with_suffix(""))


def _rows(known: journal.Dialogue) -> Iterator[tuple[str, list[Any]]]:
    """The rows of a dialogue, each with its table."""
    answers = known.completions
    ending = tables.row(known.ending)[1:] if known.ending is not None else [None] * len(_ENDING)
    yield "dialogues", [*tables.row(known.episode), *ending, len(known.turns), len(answers),
                        sum(each.tokens_in for each in answers), sum(each.tokens_out for each in answers)]
    for name, events in (("turns", known.turns), ("completions", answers), ("interventions", known.interventions)):
        for event in events:
            yield name, tables.row(event)


def _columns(kind: type[Struct]) -> dict[str, type]:
    found = {name: int if name in _WHOLE else float if name in _NUMBERS else str for name in tables.columns(kind)}
    return found if kind is not journal.Intervention else {**found, "step": int}


TABLES = {
    "dialogues": {**_columns(journal.Episode), **dict.fromkeys(_ENDING, str),
                  **dict.fromkeys(("turns", "calls", "tokens_in", "tokens_out"), int)},
    "turns": _columns(journal.Turn),
    "completions": _columns(journal.Completion),
    "interventions": _columns(journal.Intervention),
}


def _library() -> Any:
    """The file that knows Parquet. Raises `DataError` where its library is missing."""
    try:
        return importlib.import_module("pedalang.exchange.parquet")
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "pedalang":
            raise
        raise DataError("PED0813", "Parquet is to be written, and the library that does it is not installed",
                        help="pip install 'pedalang[parquet]'") from None
