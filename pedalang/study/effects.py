"""How large a paired difference is, without the unit of its scale: by the spread of the differences, and by who is
ahead. Intervals are by the clustered bootstrap, all figures on the same samples.

`g` is the mean difference over the standard deviation of the differences (d_z of Lakens, 2013), with the correction for
few pairs of Hedges (1981). `superiority` is the share of pairs in which the first is ahead, ties counted half (McGraw
and Wong, 1992; Vargha and Delaney, 2000); Cliff's delta of pairs is twice that less 1.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from pedalang.study import resampling

Floats = NDArray[np.float64]
NEAR = 1e-12
"""Spreads that are no more than what rounding leaves."""


class Effect(Struct, frozen=True):
    """A figure and its interval; None where it is not defined: pairs without spread, fewer than two clusters."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Effects(Struct, frozen=True):
    """Of the same pairs. `bootstrap` is the interval of the mean difference."""

    g: Effect
    superiority: Effect
    bootstrap: tuple[float, float] | None


def effects(differences: Floats, cluster: NDArray[np.intp], resamples: int = resampling.RESAMPLES,
            level: float = 0.95) -> Effects:
    """Of differences that are all known, each in a cluster numbered from 0, for at least one pair."""
    parts = sums(differences, cluster)
    seen = parts.sum(axis=0, keepdims=True)
    many = resampling.drawn(len(parts), resamples) @ parts if len(parts) > 1 else np.full((2, 5), np.nan)
    g, ahead = _effect(_g(seen), _g(many), level), _effect(_ahead(seen), _ahead(many), level)
    return Effects(g, ahead, resampling.middle(many[:, 1] / many[:, 0], level))


def mean_interval(values: Floats, cluster: NDArray[np.intp], resamples: int,
                  level: float) -> tuple[float, float] | None:
    """The clustered bootstrap interval of a mean; None for one cluster."""
    parts = sums(values, cluster)
    if len(parts) < 2:
        return None
    many = resampling.drawn(len(parts), resamples) @ parts[:, :2]
    return resampling.middle(many[:, 1] / many[:, 0], level)


def sums(differences: Floats, cluster: NDArray[np.intp]) -> Floats:
    """For each cluster: pairs, sum, sum of squares, pairs in which the first is ahead, and ties."""
    number = int(cluster.max()) + 1
    columns = (np.ones_like(differences), differences, differences**2, differences > NEAR, np.abs(differences) <= NEAR)
    found = np.zeros((number, len(columns)))
    for at, each in enumerate(columns):
        found[:, at] = np.bincount(cluster, weights=each, minlength=number)
    return found[found[:, 0] > 0]


def _g(parts: Floats) -> Floats:
    n, total, squares = parts[:, 0], parts[:, 1], parts[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (squares - total**2 / n) / (n - 1)
        found = total / n / np.sqrt(variance) * (1 - 3 / (4 * (n - 1) - 1))
    return np.where(variance > NEAR, found, np.nan)


def _ahead(parts: Floats) -> Floats:
    return (parts[:, 3] + parts[:, 4] / 2) / parts[:, 0]


def _effect(seen: Floats, many: Floats, level: float) -> Effect:
    value = float(seen[0])
    if not np.isfinite(value):
        return Effect(None)
    low, high = resampling.middle(many, level) or (None, None)
    return Effect(value, low, high)
