"""The problems in a drawn order; a new one each time that all have come. What other orders are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import Bag, Problems, Result, Sampler

SETTINGS: Mapping[str, float] = {}
ADAPTS = False


class _Drawn:
    def __init__(self, bag: Bag) -> None:
        self._bag = bag

    def take(self, n: int) -> list[int]:
        return [self._bag.next() for _ in range(n)]

    def learn(self, results: Sequence[Result]) -> None: ...


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """All of them before one comes again."""
    return _Drawn(Bag(range(len(problems)), draws))
