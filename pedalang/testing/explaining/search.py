"""Dialogues that a clause keeps or loses, the shortest first, found turn by turn through flow and automaton at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from pedalang import plan
from pedalang.compiler.contracts.product import Facts, States
from pedalang.compiler.contracts.system import END, Result, System
from pedalang.testing.explaining.course import Course

MOST = 4_000
"""Places of flow and automaton that are looked at for one dialogue."""
MOST_WAYS = 1_000
"""The same for dialogues of many ways."""

Decided: TypeAlias = tuple[tuple[int, bool], ...]
"""Facts, by their index, as they were at a turn: those that the automaton asked for, in order."""


class Turn(NamedTuple):
    """Who speaks, which move or act is made (or none), in which phase (or in none)."""

    speaker: str
    does: str
    phase: str


class Step(NamedTuple):
    """A turn, what the automaton asked of it, which of that nothing is known of, and where it led."""

    turn: Turn
    asked: Decided
    free: frozenset[int]
    state: int


class Trace(NamedTuple):
    """A dialogue, and whether the clause is kept in it. `settled`: whatever comes after its last turn; else it is over
    there."""

    steps: tuple[Step, ...]
    kept: bool
    settled: bool


class _Node(NamedTuple):
    place: int
    states: States
    steps: tuple[Step, ...]
    way: tuple[object, ...]


def traces(automaton: plan.Automaton, course: Course, most: int = MOST_WAYS) -> Iterator[Trace]:
    """Dialogues by their length: one for each way through the automaton's states, as far as `most` places show."""
    for node in _nodes((automaton,), course, most, ways=True):
        standing = automaton.standings[node.states[0]]
        if standing in ("kept", "broken"):
            yield Trace(node.steps, standing == "kept", True)
        elif node.place == END:
            yield Trace(node.steps, standing == "holding", False)


def shortest(automaton: plan.Automaton, course: Course, kept: bool, most: int = MOST) -> Trace | None:
    """The shortest dialogue that keeps the clause, or that breaks it; None where none is found."""
    for node in _nodes((automaton,), course, most, ways=False):
        standing = automaton.standings[node.states[0]]
        settled = standing in ("kept", "broken")
        if (settled or node.place == END) and (standing in ("kept", "holding")) is kept:
            return Trace(node.steps, kept, settled)
    return None


def apart(one: plan.Automaton, other: plan.Automaton, course: Course, most: int = MOST) -> Trace | None:
    """The shortest dialogue that the first keeps and the second breaks, or the other way round. Its steps are those of
    the first."""
    for node in _nodes((one, other), course, most, ways=False):
        first, second = (each.standings[state] for each, state in zip((one, other), node.states, strict=True))
        settled = {first, second} == {"kept", "broken"}
        kept = first in ("kept", "holding")
        if (settled or node.place == END) and kept is not (second in ("kept", "holding")):
            return Trace(node.steps, kept, settled)
    return None


def _nodes(automata: Sequence[plan.Automaton], course: Course, most: int, *, ways: bool) -> Iterator[_Node]:
    """Places after a turn, nearest first; each once, with `ways` once for each way to it."""
    system = course.seen_by(automata)
    facts = Facts(system, automata)
    waiting = deque(_Node(place, (0,) * len(automata), (), ()) for place in system.starts if place != END)
    seen: set[object] = set()
    for _ in range(most):
        if not waiting:
            return
        node = waiting.popleft()
        if node.steps:
            yield node
        if node.place == END or _over(automata, node.states):
            continue
        for following in _following(automata, course, system, facts, node, ways):
            key = (following.place, following.states, following.way)
            if key not in seen:
                seen.add(key)
                waiting.append(following)


def _over(automata: Sequence[plan.Automaton], states: States) -> bool:
    """Whether nothing that comes changes what is known."""
    return all(each.standings[state] in ("kept", "broken") for each, state in zip(automata, states, strict=True))


def _following(automata: Sequence[plan.Automaton], course: Course, system: System, facts: Facts, node: _Node,
               ways: bool) -> Iterator[_Node]:
    for result in system.spots[node.place].outcomes():
        for states, decided in facts.after(node.states, result.letter):
            asked, free = _asked(automata, facts, node.states, result, dict(decided))
            moved = (node.states[0], states[0], asked) if ways and states != node.states else None
            step = Step(_turn(course, system, result.letter), asked, free, states[0])
            for place in result.next:
                yield _Node(place, states, (*node.steps, step), (*node.way, moved) if moved else node.way)


