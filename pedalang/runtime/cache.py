"""The cache of answers: what an engine has answered once is not asked of it again, in whatever run or process.

The key is a hash of the whole request (messages, choices, schema, grammar, sampling, seed) and of which engine and
weights answer; of a prompt nothing else is kept, of an answer all. The file is one SQLite database that any number of
processes use at a time. It is a convenience: where it cannot be read or written, engines are asked, and runs go on.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError

FILE_NAME = "answers.sqlite"
VARIABLE = "PEDALANG_CACHE"
"""The environment's variable that names the folder."""
MOST = 1 << 30
"""Bytes of answers that are kept; then those go that were not used for longest."""
PATIENCE = 5.0
"""Seconds to wait for another process that writes."""

_IDENTITY, _VERSION = 0x70656463, 1
"""What the file says it is; the version also changes when the same request comes to mean something else."""
_CHECK = 8
"""Bytes of a hash before each answer, by which a spoilt one is known."""
_AT_ONCE = 32
"""So many answers go at a time."""

T = TypeVar("T")
Warn = Callable[[str], None]
_encode = msgspec.json.Encoder(order="deterministic").encode


def folder(environment: Mapping[str, str]) -> Path:
    """Where the cache lies: where `PEDALANG_CACHE` says, else in the user's folder for caches."""
    own = environment.get("XDG_CACHE_HOME") or os.path.join(environment.get("HOME", "~"), ".cache")
    return Path(environment.get(VARIABLE) or os.path.join(own, "pedalang")).expanduser()


def key(engine: str, model: str, request: Request) -> bytes:
    """The key of a request; what it is asked for, and for which turn, do not count."""
    asked = msgspec.structs.replace(request, purpose="", key="")
    return hashlib.sha256(_encode([engine, model, asked])).digest()


class _Spoilt(Exception):
    """The file is no cache of this version."""


