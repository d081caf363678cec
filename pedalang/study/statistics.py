"""A mean over dialogues and its 95 % interval.

Which interval, by what the values are:
    all 0 or 1          Wilson's score interval for a proportion (Wilson, 1927), which is sound for few dialogues too
    up to 200 others    the percentile bootstrap over dialogues (Efron, 1979): 2,000 resamples, always the same draws
    more than 200       the normal interval, mean ± 1.96 s/√n, within the values seen: by then the bootstrap agrees
One value has no interval. The order of the values does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

RESAMPLES = 2_000
BOOTSTRAP_UP_TO = 200
Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


class Estimate(Struct, frozen=True):
    """A mean over the `n` dialogues that have a value; `missing` have none. `low` and `high` are null for n < 2."""

    value: float | None
    n: int
    missing: int
    low: float | None = None
    high: float | None = None


def estimate(values: Sequence[float | None]) -> Estimate:
    """The mean of those that are not None, with its interval."""
    known = sorted(value for value in values if value is not None)
    missing = len(values) - len(known)
    if not known:
        return Estimate(None, 0, missing)
    mean = _mean(known)
    if len(known) == 1:
        return Estimate(mean, 1, missing)
    low, high = _interval(known, mean)
    return Estimate(mean, len(known), missing, low, high)


def _interval(known: list[float], mean: float) -> tuple[float, float]:
    if all(value in (0, 1) for value in known):
        return wilson(sum(value == 1 for value in known), len(known))
    return _of_means(known, mean)


def _of_means(known: list[float], mean: float) -> tuple[float, float]:
    if len(known) <= BOOTSTRAP_UP_TO:
        return bootstrap(known)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (len(known) - 1))
    reach = Z * spread / math.sqrt(len(known))
    return max(mean - reach, known[0]), min(mean + reach, known[-1])


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion, for n > 0."""
    share = successes / n
    centre = share + Z * Z / (2 * n)
    reach = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    low = 0.0 if successes == 0 else (centre - reach) / whole
    high = 1.0 if successes == n else (centre + reach) / whole
    return low, high


def of_alike(known: Sequence[float], clusters: int) -> tuple[float, float] | None:
    """The interval of values that are all 0 or all 1, of which all samples would be the same: as if each cluster said
    it once. None for others."""
    first = known[0]
    if first not in (0, 1) or any(value != first for value in known):
        return None
    return wilson(clusters if first else 0, clusters)


def bootstrap(known: Sequence[float], resamples: int = RESAMPLES, level: float = 0.95) -> tuple[float, float]:
    """The middle part, `level` of 1, of the means of resamples drawn with replacement, for at least one value."""
    n = len(known)
    drawn = np.floor(np.random.RandomState([0]).random_sample((resamples, n)) * n).astype(np.intp)
    means = sorted(math.fsum(each) / n for each in np.asarray(known, dtype=np.float64)[drawn].tolist())
    tail = (1 - level) / 2
    return _percentile(means, tail), _percentile(means, 1 - tail)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest, in proportion."""
    at = share * (len(ordered) - 1)
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)
