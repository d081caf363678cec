"""Comparisons of systems that are equal, and of systems that are not: how often the test rejects.

The whole of it: pytest -m full tests/study/test_null_calibration.py -s
"""

from __future__ import annotations

from itertools import product
from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray

from pedalang.study import permutation, power

Floats = NDArray[np.float64]
LEAST, MOST = 0.035, 0.065


def differences(draw: np.random.Generator, times: int, clusters: int, each: int, icc: float, kind: str,
                planted: float = 0.0, share: float = 0.5) -> Floats:
    """Differences of two systems, by comparison, cluster and pair. Items are of unequal difficulty, and each system has
    its own luck with each item: that is what makes pairs of one item alike."""
    item = draw.normal(size=(times, clusters, 1, 1))
    luck = draw.normal(size=(times, clusters, 1, 2))
    rest = draw.normal(size=(times, clusters, each, 2))
    score = np.sqrt(0.3) * item + np.sqrt(0.7 * icc) * luck + np.sqrt(0.7 * (1 - icc)) * rest
    if kind == "yes or no":
        score = (score < NormalDist().inv_cdf(share)).astype(np.float64)
    elif kind == "five levels":
        score = np.digitize(score, [-1.5, -0.5, 0.5, 1.5]) / 4
    elif kind == "skewed":
        score = np.exp(score)
    return score[..., 0] - score[..., 1] + planted


def unbalanced(draw: np.random.Generator, of: Floats) -> Floats:
    """Some pairs of each cluster are missing, never all."""
    kept = draw.integers(1, of.shape[2] + 1, size=(*of.shape[:2], 1))
    return of * (np.arange(of.shape[2]) < kept)


def rejected(of: Floats) -> float:
    return float((permutation.p_values(of.sum(axis=2)) <= 0.05).mean())


@pytest.mark.parametrize(("clusters", "each", "kind"), [
    (7, 4, "normal"), (20, 3, "skewed"), (20, 4, "yes or no"), (12, 4, "five levels")])
def test_of_a_thousand_equal_systems_one_in_twenty_is_told_apart(clusters: int, each: int, kind: str) -> None:
    draw = np.random.default_rng(11)
    found = unbalanced(draw, differences(draw, 1_000, clusters, each, 0.4, kind))
    assert LEAST <= rejected(found) <= MOST


def test_what_is_planted_is_found_with_the_power_that_was_predicted() -> None:
    draw = np.random.default_rng(12)
    sd = float(np.sqrt(1.4))
    found = rejected(differences(draw, 1_000, 15, 4, 0.3, "normal", planted=0.5))
    assert found == pytest.approx(power.power(0.5, power.Spread(sd, 0.3), [4] * 15), abs=0.05)


@pytest.mark.full
def test_equal_systems_at_full_size(capsys: pytest.CaptureFixture[str]) -> None:
    draw = np.random.default_rng(13)
    cases = [(kind, clusters, each, icc, 0.5) for kind in ("normal", "skewed", "five levels", "yes or no")
             for clusters, each, icc in product((7, 10, 12, 20, 40), (3, 10), (0.0, 0.5))]
    cases += [("yes or no", clusters, 10, icc, 0.9) for clusters, icc in product((20, 40, 100), (0.0, 0.5))]
    lines, outside = [], []
    for kind, clusters, each, icc, share in cases:
        of = unbalanced(draw, differences(draw, 2_000, clusters, each, icc, kind, share=share))
        found, differ = rejected(of), float((np.abs(of.sum(axis=2)) > 1e-12).sum(axis=1).mean())
        lines.append(f"{kind:12} {share:.1f} {clusters:4} {each:3} {icc:.1f} {differ:6.1f} {found:.3f}")
        if found > MOST or (found < LEAST and differ >= 9):
            outside.append(lines[-1])
    with capsys.disabled():
        print("\nkind    share clusters each icc differ rejected", *lines, sep="\n")
    assert not outside


@pytest.mark.full
def test_power_at_full_size(capsys: pytest.CaptureFixture[str]) -> None:
    draw = np.random.default_rng(14)
    lines, off = [], []
    for kind, clusters, each, icc, planted in product(("normal", "five levels"), (6, 8, 12, 30), (1, 4), (0.0, 0.4),
                                                      (0.25, 0.5)):
        sample = differences(draw, 4_000, 50, each, icc, kind)
        sd = float(sample.std())
        of = power.Spread(sd, _icc(sample))
        shift = planted * sd
        found = rejected(differences(draw, 2_000, clusters, each, icc, kind, planted=shift))
        expected = power.power(shift, of, [each] * clusters)
        lines.append(f"{kind:12} {clusters:4} {each:3} {icc:.1f} {planted:.2f} {expected:.3f} {found:.3f}")
        if abs(found - expected) > (0.05 if clusters >= 8 else 0.1):
            off.append(lines[-1])
    with capsys.disabled():
        print("\nkind    clusters each icc planted predicted found", *lines, sep="\n")
    assert not off


@pytest.mark.full
def test_where_it_breaks_and_where_the_interval_holds(capsys: pytest.CaptureFixture[str]) -> None:
    """Differences whose mean is 0 and that are very lopsided are found too often; intervals of shares hold."""
    draw = np.random.default_rng(5)
    lopsided = {clusters: float((permutation.p_values(np.exp(draw.normal(size=(4_000, clusters))) - np.exp(0.5))
                                 <= 0.05).mean()) for clusters in (7, 20, 100)}
    held = {clusters: _held(draw, clusters) for clusters in (10, 20, 40)}
    with capsys.disabled():
        print("\nlopsided:", lopsided, "interval holds the difference:", held)
    assert lopsided[7] > lopsided[20] > lopsided[100] > MOST
    assert all(0.92 <= share <= 0.98 for share in held.values())


def _held(draw: np.random.Generator, clusters: int, times: int = 400) -> float:
    """How often the interval holds the difference of two shares, about 0.79 and 0.59, four pairs an item."""
    def shares(item: Floats) -> tuple[Floats, Floats]:
        return 1 / (1 + np.exp(-1.4 - item)), 1 / (1 + np.exp(-0.4 - item))

    many = shares(draw.normal(size=200_000) / 2)
    true, found = float((many[0] - many[1]).mean()), 0
    for _ in range(times):
        one, other = shares(draw.normal(size=(clusters, 1)) / 2)
        less = (draw.random((clusters, 4)) < one).astype(np.float64) - (draw.random((clusters, 4)) < other)
        tested = permutation.test(less.sum(axis=1), np.full(clusters, 4.0))
        assert tested.low is not None and tested.high is not None
        found += tested.low <= true <= tested.high
    return found / times


def _icc(of: Floats) -> float:
    """The share of the variance of differences that lies between clusters, of very many clusters."""
    if of.shape[2] == 1:
        return 0.0
    within = float(of.var(axis=2, ddof=1).mean())
    return max(0.0, (float(of.mean(axis=2).var()) - within / of.shape[2]) / float(of.var()))
