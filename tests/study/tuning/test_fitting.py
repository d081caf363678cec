"""Settings part what was measured, and one is kept only where it is better in folds too."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.study.tuning import fitting
from pedalang.study.tuning.fitting import Setting, Tried

HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@given(st.lists(st.integers(-5, 5), min_size=1) | st.lists(st.floats(0, 1).map(lambda x: round(x, 6)), min_size=1),
       st.sampled_from(sorted(HOLDS)))
def test_settings_decide_in_every_way_there_is(measured: list[float], sign: str) -> None:
    found = fitting.settings(measured, sign, 100)
    ways = {tuple(HOLDS[sign](value, each.value) for value in measured) for each in found}
    assert len(ways) == len(found) == len(set(measured)) + 1, "each setting decides otherwise, and all ways are there"


def test_whole_numbers_are_tried_where_whole_numbers_were_measured() -> None:
    assert [each.value for each in fitting.settings([0, 1, 1, 3], ">=", 9)] == [0, 1, 3, 4]
    assert [each.value for each in fitting.settings([0, 1, 1, 3], ">", 9)] == [-1, 0, 1, 3]
    assert [each.value for each in fitting.settings([0.2, 0.35], ">", 9)] == [0.1, 0.3, 0.4]


def test_of_many_settings_an_even_choice_is_tried() -> None:
    found = [each.value for each in fitting.settings(list(range(100)), ">=", 5)]
    assert found == [0, 25, 50, 75, 100]


def test_the_best_setting_is_kept_and_of_equals_that_in_the_widest_gap() -> None:
    start = [0.0, 0.0, 1.0, 0.0, 0.0]
    tried = [Tried(Setting(1, 1.0), [0.0, 1.0, 1.0, 0.0, 0.0]), Tried(Setting(4, 3.0), [1.0] * 5),
             Tried(Setting(2, 1.0), [1.0] * 5)]
    found = fitting.kept(start, tried, range(5), 3)
    assert found == (tried[1], False)


def test_a_gain_on_one_problem_alone_is_refused() -> None:
    start: list[float | None] = [0.5] * 10
    lucky = Tried(Setting(2, 1.0), [1.0, 1.0, *[0.5] * 8])
    assert fitting.kept(start, [lucky], [0, 0, *range(1, 9)], 1) == (None, True), "both lucky dialogues are of one item"
    assert fitting.kept(start, [Tried(Setting(2, 1.0), start)], range(10), 1) == (None, False)
    assert fitting.kept(start, [], range(10), 1) == (None, False)


def test_what_is_missing_on_one_side_counts_on_neither() -> None:
    start: list[float | None] = [0.0, None, 1.0, 1.0]
    tried = Tried(Setting(2, 1.0), [None, 1.0, 1.0, 1.0])
    assert fitting.kept(start, [tried], range(4), 1) == (None, False)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_folds_part_no_item(items: list[int]) -> None:
    parts = fitting.folds(items)
    assert sorted(place for part in parts for place in part) == list(range(len(items)))
    assert len({item for part in parts for item in {items[place] for place in part}}) == \
        sum(len({items[place] for place in part}) for part in parts)


@pytest.mark.parametrize("operator", ["<", ">="])
def test_nothing_measured_is_nothing_to_try(operator: str) -> None:
    assert fitting.settings([], operator, 5) == []
