"""A bandit over kinds of problems that goes where most is being learnt: self-evolving curriculum (Chen et al. 2025).

What a kind is worth follows the mean absolute advantage of its latest tries. With rewards of 0 and 1 that mean is
2√(p(1-p)): 1 where half of the tries succeed, 0 where all do or none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import TEMPERATURE, Bags, Problems, Result, Sampler, softmax

SETTINGS: Mapping[str, float] = {"rate": 0.5, "temperature": TEMPERATURE}
ADAPTS = True


def moved(worth: float, seen: float, rate: float) -> float:
    """`Q' = a r + (1 - a) Q`."""
    return rate * seen + (1 - rate) * worth


class _Bandit:
    def __init__(self, problems: Problems, draws: Draws, rate: float, temperature: float) -> None:
        self._kinds = problems.kinds
        self._bags = Bags(problems, draws)
        self._rate, self._temperature = rate, temperature
        self._worth = dict.fromkeys(self._bags.kinds, 0.0)

    def take(self, n: int) -> list[int]:
        shares = softmax([*self._worth.values()], self._temperature)
        return self._bags.take(n, dict(zip(self._worth, shares, strict=True)))

    def learn(self, results: Sequence[Result]) -> None:
        seen: dict[str, list[float]] = {}
        for each in results:
            if each.advantage is not None:
                seen.setdefault(self._kinds[each.problem], []).append(abs(each.advantage))
        for kind, found in seen.items():
            self._worth[kind] = moved(self._worth[kind], math.fsum(found) / len(found), self._rate)


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """Kinds are the values of the field that is read, or else each problem is one."""
    return _Bandit(problems, draws, settings["rate"], settings["temperature"])