class Answers:
    """An open cache. `warn` is told once of each thing that is wrong with it."""

    def __init__(self, folder: Path, warn: Warn, most: int = MOST) -> None:
        self._path = folder / FILE_NAME
        self._warn = warn
        self._most = most
        self._used: set[bytes] = set()
        self._inode = 0
        self._connection: sqlite3.Connection | None = None
        self._now = 0
        self._open()

    def around(self, engine: Engine) -> Engine:
        """The engine, asked only for what is not kept; as it is where nothing says which weights answer."""
        return _Remembering(engine, self) if engine.model else engine

    def find(self, keys: Collection[bytes]) -> dict[bytes, Reply]:
        """The answers that are kept, as if nobody had been asked."""
        return self._tried(lambda connection: self._found(connection, keys), {})

    def keep(self, replies: Mapping[bytes, Reply]) -> None:
        """Keeps answers."""
        if replies:
            self._tried(lambda connection: self._kept(connection, replies), None)

    def close(self) -> None:
        if self._used:
            self._tried(lambda connection: self._kept(connection, {}), None)
        self._shut()

    def _found(self, connection: sqlite3.Connection, keys: Collection[bytes]) -> dict[bytes, Reply]:
        found: dict[bytes, Reply] = {}
        for each in keys:
            row = connection.execute("SELECT used, reply FROM answers WHERE key = ?", (each,)).fetchone()
            reply = _unpacked(row[1]) if row else None
            if reply is not None:
                found[each] = msgspec.structs.replace(reply, attempts=0, computed=0)
                if row[0] != self._now:
                    self._used.add(each)
        return found

    def _kept(self, connection: sqlite3.Connection, replies: Mapping[bytes, Reply]) -> None:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("UPDATE answers SET used = ? WHERE key = ?",
                                   [(self._now, each) for each in self._used])
            connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)",
                                   [(each, self._now, _packed(reply)) for each, reply in replies.items()])
            if _size(connection) > self._most:
                while _size(connection) > self._most * 0.9:
                    connection.execute("DELETE FROM answers WHERE rowid IN "
                                       "(SELECT rowid FROM answers ORDER BY used, rowid LIMIT ?)", (_AT_ONCE,))
        self._used.clear()

    def _tried(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What comes of it, or of doing without the cache."""
        if self._connection is None:
            return otherwise
        try:
            return work(self._connection)
        except sqlite3.OperationalError as error:
            self._without(error)
        except sqlite3.DatabaseError as error:
            self._set_aside(str(error))
        return otherwise

    def _open(self) -> None:
        """Opens the file; one that is spoilt is set aside, and a new one made."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connect()
        except sqlite3.OperationalError as error:
            self._without(error)
        except (sqlite3.DatabaseError, _Spoilt) as error:
            self._set_aside(str(error))
        except OSError as error:
            self._without(error)

    def _connect(self) -> None:
        opened = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        self._inode = os.fstat(opened).st_ino
        os.close(opened)
        self._connection = sqlite3.connect(self._path, timeout=PATIENCE, check_same_thread=False)
        self._connection.text_factory = bytes  # a text that is none is spoilt like any other
        self._now = _prepared(self._connection)

    def _set_aside(self, why: str) -> None:
        """Renames a spoilt file, unless another process did, and begins anew."""
        self._shut()
        try:
            with _alone(self._path.parent):
                if self._path.exists() and self._path.stat().st_ino == self._inode:
                    aside = _free(self._path)
                    for log in ("-wal", "-shm"):  # before the file: a new one must not find the log of the old
                        self._path.with_name(FILE_NAME + log).unlink(missing_ok=True)
                    self._path.replace(aside)
                    self._warn(f"the cache of answers {self._path} cannot be read ({why}); it was set aside as "
                               f"{aside.name}, and a new one begun")
                self._connect()
        except (OSError, sqlite3.Error, _Spoilt) as error:
            self._without(error)

    def _without(self, error: Exception) -> None:
        self._shut()
        self._warn(f"the cache of answers {self._path} cannot be used: {error}; engines are asked for everything")

    def _shut(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Remembering:
    """An engine before which the cache is asked. What is asked twice at a time is asked once."""

    def __init__(self, engine: Engine, answers: Answers) -> None:
        self._engine, self._answers = engine, answers
        self.name, self.model, self.abilities = engine.name, engine.model, engine.abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        keys = [key(self.name, self.model, request) for request in requests]
        known: dict[bytes, Reply | EngineError] = {**self._answers.find(set(keys))}
        new = {each: request for each, request in zip(keys, requests, strict=True) if each not in known}
        if not new:
            return [known[each] for each in keys]
        replies = await self._engine.answer(list(new.values()))
        if len(replies) != len(new):
            raise EngineError("PED1208", f"{self.name} gave {len(replies)} answers to {len(new)} requests",
                              help="this is a fault of the engine; try another one")
        fresh = dict(zip(new, replies, strict=True))
        self._answers.keep({each: reply for each, reply in fresh.items() if isinstance(reply, Reply)})
        known |= fresh
        return [_once_more(known[each]) if each in keys[:place] and each in fresh else known[each]
                for place, each in enumerate(keys)]

    async def close(self) -> None:
        await self._engine.close()


@contextmanager
def opened(folder: Path, warn: Warn, most: int = MOST) -> Iterator[Answers]:
    """The cache in a folder, which is made where there is none; closed at the end."""
    answers = Answers(folder, warn, most)
    try:
        yield answers
    finally:
        answers.close()


def _once_more(reply: Reply | EngineError) -> Reply | EngineError:
    return reply if isinstance(reply, EngineError) else msgspec.structs.replace(reply, attempts=0, computed=0)


def _prepared(connection: sqlite3.Connection) -> int:
    """Makes the tables where there are none; gives the number of this use of the cache, one more than the last. Raises
    `_Spoilt` for a database of something else."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            connection.execute("CREATE TABLE answers (key BLOB PRIMARY KEY, used INTEGER NOT NULL, "
                               "reply BLOB NOT NULL)")
            connection.execute("CREATE INDEX by_use ON answers (used)")
            connection.execute(f"PRAGMA application_id = {_IDENTITY}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
    said = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if said != [_IDENTITY, _VERSION]:
        raise _Spoilt("it is not one of this version")
    (last,) = connection.execute("SELECT max(used) FROM answers").fetchone()
    return int(last or 0) + 1


def _packed(reply: Reply) -> bytes:
    text = _encode(reply)
    return hashlib.sha256(text).digest()[:_CHECK] + text


def _unpacked(data: object) -> Reply | None:
    """The answer; None where it is not as it was written."""
    if not isinstance(data, bytes) or hashlib.sha256(data[_CHECK:]).digest()[:_CHECK] != data[:_CHECK]:
        return None
    try:
        return msgspec.json.decode(data[_CHECK:], type=Reply)
    except msgspec.DecodeError:
        return None


def _size(connection: sqlite3.Connection) -> int:
    """The bytes that are in use."""
    pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0]
                         for name in ("page_count", "freelist_count", "page_size"))
    return int((pages - free) * size)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder against other processes that find the same file spoilt."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _free(path: Path) -> Path:
    """A name beside a file that nothing has."""
    number = 1
    while (found := path.with_name(f"{path.name}.spoilt-{number}")).exists():
        number += 1
    return found
