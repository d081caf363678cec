"""Dialogues that a clause keeps or loses, the shortest first, found turn by turn through flow and automaton at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from pedalang import plan
from pedalang.testing.explaining.course import Course, Place, Turn
from pedalang.testing.explaining.truth import Assumed

MOST = 4_000
"""Places of flow and automaton that are looked at for one dialogue."""
MOST_WAYS = 1_000
"""The same for dialogues of many ways."""

Decided: TypeAlias = tuple[tuple[int, bool], ...]
"""Facts, by their index, as they were at a turn: those that the automaton asked for, in order."""


class Step(NamedTuple):
    """A turn, what the automaton asked of it, which of that nothing but an assumption decides, and where it led."""

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
    place: Place
    states: tuple[int, ...]
    steps: tuple[Step, ...]
    way: tuple[object, ...]


def traces(automaton: plan.Automaton, course: Course, most: int = MOST_WAYS) -> Iterator[Trace]:
    """Dialogues by their length: one for each way through the automaton's states, as far as `most` places show."""
    for node in _nodes((automaton,), course, most, ways=True):
        standing = automaton.standings[node.states[0]]
        if standing in ("kept", "broken"):
            yield Trace(node.steps, standing == "kept", True)
        elif course.ends(node.place):
            yield Trace(node.steps, standing == "holding", False)


def shortest(automaton: plan.Automaton, course: Course, kept: bool, most: int = MOST) -> Trace | None:
    """The shortest dialogue that keeps the clause, or that breaks it; None where none is found."""
    for node in _nodes((automaton,), course, most, ways=False):
        standing = automaton.standings[node.states[0]]
        settled = standing in ("kept", "broken")
        if (settled or course.ends(node.place)) and (standing in ("kept", "holding")) is kept:
            return Trace(node.steps, kept, settled)
    return None


def apart(one: plan.Automaton, other: plan.Automaton, course: Course, most: int = MOST) -> Trace | None:
    """The shortest dialogue that the first keeps and the second breaks, or the other way round. Its steps are those of
    the first."""
    for node in _nodes((one, other), course, most, ways=False):
        first, second = (each.standings[state] for each, state in zip((one, other), node.states, strict=True))
        settled = {first, second} == {"kept", "broken"}
        kept = first in ("kept", "holding")
        if (settled or course.ends(node.place)) and kept is not (second in ("kept", "holding")):
            return Trace(node.steps, kept, settled)
    return None


def _nodes(automata: Sequence[plan.Automaton], course: Course, most: int, *, ways: bool) -> Iterator[_Node]:
    """Places after a turn, nearest first; each once, with `ways` once for each way to it."""
    waiting = deque(_Node(place, (0,) * len(automata), (), ()) for place in course.starts())
    seen: set[object] = set()
    for _ in range(most):
        if not waiting:
            return
        node = waiting.popleft()
        if node.steps:
            yield node
        if _over(automata, node.states):
            continue
        for following in _following(automata, course, node, ways):
            key = (course.key(following.place), following.states, following.way)
            if key not in seen:
                seen.add(key)
                waiting.append(following)


def _over(automata: Sequence[plan.Automaton], states: tuple[int, ...]) -> bool:
    """Whether nothing that comes changes what is known."""
    return all(each.standings[state] in ("kept", "broken") for each, state in zip(automata, states, strict=True))


def _following(automata: Sequence[plan.Automaton], course: Course, node: _Node, ways: bool) -> Iterator[_Node]:
    for turn, place, assumed in course.turns(node.place):
        for states, asked, free, so in _entered(automata, node.states, place, assumed, course):
            moved = (node.states[0], states[0], asked) if ways and states != node.states else None
            step = Step(turn, asked, free, states[0])
            for onward in course.onward(place, so):
                yield _Node(onward, states, (*node.steps, step), (*node.way, moved) if moved else node.way)


def _entered(automata: Sequence[plan.Automaton], states: tuple[int, ...], place: Place, assumed: Assumed,
             course: Course) -> Iterator[tuple[tuple[int, ...], Decided, frozenset[int], Assumed]]:
    """The states after a turn, for each way in which what is unknown may be; with what the first automaton asked."""
    if not states:
        yield (), (), frozenset(), assumed
        return
    for state, asked, free, so in _after(automata[0], automata[0].enter[states[0]], place, assumed, course):
        for others, more, unruled, then in _entered(automata[1:], states[1:], place, so, course):
            also = [(at, value) for fact, value in more if fact in unruled for at in _same(automata, fact)
                    if at not in dict(asked)]
            yield (state, *others), (*asked, *also), free.union(at for at, _ in also), then


def _same(automata: Sequence[plan.Automaton], fact: int) -> list[int]:
    """Where the first automaton has a fact of the second."""
    return [at for at, each in enumerate(automata[0].facts) if each == automata[1].facts[fact]]


def _after(automaton: plan.Automaton, target: int, place: Place, assumed: Assumed,
           course: Course) -> Iterator[tuple[int, Decided, frozenset[int], Assumed]]:
    if target < 0:
        yield ~target, (), frozenset(), assumed
        return
    fact, low, high = automaton.decisions[target]
    number, env, conditions = course.conditions.number(automaton.facts[fact]), place.env(), course.conditions
    ruled = conditions.known(number, env, {}) is not None
    held = conditions.known(number, env, assumed)
    for value in (False, True) if held is None else (held,):
        so = conditions.assuming(number, value, assumed) if held is None else assumed
        for state, asked, free, then in _after(automaton, high if value else low, place, so, course):
            yield state, ((fact, value), *asked), free if ruled else free | {fact}, then


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
