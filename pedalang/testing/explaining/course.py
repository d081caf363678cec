"""Which turns can follow one another in a flow: members speak in the order of its steps, make moves and acts that they
can make there, and the phases change as their guards let them. A guard on what is unknown may hold or not.

It is what the rules of the program allow, not what its policy would do: a teacher makes any move that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from pedalang import plan
from pedalang.expression import environment, nodes
from pedalang.expression.evaluate import Env
from pedalang.expression.values import Value
from pedalang.runtime.episode.flow import MAX_STEPS
from pedalang.testing.explaining import truth
from pedalang.testing.explaining.lasting import Lasting
from pedalang.testing.explaining.truth import Assumed, Conditions


class Turn(NamedTuple):
    """Who speaks, which move or act is made (or none), in which phase (or in none)."""

    speaker: str
    does: str
    phase: str


class Place(NamedTuple):
    """Where a dialogue stands before its next turn, or at its end: then `step` is None. `held` is what is so of the
    cast's state, as far as it is known."""

    phase: str
    step: int | None
    here: int
    history: tuple[Mapping[str, Value], ...]
    held: Assumed

    def env(self) -> Env:
        """What is known of it as expressions see it."""
        return {"history": self.history, "turn": self.history[-1] if self.history else environment.NO_TURN,
                "phase": self.phase}


class Course:
    """The turns of one flow. `facts` are what is looked at after each."""

    def __init__(self, flow: plan.Flow, facts: Sequence[nodes.Expr]) -> None:
        read = [*facts, *_guards(flow)]
        self.flow = flow
        self.conditions = Conditions()
        self._counts = [*{id(part): part for each in read for part in truth.counts(each)}.values()]
        self._lasting = Lasting(flow, self.conditions)
        self._first = self._lasting.at_first(map(self.conditions.number, read))

    def starts(self) -> list[Place]:
        """Where a dialogue begins."""
        return [*self._on(Place(self.flow.start, 0, 0, (), self._first), self._first)]

    def key(self, place: Place) -> tuple[object, ...]:
        """What all that can follow depends on."""
        return (place.phase, place.step, place.here, len(place.history), *self._known(place))

    def _known(self, place: Place) -> tuple[object, ...]:
        return (*self.conditions.values(self._counts, place.env()), frozenset(place.held.items()))

    def ends(self, place: Place) -> bool:
        """Whether a dialogue can be over there."""
        return place.step is None

    def turns(self, place: Place) -> Iterator[tuple[Turn, Place, Assumed]]:
        """The turns that can come, each with the place right after it, and what is so then."""
        if place.step is None:
            return
        step = self.flow.phases[place.phase].steps[place.step]
        assert isinstance(step, plan.Turn)
        role = self.flow.cast[step.role]
        for name, assumed in self._moves(role, step, place) if role.moves else self._acts(role, step, place):
            turn = Turn(step.role, name, place.phase)
            yield turn, self._after(place, turn, place.step + 1), assumed

    def onward(self, place: Place, assumed: Assumed) -> list[Place]:
        """Where the dialogue may stand before the next turn, or at its end, once a turn is over."""
        return [*self._on(place, assumed)]

    def _after(self, place: Place, turn: Turn, step: int) -> Place:
        move = turn.does if turn.does in self.flow.cast[turn.speaker].moves else ""
        record = environment.turn_record(turn.speaker, "", move=move, act="" if move else turn.does, phase=turn.phase,
                                         number=len(place.history))
        return Place(place.phase, step, place.here + 1, (*place.history, record), {})

    def _moves(self, role: plan.Role, step: plan.Turn, place: Place) -> Iterator[tuple[str, Assumed]]:
        for name in step.moves or role.moves:
            if self._holds(role.moves[name].allow, place, place.held) is not False:
                yield name, self._lasting.kept(place.held, step.role, name)

    def _acts(self, role: plan.Role, step: plan.Turn, place: Place) -> Iterator[tuple[str, Assumed]]:
        """The first act whose guard holds: so those before it do not."""
        assumed: Assumed = self._lasting.kept(place.held, step.role, "")
        for act in role.acts:
            held = self._holds(act.when, place, assumed)
            if held is True:
                yield act.name, assumed
                return
            if held is None:
                yield act.name, self._assuming(act.when, True, assumed)
                assumed = self._assuming(act.when, False, assumed)
        yield "", assumed

    def _holds(self, guard: nodes.Expr | None, place: Place, assumed: Assumed) -> bool | None:
        return True if guard is None else self.conditions.known(self.conditions.number(guard), place.env(), assumed)

    def _assuming(self, guard: nodes.Expr | None, value: bool, assumed: Assumed) -> Assumed:
        return assumed if guard is None else self.conditions.assuming(self.conditions.number(guard), value, assumed)

    def _on(self, place: Place, assumed: Assumed) -> Iterator[Place]:
        """As `runtime.episode.flow.advance` goes on, each way that guards leave open."""
        waiting = [(place, assumed, 0)]
        while waiting:
            at, so, steps = waiting.pop()
            phase = self.flow.phases[at.phase]
            used_up = phase.max_turns is not None and at.here >= phase.max_turns
            step = phase.steps[at.step] if at.step is not None and at.step < len(phase.steps) else None
            if isinstance(step, plan.Turn):
                over = len(at.history) >= self.flow.max_turns
                yield at._replace(step=None if over else at.step, held=self._lasting.of(so))
            elif step is None and (phase.final or used_up):
                yield at._replace(step=None, held=self._lasting.of(so))
            elif step is None and steps < MAX_STEPS:
                waiting.append((at._replace(step=0), so, steps + 1))
            elif step is not None:
                waiting += [(to, then, steps + 1) for to, then in self._gone(at, step, used_up, so)]

    def _gone(self, at: Place, step: plan.Goto, used_up: bool, so: Assumed) -> Iterator[tuple[Place, Assumed]]:
        """Past a goto, or where it leads, or both."""
        assert at.step is not None
        held = False if step.at_max and not used_up else self._holds(step.when, at, so)
        if held is not True:
            yield at._replace(step=at.step + 1), so if held is False else self._assuming(step.when, False, so)
        if held is not False:
            yield Place(step.phase, 0, 0, at.history, {}), so if held else self._assuming(step.when, True, so)


