"""Systems by their means, on the keys that all of them have, with intervals of means and ranks by one clustered
bootstrap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from pedalang.study import resampling, statistics
from pedalang.study.pairing import Side
from pedalang.study.scores import Standing

Floats = NDArray[np.float64]
NEAR = 1e-12
"""Means that differ by less are tied: rounding makes as much."""


def standings(of: Side, measures: Sequence[str], resamples: int, level: float) -> tuple[Standing, ...]:
    """For each measure the systems from the highest mean to the lowest; those that tie, in their own order."""
    return tuple(each for measure in measures for each in _board(of, measure, resamples, level))


def _board(of: Side, measure: str, resamples: int, level: float) -> list[Standing]:
    values = of.measured(measure)
    whole = np.isfinite(values).all(axis=0)
    n, missing = int(whole.sum()), int((~whole).sum())
    if n == 0:
        return [Standing(measure, system, 0, missing) for system in of.systems]
    means = values[:, whole].mean(axis=1)
    ranks = _ranks(means[None, :])[0]
    sampled = _sampled(values[:, whole], of.cluster[whole], resamples)
    found = [Standing(measure, system, n, missing, float(means[at]), rank=int(ranks[at]))
             for at, system in enumerate(of.systems)]
    if sampled is not None:
        clusters = len(set(of.cluster[whole].tolist()))
        found = [_spread(each, sampled, at, level, statistics.of_alike(values[at, whole].tolist(), clusters))
                 for at, each in enumerate(found)]
    return sorted(found, key=lambda each: each.rank or 0)


def _sampled(values: Floats, cluster: NDArray[np.intp], resamples: int) -> Floats | None:
    """The means of systems in samples of whole clusters, a sample a row; None for one cluster."""
    number = np.unique(cluster, return_inverse=True)[1]
    clusters = int(number.max()) + 1
    if clusters < 2:
        return None
    sums = np.stack([np.bincount(number, weights=row, minlength=clusters) for row in values])
    drawn = resampling.drawn(clusters, resamples)
    return drawn @ sums.T / (drawn @ np.bincount(number, minlength=clusters))[:, None]


def _ranks(means: Floats) -> NDArray[np.intp]:
    """Of each row: 1 more than the systems that are ahead."""
    return (means[:, None, :] > means[:, :, None] + NEAR).sum(axis=2) + 1


def _spread(standing: Standing, sampled: Floats, at: int, level: float,
            alike: tuple[float, float] | None) -> Standing:
    """With the intervals of a system's mean and rank, and how often it is first; `alike` is the interval of the mean
    where all its values are the same."""
    low, high = alike or resampling.middle(sampled[:, at], level) or (None, None)
    ranks = _ranks(sampled)
    tail = (1 - level) / 2
    best = int(np.quantile(ranks[:, at], tail, method="lower"))
    worst = int(np.quantile(ranks[:, at], 1 - tail, method="higher"))
    ahead = (ranks == 1) / (ranks == 1).sum(axis=1, keepdims=True)
    return replace(standing, low=low, high=high, rank_low=best, rank_high=worst, first=float(ahead[:, at].mean()))
