"""Maps from a judge's value to people's: they never fall, stay in 0..1, and find what was planted."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

np = pytest.importorskip("numpy")
pytest.importorskip("sklearn", reason="pip install 'pedalang[study]'")
pytest.importorskip("statsmodels", reason="pip install 'pedalang[study]'")

from pedalang.study.calibration import choosing, fitting, maps  # noqa: E402
from pedalang.study.calibration.fitting import METHODS, Labelled, Unfit  # noqa: E402

HALF = (0.0, 0.5, 1.0)
HALVES = st.sampled_from(HALF)


def planted(units, slope, seed=0):
    """Values told, and what people say of them by proportional odds of that slope."""
    draw = random.Random(seed)
    told = [draw.uniform(0.2, 0.8) for _ in range(units)]
    people = []
    for each in told:
        latent = slope * maps.odds(each) + maps.odds(draw.random())
        people.append((0.0 if latent < -1 else 0.5 if latent < 1 else 1.0,))
    return Labelled(np.array(told), tuple(people))


@given(st.lists(st.tuples(st.floats(0, 1), HALVES), min_size=3, max_size=12), st.sampled_from(["platt", "isotonic"]))
def test_a_map_never_falls_and_stays_in_0_to_1(units, method):
    told, people = zip(*units, strict=True)
    try:
        by = fitting.fit(method, Labelled(np.array(told), tuple((each,) for each in people)))
    except Unfit:
        return
    values = [maps.calibrated(by, each / 40) for each in range(41)]
    assert all(0 <= each <= 1 for each in values)
    assert all(after >= before - 1e-12 for before, after in pairwise(values))


def test_proportional_odds_are_found_again():
    by = fitting.fit("ordinal", planted(1_500, 2.0))
    assert by.slope == pytest.approx(2.0, abs=0.25)
    assert by.cuts == pytest.approx((-1.0, 1.0), abs=0.2)
    assert sum(maps.shares(by, 0.3)) == pytest.approx(1.0)


def test_a_judge_that_says_the_opposite_is_not_turned_round():
    units = planted(300, -2.0)
    for method in METHODS[1:]:
        by = fitting.fit(method, units)
        low, high = maps.calibrated(by, 0.0), maps.calibrated(by, 1.0)
        assert high - low < 0.05, method
        assert low == pytest.approx(units.mean.mean(), abs=0.05), method


def test_the_choice_is_made_on_other_dialogues():
    """People rate at random, and all turns of a dialogue the same: no map that has seen the dialogue is asked."""
    draw = random.Random(4)
    groups = [number // 5 for number in range(100)]
    by_group = {group: draw.choice((0.0, 1.0)) for group in groups}
    told = np.array([group / 20 for group in groups])
    units = Labelled(told, tuple((by_group[group],) for group in groups))
    found = choosing.choose(units, units.mean, HALF, groups)
    error = float(np.mean((found.held_out - units.mean) ** 2))
    assert error > 0.9 * float(np.mean((found.constant - units.mean) ** 2))
    fold = choosing.folds(groups)
    assert all(len({fold[at] for at, each in enumerate(groups) if each == group}) == 1 for group in by_group)


def test_calibrating_makes_the_error_less_where_the_judge_knows_something():
    units = planted(200, 3.0, seed=2)
    found = choosing.choose(units, units.mean, HALF, range(200))
    errors = [float(np.mean((each - units.mean) ** 2)) for each in (units.told, found.held_out, found.constant)]
    assert errors[1] < errors[0] and errors[1] < errors[2]
    assert set(found.errors) == set(METHODS)
    assert choosing.choose(units, units.mean, HALF, range(200)).calibration == found.calibration


@pytest.mark.parametrize(("told", "people", "why"), [
    ([0.1, 0.9], [(1.0,), (1.0,)], "people gave all of them the same"),
    ([0.5, 0.5], [(1.0,), (0.0,)], "the judge gave all of them the same"),
])
def test_what_cannot_be_fitted_says_why(told, people, why):
    with pytest.raises(Unfit, match=why):
        fitting.fit("platt", Labelled(np.array(told), tuple(people)))


def test_too_few_units_are_not_calibrated():
    with pytest.raises(Unfit, match="too few"):
        choosing.choose(planted(9, 1.0), planted(9, 1.0).mean, HALF, range(9))


@pytest.mark.parametrize("by", [
    maps.Platt(0.0, -1.0), maps.Platt(float("nan"), 1.0), maps.Ordinal(1.0, (1.0, 0.0), (0.0, 0.5, 1.0)),
    maps.Ordinal(1.0, (0.0,), (0.0,)), maps.Isotonic((0.0, 1.0), (0.5, 0.4)), maps.Isotonic((), ()),
    maps.Isotonic((0.0,), (2.0,)),
])
def test_a_map_from_a_file_has_to_be_one(by):
    with pytest.raises(ValueError, match="no rising map"):
        maps.checked(by)


@given(st.lists(st.tuples(st.floats(0, 1), HALVES), min_size=1, max_size=30, unique_by=lambda each: each[0]))
@example([(0.0, 0.0), (5e-324, 0.5)])  # no number lies between them
def test_equated_levels_are_said_as_often_as_people_say_them(units):
    values, people = (np.array(each) for each in zip(*units, strict=True))
    levels = choosing.leveled(choosing.equated(values, people, HALF), values, HALF)
    assert [int((levels == each).sum()) for each in HALF] == [int((people == each).sum()) for each in HALF]
    order = np.argsort(values)
    assert (np.diff(levels[order]) >= 0).all()
