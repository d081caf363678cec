"""What dialogues have been through, and what there is: phases, transitions, moves and acts, states of clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pedalang import plan
from pedalang.testing.playing import Arena, Played

KINDS = ("phases", "transitions", "moves", "acts", "states")


@dataclass(slots=True)
class Coverage:
    """Of each kind, what there is, and what was met of it. Names are those of the program; a transition is
    `phase -> phase`, a number behind it where several lead there. A state is of the automaton of what is
    expected; those where it is broken for good are not counted, for there a property fails."""

    there: dict[str, tuple[str, ...]]
    met: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})

    def add(self, played: Played, here: Arena) -> None:
        """Takes note of a dialogue."""
        transitions = _transitions(here.flow)
        self.met["transitions"].update(transitions[phase, at] for _, phase, at in played.passed)
        self.met["phases"].update(turn.phase for turn in played.turns)
        self.met["phases"].update(here.flow.phases[phase].steps[at].phase  # type: ignore[union-attr]
                                  for _, phase, at in played.passed)
        self.met["phases"].add(here.flow.start)
        for turn in played.turns:
            for kind, does in (("moves", turn.move), ("acts", turn.act)):
                if does:
                    self.met[kind].add(f"{turn.role}.{does}")
        for name, reached in played.reached.items():
            self.met["states"].update(_state(name, number) for number in (0, *reached))

    def missed(self, kind: str) -> list[str]:
        """What was not met, in the program's order."""
        return [each for each in self.there[kind] if each not in self.met[kind]]


def coverage(here: Arena) -> Coverage:
    """What the dialogues of a property can go through, nothing of it met."""
    flow = here.flow
    return Coverage({
        "phases": tuple(flow.phases), "transitions": tuple(_transitions(flow).values()),
        "moves": tuple(dict.fromkeys(_moves(flow))),
        "acts": tuple(f"{who}.{act.name}" for who, role in flow.cast.items() for act in role.acts),
        "states": tuple(_state(promise.text, number) for promise in here.promises
                        for number, standing in enumerate(promise.automaton.standings) if standing != "broken")})


def _state(of: str, number: int) -> str:
    """The name of a state of a formula's automaton."""
    return f"{of} #{number}"


def _moves(flow: plan.Flow) -> Iterator[str]:
    """What a turn of a phase allows."""
    for phase in flow.phases.values():
        for step in phase.steps:
            if isinstance(step, plan.Turn):
                yield from (f"{step.role}.{move}" for move in step.moves or flow.cast[step.role].moves)


def _transitions(flow: plan.Flow) -> dict[tuple[str, int], str]:
    """The gotos of a flow by phase and place, each with its name."""
    found: dict[tuple[str, int], str] = {}
    for name, phase in flow.phases.items():
        for at, step in enumerate(phase.steps):
            if isinstance(step, plan.Goto):
                found[name, at] = _unlike(f"{name} -> {step.phase}", found.values())
    return found


def _unlike(name: str, taken: Iterable[str]) -> str:
    same = sum(each.partition(" (")[0] == name for each in taken)
    return f"{name} ({same + 1})" if same else name
