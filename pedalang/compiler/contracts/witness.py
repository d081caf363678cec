"""Shortest dialogues in which some clauses are kept and others are broken."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.contracts.cells import Cells
from pedalang.compiler.contracts.playing import Playing
from pedalang.compiler.contracts.product import Facts, States, Step
from pedalang.compiler.contracts.system import END, Letter, Place, Result, Spot, System
from pedalang.compiler.contracts.ways import TooLarge

_MOST = 20_000
_KEPT = {"kept": True, "holding": True, "pending": False, "broken": False}


def anything(flow: plan.Flow) -> System:
    """All dialogues of a cast, whatever the flow says: anybody can do at any turn what he can do at all, in any phase.
    """
    found = System(Playing(flow, Cells((), (), (), False, False, frozenset())), False)
    found.letters = [Letter(who, phase, move, act, None, ()) for who, role in flow.cast.items() for phase in flow.phases
                     for move, act in (*((move, "") for move in role.moves), *(("", act.name) for act in role.acts),
                                       ("", ""))]
    return found


def seen_by(system: System, automata: Sequence[plan.Automaton]) -> System:
    """A system of all dialogues, with one of the turns that are the same to automata."""
    facts = Facts(system, automata)
    alike: dict[tuple[bool | None, ...], int] = {}
    for letter in range(len(system.letters)):
        alike.setdefault(facts.seen(letter), letter)
    spot = Spot(Place(system.flow.start, 0, 0, 0, ()), "",
                results=tuple(Result(letter, (0, END)) for letter in alike.values()))
    return replace(system, spots=[spot], starts=(0,))


def shortest(system: System, automata: Sequence[plan.Automaton], wanted: Sequence[bool]) -> tuple[Step, ...] | None:
    """The steps of a shortest dialogue of one turn or more in which each clause is kept or not, as is wanted; None
    where there is none. Raises `TooLarge`."""
    facts = Facts(system, automata)
    first = [(spot, (0,) * len(automata)) for spot in system.starts if spot != END]
    come: dict[tuple[int, States], tuple[tuple[int, States] | None, Step | None]] = dict.fromkeys(first, (None, None))
    waiting = deque(come)
    while waiting:
        node = waiting.popleft()
        for result in system.spots[node[0]].outcomes():
            for states, decided in facts.after(node[1], result.letter):
                if _lost(automata, states, wanted):
                    continue
                step = Step(result.letter, decided)
                for spot in result.next:
                    if spot == END:
                        if _fits(automata, states, wanted):
                            return _way(come, node, step)
                    elif (spot, states) not in come:
                        come[spot, states] = (node, step)
                        waiting.append((spot, states))
                        if len(come) > _MOST:
                            raise TooLarge
    return None


def _fits(automata: Sequence[plan.Automaton], states: States, wanted: Sequence[bool]) -> bool:
    return all(_KEPT[automaton.standings[state]] is want
               for automaton, state, want in zip(automata, states, wanted, strict=True))


def _lost(automata: Sequence[plan.Automaton], states: States, wanted: Sequence[bool]) -> bool:
    """Whether a clause is for good what is not wanted."""
    return any(automaton.standings[state] == ("broken" if want else "kept")
               for automaton, state, want in zip(automata, states, wanted, strict=True))


def _way(come: dict[tuple[int, States], tuple[tuple[int, States] | None, Step | None]],
         node: tuple[int, States] | None, step: Step | None) -> tuple[Step, ...]:
    found = []
    while step is not None:
        found.append(step)
        node, step = come[node] if node is not None else (None, None)
    return tuple(found[::-1])
