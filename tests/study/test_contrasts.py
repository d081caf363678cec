"""Comparisons of systems: what is computed, by hand and by other libraries, and what must not change it."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pedalang import plan
from pedalang.study import contrasts, effects, leaderboard, matrix, mixed, pairing, permutation, student
from pedalang.study.scores import TOTAL, DialogueScores

HOW = contrasts.How(resamples=500)
ASKED = plan.Comparison(("task", "seed"), ("task",))
AXES = ("engine", "task", "seed")
FEW = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=5, max_size=9)


def rows(values: dict[tuple[str, int, int], float | None]) -> list[DialogueScores]:
    return [DialogueScores(number, {"solved": value}, value, "done", 4,
                           cell={"engine": engine, "task": task, "seed": seed})
            for number, ((engine, task, seed), value) in enumerate(values.items())]


def grid(tasks: int = 6, seeds: int = 3) -> dict[tuple[str, int, int], float | None]:
    draw = random.Random(2)
    return {(engine, task, seed): round(draw.random() + (engine == "b") * 0.4, 2)
            for engine, task, seed in product("abc", range(tasks), range(seeds))}


def told(found: list[DialogueScores], asked: plan.Comparison = ASKED) -> tuple[object, object]:
    side = pairing.side(found, AXES, asked)
    return (contrasts.contrasts(side, ["solved", TOTAL], asked, HOW),
            leaderboard.standings(side, ["solved", TOTAL], HOW.resamples, HOW.level))


def by_hand(sums: list[float]) -> float:
    """mid-p over all patterns of signs, one by one."""
    seen = abs(sum(sums))
    if seen < 1e-12:
        return 1.0
    far = [abs(sum(sign * each for sign, each in zip(signs, sums, strict=True)))
           for signs in product((1, -1), repeat=len(sums))]
    return sum(1.0 if each > seen + 1e-9 else 0.5 if each > seen - 1e-9 else 0.0 for each in far) / len(far)


@given(FEW)
@settings(max_examples=40, deadline=None)
def test_p_is_the_share_of_patterns_that_are_further(sums: list[float]) -> None:
    found = permutation.test(np.array(sums), np.ones(len(sums)))
    assert found.p == pytest.approx(by_hand(sums))
    assert permutation.p_values(np.array([sums]))[0] == pytest.approx(found.p)


@given(FEW, st.floats(-2, 2))
@settings(max_examples=40, deadline=None)
def test_the_interval_holds_what_the_test_does_not_reject(sums: list[float], moved: float) -> None:
    counts = np.arange(1.0, len(sums) + 1)
    found = permutation.test(np.array(sums), counts)
    assert found.low is not None and found.high is not None
    p = by_hand([each - moved * count for each, count in zip(sums, counts, strict=True)])
    if min(abs(moved - found.low), abs(moved - found.high)) > 1e-6:
        assert (found.low < moved < found.high) == (p > 0.05)


def test_drawn_patterns_agree_with_a_t_test_where_there_are_many_clusters() -> None:
    values = np.random.default_rng(1).normal(0.2, 1, 60)
    found = permutation.test(values, np.ones(60))
    reach = student.quantile(0.975, 59) * values.std(ddof=1) / np.sqrt(60)
    assert found.p == pytest.approx(student.two_sided(values.mean() / values.std(ddof=1) * np.sqrt(60), 59), abs=0.01)
    assert (found.low, found.high) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=0.02)


def test_with_four_clusters_there_is_no_test_and_that_is_said() -> None:
    assert permutation.fewest(0.95) == 5
    found, _ = told(rows(grid(4)))
    assert all((each.p, each.low, each.corrected, each.why) == (None, None, None, "fewer than 5 clusters")
               for each in found)
    assert all(each.difference is not None and each.verdict == "" for each in found)


def test_nothing_depends_on_the_order_of_completion() -> None:
    found = rows(grid())
    shuffled = random.Random(5).sample(found, len(found))
    assert told(found) == told(shuffled)
    of = plan.Matrix("m", "f", tuple(plan.Axis(name, "values") for name in AXES), {},
                     report=plan.Table(("engine",), ("criterion",), 300, cluster=("task",), compare=ASKED))
    assert matrix.compared(found, ["solved"], of) == matrix.compared(shuffled, ["solved"], of)


def test_pairs_that_lack_one_are_named_and_no_zero() -> None:
    values = grid()
    values["a", 0, 0] = None
    values["b", 1, 2] = None
    del values["b", 5, 1]
    found = rows(values)
    found[1] = replace(found[1], why="failed", values={}, total=None)
    first = told(found)[0][0]
    assert (first.first, first.second, first.n, first.missing, first.clusters) == ("a", "b", 14, 4, 6)
    assert [(each.key, each.system, each.why) for each in first.unpaired] == [
        ("task 0, seed 0", "a", "no value"), ("task 0, seed 1", "a", "failed"), ("task 1, seed 2", "b", "no value"),
        ("task 5, seed 1", "b", "not played")]
    pairs = [values["a", task, seed] - values["b", task, seed] for task, seed in product(range(6), range(3))
             if values.get(("a", task, seed)) is not None and values.get(("b", task, seed)) is not None
             and (task, seed) != (0, 1)]
    assert first.difference == pytest.approx(np.mean(pairs))


def test_a_combination_that_neither_played_is_no_missing_pair() -> None:
    values = {key: value for key, value in grid().items() if key[0] == "c" or key[1] != 3}
    first = told(rows(values))[0][0]
    assert (first.n, first.missing, first.clusters) == (15, 0, 5)


def test_holm_by_hand() -> None:
    assert contrasts.holm([0.01, 0.04, 0.03, 0.005, 0.5, 0.9]) == pytest.approx([0.05, 0.12, 0.12, 0.03, 1.0, 1.0])
    assert contrasts.holm([None, 0.02, None, 0.03]) == [None, 0.04, None, 0.04]


def test_effect_sizes_by_hand() -> None:
    differences = np.array([0.5, 0.0, -0.25, 1.0, 0.5, 0.25])
    found = effects.effects(differences, np.array([0, 0, 1, 1, 2, 2]), 500)
    small = 1 - 3 / (4 * 5 - 1)
    assert found.g.value == pytest.approx(differences.mean() / differences.std(ddof=1) * small)
    assert found.superiority.value == pytest.approx((4 + 0.5) / 6)
    assert effects.effects(np.full(4, 0.5), np.arange(4), 200).g == effects.Effect(None)


def test_a_mixed_model_of_balanced_pairs_has_their_mean_and_variances() -> None:
    pytest.importorskip("statsmodels")
    draw = np.random.default_rng(3)
    values = 0.3 + draw.normal(0, 0.5, (12, 1)) + draw.normal(0, 1, (12, 4))
    found = mixed.difference(values.ravel(), np.repeat(np.arange(12), 4), 0.95)
    means = values.mean(axis=1)
    assert found.value == pytest.approx(values.mean(), abs=1e-6)
    t = means.mean() / means.std(ddof=1) * np.sqrt(12)
    assert found.p == pytest.approx(student.two_sided(t, 11), abs=1e-3)
    within, between = values.var(axis=1, ddof=1).mean(), means.var(ddof=1)
    share = (between - within / 4) / (between - within / 4 + within)
    assert found.icc == pytest.approx(share, abs=1e-3)


def test_a_margin_tells_equivalent_from_open() -> None:
    draw = random.Random(4)
    values = {(engine, task, seed): 0.5 + draw.gauss(0, 0.02) for engine, task, seed in product("ab", range(9), (1, 2))}
    close, _ = told(rows(values), plan.Comparison(("task", "seed"), ("task",), margin=0.1))
    assert close[0].verdict == "equivalent"
    wide, _ = told(rows(values), plan.Comparison(("task", "seed"), ("task",), margin=0.0001))
    assert wide[0].verdict == "open"


def test_a_leaderboard_ranks_on_what_all_have() -> None:
    values = grid(12)
    values["c", 0, 0] = None
    _, board = told(rows(values))
    solved = [each for each in board if each.measure == "solved"]
    assert solved[0].system == "b" and [each.rank for each in solved] == [1, 2, 3]
    assert {(each.n, each.missing) for each in solved} == {(35, 1)}
    assert sum(each.first for each in solved) == pytest.approx(1)
    assert all(each.rank_low <= each.rank <= each.rank_high and each.low < each.mean < each.high for each in solved)
    known = [values["b", task, seed] for task, seed in product(range(12), range(3)) if (task, seed) != (0, 0)]
    assert solved[0].mean == pytest.approx(np.mean(known))


def test_student_s_t_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for freedom, t, shift in product((1, 2, 5, 19, 200), (-2.5, 0.3, 2.0, 4.0), (0.5, 2.8)):
        assert student.cdf(t, freedom, shift) == pytest.approx(stats.nct.cdf(t, freedom, shift), abs=1e-5)
        assert student.cdf(t, freedom) == pytest.approx(stats.t.cdf(t, freedom), abs=1e-5)
    assert student.quantile(0.975, 9) == pytest.approx(stats.t.ppf(0.975, 9), abs=1e-8)
