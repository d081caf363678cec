"""`programs/coaching`: recorded lessons, cut into segments, scored without a model that generates."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pedalang.cli import main

COACHING = Path(__file__).resolve().parents[2] / "programs" / "coaching"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    shutil.copytree(COACHING, tmp_path / "coaching")
    return tmp_path / "coaching" / "main.ped"


def ped(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def observed(program: Path, name: str, *more: str) -> Any:
    told = ped("observe", program, name, "--role", "judge=random:", "--missing", "1", "--out", program.parent / name,
               "--json", *more)
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def test_it_has_no_mistakes_and_its_tests_pass(program: Path) -> None:
    checked = ped("check", "--json", program)
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["diagnostics"] == []
    assert ped("test", program).exit_code == 0


def test_lessons_are_scored_in_segments(program: Path) -> None:
    found = observed(program, "talk")
    first, second = found["dialogues"]
    assert [(part["first"], part["last"]) for part in first["parts"]["student_voice"]] == [(0, 12), (13, 21)]
    assert [(part["first"], part["last"]) for part in second["parts"]["student_voice"]] == [(0, 12)]
    moves = [part["value"] for part in first["parts"]["moves_present"]]
    assert moves == [pytest.approx(6 / 6), pytest.approx(4 / 6)]
    assert second["values"]["moves_present"] == pytest.approx(1 / 6)
    assert second["values"]["student_voice"] < first["values"]["student_voice"]
    assert found["range"] == [0.0, 100.0]
    assert set(found["contracts"]["clauses"]) == {
        f"AccountableTalk.{clause}" for clause in ("waits", "presses", "no_monologue", "revoiced")}
    assert found["measures"]["coach_note"] == {"value": None, "n": 0, "missing": 2, "low": None, "high": None}
    assert found["measures"]["total"]["n"] == 2
    assert found["measures"]["press"]["missing"] == 2, "chance copies no line"
    assert "PED1243" in first["parts"]["press"][0]["missing"]


def test_scaffolding_is_judged_in_whole_lessons(program: Path) -> None:
    found = observed(program, "support", "-n", "1")
    assert list(found["measures"]) == ["contingency", "fading", "transfer", "total"]
    assert not found["judges"]["fading"]["validated"]


def test_recorded_dialogues_need_nobody_else(program: Path) -> None:
    wrong = ped("observe", program, "talk", "--role", "teacher=random:")
    assert wrong.exit_code == 2
    assert "PED1408" in wrong.stderr
