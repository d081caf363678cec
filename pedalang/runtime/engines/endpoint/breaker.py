"""Whether a server is asked at all: a circuit breaker. It holds no clock and waits for nothing; whoever asks brings the
time, in seconds of a clock that never goes back, and waits.

While a server answers, everybody asks it. After some failures in a row, or once nobody is there, nobody asks it any
more for a pause; then one asks, on trial, and the others wait for what becomes of that. An answer ends it all, whoever
got it; a failed trial doubles the pause.
"""

from __future__ import annotations

FAILURES = 10
"""In a row, before a server that is there is left alone. At random, with 2 of 10 requests failing so, that many come
together once in ten million requests."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds before the first trial, doubled with each that fails, and the most."""
PENDING_PAUSE = 1.0
"""Seconds after which the others ask again what became of a trial."""


class Breaker:
    """What is known of a server: how often it failed in a row, and until when it is left alone."""

    def __init__(self) -> None:
        self.failures = 0
        """In a row, up to now."""
        self.answered = False
        """Whether it ever answered."""
        self.last = ""
        """What became of the last request that failed."""
        self._until: float | None = None
        self._pause = FIRST_PAUSE
        self._trial = False

    @property
    def is_open(self) -> bool:
        """Whether the server is left alone now."""
        return self._until is not None

    def wait(self, now: float) -> float:
        """How many seconds to wait before this is asked again; 0 for: ask the server now. Who is told so while the
        breaker is open is on trial, and must tell what became of it."""
        if self._until is None:
            return 0.0
        if self._trial:
            return PENDING_PAUSE
        if now < self._until:
            return self._until - now
        self._trial = True
        return 0.0

    def succeeded(self) -> None:
        """The server answered, whatever it said."""
        self.failures, self.answered = 0, True
        self._until, self._pause, self._trial = None, FIRST_PAUSE, False

    def failed(self, now: float, why: str) -> None:
        """It did not answer, or said that it cannot."""
        self.failures += 1
        self.last = why
        if self._until is None and self.failures >= FAILURES:
            self._until = now + self._pause

    def missed(self, now: float, why: str) -> None:
        """Nobody was there: no connection could be made."""
        self.failures += 1
        self.last = why
        if self._until is None:
            self._until = now + self._pause

    def trial_failed(self, now: float, why: str) -> None:
        """The request that was on trial failed."""
        self.failures += 1
        self.last = why
        if self._trial:
            self._trial = False
            self._pause = min(LONGEST_PAUSE, 2 * self._pause)
            self._until = now + self._pause

    def trial_given_up(self) -> None:
        """The request that was on trial was withdrawn before anything became of it: the next one is on trial."""
        self._trial = False
