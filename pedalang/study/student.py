"""Student's t, central and not, by quadrature over the spread: what power and mixed models need, without scipy."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_NODES = 400


def cdf(t: float, freedom: float, shift: float = 0.0) -> float:
    """P(T <= t) for (Z + shift) / sqrt(V / freedom), Z normal, V chi-squared with `freedom` > 0."""
    spread, weight = _spread(freedom)
    return float((_normal(t * spread - shift) * weight).sum())


def two_sided(t: float, freedom: float) -> float:
    """P(|T| >= |t|) without a shift."""
    return 2 * cdf(-abs(t), freedom)


@cache
def quantile(share: float, freedom: float) -> float:
    """The t below which there is this share, 0.5 to 1."""
    low, high = 0.0, 1.0
    while cdf(high, freedom) < share:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if cdf(middle, freedom) < share else (low, middle)
    return (low + high) / 2


@cache
def _spread(freedom: float) -> tuple[Floats, Floats]:
    """Values of sqrt(V / freedom) and their weights, which sum up to 1: Gauss and Legendre, over the logarithm."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    width = 12 / math.sqrt(2 * freedom)
    low, high = -width - 2 * math.log1p(8 / freedom), min(width, math.log(6 + 12 / math.sqrt(freedom)))
    log = low + (nodes + 1) / 2 * (high - low)
    spread = np.exp(log)
    density = freedom * log - freedom * spread**2 / 2
    weight = weights * np.exp(density - density.max())
    return spread, weight / weight.sum()


def _normal(x: Floats) -> Floats:
    return np.array([math.erfc(-each / math.sqrt(2)) / 2 for each in x])
