"""Skills in a tree: what has to be mastered before is practised before. As in DataEnvGym (Khan et al. 2024) there are
two things to do: explore, where a skill whose roots are mastered opens, and exploit, where open skills are practised,
the weaker the more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import Bags, Problems, Result, Sampler

SETTINGS: Mapping[str, float] = {"mastered": 0.8, "rate": 0.1}
ADAPTS = True
LEAST = 0.05
"""The share of what never fails."""


class _Tree:
    """The pass rate of a skill begins at 0, and each try moves it by `rate`: one success does not make a master."""

    def __init__(self, problems: Problems, draws: Draws, mastered: float, rate: float) -> None:
        self._kinds = problems.kinds
        self._bags = Bags(problems, draws)
        self._after = problems.after
        self._enough, self._rate = mastered, rate
        self._passed = dict.fromkeys(self._bags.kinds, 0.0)

    def take(self, n: int) -> list[int]:
        return self._bags.take(n, self.shares())

    def shares(self) -> dict[str, float]:
        """How often each open skill comes, by what it lacks: a new one oftenest. One that was mastered comes now and
        then, so that it is seen where that was luck."""
        return {kind: max(1 - passed, LEAST) for kind, passed in self._passed.items() if self._open(kind)}

    def learn(self, results: Sequence[Result]) -> None:
        for each in results:
            if each.reward is not None:
                kind = self._kinds[each.problem]
                self._passed[kind] += self._rate * (each.reward - self._passed[kind])

    def _mastered(self, kind: str) -> bool:
        return self._passed.get(kind, 1.0) >= self._enough

    def _open(self, kind: str) -> bool:
        return all(self._mastered(root) for root in self._after.get(kind, ()))


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """Skills are the kinds; one that has no problems here holds nothing up."""
    return _Tree(problems, draws, settings["mastered"], settings["rate"])
