"""Searches by DSPy's optimizers, on a tutor that does better where it is told to ask how: they find that out, find the
same however they are run, and go on where they were stopped."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pedalang import plan
from pedalang.runtime.engines.engine import Request
from pedalang.runtime.errors import EngineError, RunError
from pedalang.study import optimizers
from pedalang.study.prompting import searching
from pedalang.study.tuning import keeping
from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.spending import Spent
from pedalang.study.tuning.task import Task, Watcher

VOICE, EXAMPLES = plan.Slot("role", "Tutor", "voice"), plan.Slot("role", "Tutor", "examples")
TUNE = {"gepa": (VOICE,), "mipro_v2": (VOICE, EXAMPLES), "random_search": (EXAMPLES,), "bootstrap": (EXAMPLES,),
        "copro": (VOICE,), "simba": (VOICE, EXAMPLES)}
SMALL = {"train": plan.Selection("sums", "train", sample=5, seed=2),
         "dev": plan.Selection("sums", "dev", sample=4, seed=2)}
"""Of eight and six problems."""


class Killed(BaseException):
    """A process that is no more."""


class Killing(Watcher):
    """Kills when a candidate has been accepted."""

    def tried(self, candidate: Candidate, best: Candidate) -> None:
        if candidate.accepted and candidate.number:
            raise Killed


def found(task: Task) -> tuple[bytes, bytes]:
    """The candidates, and the artefact of the best one."""
    content = keeping.content(task.of, task.chosen.flow, task.chosen.method, task.best.tuned, {})
    keeping.keep(task.folder / "tuned", task.chosen.name, task.of, content, data={}, licences={}, seed=1, measures={})
    artefact = (task.folder / "tuned" / "artefact.json").read_bytes()
    return msgspec.json.encode(task.kept.candidates), artefact


@pytest.mark.parametrize(("method", "rows"), [("gepa", SMALL), ("mipro_v2", SMALL), ("random_search", SMALL),
                                              ("copro", SMALL), ("bootstrap", {"auto": "medium"}),
                                              pytest.param("simba", SMALL, marks=pytest.mark.full)])
def test_the_same_is_found_with_eight_threads_with_one_and_after_a_kill(
        method: str, rows: dict[str, Any], lesson: plan.Plan, kit: SimpleNamespace, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    search = optimizers.load(method)
    how: dict[str, Any] = {"tune": TUNE[method], **rows}
    monkeypatch.setattr(searching, "THREADS", 8)
    with kit.opened(lesson, tmp_path / "eight", method, **how) as task:
        search(task)
        whole = found(task)
        hows = [each.how for each in task.kept.candidates]
        assert hows[0] == "as written"
        assert all(how.startswith(f"{method}: teacher.speech") for how in hows[1:])
        first, best = task.kept.candidates[0], task.best
        assert best.accepted
        assert best.number
        assert best.score.value > first.score.value
    monkeypatch.setattr(searching, "THREADS", 1)
    with pytest.raises(Killed), kit.opened(lesson, tmp_path / "one", method, watcher=Killing(), **how) as task:
        search(task)
    with kit.opened(lesson, tmp_path / "one", method, **how) as task:
        search(task)
        assert task.best.score == best.score
        assert found(task) == whole


@pytest.mark.full
def test_simba_writes_rules(lesson: plan.Plan, kit: SimpleNamespace, tmp_path: Path) -> None:
    with kit.opened(lesson, tmp_path, "simba", tune=(VOICE,), **SMALL) as task:
        optimizers.load("simba")(task)
        assert task.best.tuned.voices["teacher.speech"].instructions.endswith("\n\nAsk how the student got there.")


def test_what_is_not_tuned_stays(lesson: plan.Plan, kit: SimpleNamespace, tmp_path: Path) -> None:
    with kit.opened(lesson, tmp_path, "gepa", tune=(plan.Slot("move", "help", "intent"),), **SMALL) as task:
        optimizers.load("gepa")(task)
        assert len(task.kept.candidates) > 1
        for candidate in task.kept.candidates[1:]:
            assert not candidate.tuned.voices
            assert list(candidate.tuned.intents) == ["teacher.help"]


def test_a_budget_ends_a_search_and_what_was_found_is_there(lesson: plan.Plan, kit: SimpleNamespace,
                                                            tmp_path: Path) -> None:
    budget = plan.Budget(calls=60)
    with kit.opened(lesson, tmp_path, "gepa", tune=(VOICE,), budget=budget, **SMALL) as task:
        with pytest.raises(Spent, match="60 calls"):
            optimizers.load("gepa")(task)
        assert task.kept.candidates
        assert task.spending.cost.calls < 120


def test_a_writer_that_fails_is_the_engine_s_own_error(lesson: plan.Plan, kit: SimpleNamespace,
                                                      tmp_path: Path) -> None:
    def answer(request: Request) -> Any:
        return EngineError("PED1104", "no key") if request.purpose == "prompt" else kit.answer(request)

    for method in ("gepa", "copro"):
        with kit.opened(lesson, tmp_path / method, method, answer, tune=(VOICE,), **SMALL) as task, \
                pytest.raises(EngineError, match="PED1104"):
            optimizers.load(method)(task)


@pytest.mark.parametrize("method", ["gepa", "copro"])
def test_a_writer_that_writes_nothing_usable_is_told(method: str, lesson: plan.Plan, kit: SimpleNamespace,
                                                     tmp_path: Path) -> None:
    def answer(request: Request) -> Any:
        return "Well." if request.purpose == "prompt" else kit.answer(request)

    with kit.opened(lesson, tmp_path, method, answer, tune=(VOICE,), **SMALL) as task, \
            pytest.raises(RunError, match="PED1331") as error:
        optimizers.load(method)(task)
    assert "\n" not in str(error.value).partition("\n  ")[0]


@pytest.mark.parametrize(("method", "tune"), [("gepa", (EXAMPLES,)), ("random_search", (VOICE,))])
def test_a_method_needs_something_of_its_kind(method: str, tune: tuple[plan.Slot, ...], lesson: plan.Plan,
                                              kit: SimpleNamespace, tmp_path: Path) -> None:
    with kit.opened(lesson, tmp_path, method, tune=tune, **SMALL) as task, pytest.raises(RunError, match="PED1330"):
        optimizers.load(method)(task)


def test_dspy_prints_nothing(lesson: plan.Plan, kit: SimpleNamespace, tmp_path: Path,
                             capfd: pytest.CaptureFixture[str]) -> None:
    class Telling(Watcher):
        def played(self, name: str, dialogues: int) -> None:
            print("played", dialogues)

    with kit.opened(lesson, tmp_path, "bootstrap", tune=(EXAMPLES,), watcher=Telling(), **SMALL) as task:
        optimizers.load("bootstrap")(task)
    out, err = capfd.readouterr()
    assert set(out.split()) <= {"played", "1", "4"}
    assert not err


def test_mipro_says_what_to_install(lesson: plan.Plan, kit: SimpleNamespace, tmp_path: Path,
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    with kit.opened(lesson, tmp_path, "mipro_v2", tune=(VOICE,), **SMALL) as task:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(RunError, match="PED1332"):
            optimizers.load("mipro_v2")(task)
