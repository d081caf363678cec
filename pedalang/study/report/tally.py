"""What is counted over all dialogues of a run, in one pass over the journal: states over turns, moves, engine calls.

Memory grows with the turns of a dialogue, not with the number of dialogues.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from pedalang import journal as journals
from pedalang import plan as plans
from pedalang.study.report import wording
from pedalang.study.report.evidence import Evidence

LINES = 200
"""How many single dialogues a plot of states shows at most."""
PARTS = 5
"""Into how many parts a dialogue is cut to see when a move is made."""

Points = tuple[float | None, ...]
"""A variable at the start of a dialogue and after each of its turns; `None` where it had no number."""


@dataclass(frozen=True)
class Series:
    """A state variable of a student over turns. A truth value counts as 1 and 0, so its mean is a share.

    The mean is over all dialogues that did not fail; those that have ended keep their last value.
    """

    member: str
    variable: str
    truth: bool
    low: float | None
    high: float | None
    lines: tuple[Points, ...]
    mean: Points
    dialogues: int


@dataclass
class Tally:
    """Counts over all dialogues. `said` maps (member, move or act) to counts by part of the dialogue, first to last;
    `phases` and `steps` say how many dialogues came through a phase, and from one phase to another."""

    series: tuple[Series, ...] = ()
    said: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    ways: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    turns: int = 0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    shielded: int = 0
    """Turns at which the shield stepped in."""
    shield: Counter[str] = field(default_factory=Counter)
    """How often it did what."""
    clauses: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    """The same for each clause, by contract and clause."""


class _Course:
    """A variable's lines, and sums for the mean at each turn. Sums are kept so that a dialogue that has ended goes on
    counting with its last value, however long later dialogues are."""

    def __init__(self) -> None:
        self.lines: list[Points] = []
        self.dialogues = 0
        self.truth = False
        self._sums: list[float] = []
        self._counts: list[int] = []
        self._ended: dict[int, list[float]] = {}

    def add(self, points: Points) -> None:
        self.dialogues += 1
        for at, point in enumerate(points):
            if at == len(self._sums):
                self._sums.append(0.0)
                self._counts.append(0)
            if point is not None:
                self._sums[at] += point
                self._counts[at] += 1
        if points[-1] is not None:
            self._ended.setdefault(len(points), []).append(points[-1])

    def mean(self) -> Points:
        found: list[float | None] = []
        kept, n = 0.0, 0
        for at, (total, number) in enumerate(zip(self._sums, self._counts, strict=True)):
            kept += sum(self._ended.get(at, ()))
            n += len(self._ended.get(at, ()))
            found.append((total + kept) / (number + n) if number + n else None)
        return tuple(found)


def count(evidence: Evidence) -> Tally:
    """Reads every dialogue once."""
    tally = Tally()
    variables = _variables(evidence)
    courses = {key: _Course() for key in variables}
    drawn = _drawn(evidence)
    for dialogue in sorted(evidence.dialogues, key=lambda d: d.number):
        turns = evidence.journal.turns(dialogue.number)
        _count_turns(tally, turns)
        _count_interventions(tally, evidence.journal.interventions(dialogue.number))
        if evidence.flow is not None:
            phases = [turn.phase for turn in turns] + ([dialogue.ending.phase] if dialogue.ending else [])
            steps = trail(evidence.flow, phases)
            tally.phases.update({*steps.phases})
            tally.steps.update({*steps.ways})
        for completion in evidence.journal.completions(dialogue.number):
            tally.calls += 1
            tally.tokens_in += completion.tokens_in
            tally.tokens_out += completion.tokens_out
        if dialogue.kind == "failed":
            continue
        states = [dialogue.episode.state, *(turn.state for turn in turns)]
        for (member, variable), course in courses.items():
            values = _along(states, member, variable)
            points = tuple(wording.as_float(value) for value in values)
            if any(point is not None for point in points):
                course.add(points)
                course.truth = course.truth or any(isinstance(value, bool) for value in values)
                if dialogue.number in drawn:
                    course.lines.append(points)
    tally.series = tuple(
        Series(*key, course.truth, *variables[key], tuple(course.lines), course.mean(), course.dialogues)
        for key, course in courses.items() if course.dialogues
    )
    return tally


class Trail(NamedTuple):
    """The phases that a dialogue came through, and the ways from one to another, in order."""

    phases: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]


def trail(flow: plans.Flow, phases: Sequence[str]) -> Trail:
    """The way through a flow on which these phases were seen: between two of them, by those without turns."""
    seen: list[str] = [flow.start]
    for phase in phases:
        if phase in flow.phases and phase != seen[-1]:
            seen += _between(flow, seen[-1], phase)
    return Trail(tuple(seen), tuple(pairwise(seen)))


def _between(flow: plans.Flow, start: str, end: str) -> list[str]:
    """The phases after `start` up to `end`, as few as can be; only `end` where no way leads there."""
    ways = {start: [start]}
    waiting = [start]
    for phase in waiting:
        steps = flow.phases[phase].steps
        if phase != start and any(isinstance(step, plans.Turn) for step in steps):
            continue  # had the dialogue come through, there would be a turn
        for step in steps:
            if isinstance(step, plans.Goto) and step.phase in flow.phases and step.phase not in ways:
                ways[step.phase] = [*ways[phase], step.phase]
                waiting.append(step.phase)
    return ways.get(end, [start, end])[1:]


def _variables(evidence: Evidence) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    """The students' variables with their bounds, as the program declares them."""
    cast = evidence.flow.cast if evidence.flow else {}
    return {
        (member, variable.name): (variable.low, variable.high)
        for member, role in cast.items() if role.kind == "student"
        for variable in role.state
    }


def _drawn(evidence: Evidence) -> set[int]:
    """The dialogues drawn as single lines: a sample of all, so that the lines look like the whole."""
    numbers = sorted(dialogue.number for dialogue in evidence.dialogues if dialogue.kind != "failed")
    if len(numbers) <= LINES:
        return set(numbers)
    return set(random.Random(evidence.header.seed).sample(numbers, LINES))


def _along(states: Sequence[dict[str, dict[str, Any]]], member: str, variable: str) -> list[Any]:
    """A variable after each turn; a turn that says nothing of it (a recorded one) leaves it as it was."""
    found: list[Any] = []
    for state in states:
        last = found[-1] if found else None
        found.append(state.get(member, {}).get(variable, last))
    return found


def _count_turns(tally: Tally, turns: Sequence[journals.Turn]) -> None:
    tally.turns += len(turns)
    for at, turn in enumerate(turns):
        tally.ways[turn.how] += 1
        if name := turn.move or turn.act:
            parts = tally.said.setdefault((turn.role, name), [0] * PARTS)
            parts[at * PARTS // len(turns)] += 1


def _count_interventions(tally: Tally, interventions: Sequence[journals.Intervention]) -> None:
    tally.shielded += len({each.turn for each in interventions})
    for each in interventions:
        tally.shield[each.kind] += 1
        for clause in each.clauses:
            tally.clauses.setdefault(clause, Counter())[each.kind] += 1
