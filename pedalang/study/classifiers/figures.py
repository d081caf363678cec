"""Measures of a classifier over examples: of labels from the table of which was taken for which, of numbers from the
two rows of numbers. None where a measure is not defined.

    macro_f1            the mean of the labels' F1, over labels that were there or were given
    weighted_f1         the same, each label by how often it was there
    balanced_accuracy   the mean of the labels' recall, over labels that were there
    cohens_kappa        agreement beyond chance (Cohen, 1960); quadratic_kappa weighs a confusion by the square of its
                        distance in the order of the labels (Cohen, 1968)
    matthews            the correlation of the table (Gorodkin, 2004)
    spearman, pearson   rank and linear correlation; of labels, by their places in order
    r2                  the share of variance that the estimates account for
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pedalang import plan

Numbers = NDArray[np.float64]
Table = NDArray[np.float64]
"""A row a true label, a column a given one."""


def measure(figure: plan.Figure, labels: Sequence[str]) -> Callable[[Numbers, Numbers], float | None]:
    """What computes a measure from what is true and what was given: places of labels, or numbers."""
    if not labels:
        return OF_PAIRS[figure.metric]
    place = _merged(labels, figure.merge)
    count = int(place.max()) + 1

    def of(truth: Numbers, given: Numbers) -> float | None:
        one, other = place[truth.astype(np.intp)], place[given.astype(np.intp)]
        if figure.metric in OF_PAIRS:
            return OF_PAIRS[figure.metric](one.astype(np.float64), other.astype(np.float64))
        table = np.bincount(one * count + other, minlength=count * count).reshape(count, count).astype(np.float64)
        if figure.of:
            return OF_LABEL[figure.metric](table, int(place[labels.index(figure.of)]))
        return OF_TABLE[figure.metric](table)

    return of


def _merged(labels: Sequence[str], merge: Sequence[Sequence[str]]) -> NDArray[np.intp]:
    """The place of each label where those of a group count as one, which stands where the first of them did."""
    first = {label: group[0] for group in merge for label in group}
    ordered = {label: labels.index(label) for label in labels}
    heads = {label: min((ordered[each] for each in ordered if first.get(each) == first[label]), default=at)
             if label in first else at for label, at in ordered.items()}
    places = {head: at for at, head in enumerate(sorted(set(heads.values())))}
    return np.asarray([places[heads[label]] for label in labels], np.intp)


def table(truth: Numbers, given: Numbers, labels: int) -> Table:
    """How often each label was taken for each."""
    return np.bincount(truth.astype(np.intp) * labels + given.astype(np.intp),
                       minlength=labels * labels).reshape(labels, labels).astype(np.float64)


def f1(of: Table) -> list[float | None]:
    """Each label's F1; None for one that was neither there nor given."""
    hit, there, given = np.diag(of), of.sum(axis=1), of.sum(axis=0)
    return [float(2 * h / (t + g)) if t + g else None for h, t, g in zip(hit, there, given, strict=True)]


def _macro_f1(of: Table) -> float | None:
    both = of.sum(axis=1) + of.sum(axis=0)
    known = both > 0
    return float(np.mean(2 * np.diag(of)[known] / both[known])) if known.any() else None


def _weighted_f1(of: Table) -> float | None:
    there = of.sum(axis=1)
    return float(sum((value or 0.0) * share for value, share in zip(f1(of), there, strict=True)) / there.sum()) \
        if there.sum() else None


def _accuracy(of: Table) -> float | None:
    return float(np.trace(of) / of.sum()) if of.sum() else None


def _balanced(of: Table) -> float | None:
    there = of.sum(axis=1)
    return float(np.mean(np.diag(of)[there > 0] / there[there > 0])) if there.any() else None


def _kappa(of: Table, weights: Table) -> float | None:
    total = of.sum()
    expected = np.outer(of.sum(axis=1), of.sum(axis=0)) / total if total else of
    chance = float((weights * expected).sum())
    return 1.0 - float((weights * of).sum()) / chance if chance else None


def _cohens_kappa(of: Table) -> float | None:
    return _kappa(of, 1.0 - np.eye(len(of)))


def _quadratic_kappa(truth: Numbers, given: Numbers) -> float | None:
    """As a sum over pairs: the squares of distances, seen and expected."""
    if not len(truth):
        return None
    expected = float(np.var(truth) + np.var(given) + (truth.mean() - given.mean()) ** 2)
    return 1.0 - float(np.mean((truth - given) ** 2)) / expected if expected else None


def _matthews(of: Table) -> float | None:
    there, given, total = of.sum(axis=1), of.sum(axis=0), of.sum()
    below = np.sqrt((total**2 - (given**2).sum()) * (total**2 - (there**2).sum()))
    return float((np.trace(of) * total - (there * given).sum()) / below) if below else None


def _precision(of: Table, at: int) -> float | None:
    given = of[:, at].sum()
    return float(of[at, at] / given) if given else None


def _recall(of: Table, at: int) -> float | None:
    there = of[at].sum()
    return float(of[at, at] / there) if there else None


def _pearson(truth: Numbers, given: Numbers) -> float | None:
    if len(truth) < 2:
        return None
    one, other = truth - truth.mean(), given - given.mean()
    below = float(np.sqrt((one @ one) * (other @ other)))
    varied = below > 1e-300 and np.ptp(truth) and np.ptp(given)
    return float(np.clip((one @ other) / below, -1.0, 1.0)) if varied else None


def _spearman(truth: Numbers, given: Numbers) -> float | None:
    return _pearson(_ranks(truth), _ranks(given))


def _ranks(values: Numbers) -> Numbers:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, number = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(number) - (number - 1) / 2)[place]


def _r2(truth: Numbers, given: Numbers) -> float | None:
    spread = float(((truth - truth.mean()) ** 2).sum()) if len(truth) else 0.0
    return 1.0 - float(((truth - given) ** 2).sum()) / spread if spread else None


OF_TABLE: Mapping[str, Callable[[Table], float | None]] = {
    "macro_f1": _macro_f1, "weighted_f1": _weighted_f1, "accuracy": _accuracy, "balanced_accuracy": _balanced,
    "cohens_kappa": _cohens_kappa, "matthews": _matthews,
}
OF_LABEL: Mapping[str, Callable[[Table, int], float | None]] = {
    "precision": _precision, "recall": _recall, "f1": lambda of, at: f1(of)[at],
}
OF_PAIRS: Mapping[str, Callable[[Numbers, Numbers], float | None]] = {
    "quadratic_kappa": _quadratic_kappa, "spearman": _spearman, "pearson": _pearson, "r2": _r2,
    "mean_absolute_error": lambda truth, given: float(np.abs(truth - given).mean()) if len(truth) else None,
    "root_mean_squared_error": lambda truth, given: float(np.sqrt(np.square(truth - given).mean()))
    if len(truth) else None,
}
