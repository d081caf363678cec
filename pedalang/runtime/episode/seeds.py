"""Seeds and draws: where chance comes from. Each has its own name, so that the order in which dialogues end changes
nothing; nothing here is shared or global."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TypeAlias, TypeVar

from pedalang.expression.nodes import Distribution, Expr
from pedalang.expression.values import Value

T = TypeVar("T")


def derived(run: int, episode: int, turn: int, role: str, purpose: str) -> int:
    """The seed of one thing that is left to chance: 31 bits, as many as every engine takes. `turn` is -1 before the
    first one."""
    name = f"{run}/{episode}/{turn}/{role}/{purpose}".encode()
    return int.from_bytes(blake2b(name, digest_size=4).digest(), "big") >> 1


class Draws:
    """The numbers that follow from a seed, one after the other: the n-th is a hash of the seed and n, so that they are
    the same wherever and with whatever Python they are drawn."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn = 0

    def unit(self) -> float:
        """Evenly from 0 up to but not including 1."""
        name = b"%d/%d" % (self._seed, self._drawn)
        self._drawn += 1
        return (int.from_bytes(blake2b(name, digest_size=8).digest(), "big") >> 11) / (1 << 53)

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens; one outside 0 to 1 stands for its nearest bound."""
        return self.unit() < probability

    def below(self, count: int) -> int:
        """A whole number from 0 up to but not including `count`."""
        return int(self.unit() * count)

    def weighted(self, weights: Sequence[float]) -> int:
        """A place, as often as its share of the weights; the first one where there is no weight at all."""
        left = self.unit() * sum(weights)
        for place, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return place
        return max(range(len(weights)), key=weights.__getitem__)

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """`count` of the items, in their order; all of them where there are no more."""
        places = list(range(len(items)))
        while len(places) > count:
            del places[self.below(len(places))]
        return [items[place] for place in places]


Drawing: TypeAlias = Callable[[int, int, int, str, str], Draws]
"""The draws of one thing that is left to chance, by what `derived` takes."""


def drawing(run: int, episode: int, turn: int, role: str, purpose: str) -> Draws:
    """The draws that follow from the seed of a thing alone."""
    return Draws(derived(run, episode, turn, role, purpose))


def draw(distribution: Distribution, value: Callable[[Expr], Value], draws: Draws) -> Value:
    """A value from a distribution; of `one_of` only what is drawn is computed."""
    if distribution.kind == "one_of":
        return value(distribution.arguments[draws.below(len(distribution.arguments))])
    numbers = [float(value(argument)) for argument in distribution.arguments]
    if distribution.kind == "bernoulli":
        return draws.chance(numbers[0])
    low, high = numbers
    if distribution.kind == "uniform":
        return low + (high - low) * draws.unit()
    # Box and Muller: 1 - u is never 0, so the logarithm exists.
    radius = math.sqrt(-2 * math.log(1 - draws.unit()))
    return low + high * radius * math.cos(math.tau * draws.unit())
