"""What is missing is never a score, stands beside every mean, and shows in the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ped

DIALOGUES, FAILING = 50, 12
PROGRAM = '''pedalang 1
from std.scales import Likert5

type Sum { question: Text }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0" }

move ask for tutor {}
role Tutor(sum: Sum) {
  moves: [ask]
  sees: [sum.question]
  say ask: ["What is {{ sum.question }}?"]
}

flow lesson(sum: Sum) {
  cast tutor: Tutor(sum)
  phase asking final { turn tutor must ask }
}

rubric Kind on dialogue {
  criterion kind weight 1 scale Likert5 by judge { ask: "Is the tutor kind?" }
}

run demo { flow: lesson  data: sums  score: Kind }
'''


@pytest.fixture
def program(folder: Path) -> str:
    """50 dialogues, and a judge who gives each the level 4 but says nothing that can be read of 12."""
    (folder / "main.ped").write_text(PROGRAM)
    (folder / "sums.csv").write_text("question\n" + "".join(f"{at} + 1\n" for at in range(DIALOGUES)))
    failing = {f"{at}/-1/judge.*": "as a language model" for at in range(FAILING)}
    (folder / "judge.json").write_text(json.dumps({**failing, "*/judge.*": "good"}))
    return "main.ped"


def _run(ped: Ped, program: str, *more: str) -> tuple[int, str, str]:
    found = ped("run", program, "--engine", "random:", "--role", "judge=scripted:judge.json", "--out", "run", *more)
    return found.code, found.out, found.err


def test_failed_judgements_are_no_scores(ped: Ped, program: str, folder: Path) -> None:
    code, out, err = _run(ped, program)
    scores = json.loads((folder / "run" / "scores.json").read_text())
    values = [row["values"]["kind"] for row in scores["dialogues"]]
    true = values[FAILING]
    assert values == [None] * FAILING + [true] * (DIALOGUES - FAILING)
    for name in ("kind", "total"):
        found = scores["measures"][name]
        assert (found["value"], found["n"], found["missing"]) == (pytest.approx(true), 38, 12)
    line = next(line for line in out.splitlines() if line.startswith("kind")).split()
    assert (line[1], line[5:7]) == (f"{true:.3f}", ["38", "12"])
    assert (code, "PED1224" in err, "`kind` has no value in 12 of 50 dialogues" in err) == (1, True, True)


def test_how_much_may_be_missing_can_be_said(ped: Ped, program: str) -> None:
    code, _, err = _run(ped, program, "--missing", "24%")
    assert (code, "PED1224" in err) == (0, False)


def test_a_share_is_between_nothing_and_all(ped: Ped, program: str) -> None:
    for given in ("-1", "101%", "some"):
        code, _, err = _run(ped, program, "--missing", given)
        assert (code, f"`{given}` is no share" in err) == (2, True)
