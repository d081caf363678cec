"""Means and their intervals."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pedalang.study import statistics

shares = st.floats(0, 1)


def test_nothing_known() -> None:
    assert statistics.estimate([]) == statistics.Estimate(None, 0, 0)
    assert statistics.estimate([None, None]) == statistics.Estimate(None, 0, 2)


def test_one_value_has_no_interval() -> None:
    assert statistics.estimate([0.25, None]) == statistics.Estimate(0.25, 1, 1)


@pytest.mark.parametrize(("successes", "n", "low", "high"), [
    (8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 2, 0.0945, 0.9055),
])
def test_wilson_against_published_values(successes: int, n: int, low: float, high: float) -> None:
    assert statistics.wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=60))
def test_wilson_solves_its_equation(values: list[float]) -> None:
    """Each end is a proportion from which the share seen is 1.96 standard errors away."""
    found = statistics.estimate(values)
    for end in (found.low, found.high):
        assert end is not None and found.value is not None
        error = math.sqrt(end * (1 - end) / len(values))
        assert abs(found.value - end) == pytest.approx(statistics.Z * error, abs=1e-9)


@settings(max_examples=20)
@given(st.lists(shares, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_interval_holds_the_mean_and_knows_no_order(values: list[float], draw: random.Random) -> None:
    assume(any(value not in (0, 1) for value in values))
    found = statistics.estimate(values)
    assert found.low is not None and found.value is not None and found.high is not None
    slack = 1e-12
    assert min(values) - slack <= found.low <= found.value + slack
    assert found.value - slack <= found.high <= max(values) + slack
    draw.shuffle(values)
    assert statistics.estimate(values) == found


def test_bootstrap_and_normal_agree_where_they_meet() -> None:
    draw = random.Random(3)
    values = [draw.random() for _ in range(statistics.BOOTSTRAP_UP_TO + 1)]
    beyond = statistics.estimate(values)
    assert (beyond.low, beyond.high) == pytest.approx(statistics.bootstrap(sorted(values)), abs=0.005)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    draw = random.Random(5)
    covered = 0
    for _ in range(100):
        found = statistics.estimate([draw.betavariate(2, 3) for _ in range(25)])
        assert found.low is not None and found.high is not None
        covered += found.low <= 0.4 <= found.high
    assert 88 <= covered <= 99
