"""A contract explained: for each clause its meaning, dialogues that keep it and that break it, and what tells it from
the formulas that it is mistaken for. The dialogues are possible ones of the contract's flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from pedalang import plan
from pedalang.compiler import automata
from pedalang.expression import nodes
from pedalang.testing.explaining import meaning, readings, search
from pedalang.testing.explaining.course import Course, letters, of_cast, of_flow
from pedalang.testing.explaining.meaning import Texts
from pedalang.testing.explaining.search import Trace

SHOWN = 4
"""Dialogues of each sort."""
ALIKE = 2
READINGS = 3


class Said(Struct, frozen=True):
    """A turn of a dialogue: who speaks, what is done, in which phase, and which facts are taken to hold."""

    speaker: str
    does: str
    phase: str
    holds: tuple[str, ...]


class Dialogue(Struct, frozen=True):
    """A dialogue on a line and turn by turn. `settled`: whatever comes after it changes nothing; else it is over there.
    A broken one has the turn where it is lost, from 0, and why."""

    line: str
    turns: tuple[Said, ...]
    settled: bool
    lost_at: int | None = None
    why: str = ""


class Reading(Struct, frozen=True):
    """A formula that is not the clause's, and what one takes the clause to say who means it; the shortest dialogue that
    tells them apart, and whether the clause keeps it."""

    text: str
    taken: str
    dialogue: Dialogue
    kept: bool


class Explained(Struct, frozen=True):
    """A clause. `only_elsewhere`: no dialogue of the flow was found that breaks it, so `broken` are of no flow."""

    name: str
    severity: str
    text: str
    meaning: str
    assurance: str
    states: int
    judges: tuple[str, ...]
    kept: tuple[Dialogue, ...]
    broken: tuple[Dialogue, ...]
    only_elsewhere: bool
    readings: tuple[Reading, ...]


Over: TypeAlias = Callable[[plan.Flow, Sequence[nodes.Expr]], Course]
"""Which dialogues of a flow there are, as far as facts tell them apart."""


def explained(flow: plan.Flow, contract: plan.Contract, over: Over = of_flow) -> list[Explained]:
    """Each clause of a contract, by the dialogues that there are."""
    return [_explained(flow, clause, clause.automaton, over(flow, clause.automaton.facts))
            for clause in contract.clauses if clause.automaton is not None]


def _explained(flow: plan.Flow, clause: plan.Clause, automaton: plan.Automaton, course: Course) -> Explained:
    known = meaning.texts(clause)
    kept, broken = _chosen(automaton, course)
    elsewhere = not broken or clause.assurance == "proved"
    if elsewhere:
        _, broken = _chosen(automaton, of_cast(flow, automaton.facts))
    judges = dict.fromkeys(each.key.partition(":")[0] for each in plan.judged(clause.formula))
    return Explained(
        clause.name, clause.severity, clause.text, meaning.sentence(clause.formula, known), clause.assurance,
        len(automaton.standings), tuple(judges), tuple(_dialogue(flow, automaton, each, known) for each in kept),
        tuple(_dialogue(flow, automaton, each, known) for each in broken), elsewhere,
        tuple(_readings(flow, clause, automaton, course, known)))


def _chosen(automaton: plan.Automaton, course: Course) -> tuple[list[Trace], list[Trace]]:
    """The shortest dialogue of each sort, and the shortest of those that go another way."""
    kept, broken = _Choice(automaton), _Choice(automaton)
    for trace in search.traces(automaton, course):
        (kept if trace.kept else broken).offer(trace)
        if kept.full and broken.full:
            break
    for choice, sort in ((kept, True), (broken, False)):
        if not choice.found and (one := search.shortest(automaton, course, sort)) is not None:
            choice.offer(one)
    return kept.found, broken.found


class _Choice:
    """Dialogues, each of which goes a way through the automaton that those before it do not go. Of those that are won
    or lost by the same facts, as many as `ALIKE`."""

    def __init__(self, automaton: plan.Automaton) -> None:
        self._automaton = automaton
        self._gone: set[object] = set()
        self._sorts: Counter[object] = Counter()
        self.found: list[Trace] = []

    @property
    def full(self) -> bool:
        return len(self.found) == SHOWN

    def offer(self, trace: Trace) -> None:
        states = [0, *(step.state for step in trace.steps)]
        ways: set[object] = {(before, step.state, step.asked if before != step.state else ())
                             for before, step in zip(states, trace.steps, strict=False)}
        ways.add((states[-1], trace.settled))
        sort = (trace.settled, trace.steps[-1].asked if trace.settled else ())
        if not self.full and not ways <= self._gone and self._sorts[sort] < ALIKE:
            self._gone |= ways
            self._sorts[sort] += 1
            self.found.append(trace)


def _dialogue(flow: plan.Flow, automaton: plan.Automaton, trace: Trace, known: Texts) -> Dialogue:
    turns = tuple(Said(*step.turn, tuple(
        meaning.word(automaton.facts[fact], known) for fact, value in step.asked if value and fact in step.free))
        for step in trace.steps)
    line = meaning.dialogue([(each.speaker, each.does, each.phase) for each in turns], [each.holds for each in turns])
    if trace.kept:
        return Dialogue(line, turns, trace.settled)
    lost = next((at for at, step in enumerate(trace.steps) if automaton.standings[step.state] == "broken"), None)
    why = _unmet(flow, automaton, trace.steps[-1].state, known) if lost is None else \
        _facts(automaton, search.decisive(automaton, trace.steps[lost - 1].state if lost else 0,
                                          trace.steps[lost].asked), known)
    return Dialogue(line, turns, trace.settled, len(turns) - 1 if lost is None else lost, why)


def _unmet(flow: plan.Flow, automaton: plan.Automaton, state: int, known: Texts) -> str:
    """What did not come in a dialogue that is over."""
    ways = search.owed(automaton, state, letters(flow, automaton.facts))
    if not ways:
        return "it is over before that could come"
    due = " or ".join(dict.fromkeys(_facts(automaton, way, known) for way in ways))
    return f"it is over, and a turn was due where {due}"


def _facts(automaton: plan.Automaton, facts: Iterable[tuple[int, bool]], known: Texts) -> str:
    """Which facts hold, and which do not."""
    words: dict[bool, list[str]] = {True: [], False: []}
    for fact, value in facts:
        words[value].append(f"`{meaning.word(automaton.facts[fact], known)}`")
    yes, no = (list(dict.fromkeys(words[value])) for value in (True, False))
    holds = f"{' and '.join(yes)} {'holds' if len(yes) == 1 else 'hold'}" if yes else ""
    lacks = "" if not no else f"{no[0]} does not" if len(no) == 1 else f"neither {' nor '.join(no)} does"
    if not yes:
        return lacks + " hold" if len(no) == 1 else lacks.replace(" does", " holds")
    return f"{holds} and {lacks}" if lacks else holds


def _readings(flow: plan.Flow, clause: plan.Clause, automaton: plan.Automaton, course: Course,
              known: Texts) -> Sequence[Reading]:
    """Other readings, those first that a dialogue of the flow tells apart."""
    found: list[Reading] = []
    for other, taken in readings.others(clause.formula):
        if len(found) == READINGS:
            break
        try:
            made = automata.of(other, tuple(flow.cast))
        except automata.TooLarge:
            continue
        trace = search.apart(automaton, made, course)
        if trace is not None:
            found.append(Reading(meaning.written(other, known), taken, _dialogue(flow, automaton, trace, known),
                                 trace.kept))
    return found
