"""The figures for many resamples at once, as a bootstrap needs them: nan where a resample has none.

Most figures are made of sums over units: of a table of who said what, of squares. Those are added up for each cluster
once, and a resample is how often each cluster was drawn, so that all of them are one product of matrices. Ranks are not
such sums; for them the units are sorted once. Values are those of the libraries in `libraries.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pedalang.study.figures.ratings import Array, Ratings

EXACT = 1e-10
"""What is less than this share of what it is compared with is 0: a variance of values that are the same."""


@dataclass(frozen=True, slots=True)
class Draws:
    """How often each cluster was drawn, a row a resample; and the cluster of each unit."""

    counts: Array
    cluster: NDArray[np.intp]

    def total(self, rows: Array) -> Array:
        """The sums of what each unit has, in each resample."""
        by_cluster = np.zeros((self.counts.shape[1], rows.shape[1]))
        np.add.at(by_cluster, self.cluster, rows)
        return self.counts @ by_cluster


def once(units: int) -> Draws:
    """All units, each once."""
    return Draws(np.ones((1, 1)), np.zeros(units, dtype=np.intp))


def ratio(above: Array, below: Array, scale: Array | float = 1.0) -> Array:
    """A quotient; nan where what is below is nothing beside `scale`."""
    there = below > EXACT * np.maximum(scale, np.finfo(float).tiny)
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=there)


def of_pairs(ratings: Ratings, one: Callable[[int, int], Array]) -> Array:
    """The mean of a figure over each two raters who share units (Light, 1971)."""
    found = [one(a, b) for a, b in ratings.pairs()]
    return np.mean(found, axis=0) if found else np.full(1, np.nan)


# ---------------------------------------------------------------- two raters


def confusions(ratings: Ratings, draws: Draws, first: int, second: int) -> Array:
    """How often the first rater gave one level and the second another: resamples × levels × levels."""
    size, a, b = len(ratings.levels), ratings.places[:, first], ratings.places[:, second]
    both = (a >= 0) & (b >= 0)
    table = np.zeros((draws.counts.shape[1], size * size))
    np.add.at(table, (draws.cluster[both], a[both] * size + b[both]), 1.0)
    return (draws.counts @ table).reshape(-1, size, size)


def weights(size: int, power: int) -> Array:
    """How far two levels are apart: 0 or 1 for power 0, else their distance in levels to that power."""
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
    return (apart > 0).astype(float) if power == 0 else apart**power


def kappa(ratings: Ratings, draws: Draws, power: int) -> Array:
    """Cohen's kappa (1960), with weights (1968): 1 less observed over expected disagreement."""
    far = weights(len(ratings.levels), power)

    def one(a: int, b: int) -> Array:
        table = confusions(ratings, draws, a, b)
        n = table.sum(axis=(1, 2))
        rows, columns = table.sum(axis=2), table.sum(axis=1)
        expected = np.einsum("ri,ij,rj->r", rows, far, columns)
        return 1.0 - ratio(n * (table * far).sum(axis=(1, 2)), expected, n * n)

    return of_pairs(ratings, one)


def exact(ratings: Ratings, draws: Draws) -> Array:
    """The share of units that two raters gave the same level."""
    def one(a: int, b: int) -> Array:
        table = confusions(ratings, draws, a, b)
        return ratio(np.trace(table, axis1=1, axis2=2), table.sum(axis=(1, 2)))

    return of_pairs(ratings, one)


def macro_f1(ratings: Ratings, draws: Draws) -> Array:
    """The plain mean of each level's F1, over the levels that occur; the first rater is taken for true."""
    return _f1(confusions(ratings, draws, 0, 1))


def lenient_f1(ratings: Ratings, draws: Draws) -> Array:
    """The same with all levels above the lowest as one."""
    table = confusions(ratings, draws, 0, 1)
    merged = np.zeros((table.shape[0], 2, 2))
    merged[:, 0, 0] = table[:, 0, 0]
    merged[:, 0, 1] = table[:, 0, 1:].sum(axis=1)
    merged[:, 1, 0] = table[:, 1:, 0].sum(axis=1)
    merged[:, 1, 1] = table[:, 1:, 1:].sum(axis=(1, 2))
    return _f1(merged)


