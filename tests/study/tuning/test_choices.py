"""What speaks for a move is found where it is known, by its own dialogues and by those that come after."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedalang.study.optimizers import bandit, fitted_value
from pedalang.study.tuning.choices import Choice, Table, joined

MOVES = ("left", "right", "wait")


def alone(count: int, seed: int = 1) -> list[Choice]:
    """Choices by chance in dialogues of one: `left` is worth 0.2 + 0.5 a, `right` 0.6 - 0.3 b, `wait` nothing."""
    draws = random.Random(seed)
    found = []
    for _ in range(count):
        cues, made = (draws.random(), float(draws.random() < 0.5)), draws.choice(MOVES)
        worth = {"left": 0.2 + 0.5 * cues[0], "right": 0.6 - 0.3 * cues[1], "wait": 0.0}[made]
        found.append(Choice(cues, MOVES, made, worth + draws.gauss(0, 0.01), None))
    return found


def test_a_bandit_finds_what_each_cue_counts() -> None:
    found = bandit.fitted(Table(alone(3000)))
    assert found["left"] == pytest.approx((0.5, 0, 0.2), abs=0.01)
    assert found["right"] == pytest.approx((0, -0.3, 0.6), abs=0.01)
    assert found["wait"] == pytest.approx((0, 0, 0), abs=0.01)


def two_step(count: int, seed: int = 2, care: float = 0.2) -> list[Choice]:
    """First `left` or `wait`, then `right` or `wait`; only `left` and then `right` is worth 1, and `right` alone 0.3.
    Who chose by chance seldom made `right` after `left`, and often after `wait`."""
    draws = random.Random(seed)
    found: list[Choice] = []
    for _ in range(count):
        first = draws.choice(("left", "wait"))
        second = "right" if draws.random() < (care if first == "left" else 1 - care) else "wait"
        worth = (1.0 if first == "left" else 0.3) if second == "right" else 0.0
        at = len(found)
        found.append(Choice((0.0, 0.0), ("left", "wait"), first, worth, at + 1))
        found.append(Choice((1.0, float(first == "left")), ("right", "wait"), second, worth, None))
    return found


def speaks(weights: dict[str, tuple[float, ...]], move: str, cues: tuple[float, ...]) -> float:
    *counts, constant = weights[move]
    return sum(count * cue for count, cue in zip(counts, cues, strict=True)) + constant


def test_looking_ahead_finds_a_move_that_pays_only_with_the_right_one_after_it() -> None:
    table = Table(two_step(4000))
    at_once, start = bandit.fitted(table), (0.0, 0.0)
    assert speaks(at_once, "left", start) < speaks(at_once, "wait", start), "it was seldom made well"
    found = at_once
    for _ in range(4):
        found = table.fitted(table.ahead(found, 0.0))
    assert speaks(found, "left", start) > speaks(found, "wait", start) + 0.2


def test_with_all_that_came_later_looking_ahead_is_the_bandit() -> None:
    table = Table(two_step(200))
    assert table.ahead(bandit.fitted(table), 1.0) == pytest.approx(table.worth)


def test_what_may_not_be_made_is_not_looked_forward_to() -> None:
    """`right` is worth most, and cannot be made at the second choice."""
    known = [Choice((0.0,), MOVES, move, worth, None) for move, worth in (("right", 1.0), ("left", 0.2), ("wait", 0.1))
             for _ in range(5)]
    chained = [Choice((0.0,), MOVES, "wait", 0.1, 1), Choice((0.0,), ("left", "wait"), "wait", 0.1, None)]
    table = Table(joined([known, chained]))
    ahead = table.ahead(table.fitted(table.worth), 0.0)
    assert ahead[len(known)] == pytest.approx(0.2, abs=0.01)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(60)))
def test_runs_of_choices_are_joined_without_mixing_dialogues(order: list[int]) -> None:
    parts = [[Choice((0.0,), MOVES, "wait", float(number), 1), Choice((1.0,), MOVES, "left", float(number), None)]
             for number in order]
    found = joined(parts)
    assert all(found[each.following].worth == each.worth for each in found if each.following is not None)


def test_the_same_choices_give_the_same_numbers() -> None:
    choices = alone(500)
    assert fitted_value.fitted(Table(choices)) == fitted_value.fitted(Table(list(choices)))


def test_a_move_that_was_made_once_has_nothing_to_say() -> None:
    choices = [Choice((0.1,), MOVES, "left", 0.5, None)] * 3 + [Choice((0.2,), MOVES, "right", 1.0, None)]
    assert set(bandit.fitted(Table(choices))) == {"left"}


def test_a_cue_that_is_always_the_same_counts_nothing() -> None:
    found = bandit.fitted(Table([each._replace(cues=(each.cues[0], 1.0)) for each in alone(300)]))
    assert all(weights[1] == 0 for weights in found.values())
