"""A share of the problems at a time, which grows and shrinks in cycles: cyclical curriculum learning (Kesgin & Amasyali
2022). Of each share the problems are drawn by 1 / loss of a model, so that the easy ones come oftener.

Where no loss is told, one less the reward stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import Problems, Result, Sampler, drawn_by_weight

SETTINGS: Mapping[str, float] = {"low": 0.25, "high": 1.0, "step": 0.5}
ADAPTS = True
LEAST = 0.05
"""A loss below this counts as this: what is solved always would else be all that comes."""


def shares(low: float, high: float, step: float) -> Iterator[float]:
    """The share of each round, without end: `n / step` up to `high`, then `n * step` down to `low`."""
    share, rising = low, True
    while True:
        yield share
        rising = share <= low or (rising and share < high)
        share = min(share / step, high) if rising else max(share * step, low)


def until(low: float, high: float, step: float, whole: float) -> list[float]:
    """The shares until together they are as many as `whole` times all problems."""
    found: list[float] = []
    for share in shares(low, high, step):
        found.append(share)
        if sum(found) >= whole:
            break
    return found


class _Rounds:
    def __init__(self, count: int, draws: Draws, rounds: Iterator[float]) -> None:
        self._draws = draws
        self._rounds = rounds
        self._scores = dict.fromkeys(range(count), 1.0)
        self._left: list[int] = []

    def take(self, n: int) -> list[int]:
        found: list[int] = []
        while len(found) < n:
            if not self._left:
                size = max(1, round(next(self._rounds) * len(self._scores)))
                self._left = drawn_by_weight(self._scores, size, self._draws)
            found.append(self._left.pop(0))
        return found

    def learn(self, results: Sequence[Result]) -> None:
        for each in results:
            loss = each.loss if each.loss is not None else None if each.reward is None else 1 - each.reward
            if loss is not None:
                self._scores[each.problem] = 1 / max(loss, LEAST)


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """Before the first result all problems are drawn alike."""
    return _Rounds(len(problems), draws, shares(settings["low"], settings["high"], settings["step"]))
