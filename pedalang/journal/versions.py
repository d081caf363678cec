"""The versions of a journal's tables, and the step from each to the next.

The steps are SQL as it was meant then, and do not look at what the tables are now. Within a version columns were added
twice without a new number (`cell` in 2, `standing` in 3), so a step adds a column only where it is missing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from pedalang.journal.events import JournalFormatError, NewerJournalError

VERSION = 6


def version(connection: sqlite3.Connection) -> int:
    """The version that a database says it has; 0 where it is no journal."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def known(found: int) -> int:
    """A version that can be brought up to this one. Raises `JournalFormatError`, for a later one
    `NewerJournalError`."""
    if found > VERSION:
        raise NewerJournalError(f"it is of version {found}, and this is version {VERSION}")
    if found < 1:
        raise JournalFormatError("it says no version")
    return found


def migrate(connection: sqlite3.Connection) -> None:
    """Brings a journal up to this version, all or nothing. Raises `JournalFormatError`, `sqlite3.Error`."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for step in range(known(version(connection)), VERSION):
            STEPS[step](connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _recordings_have_times(connection: sqlite3.Connection) -> None:
    _add(connection, "turns", "start", "NULL")


def _shields_and_matrices(connection: sqlite3.Connection) -> None:
    _add(connection, "episodes", "cell", "'{}'")
    connection.execute("CREATE TABLE IF NOT EXISTS interventions (episode, turn, step, role, kind, clauses, masked, "
                       "move, text, left_out, PRIMARY KEY (episode, turn, step)) WITHOUT ROWID")


def _standings_and_weights(connection: sqlite3.Connection) -> None:
    _add(connection, "turns", "standing", "''")
    _add(connection, "completions", "model", "''")
    _add(connection, "completions", "computed", "NULL")
    _add(connection, "endings", "place", "''")


def _failures_and_sittings(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE failures (episode, attempt, turn, code, message, place, "
                       "PRIMARY KEY (episode, attempt)) WITHOUT ROWID")
    connection.execute("CREATE TABLE sittings (sitting, kind, begun, turns, PRIMARY KEY (sitting)) WITHOUT ROWID")


def _ends_and_voices(connection: sqlite3.Connection) -> None:
    _add(connection, "turns", "end", "NULL")
    _add(connection, "turns", "voice", "0")


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _recordings_have_times,
    2: _shields_and_matrices,
    3: _standings_and_weights,
    4: _failures_and_sittings,
    5: _ends_and_voices,
}
"""A version to what makes the next one of it."""


def _add(connection: sqlite3.Connection, table: str, column: str, default: str) -> None:
    """Adds a column with the SQL literal `default`, where it is missing."""
    if column not in (name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} DEFAULT {default}")
