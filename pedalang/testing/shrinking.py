"""A dialogue that breaks something made as short and plain as it can be: fewer turns first, then fewer draws that come
out, then plainer data, moves, and last of all words.

A change is kept if the same thing still breaks and the dialogue is shorter or plainer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from pedalang.testing.choices import Choice, Choices, Kind, Script
from pedalang.testing.playing import Played

MOST = 1_500
"""Dialogues that are played to shrink one."""
ORDER: tuple[Kind, ...] = ("flag", "data", "move", "text")
ALTERNATIVES = 8
"""Choices among at most so many things are tried in each way that there is."""
NOTHING: Mapping[Kind, int] = {}

Cost: TypeAlias = tuple[int, ...]
Play: TypeAlias = Callable[[Choices], Played]


def cost(played: Played) -> Cost:
    """How long and how plain a dialogue is: the smaller, the better."""
    counted = [choice for group in played.choices.made[:played.length + 1] for choice in group]
    return (played.length, *(number for kind in ORDER for number in (
        sum(choice.kind == kind and choice.value > 0 for choice in counted),
        sum(choice.value for choice in counted if choice.kind == kind))))


class Shrinking:
    """A broken dialogue under way to its shortest form; `tried` says how many others were played for it."""

    def __init__(self, broken: Played, play: Play, most: int = MOST) -> None:
        self.best = broken
        self.tried = 0
        self._what = broken.breach.what, broken.breach.code
        self._cost = cost(broken)
        self._play = play
        self._most = most

    def shrunk(self) -> Played:
        """The best that is found."""
        steps = (self._without_turns, self._always_the_same, self._otherwise, self._lower)
        before = None
        while self._cost != before and self.tried < self._most:
            before = self._cost
            for step in steps:
                step()
        return self.best

    def offer(self, other: Played) -> bool:
        """Takes another dialogue where it breaks the same and is shorter or plainer, or breaks anything sooner."""
        if not other.broken or cost(other) >= self._cost:
            return False
        first = other.breach
        if (first.what, first.code) != self._what and other.length >= self.best.length:
            return False
        self.best, self._cost, self._what = other, cost(other), (first.what, first.code)
        return True

    def _try(self, script: Script, rest: Mapping[Kind, int] = NOTHING) -> bool:
        """Plays a script, and where it ends the choices of a kind that `rest` says, else the simplest."""
        if self.tried >= self._most:
            return False
        self.tried += 1
        return self.offer(self._play(Choices(script, lambda asked: min(rest.get(asked.kind, 0), asked.among - 1))))

    def script(self) -> Script:
        """What led to the break: nothing of what came after it."""
        return self.best.choices.script()[:self.best.length + 1]

    def _without_turns(self) -> None:
        """Takes rows of turns away, long ones first, from the end."""
        for size in range(max(1, self.best.length // 2), 0, -1):
            at = self.best.length - size
            while at >= 0:
                script = self.script()
                if not self._try((*script[:at + 1], *script[at + 1 + size:])):
                    at -= 1
                at = min(at, self.best.length - size)

    def _always_the_same(self) -> None:
        """Makes the same move from some turn on, all draws coming out or none: so what adds up is there soonest."""
        most = max((choice.among for _, _, choice in self._choices(("move",))), default=1)
        for group in range(len(self.script())):
            for value in range(min(most, ALTERNATIVES)):
                for flag in (0, 1):
                    if group < len(self.script()):
                        self._try(self.script()[:group + 1], {"move": value, "flag": flag})

    def _otherwise(self) -> None:
        """Makes one choice of moves or draws otherwise, which may lead to the break sooner: what follows stays as it
        is, or is the simplest."""
        for group, nth, choice in list(self._choices(("move", "flag"))):
            for value in range(choice.among if choice.among <= ALTERNATIVES else 0):
                script = self._with(group, nth, value)
                if script is not None and value != choice.value and not self._try(script):
                    self._try(script[:group + 1])

    def _lower(self) -> None:
        """Makes each choice simpler, kind by kind: the simplest, else half as far, else one less."""
        for kind in ORDER:
            for group, nth, choice in list(self._choices((kind,))):
                value = choice.value
                for lower in (0, value // 2, value - 1):
                    script = self._with(group, nth, lower) if 0 <= lower < value else None
                    if script is not None and self._try(script):
                        break

    def _choices(self, kinds: tuple[Kind, ...]) -> Iterator[tuple[int, int, Choice]]:
        """The choices of some kinds with their group and number in it, from the beginning."""
        for group, made in enumerate(self.best.choices.made[:self.best.length + 1]):
            for nth, choice in enumerate(made):
                if choice.kind in kinds:
                    yield group, nth, choice

    def _with(self, group: int, nth: int, value: int) -> Script | None:
        """The script with one choice made otherwise; None where it is no longer there."""
        made = self.best.choices.made[:self.best.length + 1]
        if group >= len(made) or nth >= len(made[group]):
            return None
        label = made[group][nth].label
        place = sum(choice.label == label for choice in made[group][:nth])
        script = list(self.script())
        values = list(script[group][label])
        values[place] = value
        script[group] = {**script[group], label: tuple(values)}
        return tuple(script)
