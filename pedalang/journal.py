"""The journal: what happened in a run, event by event, durable before anything is built on it.

One SQLite database a run (write-ahead log), its schema versioned. Its canonical form is one JSON event a line, sorted
by (episode, turn, step), without times, hosts, retries: two runs are the same if their canonical forms are. Nothing
here runs, scores or chooses anything.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

VERSION = 4
FILE_NAME = "journal.sqlite"


class JournalFormatError(Exception):
    """A file is no journal that this version can read."""


class Header(Struct, frozen=True):
    """What a run is of. `engines` maps a cast member (or `judge`) to the name of its engine."""

    kind: Literal["run", "observe", "session"]
    plan: str
    """SHA-256 of the plan."""
    run: str
    """The name of the `run` or `observe` declaration, or of the flow."""
    flow: str
    seed: int
    episodes: int
    engines: dict[str, str]
    data: dict[str, str] = {}
    """Data set to the SHA-256 of the file that was read."""
    options: dict[str, Any] = {}
    """How the run was asked for, as far as `resume` needs it again (engine addresses, never keys)."""


class Episode(Struct, frozen=True):
    """One dialogue: the values of the flow's parameters, and the cast's state before the first turn."""

    episode: int
    item: dict[str, Any]
    state: dict[str, dict[str, Any]]
    source: Literal["simulated", "recorded", "person"] = "simulated"
    cell: dict[str, Any] = {}
    """Where it stands in a matrix: the values of its axes (a row by its place in the file, from 0); or its number, from
    0, in a run that repeats its dialogues."""


class Turn(Struct, frozen=True):
    """One turn, with the cast's state after it. Values are JSON (`expression.values.to_json`).

    `how` the words came about: chosen among authored candidates, generated, typed by a person, or recorded. `said` is
    `act` for a learner what `move` is for a teacher.
    """

    episode: int
    turn: int
    role: str
    phase: str
    text: str
    how: Literal["chosen", "generated", "person", "recorded"]
    move: str = ""
    arguments: dict[str, Any] = {}
    act: str = ""
    state: dict[str, dict[str, Any]] = {}
    notes: tuple[str, ...] = ()
    start: float | None = None
    """When it began, in seconds from the beginning of a recording; None where nothing says so."""
    standing: str = ""
    """What the clauses of the dialogue's contracts are worth after it, a letter a clause, in their order: `K` kept for
    good, `k` kept if it ended here, `p` not yet kept, `b` broken for good, `?` asks a judge."""


class Completion(Struct, frozen=True):
    """One answer of an engine; `turn` is -1 for a whole dialogue, for a part of one its last turn. `step` is `move`;
    `speech`, `speech.again` (said once more), `speech.kept1` (once more, for the shield) or `speech.candidates` (then
    chosen after all); or `judge.CRITERION`."""

    episode: int
    turn: int
    step: str
    prompt: str
    """SHA-256 of the messages and choices that were sent."""
    seed: int
    text: str
    choice: int | None
    scores: tuple[float, ...]
    totals: tuple[float, ...]
    tokens_in: int
    tokens_out: int
    finish: str
    engine: str
    model: str = ""
    """Which weights answered: their SHA-256, or what a server calls them."""
    seconds: float = 0.0
    attempts: int = 1
    """How often the engine was asked; 0 where the cache of answers had it."""
    computed: int | None = None
    """The tokens of the prompt that were read anew, where the engine knows."""

    @property
    def key(self) -> str:
        return f"{self.episode}/{self.turn}/{self.step}"


class Intervention(Struct, frozen=True):
    """What the shield did in a turn so that hard clauses hold; `step` counts from 0 within the turn.

    `moves`: the moves in `masked` were allowed here, and were not made because they lead to a breach. `words left out`:
    `left_out` authored candidates of `move` were not offered. `words again`: `text` was generated, was not said, and
    words were asked for once more. `words replaced`: no words were found for `move`, so others were said, or another
    move was made, as the turn shows; `text` is what was generated last, if anything was. `failed`: nothing that could
    be done or said keeps the clauses, and the turn went on as if there were no shield.
    """

    episode: int
    turn: int
    step: int
    role: str
    kind: Literal["moves", "words left out", "words again", "words replaced", "failed"]
    clauses: tuple[tuple[str, str], ...]
    """What would have been broken: contract and clause."""
    masked: tuple[str, ...] = ()
    move: str = ""
    text: str = ""
    left_out: int = 0


class Verdict(Struct, frozen=True):
    """Whether a clause was kept in a dialogue, and if not, from which turn on it was lost."""

    contract: str
    clause: str
    severity: Literal["hard", "soft"]
    kept: bool
    broken_at: int | None = None


class Ending(Struct, frozen=True):
    """How a dialogue ended: in a final phase, at a limit of turns or a budget of tokens, or failed with a coded error.
    """

    episode: int
    phase: str
    why: Literal["final", "limit", "budget", "recorded", "failed"]
    verdicts: tuple[Verdict, ...] = ()
    code: str = ""
    message: str = ""
    place: str = ""
    """Where in the program it failed, `FILE:LINE:COLUMN`."""


Event = Episode | Turn | Completion | Intervention | Ending

_TABLES: dict[type[Struct], tuple[str, str]] = {
    Episode: ("episodes", "episode"),
    Completion: ("completions", "episode, turn, step"),
    Turn: ("turns", "episode, turn"),
    Intervention: ("interventions", "episode, turn, step"),
    Ending: ("endings", "episode"),
}
_JSON_COLUMNS = {"item", "state", "cell", "arguments", "notes", "scores", "totals", "verdicts", "clauses", "masked"}
_NOT_CANONICAL = {"seconds", "attempts", "computed"}


def _columns(kind: type[Struct]) -> tuple[str, ...]:
    return kind.__struct_fields__


def _schema() -> list[str]:
    tables = [
        f"CREATE TABLE {table} ({', '.join(_columns(kind))}, PRIMARY KEY ({key})) WITHOUT ROWID"
        for kind, (table, key) in _TABLES.items()
    ]
    return ["CREATE TABLE header (json TEXT NOT NULL)", *tables]


_JSON_PLACES = {
    kind: [place for place, name in enumerate(_columns(kind)) if name in _JSON_COLUMNS] for kind in _TABLES
}
_encode = msgspec.json.Encoder(order="deterministic").encode
_fields = msgspec.structs.astuple
_EMPTY = {dict: "{}", tuple: "[]", list: "[]"}


def _row(event: Event) -> list[Any]:
    row = list(_fields(event))
    for place in _JSON_PLACES[type(event)]:
        value = row[place]
        row[place] = _encode(value).decode() if value else _EMPTY[type(value)]
    return row


def _insert(kind: type[Struct]) -> str:
    return f"INSERT OR REPLACE INTO {_TABLES[kind][0]} VALUES ({', '.join('?' * len(_columns(kind)))})"


def _event(kind: type[Struct], row: tuple[Any, ...]) -> Any:
    fields = {
        name: msgspec.json.decode(value) if name in _JSON_COLUMNS else value
        for name, value in zip(_columns(kind), row, strict=True)
    }
    return msgspec.convert(fields, kind)


class Journal:
    """An open journal. What was `add`ed is durable (survives a kill) after the next `commit`."""

    def __init__(self, connection: sqlite3.Connection, header: Header) -> None:
        self._connection = connection
        self._pending: defaultdict[type[Struct], list[list[Any]]] = defaultdict(list)
        self.header = header

    def add(self, event: Event) -> None:
        """Notes an event. The same event again (a resumed run) takes the place of the first."""
        self._pending[type(event)].append(_row(event))

    def commit(self) -> None:
        """Writes what was noted, all or nothing. Raises `sqlite3.Error` (a full disk); nothing is lost by that."""
        if not self._pending:
            return
        with self._connection:
            for kind, rows in self._pending.items():
                self._connection.executemany(_insert(kind), rows)
        self._pending.clear()

    def close(self) -> None:
        self._connection.close()

    def episodes(self) -> list[Episode]:
        return self._read(Episode, "")

    def turns(self, episode: int | None = None) -> list[Turn]:
        return self._read(Turn, "" if episode is None else f"WHERE episode = {int(episode)}")

    def completions(self, episode: int | None = None) -> list[Completion]:
        return self._read(Completion, "" if episode is None else f"WHERE episode = {int(episode)}")

    def interventions(self, episode: int | None = None) -> list[Intervention]:
        return self._read(Intervention, "" if episode is None else f"WHERE episode = {int(episode)}")

    def endings(self) -> list[Ending]:
        return self._read(Ending, "")

    def begun(self) -> set[int]:
        """The dialogues of which more is known than their beginning."""
        query = "SELECT episode FROM turns UNION SELECT episode FROM completions"
        return {episode for (episode,) in self._connection.execute(query)}

    def _read(self, kind: type[Struct], where: str) -> list[Any]:
        table, key = _TABLES[kind]
        query = f"SELECT {', '.join(_columns(kind))} FROM {table} {where} ORDER BY {key}"
        try:
            return [_event(kind, row) for row in self._connection.execute(query)]
        except (sqlite3.DatabaseError, msgspec.ValidationError, msgspec.DecodeError) as error:
            raise JournalFormatError(f"the {table} cannot be read: {error}") from None


def create(folder: Path, header: Header, episodes: Iterable[Episode] = ()) -> Journal:
    """A new journal in a folder, with the dialogues that are to be, all or nothing. Raises `FileExistsError` where one
    is, `sqlite3.Error` where none can be written."""
    path = folder / FILE_NAME
    if path.exists():
        raise FileExistsError(path)
    connection = _connect(path)
    with connection:
        connection.execute("BEGIN")
        for table in _schema():
            connection.execute(table)
        connection.execute("INSERT INTO header VALUES (?)", (msgspec.json.encode(header).decode(),))
        connection.executemany(_insert(Episode), map(_row, episodes))
        connection.execute(f"PRAGMA user_version = {VERSION}")
    return Journal(connection, header)


def open_journal(folder: Path) -> Journal:
    """The journal of a run folder. Raises `FileNotFoundError`, or `JournalFormatError` for what is no journal."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise FileNotFoundError(path)
    try:
        connection = _connect(path)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            raise JournalFormatError(f"{path}: a journal of version {version}; this is version {VERSION}")
        (text,) = connection.execute("SELECT json FROM header").fetchone()
        header = msgspec.json.decode(text, type=Header)
    except (sqlite3.DatabaseError, msgspec.ValidationError, msgspec.DecodeError, TypeError) as error:
        raise JournalFormatError(f"{path}: no journal: {error}") from None
    return Journal(connection, header)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def canonical(journal: Journal) -> Iterator[bytes]:
    """The canonical form, line by line: the header, then every event by (episode, turn, step)."""
    header = msgspec.to_builtins(journal.header)
    shown = ("kind", "plan", "run", "flow", "seed", "data", "engines")
    yield _line({"event": "header", **{name: header[name] for name in shown}})
    events: list[tuple[tuple[int, int, int, str], str, Event]] = [
        *(((e.episode, -1, 0, ""), "episode", e) for e in journal.episodes()),
        *(((e.episode, e.turn if e.turn >= 0 else 1 << 30, 1, e.step), "completion", e) for e in journal.completions()),
        *(((e.episode, e.turn, 2, f"{e.step:06}"), "intervention", e) for e in journal.interventions()),
        *(((e.episode, e.turn, 3, ""), "turn", e) for e in journal.turns()),
        *(((e.episode, 1 << 30, 0, ""), "ending", e) for e in journal.endings()),
    ]
    for _, name, event in sorted(events, key=lambda entry: entry[0]):
        fields = msgspec.to_builtins(event)
        yield _line({"event": name, **{k: v for k, v in fields.items() if k not in _NOT_CANONICAL}})


def _line(event: dict[str, Any]) -> bytes:
    return msgspec.json.encode(event, order="deterministic")


def digest(lines: Iterable[bytes]) -> str:
    """SHA-256 over the lines of a canonical form."""
    total = hashlib.sha256()
    for line in lines:
        total.update(line + b"\n")
    return total.hexdigest()
