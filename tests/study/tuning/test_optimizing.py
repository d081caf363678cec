"""A search over candidates: each is played as a run, kept, compared on the dev set; the best is tested on what nobody
has seen. What was stopped goes on to the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pedalang import journal, plan
from pedalang.overlay import Tuned
from pedalang.runtime.errors import RunError
from pedalang.study import optimizers
from pedalang.study.tuning import keeping, ledger
from pedalang.study.tuning.task import Task
from tests.study.tuning.patience import PROGRAM, ROWS, plan_of, tuned, written

NUMBER = "teacher.policy.1.1"


def soonest(task: Task) -> None:
    """Tries smaller and smaller numbers of tries after which the tutor tells."""
    found = task.played(task.best.tuned, task.train, name="train")
    assert len(found) == len(task.train) == 4
    for number in (2, 1, 0):
        task.tried(Tuned(thresholds={NUMBER: number}), how=f"tell after {number}", parents=(task.best.number,))


@pytest.fixture(autouse=True)
def search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimizers, "load", lambda name: soonest)


def test_the_best_on_the_dev_set_is_tested_on_what_nobody_has_seen(tmp_path: Path) -> None:
    found = tuned(written(tmp_path / "p"), tmp_path / "out")
    assert [each.how for each in found.candidates] == ["as written", "tell after 2", "tell after 1", "tell after 0"]
    scores = [each.score.value or 0.0 for each in found.candidates]
    assert scores == sorted(scores) and found.candidates[found.best].how == "tell after 1"
    assert [each.accepted for each in found.candidates] == [True, True, True, False]
    assert found.test is not None and found.test.difference.n == 4
    assert found.test.difference.low is not None and found.test.difference.low > 0
    assert found.test.written.broken_hard == found.test.tuned.broken_hard == 0
    assert found.best in found.front and 0 not in found.front
    assert (tmp_path / "out" / "rollouts" / "test-tuned" / journal.FILE_NAME).is_file()


def test_candidates_draw_the_same(tmp_path: Path) -> None:
    tuned(written(tmp_path / "p"), tmp_path / "out")
    runs = [journal.open_journal(each) for each in sorted((tmp_path / "out" / "rollouts").glob("dev-*"))]
    firsts = {tuple((turn.role, turn.text) for turn in run.turns(0)[:2]) for run in runs}
    assert len(runs) == 4 and len(firsts) == 1
    for run in runs:
        run.close()


def test_the_same_again_is_the_same_bytes(tmp_path: Path) -> None:
    file = written(tmp_path / "p")
    for name in ("a", "b"):
        tuned(file, tmp_path / name)
    for name in ("tuned/artefact.json", "tuning.json", "ledger.jsonl", "optimization.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.parametrize("after", [1, 2, 3])
def test_what_was_stopped_goes_on_to_the_same(tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    file, kept = written(tmp_path / "p"), ledger.Ledger.keep
    whole = tuned(file, tmp_path / "whole")

    def stopped(self: ledger.Ledger, candidate: ledger.Candidate) -> None:
        kept(self, candidate)
        if len(self.candidates) > after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ledger.Ledger, "keep", stopped)
        tuned(file, tmp_path / "out")
    with (tmp_path / "out" / ledger.FILE_NAME).open("ab") as file_:
        file_.write(b'{"number": 7, "cut off in the mid')
    assert tuned(file, tmp_path / "out") == whole
    for name in ("tuned/artefact.json", "tuning.json", "ledger.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_a_budget_ends_the_search_and_the_best_so_far_counts(tmp_path: Path) -> None:
    file = written(tmp_path / "p")
    all_of_it = tuned(file, tmp_path / "all")
    budget = all_of_it.cost.calls - all_of_it.candidates[-1].cost.calls
    found = tuned(file, tmp_path / "out", budget=plan.Budget(calls=budget))
    assert found.stopped == f"the budget of {budget} calls is used up"
    assert found.candidates == all_of_it.candidates[:-1]
    assert found.candidates[found.best].score.value == max(each.score.value or 0 for each in found.candidates)


def test_where_a_promise_breaks_a_dialogue_is_worth_nothing(tmp_path: Path) -> None:
    broken = PROGRAM.replace("soft quick: eventually student.correct", "hard slow: at least 3 ask")
    found = tuned(written(tmp_path / "p", broken), tmp_path / "out")
    early = next(each for each in found.candidates if each.how == "tell after 1")
    assert early.score.value == 0 and early.rejected == len(early.scores) == 3 and early.broken_hard == 3
    assert found.candidates[found.best].rejected == 0


def test_without_a_dev_set_a_third_is_held_back(tmp_path: Path) -> None:
    program = PROGRAM.replace("  devset: sums.dev\n", "").replace("train: 0..4, dev: 4..7", "train: 0..6, dev: 6..7")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(optimizers, "load", lambda name: lambda task: None)
        found = tuned(written(tmp_path / "p", program), tmp_path / "out")
    assert (found.train, found.dev) == (4, 2)


@pytest.mark.parametrize(("rows", "said"), [(ROWS.replace("5,7\n", "1,3\n"), "is in `trainset:` too"),
                                            (ROWS.replace("9,11\n", "4,6\n"), "is in `devset:` too")])
def test_a_problem_in_two_sets_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(RunError) as raised:
        tuned(written(tmp_path / "p", rows=rows), tmp_path / "out")
    assert raised.value.code == "PED1324" and said in str(raised.value)


def test_a_folder_of_another_tuning_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "p")
    tuned(file, tmp_path / "out")
    with pytest.raises(RunError) as raised:
        tuned(file, tmp_path / "out", seed=2)
    assert raised.value.code == "PED1320"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ledger.FILE_NAME).write_text("mine\n")
    with pytest.raises(RunError) as raised:
        tuned(file, tmp_path / "other")
    assert raised.value.code == "PED1321"


def test_what_was_found_before_is_tried_first(tmp_path: Path) -> None:
    file = written(tmp_path / "p")
    found = tuned(file, tmp_path / "out", before={"from before": Tuned(thresholds={NUMBER: 1})})
    assert [each.how for each in found.candidates[:2]] == ["as written", "from before"]
    assert found.candidates[found.best].how == "from before"


def test_the_artefact_says_what_it_was_made_of(tmp_path: Path) -> None:
    file = written(tmp_path / "p")
    found = tuned(file, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "tuned" / "artefact.json").read_text())
    of = plan_of(file)
    assert said["program"] == plan.digest(of) and said["content"]["ir"] == plan.flow_digest(of, "lesson")
    assert said["data"] == found.data and said["licences"] == {"sums": "CC0-1.0"}
    assert said["content"]["sources"] == of.sources and said["content"]["templates"] == keeping.templates()
    assert said["seed"] == 1 and said["libraries"].keys() >= {"dspy", "numpy"}
    assert said["measures"]["difference"]["value"] == pytest.approx(found.test.difference.value)  # type: ignore[union-attr]
    assert keeping.put_on(of, tmp_path / "out" / "tuned") != of
