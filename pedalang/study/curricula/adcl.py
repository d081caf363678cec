"""Easy first, where what is easy is estimated again as the learner changes: adaptive difficulty curriculum learning
(Zhang et al. 2025).

Problems are ordered by how often they fail, and cut into batches. Before a batch begins, the difficulty of its problems
is estimated anew, and they are put in order. Here the estimate is made of the tries that there were: a problem's own,
else those of its kind, else what it began with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import Problems, Result, Sampler

SETTINGS: Mapping[str, float] = {"batch": 8, "rate": 0.5}
ADAPTS = True


class Easiness:
    """The pass rate of each problem: the latest tries count most, each with the weight `rate`."""

    def __init__(self, problems: Problems, rate: float) -> None:
        self._problems = problems
        self._rate = rate
        self._own: dict[int, float] = {}
        self._of_kind: dict[str, float] = {}

    def saw(self, problem: int, reward: float) -> None:
        """Hears of a try, worth 0 to 1."""
        kind = self._problems.kinds[problem]
        self._own[problem] = self._moved(self._own.get(problem), reward)
        self._of_kind[kind] = self._moved(self._of_kind.get(kind), reward)

    def rate(self, problem: int) -> float | None:
        """The estimate, from the problem's own tries or those of its kind; None where there was none."""
        return self._own.get(problem, self._of_kind.get(self._problems.kinds[problem]))

    def ordered(self, numbers: Iterable[int]) -> list[int]:
        """The easiest first. What was never tried, nor its kind, comes after what was, by its rank."""
        return sorted(numbers, key=self._place)

    def _place(self, problem: int) -> tuple[bool, float]:
        rate = self.rate(problem)
        return (True, self._problems.ranks[problem]) if rate is None else (False, 1 - rate)

    def _moved(self, before: float | None, reward: float) -> float:
        return reward if before is None else self._rate * reward + (1 - self._rate) * before


class _Batches:
    def __init__(self, problems: Problems, size: int, rate: float) -> None:
        self._easiness = Easiness(problems, rate)
        self._size = size
        self._order: list[int] = []
        self._batch: list[int] = []
        self._all = range(len(problems))

    def take(self, n: int) -> list[int]:
        found: list[int] = []
        while len(found) < n:
            if not self._batch:
                self._begin()
            found.append(self._batch.pop(0))
        return found

    def learn(self, results: Sequence[Result]) -> None:
        for each in results:
            if each.reward is not None:
                self._easiness.saw(each.problem, each.reward)

    def _begin(self) -> None:
        """The next batch, by what is known now; all are ordered anew when all have come."""
        if not self._order:
            self._order = self._easiness.ordered(self._all)
        self._batch = self._easiness.ordered(self._order[:self._size])
        del self._order[:self._size]


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """Before the first try the ranks of the problems stand for their difficulty."""
    return _Batches(problems, int(settings["batch"]), settings["rate"])
