"""How likely a comparison finds a difference, before it is run: the power of the sign-flip test, by the spread of the
differences and the share of it that lies between clusters.

A difference of a pair is taken as d + w + e: d in truth, w of its cluster, e of its own, with var(w) = icc · sd² and
var(e) = (1 - icc) · sd². Then the mean over pairs, n in each cluster c and N in all, has the variance
sd² · (icc · Σ n²/N² + (1 - icc)/N) (Kish, 1965: the design effect), and is held against t with a degree of freedom
less than there are clusters (Donner and Klar, 2000), at the size that the test really has with so many clusters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedalang.study import effects, permutation, student

MOST = 1_000_000
"""Clusters that are looked at."""

Floats = NDArray[np.float64]


class Spread(NamedTuple):
    """Of differences: the standard deviation, and the share of its square that lies between clusters, 0 to 1; None
    where no cluster has two pairs."""

    sd: float
    icc: float | None


def spread(differences: Floats, cluster: NDArray[np.intp]) -> Spread | None:
    """By the analysis of variance of one random effect, for clusters of unequal size (Searle et al., 1992, chapter 3);
    None for fewer than two clusters. A share below 0 is 0."""
    parts = effects.sums(differences, cluster)
    n, total = parts[:, 0], float(parts[:, 0].sum())
    if len(n) < 2:
        return None
    means = parts[:, 1] / n
    among = float((n * (means - differences.mean()) ** 2).sum()) / (len(n) - 1)
    if total == len(n):
        return Spread(math.sqrt(among), None)
    within = float((parts[:, 2] - n * means**2).sum()) / (total - len(n))
    each = (total - float((n**2).sum()) / total) / (len(n) - 1)
    between = max(0.0, (among - within) / each)
    whole = between + max(0.0, within)
    return Spread(math.sqrt(whole), between / whole if whole > 0 else 0.0)


def power(difference: float, of: Spread, counts: Sequence[int], alpha: float = 0.05) -> float:
    """The probability that the test rejects at `alpha` where the difference is this one, with so many pairs in each
    cluster; 0 where there are too few clusters for a test."""
    freedom = len(counts) - 1
    size = permutation.size(len(counts), alpha)
    if freedom < 1 or size <= 0:
        return 0.0
    error = of.sd * math.sqrt(_share(of.icc or 0.0, counts))
    if error <= 0:
        return 1.0 if difference else 0.0
    reach, shift = student.quantile(1 - size / 2, freedom), abs(difference) / error
    return 1 - student.cdf(reach, freedom, shift) + student.cdf(-reach, freedom, shift)


def clusters_needed(difference: float, of: Spread, each: float, wanted: float, alpha: float = 0.05) -> int | None:
    """The fewest clusters, of `each` pairs on average, with which the power is at least `wanted`; None where a million
    are too few."""
    low, high = 1, 8
    while _even(difference, of, each, high, alpha) < wanted:
        low, high = high, high * 2
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _even(difference, of, each, middle, alpha) >= wanted else (middle, high)
    return high


def smallest(of: Spread, counts: Sequence[int], wanted: float, alpha: float = 0.05) -> float | None:
    """The smallest difference that is found with this power; None where there are too few clusters for a test."""
    if permutation.size(len(counts), alpha) <= 0 or len(counts) < 2:
        return None
    low, high = 0.0, max(of.sd, 1e-9)
    while power(high, of, counts, alpha) < wanted:
        high *= 2
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle, of, counts, alpha) >= wanted else (middle, high)
    return high


def _even(difference: float, of: Spread, each: float, clusters: int, alpha: float) -> float:
    """The power with clusters of the same size, which may be no whole number."""
    if clusters < 2:
        return 0.0
    scaled = Spread(of.sd * math.sqrt((of.icc or 0.0) + (1 - (of.icc or 0.0)) / each), 0.0)
    return power(difference, scaled, [1] * clusters, alpha)


def _share(icc: float, counts: Sequence[int]) -> float:
    total = sum(counts)
    return icc * sum(count * count for count in counts) / total**2 + (1 - icc) / total
