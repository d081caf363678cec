"""What a picture of a flow shows: its phases with their turns, what leads from one to another, what it promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pedalang import plan
from pedalang.expression import nodes


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is, and the moves that it may be; none for who has no moves."""

    who: str
    kind: Literal["role", "student"]
    moves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phase:
    """A box. `limit` is in turns; `count` says how many dialogues came through."""

    name: str
    turns: tuple[Turn, ...] = ()
    start: bool = False
    final: bool = False
    limit: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a phase to a phase, on any of the guards; an empty one is no condition. `count`: of how many dialogues."""

    source: str
    target: str
    guards: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A line of a contract, with the moves (or acts) and phases that it speaks of."""

    name: str
    severity: Literal["hard", "soft"]
    text: str
    speaks_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole picture. The first phase is the start. `cast` has each member's role; `total` is the number of dialogues
    that were counted, if they were."""

    name: str
    phases: tuple[Phase, ...]
    arrows: tuple[Arrow, ...]
    cast: Mapping[str, tuple[str, Literal["role", "student"]]] = field(default_factory=dict)
    limit: int | None = None
    clauses: Mapping[str, tuple[Clause, ...]] = field(default_factory=dict)
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """How dialogues went: how many there were, how many came through a phase, how many from one to another."""

    total: int
    phases: Mapping[str, int]
    ways: Mapping[tuple[str, str], int]


def of_flow(program: plan.Plan, name: str, passed: Passed | None = None) -> Chart:
    """The chart of a plan's flow. Raises `KeyError` for a name that is no flow's."""
    flow = program.flows[name]
    order = [flow.start, *(each for each in flow.phases if each != flow.start)]
    return Chart(
        name,
        tuple(_phase(flow, flow.phases[each], passed) for each in order if each in flow.phases),
        tuple(arrow for each in flow.phases.values() for arrow in _arrows(flow, each, passed)),
        {member: (role.name, role.kind) for member, role in flow.cast.items()},
        flow.max_turns,
        {each.name: tuple(Clause(clause.name, clause.severity, clause.text, _spoken_of(clause.formula))
                          for clause in each.clauses)
         for each in program.contracts.values() if each.flow == name},
        passed.total if passed else None,
    )


def _phase(flow: plan.Flow, phase: plan.Phase, passed: Passed | None) -> Phase:
    turns = tuple(Turn(step.role, flow.cast[step.role].kind, step.moves)
                  for step in phase.steps if isinstance(step, plan.Turn))
    return Phase(phase.name, turns, phase.name == flow.start, phase.final, phase.max_turns,
                 passed.phases.get(phase.name, 0) if passed else None)


def _arrows(flow: plan.Flow, phase: plan.Phase, passed: Passed | None) -> Iterator[Arrow]:
    """One arrow to each phase that is led to, with all its guards."""
    guards: dict[str, list[str]] = {}
    for number, step in enumerate([step for step in phase.steps if isinstance(step, plan.Goto)]):
        if step.phase in flow.phases:
            guards.setdefault(step.phase, []).append(_guard(step, phase, number))
    for target, several in guards.items():
        counted = passed if target != phase.name else None  # turns do not tell a phase from itself
        yield Arrow(phase.name, target, tuple(several), counted.ways.get((phase.name, target), 0) if counted else None)


def _guard(step: plan.Goto, phase: plan.Phase, number: int) -> str:
    if step.at_max:
        return f"after {phase.max_turns} turns" if phase.max_turns else "at max"
    if step.when is None:
        return "else" if number else ""
    return step.text or "on a condition"


def _spoken_of(formula: plan.Formula) -> frozenset[str]:
    """The moves, acts and phases that a formula compares with."""
    if isinstance(formula, plan.Op):
        return frozenset().union(*(_spoken_of(each) for each in formula.of))
    return frozenset(_compared(formula.holds))


def _compared(expr: nodes.Expr) -> Iterator[str]:
    for each in nodes.inside(expr):
        match each:
            case nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "move" | "act"), nodes.Lit(str(name))):
                yield name
            case nodes.Binary("==", nodes.Name("phase"), nodes.Lit(str(name))):
                yield name
