"""Journals of earlier versions are read as they are and gone on with as of this one; later ones are refused."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from pedalang import api, journal
from pedalang.journal import versions
from pedalang.runtime import folder as folders
from pedalang.runtime.errors import JournalError
from tests.journal.conftest import ADDED, older


def of_version(folder: Path) -> int:
    connection = sqlite3.connect(folder / journal.FILE_NAME)
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(found)


def held(events: journal.Journal) -> journal.Dialogue:
    (dialogue,) = events.each_dialogue()
    return dialogue


def test_each_step_is_from_a_version_to_the_next() -> None:
    assert list(versions.STEPS) == list(range(1, versions.VERSION))
    assert set(ADDED) == set(versions.STEPS), "and each is tried below"


def test_reading_an_earlier_journal_changes_nothing(version: int, tmp_path: Path) -> None:
    file = older(tmp_path, version) / journal.FILE_NAME
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    events = journal.open_journal(tmp_path)
    found = held(events)
    with pytest.raises(sqlite3.OperationalError):
        events.add(found.turns[0])
        events.commit()
    events.close()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before and list(tmp_path.iterdir()) == [file]
    assert (found.episode.item, found.turns[0].text, found.turns[0].standing) == ({"a": 1}, "Hm.", "")
    assert found.turns[0].start == (2.5 if version > 1 else None)
    assert found.episode.cell == ({"repeat": 0} if version > 2 else {})
    assert [each.masked for each in found.interventions] == ([("telling",)] if version > 2 else [])
    assert (found.completions[0].model, found.completions[0].computed, found.completions[0].seconds) == ("", None, 0.5)
    assert found.ending is not None and found.ending.verdicts[0].kept and found.ending.place == ""


def test_going_on_with_an_earlier_journal_makes_it_one_of_this_version(version: int, tmp_path: Path) -> None:
    older(tmp_path, version)
    read = journal.open_journal(tmp_path)
    form = list(journal.canonical(read))
    read.close()
    events = journal.reopen(tmp_path)
    assert list(journal.canonical(events)) == form
    added = journal.Completion(0, 1, "speech", "e" * 64, 1, "So.", None, (), (), 1, 1, "stop", "scripted:", "weights",
                               0.25, 2, 7)
    events.add(added)
    events.commit()
    events.close()
    assert of_version(tmp_path) == versions.VERSION
    again = journal.open_journal(tmp_path)
    assert held(again).completions[1] == added
    again.close()


def test_the_columns_that_came_without_a_number_are_not_added_twice(tmp_path: Path) -> None:
    older(tmp_path, 3)
    connection = sqlite3.connect(tmp_path / journal.FILE_NAME)
    with connection:
        connection.execute("ALTER TABLE turns ADD COLUMN standing")
        connection.execute("UPDATE turns SET standing = 'K'")
    connection.close()
    events = journal.reopen(tmp_path)
    assert held(events).turns[0].standing == "K"
    events.close()


def test_a_step_that_fails_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    older(tmp_path, 1)
    connection = sqlite3.connect(tmp_path / journal.FILE_NAME)
    with connection:
        connection.execute("DROP TABLE endings")
    connection.close()
    for opened in (journal.reopen, journal.open_journal):
        with pytest.raises(journal.JournalFormatError, match="no such table: endings"):
            opened(tmp_path)
    assert of_version(tmp_path) == 1


def test_a_later_version_is_refused_by_name(tmp_path: Path) -> None:
    older(tmp_path, 3)
    connection = sqlite3.connect(tmp_path / journal.FILE_NAME)
    connection.execute(f"PRAGMA user_version = {versions.VERSION + 1}")
    connection.close()
    for opened in (journal.reopen, journal.open_journal):
        with pytest.raises(journal.NewerJournalError, match=f"version {versions.VERSION + 1}"):
            opened(tmp_path)
    assert of_version(tmp_path) == versions.VERSION + 1


def test_what_says_no_version_is_no_journal(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / journal.FILE_NAME).execute("CREATE TABLE header (json)").connection.close()
    with pytest.raises(journal.JournalFormatError, match="no journal"):
        journal.open_journal(tmp_path)


def test_whoever_continues_or_reads_a_later_run_is_told_its_code(run: Path) -> None:
    connection = sqlite3.connect(run / journal.FILE_NAME)
    connection.execute(f"PRAGMA user_version = {versions.VERSION + 1}")
    connection.close()
    for opened in (api.read_run, api.reopen_run, folders.reopen):
        with pytest.raises(JournalError, match="PED1216"):
            opened(run)
