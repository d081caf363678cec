"""A run whose judges fail, and a run that is scored again: what is missing is missing, and nobody is asked twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pedalang.runtime.engines import opening, scripted
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError
from tests.cli.conftest import Ped

PROGRAM = """
move ask for teacher { say: ["How many is that?"] }
role Tutor() { moves: [ask] }
student Learner() { act answers { say: ["I counted."] } }
scale Five ordinal {
  level 1 "one": "Bad."
  level 2 "two": "Poor."
  level 3 "three": "Fair."
  level 4 "four": "Good."
  level 5 "five": "Very good."
}
type Item { id: Int }
dataset items from "items.jsonl" as Item { licence: "CC0-1.0" map id <- row.id }
flow lesson(item: Item) {
  cast teacher: Tutor
  cast student: Learner
  phase work max 2 turns {
    turn teacher
    turn student
    -> done at max
  }
  phase done final {}
}
rubric Quality on dialogue {
  criterion good weight 1 scale Five by judge { ask: "How good is it, item {{ item.id }}?"%s }
}
run demo { flow: lesson  data: items  score: Quality }
"""
FAILING = [4 * number + 2 for number in range(12)]


def program(folder: Path, how: str, items: int) -> None:
    (folder / "main.ped").write_text(PROGRAM % how)
    (folder / "items.jsonl").write_text("".join(f'{{"id": {number}}}\n' for number in range(items)))


class Judge(scripted.Scripted):
    """Answers by a function, with weights that a cache can go by."""

    def __init__(self, script: scripted.Script) -> None:
        super().__init__(script)
        self.name, self.model = "made:judge", "weights"


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Callable[[scripted.Script], None]:
    """Lets the address `made:judge` be answered by a function."""
    real = opening.open_engine

    def set_to(script: scripted.Script) -> None:
        monkeypatch.setattr(opening, "open_engine",
                            lambda uri, given: Judge(script) if uri == "made:judge" else real(uri, given))

    return set_to


ROLES = ("--engine", "random:", "--role", "judge=made:judge")


def test_twelve_of_fifty_judgements_that_fail_leave_the_mean_of_the_others(
        ped: Ped, folder: Path, judge: Callable[[scripted.Script], None]) -> None:
    """Fifty that are worth 4, of which twelve fail: the mean is 4.00, and not the 3.04 of twelve zeros."""
    program(folder, "", 50)

    def script(request: Request) -> Reply | EngineError:
        failed = int(request.key.split("/")[0]) in FAILING
        return EngineError("PED1107", "no level") if failed else Reply("four", request.choices.index("four"))

    judge(script)
    outcome = ped("run", "main.ped", *ROLES, "--out", "run")
    assert outcome.code == 1, "more is missing than the twentieth that is fine"
    scores = json.loads((folder / "run" / "scores.json").read_text())
    measure = scores["measures"]["good"]
    assert (1 + 4 * measure["value"], measure["n"], measure["missing"]) == (4.0, 38, 12)
    line = next(line for line in outcome.out.splitlines() if line.startswith("good"))
    assert line.split()[:2] == ["good", "0.750"]
    assert "38       12" in line
    assert "judge `good`: 38 of 50 judgements, 12 missing" in outcome.out


def test_a_run_that_is_made_again_sends_no_request(ped: Ped, folder: Path, monkeypatch: pytest.MonkeyPatch,
                                                   judge: Callable[[scripted.Script], None]) -> None:
    """In its own folder by its journal; in a new one by the cache of answers."""
    program(folder, "  votes: 3  orders: 2  reason: after  limit: 20 tokens  evidence: required", 3)
    sent: list[str] = []

    def script(request: Request) -> Reply | str:
        sent.append(request.key)
        if request.choices:
            return Reply("four", request.choices.index("four"), tokens_in=50, computed=5)
        return '{"line": 1, "quote": "How many"}' if "evidence" in request.key else "It asks."

    judge(script)
    monkeypatch.setenv("PEDALANG_CACHE", str(folder / "cache"))
    first = ped("run", "main.ped", *ROLES, "--out", "one")
    assert first.code == 0, first.err
    assert len(sent) == 3 * (3 + 1 + 1), "three votes, a reason and a quote each"
    sent.clear()
    assert ped("report", "one").code == 0
    assert ped("run", "main.ped", *ROLES, "--out", "two").code == 0
    assert sent == []
    one, two = (json.loads((folder / name / "scores.json").read_text()) for name in ("one", "two"))
    assert (one["measures"], one["dialogues"]) == (two["measures"], two["dialogues"])
    assert (one["judges"]["good"]["cost"]["kept"], two["judges"]["good"]["cost"]["kept"]) == (0, 15)
    assert one["dialogues"][0]["judged"]["good"][0]["quote"] == "How many"
