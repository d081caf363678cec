"""A run's folder: its plan, its journal, and the right to write them, which one process has at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from pedalang import journal, plan
from pedalang.runtime.errors import JournalError

PLAN_NAME = "plan.json"

TRIES, PAUSE = 10, 0.02
"""So often a lock that is held is tried, and the seconds between: whoever only looks whether it is held has it for a
moment."""
_NO_LOCKS = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.ENOSYS, errno.EINVAL}

_HELD: set[int] = set()
"""The locks of this process. A process that it forks lets go of them: a lock is held as long as any process has it
open, and a child that outlives its parent must not keep a run."""


def _let_go() -> None:
    while _HELD:
        os.close(_HELD.pop())


os.register_at_fork(after_in_child=_let_go)


class Folder:
    """A folder that this process holds, until it is closed."""

    def __init__(self, path: Path, lock: int, of: plan.Plan, to: journal.Journal) -> None:
        self._lock: int | None = lock
        self.path = path
        self.plan = of
        self.journal = to

    def same_engines(self, names: Mapping[str, str]) -> None:
        """Raises `JournalError` PED1212 for other engines than the run began with."""
        for who, name in self.journal.header.engines.items():
            if names.get(who) != name:
                raise JournalError("PED1212", f"{who} was played by {name}, not by {names.get(who, 'nobody')}",
                                   help="continue a run with the engines that it began with")

    def close(self) -> None:
        """Closes the journal, then lets others have the folder; once is enough."""
        if self._lock is not None:
            self.journal.close()
            _free(self._lock)
            self._lock = None


def create(path: Path, of: plan.Plan, header: journal.Header, events: Iterable[journal.Event]) -> Folder:
    """A folder with a plan and a new journal. Raises `JournalError`: PED1202 where nothing can be written, PED1206
    where another process writes there, PED1210 where a run is, PED1220 where folders cannot be locked. A process that
    is killed in here leaves what can be begun again."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = _locked(path)
    except OSError as error:
        raise cannot_write(error) from None
    try:
        if (path / journal.FILE_NAME).exists():
            raise JournalError("PED1210", f"{path} holds a run already",
                               help="name another folder, or continue that run")
        write(path / PLAN_NAME, plan.to_json(of) + b"\n")
        return Folder(path, lock, of, journal.create(path, header, events))
    except BaseException as error:
        _free(lock)
        if isinstance(error, OSError | sqlite3.Error):
            raise cannot_write(error) from None
        raise


def reopen(path: Path) -> Folder:
    """The folder of a run that is to go on. Raises `JournalError` as `locked` and `reading`; PED1210 also for another
    plan than the one that it began with."""
    lock = _taken(path)
    try:
        folder = Folder(path, lock, *reading(path, journal.reopen))
    except BaseException:
        _free(lock)
        raise
    if plan.digest(folder.plan) != folder.journal.header.plan:
        folder.close()
        raise no_run(path, f"{PLAN_NAME} is not the plan that the run began with")
    return folder


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """While nobody else writes a run. Raises `JournalError`: PED1206 where another process does, PED1210 where there is
    no folder, PED1220 where folders cannot be locked."""
    lock = _taken(path)
    try:
        yield
    finally:
        _free(lock)


def reading(path: Path, opened: Callable[[Path], journal.Journal]) -> tuple[plan.Plan, journal.Journal]:
    """The plan of a run, and its journal as it is `opened`. Raises `JournalError`: PED1210 where there is none, or one
    that cannot be read, PED1216 for one of a later version, PED1223 where one was stopped before its first dialogue."""
    if not (path / journal.FILE_NAME).exists() and any(path.glob(f"{PLAN_NAME}*")):
        raise JournalError("PED1223", f"the run in {path} has no journal: it was stopped before it began",
                           help="nothing was asked yet; begin it again, into the same folder if you like")
    try:
        return plan.from_json((path / PLAN_NAME).read_bytes()), opened(path)
    except journal.NewerJournalError as error:
        raise JournalError("PED1216", f"the run in {path} was recorded by a later version of pedalang: {error}",
                           help="bring pedalang up to date: `pip install -U pedalang`") from None
    except (OSError, plan.PlanError, journal.JournalFormatError) as error:
        raise no_run(path, str(error)) from None


def written_now(path: Path) -> bool:
    """Whether a process writes a run. Raises `OSError`."""
    looked = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(looked, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(looked)
    return False


def cannot_write(error: Exception) -> JournalError:
    """PED1202, for what the disk or the database says."""
    return JournalError("PED1202", f"the journal cannot be written: {error}",
                        help="make room on the disk, then continue the run: what was recorded so far is kept")


def no_run(path: Path, why: str) -> JournalError:
    """What is raised for a folder that holds no run, or one that cannot go on."""
    return JournalError("PED1210", f"{path} holds no run: {why}",
                        help="name the folder of a run, as it was printed when the run began")


def _taken(path: Path) -> int:
    try:
        return _locked(path)
    except OSError as error:
        raise no_run(path, str(error)) from None


def _locked(path: Path) -> int:
    """Locks the folder itself, so that no file is left behind. The lock ends with the process, however that ends."""
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(lock)
    except BlockingIOError:
        os.close(lock)
        raise JournalError("PED1206", f"another process writes the run in {path}",
                           help="wait until it has ended, or name another folder") from None
    except OSError as error:
        os.close(lock)
        if error.errno not in _NO_LOCKS:
            raise
        raise JournalError("PED1220", f"folders cannot be locked where {path} lies: {error.strerror}",
                           help="keep runs on a disk of this machine: `--out DIR`; copy them when they are done"
                           ) from None
    _HELD.add(lock)
    return lock


def _lock(lock: int) -> None:
    for _ in range(TRIES - 1):
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            Event().wait(PAUSE)
    return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _free(lock: int) -> None:
    if lock in _HELD:
        _HELD.remove(lock)
        fcntl.flock(lock, fcntl.LOCK_UN)  # a child that was forked just now may not have let go of it yet
        os.close(lock)


def write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