def _f1(table: Array) -> Array:
    hits = np.diagonal(table, axis1=1, axis2=2)
    told = table.sum(axis=1) + table.sum(axis=2)
    occurs = told > 0
    each = np.divide(2 * hits, told, out=np.zeros_like(told), where=occurs)
    return ratio(each.sum(axis=1), occurs.sum(axis=1).astype(float))


def pearson(ratings: Ratings, draws: Draws) -> Array:
    """Pearson's correlation."""
    def one(a: int, b: int) -> Array:
        both = ratings.known[:, a] & ratings.known[:, b]
        x, y = (ratings.values[:, each] - ratings.values[both, each].mean() for each in (a, b))
        rows = np.where(both[:, None], np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1), 0.0)
        n, sx, sy, sxx, syy, sxy = draws.total(rows).T
        return _correlation(n, sx, sy, sxx, syy, sxy)

    return of_pairs(ratings, one)


def _correlation(n: Array, sx: Array, sy: Array, sxx: Array, syy: Array, sxy: Array) -> Array:
    dx, dy = n * sxx - sx * sx, n * syy - sy * sy
    there = (dx > EXACT * n * sxx) & (dy > EXACT * n * syy)
    spread = np.sqrt(np.where(there, dx * dy, 1.0))
    return np.where(there, np.clip((n * sxy - sx * sy) / spread, -1.0, 1.0), np.nan)


def spearman(ratings: Ratings, draws: Draws) -> Array:
    """Spearman's correlation: Pearson's of the ranks, equal values at the mean of theirs."""
    def one(a: int, b: int) -> Array:
        both = ratings.known[:, a] & ratings.known[:, b]
        cluster, x, y = draws.cluster[both], ratings.values[both, a], ratings.values[both, b]
        found = [_of_ranks(x, y, part[:, cluster]) for part in np.array_split(draws.counts, _parts(draws, len(x)))]
        return np.concatenate(found)

    return of_pairs(ratings, one)


