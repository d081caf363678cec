"""`ped judge audit`: a table and one object, of a run and of recorded dialogues."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Ped
from tests.cli.test_judges import DEMO, judged

PLAYERS = ("--role", "teacher=random:", "--role", "student=random:")


def test_the_judges_of_a_run_are_audited(ped: Ped, folder: Path) -> None:
    judged(folder)
    ped("run", DEMO, "-n", "3", "--engine", "random:", "--out", "run")
    before = (folder / "run" / "scores.json").read_bytes()
    found = ped("judge", "audit", "run", "kind", "-n", "2", "--json").json["audits"]
    assert list(found) == ["kind"]
    assert list(found["kind"]["probes"]) == ["position", "pairs", "padding", "verbosity", "repeat", "own"]
    assert (found["kind"]["dialogues"], found["kind"]["judgements"]) == (2, 2)
    assert found["kind"]["probes"]["own"]["why"] == "the judge's own model speaks in all of these dialogues"
    assert (folder / "run" / "scores.json").read_bytes() == before
    table = ped("judge", "audit", "run").out
    assert [line.split(" (")[0] for line in table.splitlines() if line.startswith("judge")] == [
        "judge `kind`", "judge `clear`"]


def test_what_cannot_be_audited_is_said(ped: Ped, folder: Path) -> None:
    ped("run", DEMO, "-n", "1", "--engine", "random:", "--out", "plain")
    none = ped("judge", "audit", "plain")
    assert (none.code, "PED1244" in none.err) == (1, True)
    judged(folder)
    ped("run", DEMO, "-n", "1", "--engine", "random:", "--out", "run")
    wrong = ped("judge", "audit", "run", "kindd")
    assert (wrong.code, "did you mean `kind`" in wrong.err) == (2, True)
    assert ped("judge", "audit", "run", "--role", "teacher=random:").code == 2


PAIRED = """
move ask for teacher { say: ["How many is that?", "What comes next?"] }
role Tutor(style: Text) { moves: [ask] }
student Learner() { act answers { say: ["I counted."] } }
scale Good ordinal {
  level 0 "no": "It does not."
  level 1 "yes": "It does."
}
flow lesson(style: Text, task: Int) {
  cast teacher: Tutor(style)
  cast student: Learner
  phase work max 2 turns {
    turn teacher
    turn student
    -> done at max
  }
  phase done final {}
}
rubric Quality on dialogue {
  criterion asks weight 1 scale Good by judge { ask: "Does the tutor ask well?"  pairwise: true  orders: 2 }
}
matrix styles {
  run: lesson(style, task)
  score: Quality
  vary style in ["kind", "plain"]
  vary task in [1, 2, 3]
  judge_bias: { swap_order: true }
  report: { rows: style, compare: paired(by: [task]) }
}
"""


def test_dialogues_of_a_matrix_are_compared_two_by_two(ped: Ped, folder: Path) -> None:
    (folder / "pairs.ped").write_text(PAIRED)
    outcome = ped("run", "pairs.ped", "--engine", "random:", "--out", "pairs")
    assert outcome.code == 0, outcome.err
    assert "`asks` two by two (random:): 3 pairs, 3 ties, a win is one in both orders" in outcome.out
    (pairs,) = json.loads((folder / "pairs" / "scores.json").read_text())["pairs"]
    assert [(each["system"], each["ties"]) for each in pairs["systems"]] == [("kind", 3), ("plain", 3)]
    assert ped("journal", "verify", "pairs").code == 0
    page = (folder / "pairs" / "report.html").read_text()
    assert '<h2 id="judges-title">Judges</h2>' in page
    assert "3 pairs by random:, 3 ties. A win is one in both orders." in page
    assert "was preferred in 50%" in page
