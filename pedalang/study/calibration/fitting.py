"""Fits the maps of `maps` to people's ratings, by scikit-learn and statsmodels, loaded when they are asked."""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pedalang.runtime.errors import RunError
from pedalang.study.calibration import maps
from pedalang.study.calibration.maps import Calibration, Identity, Isotonic, Ordinal, Platt

RIDGE = 100.0
"""scikit-learn's `C`: how little the slope of a logistic curve is held back. It keeps it finite where people and judge
agree always."""
DECIMALS = 10
"""Of parameters that are kept."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Units that both judged: the judge's value, and the values that people gave, all in 0..1."""

    told: Array
    people: tuple[tuple[float, ...], ...]

    @property
    def mean(self) -> Array:
        """What people said of each unit on the whole."""
        return np.array([math.fsum(each) / len(each) for each in self.people])

    def only(self, which: NDArray[np.bool_]) -> Labelled:
        """Some of the units."""
        return Labelled(self.told[which], tuple(each for each, kept in zip(self.people, which, strict=True) if kept))


class Unfit(Exception):
    """A map cannot be fitted to these ratings; says why."""


def fit(method: str, units: Labelled) -> Calibration:
    """The map of that name. Raises `Unfit`; `RunError` PED1314 where its library is not installed."""
    if method == "identity":
        return Identity()
    said = {value for each in units.people for value in each}
    if len(said) < 2:
        raise Unfit("people gave all of them the same")
    if np.ptp(units.told) < 1e-9:
        raise Unfit("the judge gave all of them the same")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a fit that did not converge: that is looked at
        return maps.checked(_BY_METHOD[method](units))


def _platt(units: Labelled) -> Calibration:
    odds, mean = np.array([maps.odds(each) for each in units.told]), units.mean
    model = _library("sklearn.linear_model").LogisticRegression(C=RIDGE)
    twice = np.concatenate([odds, odds])[:, None]
    model.fit(twice, np.repeat([1, 0], len(odds)), sample_weight=np.concatenate([mean, 1 - mean]))
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope <= 0:
        slope, intercept = 0.0, maps.odds(float(mean.mean()))
    return Platt(_kept(intercept), _kept(slope))


def _ordinal(units: Labelled) -> Calibration:
    odds = np.array([maps.odds(told) for told, each in zip(units.told, units.people, strict=True) for _ in each])
    said = np.array([value for each in units.people for value in each])
    levels, places = np.unique(said, return_inverse=True)
    below = np.cumsum(np.bincount(places))[:-1] / len(places)
    flat = Ordinal(0.0, tuple(_kept(maps.odds(each)) for each in below), tuple(levels.tolist()))
    ordered = _library("statsmodels.miscmodels.ordinal_model").OrderedModel
    try:
        model = ordered(places, odds[:, None], distr="logit")
        model.cdf = _library("scipy.special").expit  # as its own, which first checks each argument, ten times as long
        found = model.fit(method="bfgs", maxiter=200, disp=False)
    except (ValueError, np.linalg.LinAlgError) as error:
        raise Unfit(f"no proportional odds: {error}") from None
    slope, cuts = float(found.params[0]), model.transform_threshold_params(found.params)[1:-1]
    if not np.isfinite(found.params).all() or not found.mle_retvals["converged"]:
        raise Unfit("the fit of proportional odds did not converge")
    return flat if slope <= 0 else Ordinal(_kept(slope), tuple(map(_kept, cuts)), tuple(levels.tolist()))


def _isotonic(units: Labelled) -> Calibration:
    model = _library("sklearn.isotonic").IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(units.told, units.mean, sample_weight=[len(each) for each in units.people])
    return Isotonic(tuple(map(_kept, model.X_thresholds_)), tuple(map(_kept, model.y_thresholds_)))


_BY_METHOD: Mapping[str, Callable[[Labelled], Calibration]] = {
    "platt": _platt, "ordinal": _ordinal, "isotonic": _isotonic}
METHODS = ("identity", *_BY_METHOD)
"""From the simplest on: of those that do as well, the first is taken."""


def _kept(number: Any) -> float:
    return round(float(number), DECIMALS)


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise RunError("PED1314", f"a judge is calibrated by the library {error.name}, which is not installed",
                       help="pip install 'pedalang[study]'") from None
