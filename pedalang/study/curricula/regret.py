"""The kinds of problems in which the best is far from the mean: regret as it can be measured without knowing the best
policy (Dennis et al. 2020; on a fixed space of tasks, CLUTR, Azad et al. 2023).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import TEMPERATURE, Bags, Problems, Result, Sampler, softmax

SETTINGS: Mapping[str, float] = {"window": 16, "temperature": TEMPERATURE}
ADAPTS = True
UNTRIED = 1.0
"""The regret of a kind that nobody has tried: the most there can be, so that each is."""


def regret(rewards: Sequence[float]) -> float:
    """Best less mean."""
    return max(rewards) - math.fsum(rewards) / len(rewards) if rewards else UNTRIED


class _Regretting:
    def __init__(self, problems: Problems, draws: Draws, window: int, temperature: float) -> None:
        self._kinds = problems.kinds
        self._bags = Bags(problems, draws)
        self._temperature = temperature
        self._latest: dict[str, deque[float]] = {kind: deque(maxlen=window) for kind in self._bags.kinds}

    def take(self, n: int) -> list[int]:
        regrets = [regret(latest) for latest in self._latest.values()]
        return self._bags.take(n, dict(zip(self._latest, softmax(regrets, self._temperature), strict=True)))

    def learn(self, results: Sequence[Result]) -> None:
        for each in results:
            if each.reward is not None:
                self._latest[self._kinds[each.problem]].append(each.reward)


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """Of the latest `window` tries of a kind."""
    return _Regretting(problems, draws, int(settings["window"]), settings["temperature"])
