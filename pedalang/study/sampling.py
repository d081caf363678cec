"""What decides which problems come next: what an order knows of the problems, what it is told of each try, and what
orders are made of. The orders themselves are in `curricula`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pedalang.runtime.episode.seeds import Draws

TEMPERATURE = 0.2
"""Of a choice by worth, where a program says nothing: one of those that SEC's authors used."""


@dataclass(frozen=True, slots=True)
class Result:
    """One try of a problem, by its number: the `reward` (0 to 1), how much better it was than the other tries of its
    group (`advantage`), and the `loss` of a model. What is not known is None."""

    problem: int
    reward: float | None
    advantage: float | None = None
    loss: float | None = None


class Sampler(Protocol):
    """An order under way. It never runs out: when all problems have come, they come again."""

    def take(self, n: int) -> list[int]:
        """The problems that come next, `n` of them."""
        ...

    def learn(self, results: Sequence[Result]) -> None:
        """Hears what came of problems; orders that go by nothing but the problems forget it."""
        ...


@dataclass(frozen=True, slots=True)
class Problems:
    """`kinds` has the kind of each problem, `ranks` how far up it stands (both from the field that the order reads),
    `others` a second field; `after` says which kinds have to be mastered before a kind."""

    kinds: tuple[str, ...]
    ranks: tuple[float, ...]
    others: tuple[str, ...] = ()
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.kinds)

    def by_kind(self) -> dict[str, list[int]]:
        """The problems of each kind, kinds in the order in which they first stand."""
        return grouped(range(len(self)), self.kinds)


def plain(count: int) -> Problems:
    """Problems of which nothing is known: each is a kind of its own."""
    return Problems(tuple(str(number) for number in range(count)), (0.0,) * count)


def grouped(numbers: Iterable[int], by: Sequence[str]) -> dict[str, list[int]]:
    """Numbers by what stands at their place in `by`."""
    found: dict[str, list[int]] = {}
    for number in numbers:
        found.setdefault(by[number], []).append(number)
    return found


def advantages(rewards: Sequence[float]) -> list[float]:
    """How far each reward of a group is from their mean, in standard deviations (of the population); 0 where all are
    the same (group-relative advantage, Shao et al. 2024)."""
    if not rewards:
        return []
    mean = math.fsum(rewards) / len(rewards)
    spread = math.sqrt(math.fsum((reward - mean) ** 2 for reward in rewards) / len(rewards))
    return [(reward - mean) / spread if spread > 0 else 0.0 for reward in rewards]


def softmax(worths: Sequence[float], temperature: float) -> list[float]:
    """Shares by worth: `exp(w / t)` of their sum."""
    most = max(worths)
    raised = [math.exp((worth - most) / temperature) for worth in worths]
    return [each / math.fsum(raised) for each in raised]


def shuffled(items: Iterable[int], draws: Draws) -> list[int]:
    """The items in a drawn order."""
    return sorted(items, key=lambda _: draws.unit())


def drawn_by_weight(weights: Mapping[int, float], count: int, draws: Draws) -> list[int]:
    """`count` numbers without replacement, each draw by the weights of those that are left."""
    left = dict(weights)
    found: list[int] = []
    while left and len(found) < count:
        numbers = [*left]
        found.append(numbers[draws.weighted([left[each] for each in numbers])])
        del left[found[-1]]
    return found


class Baseline:
    """What a try is held against where it has no group: the mean of those of its kind before it, ½ for the first."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self._kinds = kinds
        self._seen: dict[str, list[float]] = {}

    def beyond(self, problem: int, reward: float | None) -> float | None:
        """How much better a try was; it counts for those after it."""
        if reward is None:
            return None
        seen = self._seen.setdefault(self._kinds[problem], [])
        mean = math.fsum(seen) / len(seen) if seen else 0.5
        seen.append(reward)
        return reward - mean


class Bag:
    """Numbers that come in a drawn order, all of them before one comes again."""

    def __init__(self, numbers: Sequence[int], draws: Draws) -> None:
        self._numbers = numbers
        self._draws = draws
        self._left: list[int] = []

    def next(self) -> int:
        """The next one."""
        if not self._left:
            self._left = shuffled(self._numbers, self._draws)[::-1]
        return self._left.pop()


class Listed:
    """Problems in one order, again and again; nothing that comes of them changes it."""

    def __init__(self, order: Sequence[int]) -> None:
        self._order = order
        self._taken = 0

    def take(self, n: int) -> list[int]:
        found = [self._order[(self._taken + each) % len(self._order)] for each in range(n)]
        self._taken += n
        return found

    def learn(self, results: Sequence[Result]) -> None: ...


class Bags:
    """The problems of each kind in a bag of their own."""

    def __init__(self, problems: Problems, draws: Draws) -> None:
        self.kinds = [*problems.by_kind()]
        self._bags = {kind: Bag(numbers, draws) for kind, numbers in problems.by_kind().items()}
        self._draws = draws

    def take(self, n: int, shares: Mapping[str, float]) -> list[int]:
        """`n` problems, the kind of each drawn by its share."""
        kinds = [*shares]
        weights = [shares[kind] for kind in kinds]
        return [self._bags[kinds[self._draws.weighted(weights)]].next() for _ in range(n)]
