"""The figures of agreement that well-kept libraries have, for one table. Each library is loaded when it is asked.

None of these functions is called where its figure is not defined.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from pedalang.study.figures.ratings import Ratings


def kappa(ratings: Ratings, how: str | None) -> float:
    """Cohen's kappa, with `linear` or `quadratic` weights by the places of the levels."""
    labels, figure = np.arange(len(ratings.levels)), _metrics().cohen_kappa_score
    return _of_pairs(ratings, ratings.places, lambda a, b: figure(a, b, labels=labels, weights=how))


def exact(ratings: Ratings) -> float:
    """The share of equal ratings."""
    return _of_pairs(ratings, ratings.places, _metrics().accuracy_score)


def macro_f1(ratings: Ratings) -> float:
    """The plain mean of the F1 of each level that occurs."""
    return _of_pairs(ratings, ratings.places, lambda a, b: _metrics().f1_score(a, b, average="macro", zero_division=0))


def lenient_f1(ratings: Ratings) -> float:
    """The same with all levels above the lowest as one."""
    places = np.minimum(ratings.places, 1)
    return _of_pairs(ratings, places, lambda a, b: _metrics().f1_score(a, b, average="macro", zero_division=0))


def pearson(ratings: Ratings) -> float:
    """Pearson's correlation."""
    return _of_pairs(ratings, ratings.values, lambda a, b: _library("scipy.stats").pearsonr(a, b)[0])


def spearman(ratings: Ratings) -> float:
    """Spearman's correlation."""
    return _of_pairs(ratings, ratings.values, lambda a, b: _library("scipy.stats").spearmanr(a, b)[0])


def fleiss(ratings: Ratings) -> float:
    """Fleiss' kappa, over the units that all raters rated."""
    return float(_library("statsmodels.stats.inter_rater").fleiss_kappa(ratings.counts[ratings.complete]))


def alpha(ratings: Ratings) -> float:
    """Krippendorff's alpha by the metric of the scale's kind."""
    domain = ratings.levels if (ratings.places > -2).all() else None
    figure = _library("krippendorff").alpha
    return float(figure(ratings.values.T, value_domain=domain, level_of_measurement=ratings.kind))


def _metrics() -> Any:
    return _library("sklearn.metrics")


def _library(name: str) -> Any:
    return importlib.import_module(name)


def _of_pairs(ratings: Ratings, shown: Any, figure: Callable[[Any, Any], Any]) -> float:
    found = []
    for a, b in ratings.pairs():
        both = ratings.known[:, a] & ratings.known[:, b]
        found.append(float(figure(shown[both, a], shown[both, b])))
    return sum(found) / len(found)
