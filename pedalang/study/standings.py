"""How the clauses of a run's contracts stand after each turn of a dialogue, from the letters that a journal has."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from pedalang import journal, plan

WORDS = {"K": "kept for good", "k": "kept so far", "p": "not kept yet", "b": "broken", "?": "asks a judge"}
"""What a letter of `journal.Turn.standing` says."""


class Watched(NamedTuple):
    """A clause of a run, under the name of its contract."""

    contract: str
    clause: plan.Clause

    @property
    def name(self) -> str:
        return f"{self.contract}.{self.clause.name}"


class Stretch(NamedTuple):
    """Turns one after the other after which a clause stood alike: from the place of the first, so many."""

    letter: str
    first: int
    turns: int


def watched(of: plan.Plan, header: journal.Header) -> tuple[Watched, ...]:
    """The clauses of a run's contracts, in the order of the letters of its turns."""
    named = plan.work(of, header.run)
    obeyed = of.flows[header.flow].obeys if header.kind != "observe" and header.flow in of.flows else ()
    names = dict.fromkeys((*obeyed, *(named.check if named is not None else ())))
    return tuple(Watched(name, clause) for name in names if name in of.contracts
                 for clause in of.contracts[name].clauses)


def stretches(turns: Sequence[journal.Turn], at: int) -> tuple[Stretch, ...]:
    """How the clause at a place stood along a dialogue."""
    letters = [turn.standing[at] for turn in turns]
    found, first = [], 0
    for letter, group in groupby(letters):
        length = len([*group])
        found.append(Stretch(letter, first, length))
        first += length
    return tuple(found)


def changed(clauses: Sequence[Watched], before: str, after: str) -> list[tuple[Watched, str]]:
    """The clauses that stand otherwise after a turn, with how they stand; `before` is empty at the first turn, where
    only what is settled is told."""
    if len(after) != len(clauses):
        return []
    was = before if len(before) == len(after) else [letter if letter in "kp?" else "" for letter in after]
    return [(clause, now) for clause, old, now in zip(clauses, was, after, strict=True) if old != now]