def _parts(draws: Draws, units: int) -> int:
    """In how many parts resamples are taken, so that a part has some 30 megabytes."""
    return max(1, min(len(draws.counts), len(draws.counts) * units // 4_000_000))


def _of_ranks(x: Array, y: Array, times: Array) -> Array:
    one, other = _ranks(x, times), _ranks(y, times)
    n = times.sum(axis=1)
    middle = ((n + 1) / 2)[:, None]
    one, other = one - middle, other - middle
    total = [np.einsum("ru,ru,ru->r", times, left, right) for left, right in ((one, one), (other, other), (one, other))]
    return _correlation(n, np.zeros_like(n), np.zeros_like(n), *total)


def _ranks(values: Array, times: Array) -> Array:
    """The rank of each unit where it stands so many times."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    groups = np.add.reduceat(times[:, order], starts, axis=1)
    middle = np.cumsum(groups, axis=1) - groups / 2 + 0.5
    at = np.searchsorted(ordered[starts], values)
    return middle[:, at]


# ---------------------------------------------------------------- any number of raters


def fleiss(ratings: Ratings, draws: Draws) -> Array:
    """Fleiss' kappa (1971), over the units that all raters rated."""
    counts, k = ratings.counts, ratings.raters
    whole = (counts.sum(axis=1) == k)[:, None]
    agreeing = ((counts * counts).sum(axis=1, keepdims=True) - k) / (k * (k - 1))
    rows = np.where(whole, np.concatenate([np.ones((ratings.units, 1)), agreeing, counts], axis=1), 0.0)
    n, seen, levels = np.split(draws.total(rows), [1, 2], axis=1)
    shares = ratio(levels, n * k)
    expected = (shares * shares).sum(axis=1)
    return 1.0 - ratio(1.0 - ratio(seen[:, 0], n[:, 0]), 1.0 - expected)


def alpha(ratings: Ratings, draws: Draws) -> Array:
    """Krippendorff's alpha, by the metric of the scale's kind."""
    return _alpha_of_moments(ratings, draws) if ratings.kind == "interval" else _alpha_of_levels(ratings, draws)


def _alpha_of_moments(ratings: Ratings, draws: Draws) -> Array:
    shared = ratings.shared[:, None] & ratings.known
    values = np.where(shared, ratings.values - ratings.values[shared].mean() if shared.any() else 0.0, 0.0)
    m, s, ss = shared.sum(axis=1).astype(float), values.sum(axis=1), (values * values).sum(axis=1)
    within = np.where(m > 1, (m * ss - s * s) / np.maximum(m - 1, 1), 0.0)
    n, s, ss, within = draws.total(np.stack([m, s, ss, within], axis=1)).T
    return 1.0 - ratio((n - 1) * within, n * ss - s * s, n * ss)


def _alpha_of_levels(ratings: Ratings, draws: Draws) -> Array:
    size = len(ratings.levels)
    counts = np.where(ratings.shared[:, None], ratings.counts, 0.0)
    others = np.maximum(counts.sum(axis=1) - 1, 1)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(size)
    table = draws.total((pairs / others[:, None, None]).reshape(len(counts), -1)).reshape(-1, size, size)
    levels = table.sum(axis=2)
    n = levels.sum(axis=1)
    far = _far(ratings, levels)
    expected = np.einsum("ri,rij,rj->r", levels, far, levels)
    return 1.0 - ratio((n - 1) * (table * far).sum(axis=(1, 2)), expected, n)


def _far(ratings: Ratings, levels: Array) -> Array:
    """The metric: 0 or 1, or for ordinal scales the square of how many ratings stand between two levels."""
    size = levels.shape[1]
    if ratings.kind == "nominal":
        return np.broadcast_to(weights(size, 0), (len(levels), size, size))
    middle = np.cumsum(levels, axis=1) - levels / 2
    return (middle[:, :, None] - middle[:, None, :]) ** 2


def gwet(ratings: Ratings, draws: Draws, power: int) -> Array:
    """Gwet's AC1 (2008); with weights AC2 (2014). Units of one rating count for how often a level is given."""
    size = len(ratings.levels)
    near = 1.0 - weights(size, power) / max((size - 1) ** power, 1)
    counts = ratings.counts
    m = counts.sum(axis=1, keepdims=True)
    agreeing = (counts * (counts @ near - 1)).sum(axis=1, keepdims=True) / np.maximum(m * (m - 1), 1)
    rows = np.concatenate([m >= 1, m >= 2, np.where(m >= 2, agreeing, 0.0), counts / np.maximum(m, 1)], axis=1)
    rated, shared, seen, levels = np.split(draws.total(rows.astype(float)), [1, 2, 3], axis=1)
    shares = ratio(levels, rated)
    by_chance = near.sum() / max(size * (size - 1), 1) * (shares * (1 - shares)).sum(axis=1)
    found = 1.0 - ratio(1.0 - ratio(seen[:, 0], shared[:, 0]), 1.0 - by_chance)
    return found if size > 1 else np.full_like(found, np.nan)


def icc(ratings: Ratings, draws: Draws, form: str) -> Array:
    """Intraclass correlations of Shrout and Fleiss (1979) from the mean squares of units, raters and the rest, over the
    units that all raters rated: `2,1` a single rater of many, `2,k` the mean of these raters, `3,1` these very ones."""
    k, whole = ratings.raters, ratings.complete
    values = np.where(whole[:, None], ratings.values - (ratings.values[whole].mean() if whole.any() else 0.0), 0.0)
    sums = values.sum(axis=1)
    rows = np.column_stack([whole, sums * sums / k, (values * values).sum(axis=1), values])
    n, units, squares, raters = np.split(draws.total(rows.astype(float)), [1, 2, 3], axis=1)
    n, units, squares = n[:, 0], units[:, 0], squares[:, 0]
    middle = ratio(raters.sum(axis=1) ** 2, n * k)
    of_raters = ratio((raters * raters).sum(axis=1), n) - middle
    of_units = units - middle
    rest = squares - middle - of_units - of_raters
    between, among, error = ratio(of_units, n - 1), of_raters / (k - 1), ratio(rest, (n - 1) * (k - 1))
    extra = {"2,1": (k - 1) * error + ratio(k * (among - error), n), "2,k": ratio(among - error, n),
             "3,1": (k - 1) * error}[form]
    return ratio(between - error, between + extra, squares)
