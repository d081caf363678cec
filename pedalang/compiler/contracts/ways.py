"""Everything that can come of something that is left to others: it is played again for each way in which what it asks
can be answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Ask: TypeAlias = Callable[[int], int]
"""From how many answers there are to one of them, from 0."""


class TooLarge(Exception):
    """There is more to look at than the limits allow."""


class Ways:
    """Plays things in every way, `most` times in all."""

    def __init__(self, most: int) -> None:
        self._left = most

    def every(self, play: Callable[[Ask], T]) -> list[T]:
        """What `play` gives for each row of answers; it has to ask the same again after the same answers. Raises
        `TooLarge` where there are too many rows."""
        found: list[T] = []
        script: list[int] = []
        while True:
            if self._left == 0:
                raise TooLarge
            self._left -= 1
            taken: list[tuple[int, int]] = []

            def ask(answers: int, script: list[int] = script, taken: list[tuple[int, int]] = taken) -> int:
                at = len(taken)
                answer = script[at] if at < len(script) else 0
                taken.append((answer, answers))
                return answer

            found.append(play(ask))
            while taken and taken[-1][0] + 1 >= taken[-1][1]:
                taken.pop()
            if not taken:
                return found
            script = [*(answer for answer, _ in taken[:-1]), taken[-1][0] + 1]
