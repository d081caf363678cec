"""Which problems a search learns from next: the curriculum of its optimization, told what came of them."""

from __future__ import annotations

from collections.abc import Iterable

from pedalang.study import curricula, sampling
from pedalang.study.sampling import Baseline, Result, Sampler
from pedalang.study.tuning.task import Task

METHODS = ("bandit", "fitted_value", "grpo")
"""Methods that go on from batch to batch of the problems to learn from; others look at all of them."""


class Ordering:
    """An order under way, over the problems of a task."""

    def __init__(self, sampler: Sampler, baseline: Baseline) -> None:
        self._sampler = sampler
        self._baseline = baseline

    def take(self, n: int) -> list[int]:
        """The problems that come next, by their place in `task.train`."""
        return self._sampler.take(n)

    def hear(self, tries: Iterable[tuple[int, float | None]]) -> None:
        """What problems were worth. Tries of one problem are a group; a single one is held against those of its kind
        before it."""
        groups: dict[int, list[float]] = {}
        for problem, score in tries:
            if score is not None:
                groups.setdefault(problem, []).append(score)
        self._sampler.learn([
            Result(problem, score, advantage) for problem, scores in groups.items()
            for score, advantage in zip(scores, self._advantages(problem, scores), strict=True)])

    def _advantages(self, problem: int, scores: list[float]) -> list[float | None]:
        if len(scores) > 1:
            return [*sampling.advantages(scores)]
        return [self._baseline.beyond(problem, score) for score in scores]


def ordering(task: Task, otherwise: str) -> Ordering:
    """That of a task's curriculum; `otherwise` is the order where there is none."""
    chosen = task.of.curricula.get(task.chosen.curriculum)
    if chosen is None:
        count = len(task.train)
        return Ordering(curricula.without(otherwise, count, task.seed), Baseline(sampling.plain(count).kinds))
    rows = [item[task.chosen.row] for item in task.train]
    return Ordering(curricula.opened(chosen, task.of, rows, task.seed),
                    Baseline(curricula.problems(chosen, task.of, rows).kinds))
