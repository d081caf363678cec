"""A dialogue in a message: turn by turn, with what was left open and came out so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pedalang.compiler.contracts.product import Step
from pedalang.compiler.contracts.system import Letter


class Said(NamedTuple):
    """A turn: in which phase, by whom, the move or act, and the facts that hold there though no rule says so."""

    phase: str
    who: str
    does: str
    facts: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = f"{self.who}.{self.does}" if self.does else self.who
        return f"{what} [{', '.join(self.facts)}]" if self.facts else what


def said(steps: Iterable[Step], letters: Sequence[Letter], texts: Mapping[int, str]) -> tuple[Said, ...]:
    """The turns of some steps; `texts` has each fact as its author wrote it."""
    found = []
    for letter, decided in steps:
        who, phase, move, act, _, _ = letters[letter]
        found.append(Said(phase, who, move or act, tuple(texts[fact] for fact, holds in decided if holds)))
    return tuple(found)


def text(dialogue: Sequence[Said], start: str = "") -> str:
    """The turns on one line: a phase is named where it is another than before (first `start`), and a row of turns that
    comes again and again stands there once."""
    parts: list[str] = []
    phase, at = start, 0
    while at < len(dialogue):
        long, times = _row(dialogue, at)
        turns = dialogue[at:at + long]
        named = "" if turns[0].phase == phase else f"{turns[0].phase}: "
        phase = turns[0].phase
        row = ", ".join(map(str, turns))
        parts.append(f"{named}{row}" if times == 1 else f"{named}({row}) x {times}")
        at += long * times
    return ", ".join(parts) or "a dialogue without turns"


def _row(dialogue: Sequence[Said], at: int) -> tuple[int, int]:
    """How long the row of turns is that begins here, and how often it comes; (1, 1) where it is not worth saying."""
    for long in range(1, 7):
        once, times = dialogue[at:at + long], 1
        while dialogue[at + long * times:at + long * (times + 1)] == once:
            times += 1
        if times >= 3 and len({turn.phase for turn in once}) == 1:
            return long, times
    return 1, 1