def _turn(course: Course, system: System, letter: int) -> Turn:
    who, phase, move, act, _, _ = system.letters[letter]
    return Turn(who, move or act, phase if course.in_phases else "")


def _asked(automata: Sequence[plan.Automaton], facts: Facts, states: States, result: Result,
           decided: Mapping[int, bool]) -> tuple[Decided, frozenset[int]]:
    """What the first automaton asked of a turn, and the others of what nothing is known of; and which of that these
    are."""
    seen, own = facts.seen(result.letter), facts.automata[0][1]
    asked: list[tuple[int, bool]] = []
    target = automata[0].enter[states[0]]
    while target >= 0:
        fact, low, high = automata[0].decisions[target]
        known = seen[own[fact]]
        value = decided[own[fact]] if known is None else known
        asked.append((fact, value))
        target = high if value else low
    asked += [(own.index(number), value) for number, value in decided.items()
              if number in own and own.index(number) not in dict(asked)]
    return tuple(asked), frozenset(fact for fact, _ in asked if seen[own[fact]] is None)


def decisive(automaton: plan.Automaton, state: int, asked: Decided) -> Decided:
    """Of the facts that were asked for at a turn from a state, those that alone would have led elsewhere than to a
    broken clause, had they been otherwise; all of them where it takes several."""
    found = tuple((fact, value) for fact, value in asked if any(
        automaton.standings[to] != "broken"
        for to in _reach(automaton, automaton.enter[state], {**dict(asked), fact: not value})))
    return found or asked


def owed(automaton: plan.Automaton, state: int, letters: Sequence[Mapping[int, bool]]) -> tuple[Decided, ...]:
    """What a next turn would have to be so that a dialogue may end there and the clause is kept: each way in as few
    facts as can be, the ways with the fewest; none where one turn cannot do it. `letters` are the turns that there can
    be, as far as rules decide their facts."""
    ways = {tuple(sorted(_needed(automaton, state, asked, letters).items()))
            for to, asked in _paths(automaton, automaton.enter[state])
            if automaton.standings[to] in ("kept", "holding") and _does(automaton, state, dict(asked), letters)}
    fewest = min(map(_effort, ways), default=(0, 0))
    return tuple(sorted(way for way in ways if _effort(way) == fewest))


def _effort(way: Decided) -> tuple[int, int]:
    return len(way), sum(not value for _, value in way)


def _needed(automaton: plan.Automaton, state: int, asked: Decided,
            letters: Sequence[Mapping[int, bool]]) -> dict[int, bool]:
    """The facts without those that change nothing."""
    kept = dict(asked)
    for fact, value in asked:
        del kept[fact]
        if not _does(automaton, state, kept, letters):
            kept[fact] = value
    return kept


def _does(automaton: plan.Automaton, state: int, facts: Mapping[int, bool],
          letters: Sequence[Mapping[int, bool]]) -> bool:
    """Whether there is a turn with these facts, and each leads to where a dialogue may end."""
    fitting = [{**letter, **facts} for letter in letters
               if all(letter.get(fact, value) == value for fact, value in facts.items())]
    return bool(fitting) and all(automaton.standings[to] in ("kept", "holding") for known in fitting
                                 for to in _reach(automaton, automaton.enter[state], known))


def _reach(automaton: plan.Automaton, target: int, known: Mapping[int, bool]) -> Iterator[int]:
    if target < 0:
        yield ~target
        return
    fact, low, high = automaton.decisions[target]
    for value in (known[fact],) if fact in known else (False, True):
        yield from _reach(automaton, high if value else low, known)


def _paths(automaton: plan.Automaton, target: int) -> Iterator[tuple[int, Decided]]:
    if target < 0:
        yield ~target, ()
        return
    fact, low, high = automaton.decisions[target]
    for value, then in ((False, low), (True, high)):
        for state, asked in _paths(automaton, then):
            yield state, ((fact, value), *asked)
