"""One call of a server: as many attempts as it takes and may take, and never past its deadline.

An attempt that fails may be made again after a wait, which doubles, is spread by the request's seed, and is as long as
the server asked for where it asked. A server that is down is left alone (`breaker.py`): its calls wait, and fail with
one code where their deadline comes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from random import Random
from typing import Literal, TypeVar

from pedalang.runtime.engines.endpoint.breaker import Breaker
from pedalang.runtime.errors import EngineError

SECONDS = 600.0
"""For a call: all attempts, and the waits between them."""
ATTEMPT_SECONDS = 120.0
"""For one attempt, from sending to the last byte."""
ATTEMPTS = 4
"""Of a request that the server could have answered."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds before the second attempt, doubled for each one after, and the most unless the server asks for more."""
LEAST = 0.001
"""Seconds for an attempt whose wait took a little longer than it should."""

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]
State = Literal["absent", "down", "up"]
"""What a failed attempt says of its server: nobody is there; it does not answer, or says that it cannot; it answers,
but not this."""
T = TypeVar("T")


class AttemptError(EngineError):
    """An attempt that failed, and may be made again. `server` is what that says of the server, `after` how many seconds
    it asked to be left alone."""

    def __init__(self, code: str, message: str, server: State, *, help: str = "", after: float | None = None) -> None:
        super().__init__(code, message, help=help, retryable=True)
        self.server: State = server
        self.after = after


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call tries, in seconds. `sleep` waits, `clock` tells the time; by default the event loop's."""

    seconds: float = SECONDS
    attempt_seconds: float = ATTEMPT_SECONDS
    attempts: int = ATTEMPTS
    sleep: Sleep = asyncio.sleep
    clock: Clock | None = None


class Call:
    """One call under way. Its deadline is set when it begins; `attempts` counts what was sent."""

    def __init__(self, name: str, seed: int, patience: Patience, breaker: Breaker) -> None:
        self.attempts = 0
        self._name = name
        self._seed = seed
        self._patience = patience
        self._breaker = breaker
        self._now: Clock = patience.clock or asyncio.get_running_loop().time
        self._deadline = self._now() + patience.seconds

    async def tried(self, send: Callable[[float], Awaitable[T]]) -> T:
        """What `send` returns, which is given the seconds that it may take, after as many attempts as it takes. Raises
        `EngineError`: what the last attempt raised, or PED1116 where the server is left alone."""
        counted = 0
        while True:
            on_trial = await self._admitted()
            try:
                return await self._attempt(send, on_trial=on_trial)
            except EngineError as error:
                counted += not (on_trial and self._still_away(error))
                if not error.retryable or counted >= self._patience.attempts:
                    raise
                wait = self._wait(max(1, counted), error)
                if self._now() + wait >= self._deadline:
                    raise self._too_late(error) from None
            await self._patience.sleep(wait)

    async def _admitted(self) -> bool:
        """Waits until the server may be asked; whether this request is on trial. Raises `EngineError` PED1116."""
        breaker = self._breaker
        while wait := breaker.wait(self._now()):
            if not breaker.answered and self.attempts:
                return False  # nobody knows of a server there: who asks already finds out, within its attempts
            if not breaker.answered or self._now() + wait >= self._deadline:
                raise EngineError(
                    "PED1116", f"{self._name} does not answer, and is left alone", retryable=True,
                    help=f"{breaker.failures} requests in a row failed, the last one: {breaker.last}")
            await self._patience.sleep(wait)
        return breaker.is_open

    async def _attempt(self, send: Callable[[float], Awaitable[T]], *, on_trial: bool) -> T:
        """One attempt; the breaker is told what became of it."""
        breaker, told = self._breaker, False
        self.attempts += 1
        try:
            answer = await send(max(LEAST, min(self._patience.attempt_seconds, self._deadline - self._now())))
            breaker.succeeded()
            told = True
        except EngineError as error:
            told = True
            state = error.server if isinstance(error, AttemptError) else "up"
            if state == "up":
                breaker.succeeded()
            elif on_trial:
                breaker.trial_failed(self._now(), error.message)
            elif state == "down":
                breaker.failed(self._now(), error.message)
            else:
                breaker.missed(self._now(), error.message)
            raise
        finally:
            if on_trial and not told:
                breaker.trial_given_up()
        return answer

    def _still_away(self, error: EngineError) -> bool:
        """Whether a trial only found that a server which was there is not back: that is no attempt of the request."""
        return self._breaker.answered and isinstance(error, AttemptError) and error.server != "up"

    def _wait(self, attempt: int, error: EngineError) -> float:
        """Seconds before the next attempt, spread by the seed: over half as much again, or half a second after the
        moment that the server named."""
        spread = Random(f"{self._seed}/{attempt}").random() / 2
        if isinstance(error, AttemptError) and error.after is not None:
            return error.after + spread
        return min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1) * (1 + spread))

    def _too_late(self, error: EngineError) -> EngineError:
        """The error, as the last one."""
        after = error.after if isinstance(error, AttemptError) else None
        why = "there was no time for another attempt" if after is None else \
            f"it asks to be left alone for {after:g} seconds, which is past the deadline"
        return EngineError(error.code, error.message, help=f"{why}: a call has {self._patience.seconds:g} seconds")


def seconds_to_wait(retry_after: str, date: str) -> float | None:
    """What `Retry-After` asks for, in seconds: a number of them, or a moment, which is held against the server's own
    `Date`, so that no clock has to be right. None where it says nothing that can be read."""
    if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10:
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - parsedate_to_datetime(date)).total_seconds())
    except (TypeError, ValueError, OverflowError):  # TypeError: one of them says no zone
        return None
