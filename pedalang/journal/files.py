"""A journal's file: made, read, gone on with. One SQLite database a run, with a write-ahead log.

Who reads changes nothing: a journal of an earlier version is read as a copy that is brought up to this one. Who goes on
with one brings the file itself up. Lists are for small journals and single dialogues; what looks at a whole run takes
`each_dialogue`, which holds one dialogue at a time.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from pedalang.journal import tables, versions
from pedalang.journal.events import (
    Completion,
    Counted,
    Dialogue,
    Ending,
    Episode,
    Event,
    Failure,
    Header,
    Intervention,
    JournalFormatError,
    NewerJournalError,
    Sitting,
    Turn,
)

FILE_NAME = "journal.sqlite"

_NEXT = "SELECT min(found) FROM ({})".format(" UNION ALL ".join(
    f"SELECT min(episode) AS found FROM {table} WHERE episode > ?1"
    for kind, (table, _) in tables.TABLES.items() if "episode" in tables.columns(kind)))


class Pace(NamedTuple):
    """What an engine's answers of one kind, words or choices, took on average: seconds, tokens written."""

    engine: str
    words: bool
    answers: int
    seconds: float
    tokens_out: float


class Journal:
    """An open journal. What was `add`ed is durable (survives a kill) after the next `commit`."""

    def __init__(self, connection: sqlite3.Connection, header: Header) -> None:
        self._connection = connection
        self._pending: defaultdict[type[Struct], list[list[Any]]] = defaultdict(list)
        self.header = header

    def add(self, event: Event) -> None:
        """Notes an event. The same event again (a resumed run) takes the place of the first."""
        self._pending[type(event)].append(tables.row(event))

    def commit(self) -> None:
        """Writes what was noted, all or nothing. Raises `sqlite3.Error` (a full disk, a journal that was opened for
        reading); nothing is lost by that."""
        if not self._pending:
            return
        with self._connection:
            for kind, rows in self._pending.items():
                self._connection.executemany(tables.insert(kind), rows)
        self._pending.clear()

    def close(self) -> None:
        self._connection.close()

    def episodes(self, episode: int | None = None) -> list[Episode]:
        return self._read(Episode, episode)

    def turns(self, episode: int | None = None) -> list[Turn]:
        return self._read(Turn, episode)

    def completions(self, episode: int | None = None) -> list[Completion]:
        return self._read(Completion, episode)

    def interventions(self, episode: int | None = None) -> list[Intervention]:
        return self._read(Intervention, episode)

    def endings(self, episode: int | None = None) -> list[Ending]:
        return self._read(Ending, episode)

    def each_dialogue(self) -> Iterator[Dialogue]:
        """All dialogues by their number, one in memory at a time. What is written meanwhile may be seen or not. Raises
        `JournalFormatError`."""
        for number in self.numbers():
            for episode in self.episodes(number):
                ending = self.endings(number)
                yield Dialogue(episode, self.turns(number), self.completions(number), self.interventions(number),
                               ending[0] if ending else None)

    def numbers(self) -> Iterator[int]:
        """The numbers of all dialogues of which there is any event, in order. Raises `JournalFormatError`."""
        number = -1 << 63
        while True:
            try:
                (found,) = self._connection.execute(_NEXT, (number,)).fetchone()
            except sqlite3.DatabaseError as error:
                raise JournalFormatError(f"the dialogues cannot be counted: {error}") from None
            if found is None:
                return
            if not isinstance(found, int):
                raise JournalFormatError(f"a dialogue has the number {found!r}")
            number = found
            yield number

    def begun(self) -> set[int]:
        """The dialogues of which more is known than their beginning."""
        query = "SELECT episode FROM turns UNION SELECT episode FROM completions"
        return {episode for (episode,) in self._connection.execute(query)}

    def paces(self) -> list[Pace]:
        """How long engines took, where they were asked and that was measured."""
        query = ("SELECT engine, choice IS NULL, count(*), avg(seconds), avg(tokens_out) FROM completions "
                 "WHERE attempts > 0 AND seconds > 0 GROUP BY 1, 2")
        return [Pace(engine, bool(words), *numbers) for engine, words, *numbers in self._connection.execute(query)]

    def free_speakers(self) -> set[str]:
        """The engines whose own words were said: which an engine says of itself, and no header tells. Raises
        `JournalFormatError`."""
        try:
            query = "SELECT DISTINCT engine FROM completions WHERE step = 'speech' AND choice IS NULL"
            return {engine for (engine,) in self._connection.execute(query)}
        except sqlite3.DatabaseError as error:
            raise JournalFormatError(f"the completions cannot be read: {error}") from None

    def ended(self) -> int:
        """How many dialogues came to an end, failed ones too."""
        return int(self._connection.execute("SELECT count(*) FROM endings").fetchone()[0])

    def tokens(self) -> int:
        """How many tokens all answers took together, read and written."""
        (found,) = self._connection.execute("SELECT sum(tokens_in + tokens_out) FROM completions").fetchone()
        return int(found or 0)

    def failures(self) -> list[Failure]:
        """Failed ends that are no more: the dialogues were tried again."""
        return self._read(Failure)

    def sittings(self) -> list[Sitting]:
        """When processes took the run up."""
        return self._read(Sitting)

    def counted(self) -> Counted:
        """How much the journal holds, without reading it. Raises `JournalFormatError`."""
        try:
            ((turns,),) = self._connection.execute("SELECT count(*) FROM turns")
            ((said, under_way),) = self._connection.execute("SELECT count(*), count(DISTINCT episode) FROM turns "
                                                            "WHERE episode NOT IN (SELECT episode FROM endings)")
            (calls,) = self._connection.execute("SELECT count(*), total(tokens_in), total(tokens_out) FROM completions")
            answers, tokens_in, tokens_out = map(int, calls)
            ended = self._connection.execute("SELECT why, code, count(*) FROM endings GROUP BY 1, 2 ORDER BY 1, 2")
            return Counted(turns, said, under_way, answers, tokens_in, tokens_out, list(ended))
        except sqlite3.DatabaseError as error:
            raise JournalFormatError(f"it cannot be counted: {error}") from None

    def take_back(self, failed: Iterable[Failure], unanswered: Iterable[tuple[int, int]]) -> None:
        """Takes failed ends away and notes them; forgets the answers of the turns (dialogue, turn) that are to be asked
        for anew. All or nothing. Raises `sqlite3.Error`."""
        failed = list(failed)
        with self._connection:
            self._connection.executemany(tables.insert(Failure), map(tables.row, failed))
            self._connection.executemany("DELETE FROM endings WHERE episode = ?", [(each.episode,) for each in failed])
            self._connection.executemany("DELETE FROM completions WHERE episode = ? AND turn = ?", unanswered)

    def _read(self, kind: type[Struct], episode: int | None = None) -> list[Any]:
        where, values = ("", ()) if episode is None else ("WHERE episode = ?", (episode,))
        try:
            return [tables.event(kind, row) for row in self._connection.execute(tables.select(kind, where), values)]
        except (sqlite3.DatabaseError, msgspec.ValidationError, msgspec.DecodeError, TypeError) as error:
            raise JournalFormatError(f"the {tables.TABLES[kind][0]} cannot be read: {error}") from None


