"""The sign-flip test of paired differences, whole clusters at a time, and the interval that agrees with it.

Where two systems are equal, nothing tells which of the two a dialogue of an item came from: all differences of the
item could as well have the other sign. So each cluster's sum is given either sign, all clusters independently, and p is
the share of these patterns whose sum is at least as far from 0 as the one seen (Fisher, 1935; Good, 2005). Patterns
that are exactly as far count half (the mid-p of Lancaster, 1961): differences of 0, and data of few values, would else
make the test reject far less than it says.

The interval holds every difference that the test does not reject when it is taken away from each pair. A pattern parts
the clusters in two; it speaks for a difference that lies between the means of the two parts. So the lower end is a
quantile of the lesser of these two means over all patterns, and the upper end one of the greater (after Hartigan,
1969).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 13
"""For so many clusters all patterns are looked at, up to the sign of all; for more, `PATTERNS` drawn ones."""
PATTERNS = 10_000
FEWEST = 5
"""With fewer clusters even the most extreme pattern is more likely than one in twenty."""
_AT_ONCE = 500
_SEED = 20_240_229

Floats = NDArray[np.float64]


class Test(NamedTuple):
    """p of no difference, and the interval of the mean difference over pairs; None where there are too few clusters for
    the level."""

    p: float | None
    low: float | None
    high: float | None


def test(sums: Floats, counts: Floats, level: float = 0.95) -> Test:
    """Of the sum of the differences in each cluster, and the number of its pairs. The order of clusters is part of what
    is drawn: hand them over in an order that does not depend on who was done first."""
    there = counts > 0
    sums, counts = sums[there], counts[there]
    if len(sums) < fewest(level):
        return Test(None, None, None)
    lower, upper, further, as_far, patterns = [], [], 0.0, 0.0, 0
    total, size = sums.sum(), counts.sum()
    near = 1e-9 * np.abs(sums).sum()
    for signs in patterns_of(len(sums)):
        flipped = signs < 0
        their, number = flipped @ sums, flipped @ counts
        beyond = np.abs(total - 2 * their) - abs(total)
        further += np.count_nonzero(beyond > near)
        as_far += np.count_nonzero(np.abs(beyond) <= near)
        patterns += len(signs)
        parted = (number > 0) & (number < size)
        one, two = their[parted] / number[parted], (total - their[parted]) / (size - number[parted])
        lower.append(np.minimum(one, two))
        upper.append(np.maximum(one, two))
    p = 1.0 if abs(total) <= near else float((further + as_far / 2) / patterns)
    low, high = _ends(np.concatenate(lower), np.concatenate(upper), patterns, level)
    return Test(p, low, high)


def p_values(sums: Floats) -> Floats:
    """p of many comparisons of the same number of clusters, one a row, as `test` has it."""
    total, near = np.abs(sums.sum(axis=1)), 1e-9 * np.abs(sums).sum(axis=1)
    found, patterns = np.zeros(len(sums)), 0
    for signs in patterns_of(sums.shape[1]):
        beyond = np.abs(signs.astype(np.float64) @ sums.T) - total
        found += (beyond > near).sum(axis=0) + (np.abs(beyond) <= near).sum(axis=0) / 2
        patterns += len(signs)
    return np.where(total <= near, 1.0, found / patterns)


def fewest(level: float) -> int:
    """The number of clusters with which a test at this level can reject at all; 5 at 95 %."""
    clusters = 2
    while 0.5 / 2 ** (clusters - 1) > 1 - level + 1e-12:
        clusters += 1
    return clusters


def size(clusters: int, alpha: float) -> float:
    """How often the test rejects at `alpha` where there is no difference and no two patterns are equally far."""
    if clusters > EXACT_UP_TO:
        return alpha
    patterns = 2 ** (clusters - 1)
    return int(alpha * patterns + 0.5 + 1e-9) / patterns


def patterns_of(clusters: int) -> Iterator[NDArray[np.int8]]:
    """Signs of clusters, a pattern a row, in blocks. The first pattern is the one seen; the sign of all together is
    left out, for it changes no distance."""
    if clusters <= EXACT_UP_TO:
        numbers = np.arange(2 ** (clusters - 1))[:, None]
        yield (1 - 2 * (numbers >> np.arange(clusters) & 1)).astype(np.int8)
        return
    draw = np.random.Generator(np.random.PCG64(_SEED))
    for begun in range(0, PATTERNS, _AT_ONCE):
        signs = draw.integers(0, 2, (_AT_ONCE, clusters), dtype=np.int8) * np.int8(2) - np.int8(1)
        if begun == 0:
            signs[0] = 1
        yield signs


def _ends(lower: Floats, upper: Floats, patterns: int, level: float) -> tuple[float | None, float | None]:
    """Where mid-p, counted from outside, first is more than 1 - level."""
    whole = patterns - len(lower)  # patterns that part nothing are as far as the one seen, whatever is taken away
    at = int(np.floor((1 - level) * patterns - whole / 2 + 1e-9))
    if at < 0 or len(lower) == 0:
        return None, None
    at = min(at, len(lower) - 1)
    return float(np.partition(lower, at)[at]), float(np.partition(upper, len(upper) - 1 - at)[len(upper) - 1 - at])
