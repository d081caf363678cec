"""What answers come to: orders of labels, shares, the label chosen, the value."""

from __future__ import annotations

import math
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.study import levels
from pedalang.study.criteria import Missing

LEVELS = (plan.ScaleLevel(1, "poor", "ignores the idea"), plan.ScaleLevel(2, "fair", "repeats it"),
          plan.ScaleLevel(4, "good", "builds on it"))
LABELS = ("poor", "fair", "good")
ORDINAL = plan.Judge(nodes.Lit("?"), LEVELS, "ordinal")
NOMINAL = msgspec.structs.replace(ORDINAL, kind="nominal")


def completion(**fields: Any) -> journal.Completion:
    start = journal.Completion(0, -1, "judge.uptake", "", 0, "", None, (), (), 0, 0, "stop", "e")
    return msgspec.structs.replace(start, **fields)


def value(judge: plan.Judge, **fields: Any) -> float | Missing | None:
    found = levels.answer([level.label for level in judge.levels], range(len(judge.levels)), completion(**fields))
    return None if found is None else levels.value(judge, found)


@pytest.mark.parametrize(("fields", "expected"), [
    ({"choice": 0}, 0.0),
    ({"choice": 1}, 1 / 3),
    ({"choice": 2}, 1.0),
    ({"text": " Fair. "}, 1 / 3),
    ({"text": '"GOOD"'}, 1.0),
    ({"choice": 1, "totals": (-1.0, -2.0)}, 1 / 3),
    ({"totals": (-5000.0, -5000.0, -5000.0)}, (7 / 3 - 1) / 3),
])
def test_levels(fields: dict[str, Any], expected: float) -> None:
    assert value(ORDINAL, **fields) == pytest.approx(expected)


@pytest.mark.parametrize("fields", [
    {"text": ""}, {"text": "good or fair"}, {"text": "<b>5</b>" * 30}, {"choice": 3}, {"choice": -1},
])
def test_an_answer_that_is_no_level(fields: dict[str, Any]) -> None:
    assert value(ORDINAL, **fields) is None


def test_a_nominal_scale_is_not_averaged() -> None:
    assert value(NOMINAL, choice=2, totals=(math.log(0.3), math.log(0.3), math.log(0.4))) == 1.0
    wanted = msgspec.structs.replace(NOMINAL, desired=("fair", "good"))
    assert [value(wanted, choice=at) for at in range(3)] == [0.0, 1.0, 1.0]


def test_a_scale_with_one_value_says_nothing() -> None:
    flat = msgspec.structs.replace(ORDINAL, levels=LEVELS[:1])
    found = value(flat, choice=0)
    assert isinstance(found, Missing)
    assert found.code == "PED1233"


kinds: st.SearchStrategy[Literal["ordinal", "interval"]] = st.sampled_from(["ordinal", "interval"])


@given(kinds, st.lists(st.tuples(st.floats(-9, 9), st.floats(-50, 0)), min_size=2, max_size=6), st.floats(-100, 100))
def test_the_value_is_a_share_and_only_differences_of_totals_count(
        kind: Literal["ordinal", "interval"], made: list[tuple[float, float]], shift: float) -> None:
    steps = tuple(plan.ScaleLevel(step, f"l{i}", "") for i, (step, _) in enumerate(made))
    scale = plan.Judge(nodes.Lit("?"), steps, kind)
    if max(step for step, _ in made) - min(step for step, _ in made) < 1e-3:
        return
    found = value(scale, totals=tuple(total for _, total in made))
    moved = value(scale, totals=tuple(total + shift for _, total in made))
    assert isinstance(found, float)
    assert 0 <= found <= 1
    assert moved == pytest.approx(found, abs=1e-6)


# ---------------------------------------------------------------- orders


def test_two_orders_are_the_scale_s_own_and_its_reverse() -> None:
    assert levels.orders(4, 1) == [(0, 1, 2, 3)]
    assert levels.orders(4, 2) == [(0, 1, 2, 3), (3, 2, 1, 0)]
    assert levels.orders(3, 3) == [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
    assert levels.orders(4, 4) == [(0, 1, 2, 3), (3, 2, 1, 0), (2, 3, 0, 1), (1, 0, 3, 2)]


@given(st.integers(2, 9), st.data())
def test_orders_are_different_and_balanced(labels: int, data: st.DataObject) -> None:
    most = 2 if labels == 2 else 2 * labels
    count = data.draw(st.integers(1, most))
    found = levels.orders(labels, count)
    assert len(set(found)) == len(found) == count
    assert all(sorted(order) == list(range(labels)) for order in found)
    places = [[order.index(label) for order in found] for label in range(labels)]
    if count % 2 == 0:
        assert {sum(each) * 2 for each in places} == {(labels - 1) * count}, "the same place on average"
    if count in (labels, 2 * labels):
        assert all(each.count(place) == count // labels for each in places for place in range(labels))


@given(st.integers(2, 6), st.data())
def test_what_a_label_gets_does_not_depend_on_where_it_stands(labels: int, data: st.DataObject) -> None:
    """An engine that looks at the words alone gives the same in every order, and the mean is that."""
    names = [f"l{at}" for at in range(labels)]
    totals = data.draw(st.lists(st.floats(-20, 0), min_size=labels, max_size=labels))
    answers = [levels.answer(names, order, completion(totals=tuple(totals[at] for at in order)))
               for order in levels.orders(labels, 2)]
    one, other = (each for each in answers if each is not None)
    assert one.shares == pytest.approx(other.shares)
    assert levels.together([one, other]).shares == pytest.approx(one.shares)


def test_an_engine_that_takes_the_first_says_nothing_over_all_orders() -> None:
    first = (math.log(0.8), math.log(0.1), math.log(0.1))
    answers = [levels.answer(LABELS, order, completion(choice=0, totals=first)) for order in levels.orders(3, 3)]
    found = levels.together([each for each in answers if each is not None])
    assert found.shares == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    one = answers[0]
    assert one is not None
    assert levels.value(ORDINAL, one) < 0.2  # type: ignore[operator]
    assert levels.value(ORDINAL, found) == pytest.approx((7 / 3 - 1) / 3)


def test_votes_are_shares() -> None:
    answers = [levels.answer(LABELS, (0, 1, 2), completion(text=said)) for said in ("good", "fair", "good", "poor")]
    found = levels.together([each for each in answers if each is not None])
    assert (found.shares, found.chosen, found.likely) == ((0.25, 0.25, 0.5), 2, False)


def test_of_labels_alike_the_one_named_more_often_counts_then_the_first() -> None:
    even = (math.log(0.5), math.log(0.5))
    answers = [levels.answer(("a", "b"), order, completion(choice=choice, totals=even))
               for order, choice in (((0, 1), 1), ((1, 0), 0), ((0, 1), 1))]
    assert levels.together([each for each in answers if each is not None]).chosen == 1
    tied = [levels.answer(("a", "b"), (0, 1), completion(text=said)) for said in "ba"]
    assert levels.together([each for each in tied if each is not None]).chosen == 0


def test_of_several_labels_the_desired_ones_count() -> None:
    wanted = msgspec.structs.replace(NOMINAL, desired=("poor", "good"), several=True)
    assert levels.value_of_several(wanted, [0.2, 0.9, 0.8]) == pytest.approx(0.5)
