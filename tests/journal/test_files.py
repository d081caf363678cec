"""Reading a journal: one dialogue at a time, without a trace, also where nothing may be written."""

from __future__ import annotations

import os
import sqlite3
import tracemalloc
from pathlib import Path

import pytest

from pedalang import journal
from pedalang.journal import files
from tests.journal.conftest import HEADER


def written(folder: Path, dialogues: int, turns: int) -> Path:
    header = journal.Header(**HEADER)  # type: ignore[arg-type]
    events = journal.create(folder, header, (journal.Episode(n, {}, {}) for n in range(dialogues)))
    for number in range(dialogues):
        for turn in range(turns):
            events.add(journal.Completion(number, turn, "speech", "f" * 64, 1, "word " * 20, None, (), (), 5, 2, "stop",
                                          "e"))
            events.add(journal.Turn(number, turn, "teacher", "work", "word " * 20, "generated"))
        events.add(journal.Ending(number, "work", "limit"))
        events.commit()
    events.close()
    return folder


def test_each_dialogue_has_what_the_lists_have(run: Path) -> None:
    events = journal.open_journal(run)
    found = list(events.each_dialogue())
    assert [each.episode for each in found] == events.episodes() and len(found) == 4
    assert [turn for each in found for turn in each.turns] == events.turns()
    assert [answer for each in found for answer in each.completions] == events.completions()
    assert [each.ending for each in found] == events.endings()
    assert events.tokens() == sum(each.tokens_in + each.tokens_out for each in events.completions())
    events.close()


def test_what_belongs_to_no_dialogue_is_in_the_canonical_form(tmp_path: Path) -> None:
    events = journal.open_journal(written(tmp_path, 1, 1))
    before = list(journal.canonical(events))
    events.close()
    events = journal.reopen(tmp_path)
    events.add(journal.Turn(7, 0, "teacher", "work", "Whose is this?", "generated"))
    events.add(journal.Turn(-7, 0, "teacher", "work", "And this?", "generated"))
    events.commit()
    found = list(journal.canonical(events))
    assert len(found) == len(before) + 2 and len(list(events.each_dialogue())) == 1
    assert found[1].count(b"And this?") == 1 and found[-1].count(b"Whose is this?") == 1
    events.close()


def test_memory_does_not_grow_with_the_number_of_dialogues(tmp_path: Path) -> None:
    def most(dialogues: int) -> int:
        folder = tmp_path / str(dialogues)
        folder.mkdir()
        events = journal.open_journal(written(folder, dialogues, 6))
        tracemalloc.start()
        journal.digest(journal.canonical(events))
        assert sum(len(each.turns) for each in events.each_dialogue()) == 6 * dialogues
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        events.close()
        return peak

    most(5)
    assert most(120) < 1.5 * most(20)


def test_reading_leaves_nothing_behind(run: Path) -> None:
    before = sorted(path.name for path in run.iterdir())
    events = journal.open_journal(run)
    events.turns()
    events.close()
    assert sorted(path.name for path in run.iterdir()) == before


def test_a_journal_is_read_while_another_writes_it(tmp_path: Path) -> None:
    writing = journal.reopen(written(tmp_path, 1, 1))
    reading = journal.open_journal(tmp_path)
    writing.add(journal.Turn(0, 1, "teacher", "work", "More.", "generated"))
    writing.commit()
    assert [turn.text for turn in reading.turns()][-1] == "More."
    writing.close()
    reading.close()


def test_a_journal_is_read_where_nothing_may_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root every folder can be written, so what SQLite says there is said here."""
    file = written(tmp_path, 1, 1) / journal.FILE_NAME
    if os.geteuid():
        tmp_path.chmod(0o500)
        file.chmod(0o400)
    else:
        monkeypatch.setattr(files.versions, "version", _refused_once(files.versions.version))
    try:
        events = journal.open_journal(tmp_path)
        assert len(events.turns()) == 1
        events.close()
    finally:
        tmp_path.chmod(0o700)


def _refused_once(version: object) -> object:
    calls = []

    def asked(connection: sqlite3.Connection) -> int:
        calls.append(connection)
        if len(calls) == 1:
            raise sqlite3.OperationalError("unable to open database file")
        return version(connection)  # type: ignore[operator,no-any-return]

    return asked


@pytest.mark.parametrize("how", ["UPDATE turns SET text = 5", "UPDATE turns SET arguments = '{'",
                                 "UPDATE turns SET episode = 'none'", "UPDATE turns SET episode = 1.5",
                                 "UPDATE turns SET state = x'ff'", "DROP TABLE interventions"])
def test_what_is_no_event_is_a_format_error(how: str, run: Path) -> None:
    connection = sqlite3.connect(run / journal.FILE_NAME)
    with connection:
        connection.execute(how if "episode" not in how else f"{how} WHERE episode = 1 AND turn = 0")
    connection.close()
    events = journal.open_journal(run)
    with pytest.raises(journal.JournalFormatError):
        list(journal.canonical(events))
    events.close()
