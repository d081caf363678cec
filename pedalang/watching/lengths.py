"""How many steps are left of dialogues that are under way or to come, from how long others were.

A life table (Kaplan and Meier 1958): at each number of turns, the share of the dialogues that went on from there. So
dialogues under way count for what they have shown, and the short ones that end first do not make the rest seem short.
A step is a turn or the end.
"""

from __future__ import annotations


class Lengths:
    """Counts, by how many turns a dialogue has: those that stand there, went on from there, ended there."""

    def __init__(self) -> None:
        self._here: list[int] = []
        self._went_on: list[int] = []
        self._ended: list[int] = []

    def begins(self, turns: int = 0) -> None:
        """A dialogue comes into sight with so many turns."""
        self._room(turns)
        self._here[turns] += 1

    def goes_on(self, turns: int, to: int) -> None:
        """A dialogue that stood at some turns stands at others: one more, or where it had got to before it came into
        sight."""
        self._room(max(turns, to))
        self._here[turns] -= 1
        self._here[to] += 1
        if to == turns + 1:
            self._went_on[turns] += 1

    def ends(self, turns: int) -> None:
        self._room(turns)
        self._here[turns] -= 1
        self._ended[turns] += 1

    def steps_left(self, to_begin: int) -> float | None:
        """How many steps the dialogues under way, and so many that have not begun, are expected to take. None before
        any has ended."""
        went_on, ended = sum(self._went_on), sum(self._ended)
        if not ended:
            return None
        rest = 1 + went_on / ended  # beyond what was seen: as often as anywhere
        total = 0.0
        for turns in range(len(self._here) - 1, -1, -1):
            resolved = self._went_on[turns] + self._ended[turns]
            if resolved:
                rest = 1 + rest * self._went_on[turns] / resolved
            total += self._here[turns] * rest
        return total + to_begin * rest

    def _room(self, turns: int) -> None:
        while len(self._here) <= turns:
            self._here.append(0)
            self._went_on.append(0)
            self._ended.append(0)
