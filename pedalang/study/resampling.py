"""Intervals for any figure, by resampling whole clusters.

Turns of one dialogue, and dialogues about one problem, resemble one another; drawn one by one they would seem to say
more than they do. So clusters are drawn, with replacement, each with all that belongs to it (the cluster bootstrap:
Davison and Hinkley, 1997, section 3.8), and the interval is the middle part of the figures of these samples. The same
data give the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Places: TypeAlias = NDArray[np.intp]
"""Which units are in a sample, by their places; one that was drawn twice is there twice."""
Counts: TypeAlias = NDArray[np.float64]
Figure: TypeAlias = Callable[[Places], float | None]
"""A figure of the units at these places; None where it is not defined for them."""

RESAMPLES = 2_000
SOUND = 0.9
"""The share of samples in which a figure has to be defined; with fewer there is no interval."""


def samples(clusters: Sequence[Hashable], resamples: int = RESAMPLES, seed: int = 0) -> Iterator[Places]:
    """Samples of the units that belong to `clusters`, one cluster a unit, in the order of their first units."""
    members: dict[Hashable, list[int]] = {}
    for place, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(place)
    groups = [np.asarray(group, dtype=np.intp) for group in members.values()]
    if not groups:
        return
    draw = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.concatenate([groups[at] for at in draw.integers(len(groups), size=len(groups))])


def counts(clusters: Sequence[Hashable], resamples: int = RESAMPLES, seed: int = 0) -> tuple[Counts, Places]:
    """The same samples as numbers: how often each cluster is in each, a row a sample; and the cluster of each unit."""
    numbers: dict[Hashable, int] = {}
    cluster = np.array([numbers.setdefault(each, len(numbers)) for each in clusters], dtype=np.intp)
    return _counted(len(numbers), resamples, seed), cluster


@lru_cache(maxsize=4)
def _counted(size: int, resamples: int, seed: int) -> Counts:
    """How often each of so many clusters is drawn: the figures of one run mostly ask for the same draws."""
    drawn = np.random.default_rng(seed).integers(size, size=(resamples, size)) if size else np.empty((0, 0), np.intp)
    places = drawn + np.arange(len(drawn), dtype=np.intp)[:, None] * size
    found = np.bincount(places.ravel(), minlength=drawn.size).reshape(drawn.shape).astype(np.float64)
    found.setflags(write=False)
    return found


def interval(clusters: Sequence[Hashable], figure: Figure, *, resamples: int = RESAMPLES, seed: int = 0,
             level: float = 0.95) -> tuple[float, float] | None:
    """The percentile interval of a figure; None with fewer than two clusters, or where too few samples define it."""
    if len(set(clusters)) < 2:
        return None
    return middle([figure(places) for places in samples(clusters, resamples, seed)], level)


def of_mean(clusters: Sequence[Hashable], values: Counts, *, resamples: int = RESAMPLES, seed: int = 0,
            level: float = 0.95) -> tuple[float, float] | None:
    """The same for the mean of the values, one a unit: of sums by cluster, all samples at once."""
    often, cluster = counts(clusters, resamples, seed)
    size = often.shape[1]
    if size < 2:
        return None
    return middle(often @ np.bincount(cluster, values, size) / (often @ np.bincount(cluster, minlength=size)), level)


def drawn(clusters: int, resamples: int = RESAMPLES, seed: int = 0) -> NDArray[np.float64]:
    """How often each of so many clusters is in each sample, a sample a row: for figures that are made of sums over
    clusters, all samples at once."""
    draw = np.random.default_rng(seed)
    return draw.multinomial(clusters, np.full(clusters, 1 / clusters), size=resamples).astype(np.float64)


def middle(found: Sequence[float | None] | NDArray[np.float64], level: float = 0.95) -> tuple[float, float] | None:
    """The middle part of the figures of samples; None where too few of them are defined."""
    values = np.array(found, dtype=np.float64)
    known = values[np.isfinite(values)]
    if not len(known) or len(known) < SOUND * len(found):
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def difference(clusters: Sequence[Hashable], one: Figure, other: Figure, *, resamples: int = RESAMPLES, seed: int = 0,
               level: float = 0.95) -> tuple[float, float] | None:
    """The interval of the first figure less the second, both taken of the same samples."""
    def less(places: Places) -> float | None:
        first, second = one(places), other(places)
        return None if first is None or second is None else first - second

    return interval(clusters, less, resamples=resamples, seed=seed, level=level)
