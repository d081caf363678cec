"""A run's folder: its plan, its journal, and the right to write them, which one process has at a time."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from pedalang import journal, plan
from pedalang.runtime.errors import JournalError

PLAN_NAME = "plan.json"


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
            os.close(self._lock)
            self._lock = None


def create(path: Path, of: plan.Plan, header: journal.Header, episodes: Iterable[journal.Episode]) -> Folder:
    """A folder with a plan and a new journal. Raises `JournalError`: PED1202 where nothing can be written, PED1206
    where another process writes there, PED1210 where a run is."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = _locked(path)
    except OSError as error:
        raise cannot_write(error) from None
    try:
        if (path / journal.FILE_NAME).exists():
            raise JournalError("PED1210", f"{path} holds a run already",
                               help="name another folder, or continue that run")
        _write(path / PLAN_NAME, plan.to_json(of) + b"\n")
        return Folder(path, lock, of, _created(path, header, episodes))
    except BaseException as error:
        os.close(lock)
        if isinstance(error, OSError | sqlite3.Error):
            raise cannot_write(error) from None
        raise


def reopen(path: Path) -> Folder:
    """The folder of a run that is to go on. Raises `JournalError`: PED1206 where another process writes there, PED1210
    where there is no run, or one that cannot be read, PED1216 for one of a later version."""
    try:
        lock = _locked(path)
    except OSError as error:
        raise no_run(path, str(error)) from None
    try:
        of = plan.from_json((path / PLAN_NAME).read_bytes())
        found = journal.reopen(path)
    except journal.NewerJournalError as error:
        os.close(lock)
        raise too_new(path, error) from None
    except (OSError, plan.PlanError, journal.JournalFormatError) as error:
        os.close(lock)
        raise no_run(path, str(error)) from None
    folder = Folder(path, lock, of, found)
    if plan.digest(of) != found.header.plan:
        folder.close()
        raise no_run(path, f"{PLAN_NAME} is not the plan that the run began with")
    return folder


def cannot_write(error: Exception) -> JournalError:
    """PED1202, for what the disk or the database says."""
    return JournalError("PED1202", f"the journal cannot be written: {error}",
                        help="make room on the disk, then continue the run: what was recorded so far is kept")


def no_run(path: Path, why: str) -> JournalError:
    """What is raised for a folder that holds no run, or one that cannot go on."""
    return JournalError("PED1210", f"{path} holds no run that can go on: {why}",
                        help="name the folder of a run, as it was printed when the run began")


def too_new(path: Path, error: journal.NewerJournalError) -> JournalError:
    """PED1216, for a run whose journal a later version wrote."""
    return JournalError("PED1216", f"the run in {path} was recorded by a later version of pedalang: {error}",
                        help="bring pedalang up to date: `pip install -U pedalang`")


def _locked(path: Path) -> int:
    """Locks the folder itself, so that no file is left behind. The lock ends with the process, however that ends."""
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise JournalError("PED1206", f"another process writes the run in {path}",
                           help="wait until it has ended, or name another folder") from None
    return lock


def _created(path: Path, header: journal.Header, episodes: Iterable[journal.Episode]) -> journal.Journal:
    """The new journal; where it cannot be written, no part of it is left."""
    try:
        return journal.create(path, header, episodes)
    except BaseException:
        for left in path.glob(journal.FILE_NAME + "*"):
            left.unlink()
        raise


def _write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
