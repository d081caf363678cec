"""The difference of two systems by a linear mixed model of the pairs: a fixed difference, an effect of each cluster on
it, and the rest (Laird and Ware, 1982). Fitted by restricted likelihood with statsmodels.

The model is of differences, so an item's own difficulty is gone, and the effect of a cluster is what a random slope of
the systems would be in a model of scores: without it equal systems would be told apart too often (Barr et al., 2013). t
has as many degrees of freedom as there are clusters, less 1.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings

import numpy as np
from numpy.typing import NDArray

from pedalang.study import power, student
from pedalang.study.scores import Mixed

INSTALL = "pip install 'pedalang[study]'"
FEWEST = 3
"""Clusters."""
NEAR = 1e-12

Floats = NDArray[np.float64]


def available() -> bool:
    """Whether statsmodels is installed."""
    return importlib.util.find_spec("statsmodels") is not None


def difference(differences: Floats, cluster: NDArray[np.intp], level: float) -> Mixed:
    """Of differences that are all known, each in a cluster numbered from 0."""
    clusters = int(cluster.max()) + 1
    if not available():
        return Mixed(None, why=f"statsmodels is not installed: {INSTALL}")
    if clusters < FEWEST:
        return Mixed(None, why=f"fewer than {FEWEST} clusters")
    if float(np.ptp(differences)) <= NEAR:
        return Mixed(None, why="all differences are the same")
    spread = power.spread(differences, cluster)
    if spread is None or not spread.icc:
        return _one_variance(differences, clusters, level, spread.icc if spread is not None else None)
    return _fitted(differences, cluster, clusters, level)


def _one_variance(differences: Floats, clusters: int, level: float, icc: float | None) -> Mixed:
    """Where clusters have a pair each, or are no more alike than pairs are, the fit has one variance: it is a t test,
    and the likelihood has its highest point at the edge, where a search would not find it."""
    error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    return _told(float(differences.mean()), error, clusters, level, icc)


def _fitted(differences: Floats, cluster: NDArray[np.intp], clusters: int, level: float) -> Mixed:
    linear = importlib.import_module("statsmodels.regression.mixed_linear_model")
    scale = float(differences.std())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance of 0 is a finding, and no reason for a warning
        try:
            fit = linear.MixedLM(differences / scale, np.ones((len(differences), 1)), groups=cluster).fit(
                reml=True, method=["powell", "nm"])
        except (np.linalg.LinAlgError, ValueError) as error:
            return Mixed(None, why=f"the model has no fit: {error}")
    value, error = float(fit.fe_params[0]) * scale, float(fit.bse_fe[0]) * scale
    between = float(np.asarray(fit.cov_re)[0, 0])
    if not (fit.converged and np.isfinite(error) and error > 0):
        return Mixed(None, why="the model did not converge")
    return _told(value, error, clusters, level, between / (between + float(fit.scale)))


def _told(value: float, error: float, clusters: int, level: float, icc: float | None) -> Mixed:
    reach = student.quantile((1 + level) / 2, clusters - 1) * error
    return Mixed(value, value - reach, value + reach, student.two_sided(value / error, clusters - 1), icc)
