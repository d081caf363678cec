"""A program with functions in Python: refused, and with leave played, resumed and scored."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang import plan
from tests.cli.conftest import Ped

PROGRAM = """
type Sum { a: Rational  near: Rational = half(a) }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  map a <- rational(row.a) }
def half(of: Rational) -> Rational = python "mine:half"
def similar(a: Text, b: Text) -> Float = python "mine:similar"
role Tutor(sum: Sum) { sees: [sum.near]  act asks { say: ["What is {{ sum.near }}?"] } }
flow lesson(sum: Sum) { cast teacher: Tutor(sum)  phase done final { turn teacher } }
rubric Like on dialogue { criterion like by code { score: similar("a", turn.text) } }
run main { flow: lesson  data: sums  score: Like }
"""
MINE = "from fractions import Fraction\ndef half(of): return Fraction(of) / 2\n" \
    "def similar(a, b): return len(a) / len(b)\n"


@pytest.fixture(autouse=True)
def program(folder: Path) -> None:
    Path("own.ped").write_text(PROGRAM, encoding="utf-8")
    Path("mine.py").write_text(MINE, encoding="utf-8")
    Path("sums.csv").write_text("a\n3\n5\n", encoding="utf-8")


def test_it_is_warned_of_and_refused(ped: Ped) -> None:
    told = ped("check", "own.ped", "--json")
    assert told.code == 0
    assert [(each["code"], each["severity"]) for each in told.json["diagnostics"]] == [("PED0316", "warning")] * 2
    for command in (("run", "own.ped", "--engine", "random:"), ("compile", "own.ped", "-o", "plan.json")):
        refused = ped(*command)
        assert (refused.code, "error[PED0316]" in refused.err) == (1, True)
    assert not Path("runs").exists() and not Path("plan.json").exists()


def test_with_leave_it_is_played_and_scored(ped: Ped) -> None:
    assert ped("check", "own.ped", "--allow-python").out.endswith("no errors, no warnings\n")
    told = ped("run", "own.ped", "--engine", "random:", "--allow-python", "--out", "run", "--json")
    assert told.code == 0, told.err
    assert [row["values"]["like"] for row in told.json["dialogues"]] == pytest.approx([1 / 12, 1 / 12])
    assert ped("run", "--resume", "run", "--allow-python", "--json").json["dialogues"] == told.json["dialogues"]
    without = ped("run", "--resume", "run", "--json").json["dialogues"]
    assert all("may not be run here" in row["missing"]["like"] for row in without)


def test_the_plan_knows_the_file(ped: Ped) -> None:
    assert ped("compile", "own.ped", "--allow-python", "-o", "plan.json").code == 0
    before = plan.from_json(Path("plan.json").read_bytes())
    Path("mine.py").write_text(MINE + "# changed\n", encoding="utf-8")
    assert ped("compile", "own.ped", "--allow-python", "-o", "plan.json").code == 0
    assert plan.digest(plan.from_json(Path("plan.json").read_bytes())) != plan.digest(before)
    Path("mine.py").unlink()
    missing = ped("check", "own.ped", "--allow-python", "--json")
    assert {each["code"] for each in missing.json["diagnostics"]} == {"PED0206"}
