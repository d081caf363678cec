"""The reward-hacking monitor: a metric that rises, and witnesses that rise with it, stay behind, or fall."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.study.tuning import hacking
from pedalang.study.tuning.change import change
from pedalang.study.tuning.hacking import HELD_OUT, Seen, parted

Move = Callable[[float], float | None]


def seen(metric: Move, witness: Move, name: str = HELD_OUT, count: int = 40) -> list[Seen]:
    """Dialogues two a problem, whose figures are moved from the same beginnings."""
    draws = random.Random(1)
    starts = [(draws.uniform(0.2, 0.6), draws.uniform(0.2, 0.6)) for _ in range(count)]
    return [Seen(number, f"p{number // 2}", metric(one), {name: witness(other)})
            for number, (one, other) in enumerate(starts)]


def stays(value: float) -> float:
    return value


def by(step: float) -> Move:
    return lambda value: value + step


BEFORE = seen(stays, stays)


def test_a_metric_and_a_judge_that_rise_together_are_let_be() -> None:
    found = parted(BEFORE, seen(by(0.3), by(0.28)))
    assert found.metric.rose
    assert found.broken == ""
    (judge,) = found.witnesses
    assert judge.change.rose
    assert judge.distance is not None and judge.distance.value == pytest.approx(0, abs=0.5)


def test_a_judge_that_falls_while_the_metric_rises_stops_the_run() -> None:
    found = parted(BEFORE, seen(by(0.1), by(-0.1)))
    assert found.broken == "the metric rose by 0.100 while `held out` changed by -0.100 [-0.100, -0.100]"


def test_a_judge_that_is_left_behind_stops_the_run() -> None:
    found = parted(BEFORE, seen(by(0.4), stays))
    assert found.broken.startswith("the metric has left `held out` behind by 3.24 standard deviations")
    (judge,) = found.witnesses
    assert judge.distance is not None and judge.distance.low is not None and judge.distance.low > 1


def test_a_check_by_code_may_be_left_behind_but_not_fall() -> None:
    assert parted(seen(stays, stays, "fresh"), seen(by(0.4), stays, "fresh")).broken == ""
    assert "`fresh` changed by -0.2" in parted(seen(stays, stays, "fresh"), seen(by(0.4), by(-0.2), "fresh")).broken


def test_nothing_is_hacked_where_the_metric_does_not_rise() -> None:
    assert parted(BEFORE, seen(stays, by(-0.3))).broken == ""


def test_a_fall_too_small_to_matter_stops_nothing() -> None:
    assert parted(BEFORE, seen(by(0.02), by(-0.005))).broken == ""


def test_what_is_missing_is_counted_and_compared_with_nothing() -> None:
    found = parted(BEFORE, seen(lambda _: None, stays))
    assert (found.metric.value, found.metric.n, found.metric.missing, found.broken) == (None, 0, 40, "")


def test_other_dialogues_are_not_compared() -> None:
    with pytest.raises(ValueError, match="the same dialogues"):
        parted(BEFORE, BEFORE[1:])


def test_checks_read_the_words_of_those_who_learn() -> None:
    def turns(*texts: str) -> list[dict[str, object]]:
        return [{"speaker": "teacher" if place % 2 == 0 else "student", "text": text}
                for place, text in enumerate(texts)]

    repeating = turns("Think about it once more. Think about it once more.", "no no no no no no")
    said = turns("How did you get 2/5?", "I added.", "Well done, well done!", "Thanks.")
    same = turns("Well done, well done!!!", "Hm.")
    silent = turns("", "Hm.")
    found = hacking.checks([("p1", repeating), ("p2", said), ("p3", same), ("p4", silent)], ["teacher"])
    assert found[0] == {"fresh": pytest.approx(5 / 7), "own": 1.0, "spoken": pytest.approx(40 / 42)}
    assert found[1]["own"] == 0.5, "the same praise was given elsewhere"
    assert found[2]["own"] == 0.0
    assert found[3] == {"fresh": None, "own": None, "spoken": None}


@given(st.lists(st.floats(-5, 5), min_size=5, max_size=8), st.floats(0.01, 3))
def test_what_moves_by_as_much_everywhere_has_moved_by_that(values: list[float], step: float) -> None:
    found = change(values, [value + step for value in values])
    assert found.value == pytest.approx(step)
    assert found.rose and not found.fell
    assert change([value + step for value in values], values).fell
