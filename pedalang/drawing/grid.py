"""What a layout is made of: rectangles, items in rows, the ways of arrows. Lengths are pixels from the top left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

Point = tuple[float, float]

LINE = 2.0
"""Width that an arrow takes where it has no label."""


class Rect(NamedTuple):
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


class Route(NamedTuple):
    """The way of an arrow: points that are joined by straight lines where they share a place, and by curves elsewhere;
    and where its label stands, if it has one. `back`: it leads back, around the side."""

    points: tuple[Point, ...]
    label: Rect | None
    back: bool = False


class Arrow(NamedTuple):
    """From a box to a box (or itself), with the size of its label; both 0 where there is none."""

    source: str
    target: str
    width: float = 0.0
    height: float = 0.0


@dataclass(eq=False, slots=True)
class Item:
    """A box, or an arrow's point in a row between. `row` is even for boxes and what passes them, odd for labels; `x` is
    the centre."""

    width: float
    height: float
    row: int
    box: str = ""
    above: list[Item] = field(default_factory=list)
    below: list[Item] = field(default_factory=list)
    at: int = 0
    x: float = 0.0

    @property
    def right(self) -> float:
        return self.x + self.width / 2


def spread(wanted: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones, by weighted least squares, of which each is at least a gap behind the one
    before. Isotonic regression by pooling adjacent violators, on places less the gaps before them."""
    before = [0.0, *accumulate(gaps)]
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for place, weight, shift in zip(wanted, weights, before, strict=False):
        mean, number = place - shift, 1
        while pools and pools[-1][0] > mean:
            other, heavy, several = pools.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight, number = weight + heavy, number + several
        pools.append((mean, weight, number))
    means = [mean for mean, _, number in pools for _ in range(number)]
    return [mean + shift for mean, shift in zip(means, before, strict=False)]


def within(wanted: Sequence[float], low: float, high: float, gap: float) -> list[float]:
    """Places in order, near the wanted ones, between two bounds and `gap` apart; less where there is no room."""
    number = len(wanted)
    gap = min(gap, (high - low) / max(1, number - 1))
    found = spread(wanted, [1.0] * number, [gap] * (number - 1))
    found = [max(place, low + at * gap) for at, place in enumerate(found)]
    return [min(place, high - (number - 1 - at) * gap) for at, place in enumerate(found)]
