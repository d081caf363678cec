"""`programs/guided_fraction`: its problems are true, its tests hold, and its dialogues keep the hard promises."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from click.testing import CliRunner

from pedalang import journal
from pedalang.cli import main
from pedalang.compiler import compile

FOLDER = Path(__file__).resolve().parents[2] / "programs" / "guided_fraction"
PROGRAM = FOLDER / "main.ped"
ROWS = {row["id"]: row for row in map(json.loads, (FOLDER / "problems.jsonl").read_text("utf-8").splitlines())}


def ped(*arguments: object) -> str:
    told = CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.stdout


def test_nothing_is_wrong_with_it() -> None:
    assert {each.code for each in compile.check_text(PROGRAM.read_text("utf-8"))} <= {"PED0901"}


def test_each_solution_ends_with_its_answer_and_no_wrong_one_is_right() -> None:
    for row in ROWS.values():
        assert row["steps"][-1].rstrip(".").split()[-1] == row["answer"], row["id"]
        assert Fraction(row["answer"]) != Fraction(row["wrong_answer"]), row["id"]


def test_its_tests_hold() -> None:
    assert ped("test", PROGRAM).endswith("none failed\n")


def test_learners_say_what_was_computed_and_no_hard_promise_is_broken(tmp_path: Path) -> None:
    told = json.loads(ped("run", PROGRAM, "--engine", "random:", "--seed", 3, "--out", tmp_path / "run", "--json"))
    assert told["contracts"]["hard_broken"] == 0
    events, problems = journal.open_journal(tmp_path / "run"), list(ROWS.values())
    learners = [turn for turn in events.turns() if turn.role == "student"]
    for turn in learners:
        said = problems[turn.episode]["answer" if turn.act == "solves" else "wrong_answer"]
        assert said in turn.text
    assert {turn.act for turn in learners} == {"explains", "holds_on", "solves"}
