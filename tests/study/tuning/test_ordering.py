"""Problems to learn from come by a curriculum, and the same search without it stands beside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pedalang import journal
from pedalang.runtime.errors import RunError
from pedalang.study import sampling
from pedalang.study.sampling import Baseline, Result
from pedalang.study.tuning import control
from pedalang.study.tuning.ordering import Ordering
from tests.study.tuning.patience import PROGRAM, tuned, written

CURRICULUM = 'curriculum hardest { order: easy_first  data: sums  by: "b" }\n'
ORDERED = CURRICULUM + PROGRAM.replace("method: thresholds", "method: bandit").replace(
    "tune: [Tutor.thresholds]", "tune: [Tutor.policy]\n  curriculum: hardest")
ROWS = "a,b\n" + "".join(f"{a},{20 - a}\n" for a in range(11))


class Heard:
    """An order that remembers what it is told."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    def take(self, n: int) -> list[int]:
        return [*range(n)]

    def learn(self, results: Sequence[Result]) -> None:
        self.results += results


def test_tries_of_a_problem_are_a_group_and_a_single_one_stands_beside_its_kind() -> None:
    heard = Heard()
    order = Ordering(heard, Baseline(("a", "a", "b")))
    assert order.take(2) == [0, 1]
    order.hear([(0, 1.0), (0, 0.0), (1, None), (2, 0.75)])
    order.hear([(2, 0.25)])
    assert heard.results == [Result(0, 1.0, 1.0), Result(0, 0.0, -1.0), Result(2, 0.75, 0.25), Result(2, 0.25, -0.5)]
    assert sampling.advantages([1.0, 0.0]) == [1.0, -1.0]


def test_problems_come_by_the_curriculum_and_the_control_by_none(tmp_path: Path) -> None:
    found = tuned(written(tmp_path / "p", ORDERED, ROWS), tmp_path / "out")

    def first(folder: Path) -> list[int]:
        events = journal.open_journal(folder / "rollouts" / "round-0")
        try:
            return [each.item["sum"]["b"] for each in events.episodes()]
        finally:
            events.close()

    assert first(tmp_path / "out") == [17, 18, 19, 20], "the easiest first"
    assert first(tmp_path / "out" / control.FOLDER) == [20, 19, 18, 17], "as they stand"
    assert found.control is not None and found.test is not None
    assert found.control.curriculum == "hardest"
    assert len(found.control.candidates) == len(found.candidates)
    assert found.control.cost.calls > 0
    (rival,) = (each for each in found.test.rivals if each.arm.name == control.NAME)
    assert rival.difference.n == 4


def test_without_a_curriculum_there_is_no_control(tmp_path: Path) -> None:
    found = tuned(written(tmp_path / "p", ORDERED.replace("  curriculum: hardest\n", ""), ROWS), tmp_path / "out")
    assert found.control is None
    assert not (tmp_path / "out" / control.FOLDER).exists()


def test_a_method_that_looks_at_all_problems_has_no_use_for_one(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        fitted = ORDERED.replace("method: bandit", "method: thresholds").replace("Tutor.policy", "Tutor.thresholds")
        tuned(written(tmp_path / "p", fitted), tmp_path / "out")
    assert caught.value.code == "PED1360"
