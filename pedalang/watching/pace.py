"""How fast something grows: its rate over the last while, from few points."""

from __future__ import annotations

from collections.abc import Callable

POINTS = 400
"""So many are kept at most; of the older half, then every other goes."""


class Pace:
    """What several numbers, which only grow, were at some moments. `every`: the least time between two, in seconds."""

    def __init__(self, clock: Callable[[], float], count: int, every: float = 1.0) -> None:
        self._clock = clock
        self._every = every
        self._points: list[tuple[float, tuple[float, ...]]] = [(clock(), (0.0,) * count)]
        self._latest = self._points[0]

    def note(self, *values: float) -> None:
        """What the numbers are now."""
        self._latest = (self._clock(), values)
        if self._latest[0] - self._points[-1][0] >= self._every:
            self._points.append(self._latest)
            if len(self._points) > POINTS:
                half = POINTS // 2
                self._points = self._points[:half:2] + self._points[half:]

    def rates(self, seconds: float) -> tuple[float, ...]:
        """How much they grew a second, over so many of the last seconds or a little more."""
        now, (_, latest) = self._clock(), self._latest
        start, before = next((point for point in reversed(self._points) if point[0] <= now - seconds), self._points[0])
        passed = now - start
        if passed <= 0:
            return (0.0,) * len(latest)
        return tuple((value - old) / passed for value, old in zip(latest, before, strict=True))
