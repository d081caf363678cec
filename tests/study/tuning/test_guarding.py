"""What watches over weights in a search: a tutor whose engine moves, and answers questions, as its adapter says."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang import api
from pedalang.overlay import Adapter, Tuned
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.study import optimizers
from pedalang.study.tuning import ability
from pedalang.study.tuning.guarding import Guard
from pedalang.study.tuning.outcome import Outcome
from pedalang.study.tuning.task import Task
from tests.study.tuning.patience import PROGRAM, ROWS, tuned, written

RULE = PROGRAM[PROGRAM.index("  policy rule"):PROGRAM.index("  voice:")]
MONITORED = PROGRAM.replace(RULE, "  policy model\n").replace("optimize lesson", """rubric Talk {
  criterion long by code { score: history.turns / 12 }
}
optimize lesson""").replace("  trainset:", "  monitor: Talk.total\n  trainset:").replace(
    "tune: [Tutor.thresholds, Tutor.voice]", "tune: [Tutor.weights]").replace("dev: 4..7", "dev: 4..11").replace(
    "exam: 7..11", "exam: 11..15")
RIGHT = {item.ask: item.right for item in ability.items()}


def answer(request: Request) -> Reply:
    """With the adapter `eager` it tells where it may; with `forgetful` it knows no answer any more."""
    if request.purpose == "ability":
        right = request.choices.index(RIGHT[request.messages[-1].text])
        best = (right + 1) % 4 if request.adapter == "forgetful" else right
        return Reply(request.choices[best], best, tuple(-0.5 if place == best else -3.0 for place in range(4)))
    last = len(request.choices) - 1
    picked = last if request.adapter == "eager" and request.purpose == "move" else 0
    return Reply(request.choices[picked], picked, tuple(-0.5 if place == picked else -3.0 for place in range(last + 1)))


def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, adapter: str) -> Outcome:
    """A search that tries one adapter."""
    engine = scripted.from_function(answer, "scripted:")

    def search(task: Task) -> None:
        Guard(task).tried(Tuned(weights={"teacher": Adapter("0" * 64, "1" * 64, adapter)}), how=adapter)

    monkeypatch.setattr(optimizers, "load", lambda name: search)
    monkeypatch.setattr(api, "open_engines", lambda uris, environment: dict.fromkeys(uris, engine))
    rows = ROWS + "".join(f"{a},{a + 2}\n" for a in range(11, 15))
    return tuned(written(tmp_path / "program", MONITORED, rows), tmp_path / "out")


def test_weights_that_change_nothing_are_let_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = searched(tmp_path, monkeypatch, "same")
    checked = found.candidates[1].checked
    assert checked is not None and checked.broken == "" and found.stopped == ""
    assert checked.ability["teacher"].before.value == 1.0
    assert [each.name for each in checked.metric.witnesses] == ["held out", "fresh", "own", "spoken"]


def test_general_ability_that_is_lost_ends_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = searched(tmp_path, monkeypatch, "forgetful")
    assert found.stopped.startswith("teacher: general ability fell: right answers lost 2.50 nats a token")
    assert found.best == 0


def test_a_metric_that_leaves_its_witness_ends_the_search_and_is_not_taken(tmp_path: Path,
                                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    found = searched(tmp_path, monkeypatch, "eager")
    first, eager = found.candidates
    assert (eager.score.value or 0) > (first.score.value or 0)
    assert found.stopped.startswith("the metric rose by ")
    assert "while `held out` changed by -" in found.stopped
    assert found.best == 0 and not eager.accepted and found.front == (0,)


def test_a_search_that_goes_on_asks_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = searched(tmp_path, monkeypatch, "eager")
    monkeypatch.setattr("tests.study.tuning.test_guarding.answer", lambda request: pytest.fail("it was asked"))
    assert searched(tmp_path, monkeypatch, "eager") == first