class Anything(Course):
    """Turns of a cast in any order, with any end, in any phase where a fact is about phases: what recorded lessons are,
    and what a flow does not let happen."""

    def __init__(self, flow: plan.Flow, facts: Sequence[nodes.Expr]) -> None:
        super().__init__(structs.replace(flow, phases={}), facts)
        self._phases = tuple(flow.phases) if any(truth.reads(fact, nodes.Name("phase")) for fact in facts) else ("",)

    def starts(self) -> list[Place]:
        return [Place("", 0, 0, (), self._first)]

    def key(self, place: Place) -> tuple[object, ...]:
        return self._known(place)

    def ends(self, place: Place) -> bool:
        return bool(place.history)

    def turns(self, place: Place) -> Iterator[tuple[Turn, Place, Assumed]]:
        """All that anybody can do."""
        for phase in self._phases:
            for who, role in self.flow.cast.items():
                for does in (*role.moves, *(act.name for act in role.acts)) or ("",):
                    turn = Turn(who, does, phase)
                    yield turn, self._after(place._replace(phase=phase), turn, 0), \
                        self._lasting.kept(place.held, who, does)

    def onward(self, place: Place, assumed: Assumed) -> list[Place]:
        return [place._replace(held=self._lasting.of(assumed))]


def letters(flow: plan.Flow, facts: Sequence[nodes.Expr]) -> list[dict[int, bool]]:
    """The turns that there can be: the facts, by their place, that who speaks, what is done and the phase decide."""
    course = Anything(flow, facts)
    here = {at: course.conditions.number(fact) for at, fact in enumerate(facts) if not any(truth.counts(fact))}
    found = []
    for start in course.starts():
        for _, place, _ in course.turns(start):
            known = {at: course.conditions.known(number, place.env(), {}) for at, number in here.items()}
            found.append({at: value for at, value in known.items() if value is not None})
    return found


def _guards(flow: plan.Flow) -> Iterator[nodes.Expr]:
    """The conditions that say where a flow goes and what is done in it."""
    steps = [step for phase in flow.phases.values() for step in phase.steps]
    found = [step.when for step in steps if isinstance(step, plan.Goto)]
    for role in flow.cast.values():
        found += [*(move.allow for move in role.moves.values()), *(act.when for act in role.acts)]
    yield from (guard for guard in found if guard is not None)
