"""Ratings of people: levels of a scale, those that stand in the data, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.evaluate import Evaluator
from pedalang.study import ratings
from pedalang.study.criteria import Missing
from pedalang.study.given import Given, Rating
from pedalang.study.score import score

Program = Callable[..., plan.Plan]
Add = Callable[..., None]

SCALE = (plan.ScaleLevel(1.0, "No", "It does not."), plan.ScaleLevel(2.0, "To some extent", "A little."),
         plan.ScaleLevel(5.0, "Yes", "It does."))
ROW = nodes.Attr(nodes.Name("problem"), "label")


def human(kind: Any = "ordinal", **more: Any) -> plan.Human:
    return plan.Human(nodes.Lit("Does it?"), SCALE, kind, **more)


@pytest.mark.parametrize(("said", "level"), [
    ("Yes", 5.0), (" to some extent ", 2.0), ("NO", 1.0), ("2", 2.0), (2, 2.0), (2.0, 2.0), (3, None), ("maybe", None),
    (True, None), (float("nan"), None), (float("inf"), None), ((), None), ("", None),
])
def test_what_is_said_is_a_level_or_nothing(said: Any, level: float | None) -> None:
    assert ratings.level(SCALE, "ordinal", said) == level


def test_between_levels_there_are_ratings_on_an_interval_scale_only() -> None:
    assert [ratings.level(SCALE, kind, 3.5) for kind in ("nominal", "ordinal", "interval")] == [None, None, 3.5]
    assert ratings.level(SCALE, "interval", 5.5) is None


@given(st.lists(st.sampled_from([1.0, 2.0, 5.0]), min_size=1, max_size=6))
def test_the_value_is_the_mean_on_the_range_or_the_share_of_what_is_desired(levels: list[float]) -> None:
    rated = [Rating(str(at), level) for at, level in enumerate(levels)]
    assert ratings.value(human(), rated) == pytest.approx((sum(levels) / len(levels) - 1) / 4)
    wanted = human("nominal", desired=("Yes",))
    assert ratings.value(wanted, rated) == levels.count(5.0) / len(levels)


@pytest.mark.parametrize(("said", "found"), [
    ("yes", [("data", 5.0)]), (None, []), (("No", None, 5), [("rater 1", 1.0), ("rater 3", 5.0)]),
    ({"ann": "No", "ben": ""}, [("ann", 1.0)]), ((), []),
])
def test_ratings_in_data_have_raters(said: Any, found: list[tuple[str, float]]) -> None:
    rated = ratings.in_data(human(rating=ROW), {"problem": {"label": said}}, Evaluator())
    assert not isinstance(rated, Missing)
    assert [(each.rater, each.level) for each in rated] == found


def test_what_is_no_level_is_refused_and_what_nobody_rated_is_missing(program: Program, events: journal.Journal,
                                                                      add: Add) -> None:
    for episode, label in enumerate(["Yes", "sometimes", None, ["No", "Yes"]]):
        add(episode, [("teacher", "Why?")], item={"problem": {"label": label}})
    found = score(program(plan.Criterion("helps", 1.0, human=human(rating=ROW))), events, "R")
    assert [row.total for row in found.dialogues] == [1.0, None, None, 0.5]
    assert (found.measures["helps"].n, found.measures["helps"].missing) == (2, 2)
    assert found.dialogues[1].missing["helps"] == (
        "PED1256: the rating `sometimes` is none of the scale: `No`, `To some extent`, `Yes`")
    assert found.dialogues[2].missing["helps"] == "PED1238: nobody has rated it"
    assert found.dialogues[3].ratings == {"helps": {-1: {"rater 1": 1.0, "rater 2": 5.0}}}


def test_ratings_of_sheets_count_part_by_part_and_reversed_where_the_item_is(program: Program, events: journal.Journal,
                                                                             add: Add) -> None:
    add(0, [("teacher", "Why?"), ("student", "So."), ("teacher", "No.")])
    sheets = Given({("harsh", 0, 0): [Rating("ann", 5.0), Rating("ben", 2.0)]})
    made = plan.Criterion("harsh", 1.0, human=human(), reverse=True, units=plan.Units("turn", "mean"))
    (row,) = score(program(made), events, "R", given=sheets).dialogues
    assert [part.value for part in row.parts["harsh"]] == [pytest.approx(1 - 2.5 / 4), None, None]
    assert row.values["harsh"] == pytest.approx(0.375)
    assert row.ratings == {"harsh": {0: {"ann": 5.0, "ben": 2.0}}}


def test_a_sheet_counts_before_the_data_of_the_same_rater(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, [("teacher", "Why?")], item={"problem": {"label": {"ann": "No", "ben": "No"}}})
    sheets = Given({("helps", 0, -1): [Rating("ann", 5.0)]})
    (row,) = score(program(plan.Criterion("helps", 1.0, human=human(rating=ROW))), events, "R", given=sheets).dialogues
    assert row.ratings == {"helps": {-1: {"ann": 5.0, "ben": 1.0}}}
