"""What is left to chance in a dialogue, choice by choice: so it can be drawn, told, changed and played again.

A choice belongs to a turn and has a label, which says what it is for; the same label may come again in a turn. So a
choice still means the same when turns before it are taken away, and shrinking can go turn by turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Literal, NamedTuple, TypeAlias

from pedalang.runtime.episode import seeds

Kind: TypeAlias = Literal["move", "flag", "data", "text"]
"""What a choice decides: which move is made, what a rule draws, what the dialogue is about, which words are said."""

BEFORE = -1
"""The turn of what is chosen before the first one."""
GRID = 1 << 16
"""Steps of a number that is drawn evenly from 0 to 1."""


class Choice(NamedTuple):
    """One `among` so many things, by its place; `name` says which it is, where they have names."""

    kind: Kind
    label: str
    among: int
    value: int
    name: str = ""


class Asked(NamedTuple):
    """What is to be chosen: one thing `among` so many. `weights` are those that the program gives them, `names` what
    they are called."""

    turn: int
    kind: Kind
    label: str
    among: int
    weights: tuple[float, ...] = ()
    names: tuple[str, ...] = ()


Script: TypeAlias = tuple[Mapping[str, tuple[int, ...]], ...]
"""What is chosen before the first turn, and then in each turn: by label, in order."""
Fresh: TypeAlias = Callable[[Asked], int]
"""What chooses where a script says nothing."""


class Choices:
    """Choices by a script, and where it ends by `fresh`. `made` are those of each turn, beginning before the first."""

    def __init__(self, script: Script = (), fresh: Fresh | None = None) -> None:
        self._script = script
        self._fresh = fresh or simplest
        self._taken: dict[tuple[int, str], int] = {}
        self.made: list[list[Choice]] = [[]]

    def pick(self, asked: Asked) -> int:
        """A place from 0 up to but not including `among`, of some weight where there are weights."""
        if asked.among < 2:
            return 0
        group = asked.turn - BEFORE
        while len(self.made) <= group:
            self.made.append([])
        number = self._taken.get((group, asked.label), 0)
        self._taken[group, asked.label] = number + 1
        known = self._script[group].get(asked.label, ()) if group < len(self._script) else ()
        value = min(known[number], asked.among - 1) if number < len(known) else self._fresh(asked)
        name = asked.names[value] if asked.names else ""
        self.made[group].append(Choice(asked.kind, asked.label, asked.among, value, name))
        return value

    def script(self) -> Script:
        """What was chosen."""
        return tuple(told(group) for group in self.made)

    def drawing(self, run: int, episode: int, turn: int, role: str, purpose: str) -> seeds.Draws:
        """The draws of a program's rules, made here: what a run asks seeds for."""
        return _Steered(self, turn, f"{role}/{purpose}", _KINDS.get(purpose.rpartition(".")[2], "flag"))


_KINDS: dict[str, Kind] = {"table": "move", "offered": "text"}
"""What the draws for a purpose decide; all others are flags."""


class _Steered(seeds.Draws):
    """Draws that somebody chooses, each among those that the program allows."""

    def __init__(self, choices: Choices, turn: int, label: str, kind: Kind) -> None:
        super().__init__(0)
        self._choices, self._turn, self._label = choices, turn, label
        self._kind: Kind = kind

    def unit(self) -> float:
        return self.below(GRID) / GRID

    def chance(self, probability: float) -> bool:
        if not 0 < probability < 1:
            return probability >= 1
        return bool(self._pick(2, (1 - probability, probability)))

    def below(self, count: int) -> int:
        return self._pick(count)

    def weighted(self, weights: Sequence[float]) -> int:
        possible = [place for place, weight in enumerate(weights) if weight > 0] or [0]
        return possible[self._pick(len(possible), tuple(weights[place] for place in possible))]

    def _pick(self, count: int, weights: tuple[float, ...] = ()) -> int:
        return self._choices.pick(Asked(self._turn, self._kind, self._label, count, weights))


def told(made: Sequence[Choice]) -> dict[str, tuple[int, ...]]:
    """The choices of one turn, by label."""
    found: dict[str, tuple[int, ...]] = {}
    for choice in made:
        found[choice.label] = (*found.get(choice.label, ()), choice.value)
    return found


def simplest(asked: Asked) -> int:
    """The first thing there is."""
    return 0


def evenly(draw: Random) -> Fresh:
    """As the program itself would have it: by weight where there are weights, else each as often as any other."""
    return lambda asked: _by_weight(draw, asked.weights) if asked.weights else int(draw.random() * asked.among)


def _by_weight(draw: Random, weights: Sequence[float]) -> int:
    left = draw.random() * sum(weights)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    return len(weights) - 1


def to_text(script: Script) -> str:
    """A script in one line: `label=1,0;label=2` a turn, turns apart by `|`."""
    return "|".join(";".join(f"{label}={','.join(map(str, values))}" for label, values in made.items() if any(values))
                    for made in script)


def from_text(text: str) -> Script:
    """The script that `to_text` wrote; what cannot be read of it is the simplest choice."""
    return tuple(dict(_read(entry) for entry in group.split(";") if "=" in entry) for group in text.split("|"))


def _read(entry: str) -> tuple[str, tuple[int, ...]]:
    label, _, values = entry.rpartition("=")
    return label, tuple(int(each) if each.isdecimal() and len(each) < 10 else 0 for each in values.split(","))
