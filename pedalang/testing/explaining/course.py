"""The dialogues that a clause is explained by: those of its flow, or whatever its cast can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pedalang import plan
from pedalang.compiler.contracts import system, witness
from pedalang.compiler.contracts.system import System
from pedalang.compiler.contracts.ways import TooLarge
from pedalang.expression import nodes


@dataclass(frozen=True, slots=True)
class Course:
    """Turns that can follow one another. `anything`: turns of a cast in any order, with any end; `in_phases`: the phase
    of a turn means something."""

    whole: System
    anything: bool
    in_phases: bool

    def seen_by(self, automata: Sequence[plan.Automaton]) -> System:
        """The turns as automata see them."""
        return witness.seen_by(self.whole, automata) if self.anything else self.whole


def of_flow(flow: plan.Flow, facts: Sequence[nodes.Expr]) -> Course:
    """The dialogues of a flow, as far as its rules say; of its cast where it is too large."""
    try:
        return Course(system.of(flow, facts), False, True)
    except TooLarge:
        return of_cast(flow, facts)


def of_cast(flow: plan.Flow, facts: Sequence[nodes.Expr]) -> Course:
    """Whatever the cast can do: what recorded lessons are, and what a flow does not let happen."""
    return Course(witness.anything(flow), True, any("phase" in nodes.names(fact) for fact in facts))


def letters(flow: plan.Flow, facts: Sequence[nodes.Expr]) -> list[dict[int, bool]]:
    """The turns that there can be: the facts, by their place, that who speaks, what is done and the phase decide."""
    there = witness.anything(flow)
    found = []
    for letter in range(len(there.letters)):
        known = {at: there.table(fact).holds(letter) for at, fact in enumerate(facts)}
        found.append({at: value for at, value in known.items() if value is not None})
    return found
