"""A bandit over kinds of problems by an upper confidence bound on their mean absolute advantage (DUMP, Wang et al.
2025): what is being learnt, and what was seldom tried.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import Bags, Problems, Result, Sampler, softmax

SETTINGS: Mapping[str, float] = {"window": 300, "temperature": 0.1}
ADAPTS = True


def bound(advantages: Iterable[float], tried: int, all_tried: int) -> float:
    """`U = L + √(2 ln(N + 1) / (n + 1))`, where `L` is the mean absolute advantage, 0 where there is none."""
    sizes = [abs(each) for each in advantages]
    learning = math.fsum(sizes) / len(sizes) if sizes else 0.0
    return learning + math.sqrt(2 * math.log(all_tried + 1) / (tried + 1))


class _Bandit:
    def __init__(self, problems: Problems, draws: Draws, window: int, temperature: float) -> None:
        self._kinds = problems.kinds
        self._bags = Bags(problems, draws)
        self._temperature = temperature
        self._latest: dict[str, deque[float]] = {kind: deque(maxlen=window) for kind in self._bags.kinds}
        self._tried = dict.fromkeys(self._bags.kinds, 0)

    def take(self, n: int) -> list[int]:
        of_all = sum(self._tried.values())
        bounds = [bound(latest, self._tried[kind], of_all) for kind, latest in self._latest.items()]
        return self._bags.take(n, dict(zip(self._latest, softmax(bounds, self._temperature), strict=True)))

    def learn(self, results: Sequence[Result]) -> None:
        for each in results:
            if each.advantage is not None:
                self._latest[self._kinds[each.problem]].append(each.advantage)
                self._tried[self._kinds[each.problem]] += 1


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """Kinds are the values of the field that is read, or else each problem is one."""
    return _Bandit(problems, draws, int(settings["window"]), settings["temperature"])
