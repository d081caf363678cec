"""How strong each of several is, from who beat whom: the model of Bradley and Terry (1952) with ties as Davidson (1970)
has them.

With strengths s and a tie's weight t, the first of two wins with the odds exp(s1), the second with exp(s2), and they
tie with exp(t + (s1 + s2) / 2). The logarithm of the likelihood is concave; Newton's method finds its top. A penalty of
`RIDGE` on each square keeps a system finite that always wins. Strengths sum to 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RIDGE = 1e-3
STEPS = 50
CLOSE = 1e-9

Floats = NDArray[np.float64]


def strengths(wins: Floats, ties: Floats) -> tuple[Floats, float]:
    """The strength of each, and the logarithm of a tie's weight. `wins` has how often the row beat the column, `ties`
    how often both were alike (symmetric). Without any ties the weight goes far below 0."""
    size = len(wins)
    first, second = np.triu_indices(size, 1)
    counts = np.stack([wins[first, second], wins[second, first], ties[first, second]], axis=1)
    features = np.zeros((len(first), 3, size + 1))
    at = np.arange(len(first))
    features[at, 0, first] = features[at, 1, second] = 1.0
    features[at, 2, first] = features[at, 2, second] = 0.5
    features[at, 2, size] = 1.0
    found = np.zeros(size + 1)
    for _ in range(STEPS):
        step = _step(features, counts, found)
        found = found + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < CLOSE:
            break
    return found[:size] - found[:size].mean(), float(found[size])


def _step(features: Floats, counts: Floats, at: Floats) -> Floats:
    """Newton's step from a point."""
    odds = np.exp(features @ at - (features @ at).max(axis=1, keepdims=True))
    shares = odds / odds.sum(axis=1, keepdims=True)
    played = counts.sum(axis=1)
    slope = np.einsum("po,pof->f", counts - played[:, None] * shares, features) - RIDGE * at
    mean = np.einsum("po,pof->pf", shares, features)
    bend = np.einsum("p,po,pof,pog->fg", played, shares, features, features)
    bend -= np.einsum("p,pf,pg->fg", played, mean, mean)
    return np.linalg.solve(bend + RIDGE * np.eye(len(at)), slope)


def points(strength: Floats, tie: float) -> Floats:
    """What each is expected to win of a comparison with one of the others, a tie as half."""
    first, second = strength[:, None], strength[None, :]
    win, even = np.exp(first - second), np.exp(tie + (first - second) / 2)
    expected = (win + even / 2) / (win + 1 + even)
    np.fill_diagonal(expected, 0.0)
    return expected.sum(axis=1) / (len(strength) - 1)