def create(folder: Path, header: Header, events: Iterable[Event] = ()) -> Journal:
    """A new journal in a folder, with the dialogues that are to be and what is known of them already. It is made beside
    its place and then put there, so that a process that is killed leaves none, never half of one. Raises
    `FileExistsError` where one is, `sqlite3.Error` or `OSError` where none can be written."""
    path, part = folder / FILE_NAME, folder / f"{FILE_NAME}.part"
    if path.exists():
        raise FileExistsError(path)
    _remove(part)
    try:
        connection = connect(part)
        try:
            _fill(connection, header, events)
        finally:
            connection.close()
        part.replace(path)
    except BaseException:
        _remove(part)
        raise
    return Journal(connect(path), header)


def _fill(connection: sqlite3.Connection, header: Header, events: Iterable[Event]) -> None:
    with connection:
        connection.execute("BEGIN")
        for table in tables.schema():
            connection.execute(table)
        connection.execute("INSERT INTO header VALUES (?)", (msgspec.json.encode(header).decode(),))
        for kind, some in itertools.groupby(events, type):
            connection.executemany(tables.insert(kind), map(tables.row, some))
        connection.execute(f"PRAGMA user_version = {versions.VERSION}")


def _remove(part: Path) -> None:
    """Takes away a database, and what SQLite left beside it if its process was killed."""
    for path in part.parent.glob(f"{part.name}*"):
        path.unlink()


def open_journal(folder: Path) -> Journal:
    """The journal of a run folder, for reading. Raises `FileNotFoundError`, or `JournalFormatError` for what is no
    journal."""
    return _opened(folder, connect_to_read, _as_of_now)


def reopen(folder: Path) -> Journal:
    """The journal of a run folder, to be gone on with; one of an earlier version becomes one of this. Raises what
    `open_journal` does."""
    return _opened(folder, connect, _brought_up)


def _opened(folder: Path, connected: Callable[[Path], sqlite3.Connection],
            current: Callable[[sqlite3.Connection], sqlite3.Connection]) -> Journal:
    path = folder / FILE_NAME
    if not path.is_file():
        raise FileNotFoundError(path)
    try:
        connection = current(connected(path))
        (text,) = connection.execute("SELECT json FROM header").fetchone()
        return Journal(connection, msgspec.json.decode(text, type=Header))
    except NewerJournalError as error:
        raise NewerJournalError(f"{path}: {error}") from None
    except (sqlite3.DatabaseError, msgspec.ValidationError, msgspec.DecodeError, TypeError,
            JournalFormatError) as error:
        raise JournalFormatError(f"{path}: no journal: {error}") from None


def _as_of_now(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The same journal in this version: where it is an earlier one, a copy in a file without a name, which goes when it
    is closed."""
    if versions.known(versions.version(connection)) == versions.VERSION:
        return connection
    copy = sqlite3.connect("", check_same_thread=False)
    connection.backup(copy)
    connection.close()
    versions.migrate(copy)
    copy.execute("PRAGMA query_only = 1")
    return copy


def _brought_up(connection: sqlite3.Connection) -> sqlite3.Connection:
    if versions.known(versions.version(connection)) < versions.VERSION:
        versions.migrate(connection)
    return connection


def connect(path: Path) -> sqlite3.Connection:
    """The database of a journal that is written."""
    connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """The database of a journal that is read. In a folder where nothing may be written there is no place for the log
    that readers share; then the file is read as one that nobody writes, if its log holds nothing more."""
    address = path.absolute().as_uri()
    connection = sqlite3.connect(f"{address}?mode=rw", uri=True, timeout=10, check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only = 1")
        versions.version(connection)
    except sqlite3.OperationalError:
        connection.close()
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise
        connection = sqlite3.connect(f"{address}?immutable=1", uri=True, check_same_thread=False)
    return connection
