"""`ped journal`: verify says what is wrong and how it ends, export and redact write what they say."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Ped


@pytest.fixture
def run(ped: Ped) -> str:
    assert ped("run", "first/main.ped", "--engine", "random:", "-n", "3", "--out", "runs/demo").code == 0
    return "demo"


def test_a_sound_journal_is_verified_with_its_hash(ped: Ped, run: str) -> None:
    told = ped("journal", "verify", run)
    assert told.code == 0 and told.err == ""
    first, second = told.out.splitlines()
    assert first == "3 of 3 dialogues ended; every turn comes out again from its answers; it is the journal that was " \
        "scored"
    assert second == f"journal sha256:{ped('journal', 'verify', run, '--json').json['digest']}"


def test_what_is_wrong_is_told_with_its_code(ped: Ped, run: str) -> None:
    connection = sqlite3.connect("runs/demo/journal.sqlite")
    with connection:
        connection.execute("UPDATE turns SET text = 'No.' WHERE episode = 1 AND turn = 0")
    connection.close()
    told = ped("journal", "verify", run)
    assert told.code == 1 and "PED1252" in told.err and "dialogue 1" in told.err and "2 flaws" in told.out
    found = ped("journal", "verify", run, "--json")
    assert found.code == 1 and not found.json["ok"]
    assert [each["code"] for each in found.json["diagnostics"]] == ["PED1252", "PED1255"]


def test_no_run_is_a_coded_error(ped: Ped) -> None:
    for command in (["verify"], ["export"], ["redact", "--out", "copy"]):
        assert "PED1210" in ped("journal", *command, "nowhere").err


def test_lines_go_to_stdout_or_a_file(ped: Ped, run: str) -> None:
    told = ped("journal", "export", run)
    assert [json.loads(line)["episode"] for line in told.out.splitlines()] == [0, 1, 2]
    assert ped("journal", "export", run, "--out", "lines.jsonl").code == 0
    assert Path("lines.jsonl").read_text() == told.out
    gone = ped("journal", "export", run, "--out", "nowhere/lines.jsonl")
    assert gone.code == 1 and "PED1405" in gone.err


def test_tables_go_to_the_run_s_folder(ped: Ped, run: str) -> None:
    told = ped("journal", "export", run, "--format", "parquet")
    assert told.out.splitlines() == [f"runs/demo/parquet/{name}.parquet"
                                     for name in ("dialogues", "turns", "completions", "interventions")]
    assert all(Path(path).is_file() for path in told.out.splitlines())


def test_a_redacted_copy_is_reported_and_not_resumed(ped: Ped, run: str) -> None:
    told = ped("journal", "redact", run, "--out", "copy", "--text", "all", "--name", "Count", "--json")
    assert told.code == 0 and told.json["run"] == "copy" and told.json["persons"] >= 1
    assert "fit together (redacted)" in ped("journal", "verify", "copy").out
    assert ped("report", "copy").code == 0 and Path("copy/report.html").is_file()
    again = ped("run", "--resume", "copy")
    assert again.code == 1 and "PED1210" in again.err and "redacted copy" in again.err
