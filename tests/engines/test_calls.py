"""How long a call goes on, on a clock that only waiting moves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.runtime.engines.endpoint.breaker import Breaker
from pedalang.runtime.engines.endpoint.calls import (
    ATTEMPTS,
    AttemptError,
    Call,
    Patience,
    State,
    seconds_to_wait,
)
from pedalang.runtime.errors import EngineError

NOW = "Mon, 23 Nov 2026 09:00:00 GMT"


class Server:
    """Answers, hangs or fails as told; each attempt takes `takes` seconds."""

    def __init__(self, outcome: Callable[[float], EngineError | None], takes: float = 0.1) -> None:
        self.now = 0.0
        self.asked: list[float] = []
        self._outcome, self._takes = outcome, takes

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds
        await asyncio.sleep(0)

    async def send(self, seconds: float) -> str:
        assert seconds > 0, "an attempt has time"
        self.asked.append(self.now)
        failure = self._outcome(self.now)
        self.now += min(seconds, self._takes)
        if self._takes >= seconds:
            raise AttemptError("PED1104", "too late", "down")
        if failure:
            raise failure
        return "fine"

    def call(self, breaker: Breaker | None = None, seed: int = 1, **patience: float) -> Awaitable[str]:
        told = Patience(**patience, sleep=self.sleep, clock=lambda: self.now)  # type: ignore[arg-type]
        return Call("openai:x", seed, told, breaker or Breaker()).tried(self.send)


def fails(server: State, after: float | None = None) -> EngineError:
    return AttemptError("PED1104", f"it is {server}", server, after=after)


async def result(server: Server, breaker: Breaker | None = None, **patience: float) -> str:
    return await server.call(breaker, **patience)


async def failure(server: Server, breaker: Breaker | None = None, **patience: float) -> EngineError:
    with pytest.raises(EngineError) as caught:
        await server.call(breaker, **patience)
    return caught.value


def known() -> Breaker:
    """Of a server that has answered."""
    breaker = Breaker()
    breaker.succeeded()
    return breaker


def test_a_server_that_restarts_is_waited_for() -> None:
    """However long that is, within the deadline: the attempts of a request are for a server that is there."""
    server = Server(lambda now: fails("absent") if now < 100 else None)
    assert asyncio.run(result(server, known(), seconds=600)) == "fine"
    assert 100 <= server.now < 120
    assert len(server.asked) > ATTEMPTS


def test_where_it_does_not_come_back_a_call_ends_before_its_deadline() -> None:
    server = Server(lambda now: fails("absent"))
    error = asyncio.run(failure(server, known(), seconds=60))
    assert error.code in ("PED1104", "PED1116")
    assert 30 < server.now <= 60


def test_others_wait_without_asking_and_fail_with_one_code() -> None:
    breaker = known()
    breaker.missed(0.0, "nobody there")
    server = Server(lambda now: fails("absent"))
    assert breaker.wait(1.0) == 0, "somebody else is on trial, for long"
    error = asyncio.run(failure(server, breaker, seconds=20))
    assert (error.code, server.asked) == ("PED1116", [])
    assert "nobody there" in error.help
    assert server.now <= 20


def test_a_server_that_nobody_knows_is_not_waited_for() -> None:
    breaker, server = Breaker(), Server(lambda now: fails("absent"))
    first = asyncio.run(failure(server, breaker))
    assert (first.code, len(server.asked)) == ("PED1104", ATTEMPTS)
    before = server.now
    assert asyncio.run(failure(server, breaker)).code == "PED1116"
    assert server.now == before


def test_a_cancelled_trial_lets_another_try() -> None:
    breaker = known()
    breaker.missed(-1.0, "nobody there")

    async def hangs(seconds: float) -> str:
        return await asyncio.Event().wait() or ""

    async def cancelled() -> None:
        call = asyncio.ensure_future(Call("openai:x", 1, Patience(clock=lambda: 0.0), breaker).tried(hangs))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    asyncio.run(cancelled())
    assert breaker.wait(0.0) == 0


STATES: st.SearchStrategy[State] = st.sampled_from(("absent", "down", "up"))
OUTCOMES = st.lists(st.one_of(st.none(), st.builds(fails, STATES, st.none() | st.floats(0, 100))), min_size=1,
                    max_size=30)


@given(OUTCOMES, st.floats(0.05, 50), st.integers(1, 300), st.integers(1, 60), st.integers(1, 6), st.booleans())
def test_no_call_waits_past_its_deadline(outcomes: list[EngineError | None], takes: float, seconds: int, attempt: int,
                                         attempts: int, answered: bool) -> None:
    left = iter(outcomes)
    server = Server(lambda now: next(left, fails("down")), takes)
    breaker = known() if answered else Breaker()
    try:
        said = asyncio.run(result(server, breaker, seconds=seconds, attempt_seconds=attempt, attempts=attempts))
        assert said == "fine"
    except EngineError as error:
        assert error.code in ("PED1104", "PED1116")
    assert server.now <= seconds + 1e-6


@pytest.mark.parametrize(("retry_after", "date", "seconds"), [
    ("7", "", 7), ("0", "", 0), ("Mon, 23 Nov 2026 09:01:00 GMT", NOW, 60), ("Mon, 23 Nov 2026 08:00:00 GMT", NOW, 0),
    ("Mon, 23 Nov 2026 09:01:00 GMT", "", None), ("", NOW, None), ("-1", NOW, None), ("1.5", NOW, None),
    ("soon", NOW, None), ("9" * 400, NOW, None), ("٣", NOW, None), ("Mon, 23 Nov 2026 09:01:00", NOW, None),
])
def test_what_retry_after_says(retry_after: str, date: str, seconds: float | None) -> None:
    assert seconds_to_wait(retry_after, date) == seconds
