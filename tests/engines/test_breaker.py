"""When a server is left alone, and when it is asked again."""

from __future__ import annotations

import pytest

from pedalang.runtime.engines.endpoint.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, PENDING_PAUSE, Breaker


def opened() -> Breaker:
    breaker = Breaker()
    breaker.succeeded()
    breaker.missed(0.0, "nobody there")
    return breaker


def test_a_server_is_asked_while_it_answers_now_and_then() -> None:
    breaker = Breaker()
    for _ in range(5):
        for moment in range(FAILURES - 1):
            breaker.failed(moment, "500")
        assert breaker.wait(0.0) == 0
        breaker.succeeded()
    assert not breaker.is_open


def test_after_failures_in_a_row_it_is_left_alone() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.wait(3.0) == 0
        breaker.failed(3.0, "500")
    assert breaker.wait(3.0) == FIRST_PAUSE
    assert (breaker.failures, breaker.last, breaker.is_open) == (FAILURES, "500", True)


def test_where_nobody_is_once_is_enough() -> None:
    assert opened().wait(0.25) == FIRST_PAUSE - 0.25


def test_after_the_pause_one_is_on_trial_and_the_others_wait() -> None:
    breaker = opened()
    assert [breaker.wait(FIRST_PAUSE) for _ in range(3)] == [0, PENDING_PAUSE, PENDING_PAUSE]
    breaker.succeeded()
    assert [breaker.wait(FIRST_PAUSE) for _ in range(3)] == [0, 0, 0]


def test_each_failed_trial_doubles_the_pause_up_to_a_bound() -> None:
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(8):
        pauses.append(breaker.wait(now))
        now += pauses[-1]
        assert breaker.wait(now) == 0, "the trial"
        breaker.trial_failed(now, "still away")
    assert pauses == [min(LONGEST_PAUSE, FIRST_PAUSE * 2**n) for n in range(8)]
    breaker.succeeded()
    breaker.missed(now, "away again")
    assert breaker.wait(now) == FIRST_PAUSE, "it begins anew"


def test_what_was_sent_before_prolongs_no_pause_and_may_end_it() -> None:
    breaker = opened()
    breaker.failed(0.5, "cut")
    breaker.missed(0.6, "nobody there")
    assert breaker.wait(0.6) == pytest.approx(FIRST_PAUSE - 0.6)
    breaker.succeeded()
    assert breaker.wait(0.7) == 0


def test_a_trial_that_is_withdrawn_is_somebody_elses() -> None:
    breaker = opened()
    assert breaker.wait(FIRST_PAUSE) == 0
    breaker.trial_given_up()
    assert breaker.wait(FIRST_PAUSE) == 0
