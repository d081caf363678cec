"""Intervals by resampling whole clusters."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pedalang.study import resampling
from pedalang.study.resampling import Places


def _mean(values: list[float]) -> resampling.Figure:
    known = np.asarray(values)
    return lambda places: float(known[places].mean())


def test_units_of_a_cluster_come_together() -> None:
    clusters = ["a", "b", "a", "c", "b"]
    for places in resampling.samples(clusters, 50):
        drawn = [clusters[at] for at in places]
        counts = {name: list(places).count(at) for at, name in enumerate(clusters)}
        assert all(drawn.count(name) == 2 * counts[name] for name in "ab")
        assert len({at for at in places if clusters[at] == "a"}) in (0, 2)


def test_the_interval_is_about_as_wide_as_the_normal_one() -> None:
    values = list(np.random.default_rng(1).normal(size=400))
    found = resampling.interval(range(400), _mean(values))
    assert found is not None
    assert abs((found[1] - found[0]) / (2 * 1.96 * np.std(values) / 20) - 1) < 0.1


def test_clusters_that_repeat_themselves_count_once() -> None:
    values = list(np.random.default_rng(1).normal(size=40))
    once = resampling.interval(range(40), _mean(values))
    repeated = resampling.interval([at // 10 for at in range(400)], _mean(list(np.repeat(values, 10))))
    assert once == repeated


def test_of_one_cluster_or_a_figure_that_is_rarely_defined_there_is_none() -> None:
    assert resampling.interval(["a", "a"], _mean([1.0, 2.0])) is None
    assert resampling.interval(["a", "b", "c"], lambda places: 1.0 if 0 in places else None) is None
    assert resampling.interval([], lambda places: None) is None


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=6))
def test_what_is_the_same_differs_by_nothing(values: list[float]) -> None:
    def figure(places: Places) -> float:
        return float(np.asarray(values)[places].mean())

    assert resampling.difference(range(len(values)), figure, figure, resamples=20) == (0.0, 0.0)
