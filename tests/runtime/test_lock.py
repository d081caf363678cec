"""One process writes a run: whoever else would is told so, and a lock ends with its process, however that ends."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pedalang import api, journal
from pedalang.runtime import folder as folders
from pedalang.runtime import run
from pedalang.runtime.errors import JournalError

Begun = Callable[..., Path]


def child(work: Callable[[], object]) -> int:
    """A process that does this; it ends with 0, or with 1 where that fails."""
    number = os.fork()
    if number == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return number


def ended(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def begin_together(folder: Path, make: SimpleNamespace, start: int) -> None:
    """Waits until all may begin, then plays the run into the folder. Fails with a code of its own where it may not."""
    select.select([start], [], [])
    try:
        run.run(make.lesson(), "lesson", make.items(2), make.both(make.Picks()), seed=4, folder=folder)
    except JournalError as error:
        os._exit({"PED1206": 6, "PED1210": 10}.get(error.code, 1))


def test_of_eight_processes_that_begin_one_run_one_does(make: SimpleNamespace, begin: Begun, tmp_path: Path) -> None:
    whole, folder = begin("whole", make.Picks(), count=2), tmp_path / "raced"
    reading, writing = os.pipe()
    children = [child(lambda: begin_together(folder, make, reading)) for _ in range(8)]
    os.write(writing, b"!")
    codes = [ended(each) for each in children]
    os.close(reading)
    os.close(writing)
    assert sorted(codes)[0] == 0 and codes.count(0) == 1 and set(codes) <= {0, 6, 10}
    assert make.canonical(folder) == make.canonical(whole)


def test_a_killed_process_lets_go_of_its_run(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("run", make.Picks())
    reading, writing = os.pipe()

    def hold() -> None:
        folders.reopen(folder)
        os.write(writing, b"!")
        signal.pause()

    holder = child(hold)
    os.read(reading, 1)
    assert folders.written_now(folder)
    with pytest.raises(JournalError, match="PED1206"):
        folders.reopen(folder)
    with pytest.raises(JournalError, match="PED1206"):
        api.settle(folder, {})
    os.kill(holder, signal.SIGKILL)
    assert ended(holder) == -signal.SIGKILL
    assert not folders.written_now(folder)
    folders.reopen(folder).close()
    os.close(reading)
    os.close(writing)


def test_what_a_process_starts_does_not_keep_its_run(make: SimpleNamespace, begin: Begun) -> None:
    """A forked child and a program that was started outlive the process that held the run; both have let go of it."""
    folder = begin("run", make.Picks())
    held = folders.reopen(folder)
    reading, writing = os.pipe()
    forked = child(lambda: os.read(reading, 1))
    started = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    try:
        held.close()
        assert not folders.written_now(folder)
        folders.reopen(folder).close()
    finally:
        os.write(writing, b"!")
        started.communicate(b"\n")
        assert (ended(forked), started.returncode) == (0, 0)
        os.close(reading)
        os.close(writing)


def test_a_child_that_closes_what_it_inherited_does_not_free_the_run(make: SimpleNamespace, begin: Begun) -> None:
    held = folders.reopen(begin("run", make.Picks()))
    assert ended(child(held.close)) == 0
    assert folders.written_now(held.path)
    held.close()


def test_looking_whether_a_run_is_written_does_not_stop_a_writer(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("run", make.Picks())
    looking = os.open(folder, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert not folders.written_now(folder)
    reading, writing = os.pipe()

    def write() -> None:
        os.close(looking)
        os.write(writing, b"!")
        folders.reopen(folder).close()

    writer = child(write)
    os.read(reading, 1)
    os.close(looking)
    assert ended(writer) == 0
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.ENOLCK])
def test_where_folders_cannot_be_locked_no_run_begins(number: int, make: SimpleNamespace, begin: Begun,
                                                      tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(lock: int, how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(JournalError) as error:
        begin("run", make.Picks())
    assert error.value.code == "PED1220" and "--out" in error.value.help
    assert not (tmp_path / "run" / journal.FILE_NAME).exists()
