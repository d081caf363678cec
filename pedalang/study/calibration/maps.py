"""Maps from a judge's value to the one that people would give, both in 0..1. None of them ever falls.

A judge that says the opposite of what people say is not turned round: its map is flat.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

EDGE = 1e-3
"""A value nearer to 0 or 1 counts as so near, where its odds are taken."""


class Identity(Struct, frozen=True, forbid_unknown_fields=True, tag="identity"):
    """The value as it is."""


class Platt(Struct, frozen=True, forbid_unknown_fields=True, tag="platt"):
    """A logistic curve over the odds of the value (Platt, 1999)."""

    intercept: float
    slope: float


class Ordinal(Struct, frozen=True, forbid_unknown_fields=True, tag="ordinal"):
    """Proportional odds (McCullagh, 1980): `cuts` part the `levels`, which are values in 0..1. The value is the level
    that is expected."""

    slope: float
    cuts: tuple[float, ...]
    levels: tuple[float, ...]


class Isotonic(Struct, frozen=True, forbid_unknown_fields=True, tag="isotonic"):
    """The nearest curve that never falls (Barlow et al., 1972): straight between the points `at` and `to`."""

    at: tuple[float, ...]
    to: tuple[float, ...]


Calibration: TypeAlias = Identity | Platt | Ordinal | Isotonic


def calibrated(by: Calibration, value: float) -> float:
    """The value that people would give."""
    match by:
        case Identity():
            return value
        case Platt():
            return _expit(by.intercept + by.slope * odds(value))
        case Ordinal():
            return math.fsum(level * share for level, share in zip(by.levels, shares(by, value), strict=True))
    return _between(by, value)


def shares(by: Ordinal, value: float) -> list[float]:
    """How likely people are to give each level."""
    below = [0.0, *(_expit(cut - by.slope * odds(value)) for cut in by.cuts), 1.0]
    return [after - before for before, after in pairwise(below)]


def odds(value: float) -> float:
    """The logarithm of the odds of a value in 0..1."""
    kept = min(max(value, EDGE), 1 - EDGE)
    return math.log(kept / (1 - kept))


def checked(by: Calibration) -> Calibration:
    """The same map, which may come from a file. Raises `ValueError` for one that falls, or leaves 0..1."""
    match by:
        case Platt():
            fine = math.isfinite(by.intercept) and 0 <= by.slope < math.inf
        case Ordinal():
            fine = (0 <= by.slope < math.inf and len(by.levels) == len(by.cuts) + 1 and _rises(by.levels, 0, 1)
                    and _rises(by.cuts, -math.inf, math.inf) and all(map(math.isfinite, by.cuts)))
        case Isotonic():
            fine = 0 < len(by.at) == len(by.to) and _rises(by.at, 0, 1) and _rises(by.to, 0, 1)
        case _:
            fine = True
    if not fine:
        raise ValueError("a calibration is no rising map from 0..1 to 0..1")
    return by


def _rises(numbers: tuple[float, ...], low: float, high: float) -> bool:
    return all(low <= each <= high for each in numbers) and all(a <= b for a, b in pairwise(numbers))


def _between(by: Isotonic, value: float) -> float:
    after = bisect_right(by.at, value)
    if after == 0:
        return by.to[0]
    if after == len(by.at):
        return by.to[-1]
    low, high = by.at[after - 1], by.at[after]
    share = (value - low) / (high - low)
    return by.to[after - 1] + share * (by.to[after] - by.to[after - 1])


def _expit(number: float) -> float:
    return 1 / (1 + math.exp(-number)) if number >= 0 else math.exp(number) / (1 + math.exp(number))
