"""How much is left of a run: figures that hold, and none before there is one."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from pedalang.runtime.pool import Begun
from pedalang.watching.lengths import Lengths
from pedalang.watching.pace import POINTS, Pace
from pedalang.watching.tally import Tally
from tests.watching.conftest import Clock, answer, ending, header, turn


def played(clock: Clock, lengths: list[int], at_once: int, stop: float) -> tuple[Tally, float]:
    """The tally of a run in which each dialogue takes a turn a second, `at_once` of them at a time, at the share `stop`
    of the time that it takes in all; and how long it takes from there."""
    def until(end: float) -> tuple[Tally, float]:
        clock.now = 0.0
        tally = Tally(clock)
        tally.began(Begun(Path("run"), header(len(lengths)), range(len(lengths)), at_once))
        waiting, under_way = list(range(len(lengths))), dict[int, int]()
        while (waiting or under_way) and clock.now < end:
            while waiting and len(under_way) < at_once:
                under_way[waiting[0]] = 0
                tally.started(waiting.pop(0))
            clock.now += 1
            for number, at in list(under_way.items()):
                if at == lengths[number]:
                    tally.ended(ending(number))
                    del under_way[number]
                else:
                    tally.answered(answer(number, at))
                    tally.spoke(turn(number, at))
                    under_way[number] += 1
        return tally, clock.now
    _, whole = until(1e9)
    tally, now = until(whole * stop)
    return tally, whole - now


def test_nothing_is_said_of_the_time_before_a_dialogue_has_ended(clock: Clock) -> None:
    tally, _ = played(clock, [8] * 100, 10, 0.05)
    assert (tally.done, tally.seconds_left()) == (0, None)
    assert tally.turns > 0


@pytest.mark.parametrize("stop", [0.12, 0.3, 0.6, 0.9])
def test_the_time_left_of_dialogues_of_one_length_is_right(stop: float, clock: Clock) -> None:
    tally, left = played(clock, [8] * 400, 20, stop)
    assert tally.seconds_left() == pytest.approx(left, rel=0.15)


@pytest.mark.parametrize("stop", [0.15, 0.4, 0.7])
def test_the_time_left_of_unequal_dialogues_is_not_that_of_the_short_ones(stop: float, clock: Clock) -> None:
    """The last long ones are alone in the end, and that is not foreseen."""
    draw = Random(2)
    lengths = [draw.choice((2, 2, 2, 30)) for _ in range(1000)]
    tally, left = played(clock, lengths, 50, stop)
    assert tally.seconds_left() == pytest.approx(left, rel=0.35)


def test_dialogues_under_way_for_long_are_expected_to_last() -> None:
    lengths = Lengths()
    for _ in range(100):
        lengths.begins()
    for _ in range(50):
        lengths.ends(0)
    assert lengths.steps_left(0) == 50  # half of those seen had no turn
    for _ in range(50):
        lengths.goes_on(0, 1)
    left = lengths.steps_left(100)
    assert left == pytest.approx(50 * 2 + 100 * 2)


def test_tokens_a_second_are_those_of_late(clock: Clock) -> None:
    tally = Tally(clock)
    tally.began(Begun(Path("run"), header(10), range(10), 1))
    for second in range(100):
        clock.now = float(second)
        tally.answered(answer(0, second, tokens=100 if second < 50 else 1000))
    assert tally.tokens_a_second() == pytest.approx(1000, rel=0.1)


def test_a_pace_is_kept_in_few_points(clock: Clock) -> None:
    pace = Pace(clock, 1)
    for second in range(10_000):
        clock.now = float(second)
        pace.note(3.0 * second)
    assert len(pace._points) <= POINTS
    assert pace.rates(60)[0] == pytest.approx(3)
    assert pace.rates(5_000)[0] == pytest.approx(3)


def test_what_was_done_before_counts_as_done_and_not_for_the_pace(clock: Clock) -> None:
    tally = Tally(clock)
    tally.began(Begun(Path("run"), header(100), range(60, 100), 1))
    assert (tally.done, tally.total, tally.before) == (60, 100, 60)
    for number in range(60, 80):
        tally.started(number)
        clock.now += 1
        tally.ended(ending(number))
    assert tally.seconds_left() == pytest.approx(20, rel=0.1)
