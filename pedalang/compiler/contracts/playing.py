"""A flow played with what is known of it alone: what handlers, guards and draws can come to, in every way in which the
rest can turn out. It follows `runtime/episode` step by step; where that is left to chance or to what is not kept, all
goes on.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from pedalang import plan
from pedalang.compiler.contracts import reads
from pedalang.compiler.contracts.cells import Cells
from pedalang.compiler.contracts.known import UNKNOWN, Part, Partly, Past, known, truth
from pedalang.compiler.contracts.reads import Variable
from pedalang.compiler.contracts.ways import Ask
from pedalang.expression import nodes, values

Kept: TypeAlias = tuple[Partly, ...]
"""What the cells hold between two turns: variables, counts, conditions, then who spoke last and what was made."""

_MOST_CASES = 24
"""Values of a variable, and of a range that it is drawn from."""


class CannotKeep(Exception):
    """A variable has values that are not known, or too many of them."""

    def __init__(self, variable: Variable) -> None:
        super().__init__(".".join(variable))
        self.variable = variable


class Doing(NamedTuple):
    """What is done in a turn: by whom, in which phase, as which turn of the dialogue where that is kept."""

    who: str
    phase: str
    number: int | None


class Playing(Struct, frozen=True):
    """A flow, and what is kept of it."""

    flow: plan.Flow
    cells: Cells

    # ------------------------------------------------------------------ the steps of a dialogue

    def begun(self, ask: Ask) -> Kept:
        """What is kept before the first turn."""
        scene = _Scene(self, ask, None, self.flow.start, 0)
        for who, variables in (*((who, role.state) for who, role in self.flow.cast.items()),
                               (plan.FLOW, self.flow.state)):
            for variable in variables:
                if (who, variable.name) in self.cells.variables:
                    initial = variable.initial
                    value = scene.drawn(initial) if isinstance(initial, nodes.Distribution) else \
                        known(initial, scene.env)
                    scene.keep(who, variable, value)
        return scene.kept()

    def before(self, kept: Kept, doing: Doing, ask: Ask) -> tuple[Kept, tuple[tuple[str, bool], ...]]:
        """What is kept after a teacher's own handlers, and her moves as the guards allow them: each with whether that
        is sure."""
        scene = _Scene(self, ask, kept, doing.phase, doing.number)
        inner = scene.handled(doing.who, self.flow.cast[doing.who].handlers, doing.who, ("turn",))
        role = self.flow.cast[doing.who]
        allowed = [(name, True if move.allow is None else truth(self._read(move.allow), inner))
                   for name, move in role.moves.items()]
        return scene.kept(), tuple((name, holds is True) for name, holds in allowed if holds is not False)

    def acted(self, kept: Kept, doing: Doing, ask: Ask) -> tuple[Kept, str]:
        """What is kept after a turn of somebody who chooses no move, and the act that was made."""
        scene = _Scene(self, ask, kept, doing.phase, doing.number)
        role = self.flow.cast[doing.who]
        inner = scene.handled(doing.who, role.handlers, doing.who, ("turn",))
        act = next((act.name for act in role.acts if act.when is None or scene.holds(act.when, inner)), "")
        return scene.after(doing, "", act), act

    def moved(self, kept: Kept, doing: Doing, move: str, ask: Ask) -> Kept:
        """What is kept after a teacher made a move."""
        return _Scene(self, ask, kept, doing.phase, doing.number).after(doing, move, "")

    def leaves(self, kept: Kept, phase: str, number: int | None, guard: nodes.Expr, ask: Ask) -> bool:
        """Whether a transition's guard holds."""
        scene = _Scene(self, ask, kept, phase, number)
        return scene.holds(guard, scene.env)

    def fact(self, fact: nodes.Expr, kept: Kept, doing: Doing, move: str, act: str) -> bool | None:
        """Whether a fact holds after a turn; None where that is not known."""
        return truth(self._read(fact), self.after(kept, doing, move, act))

    def after(self, kept: Kept, doing: Doing, move: str, act: str) -> dict[str, Partly]:
        """What is known after a turn."""
        env = self.known(kept, doing.phase, None if doing.number is None else doing.number + 1)
        env["turn"] = _turn(doing, move, act)
        return env

    def known(self, kept: Kept, phase: str, number: int | None) -> dict[str, Partly]:
        """What is known between two turns, before the turn with a number."""
        cells = self.cells
        env: dict[str, Partly] = {who: Part() for who in (*self.flow.cast, plan.FLOW)}
        at = 0
        for who, name in cells.variables:
            env[who][name] = kept[at]
            at += 1
        counts = {move: kept[at + place] for place, (move, _) in enumerate(cells.counts)}
        at += len(cells.counts)
        for name, _, _ in cells.conditions:
            env[name] = kept[at]
            at += 1
        env["history"] = Past(UNKNOWN if number is None else number, counts)
        env["turn"] = Part({"speaker": kept[at], "move": kept[at + 1], "act": kept[at + 2], "phase": kept[at + 3]}) \
            if cells.latest else Part()
        if number is not None:
            env["turn"]["number"] = number - 1
        env["phase"] = phase
        return env

    def _read(self, expr: nodes.Expr) -> nodes.Expr:
        return reads.replaced(expr, self.cells.names) if self.cells.conditions else expr


def _turn(doing: Doing, move: str, act: str) -> Part:
    turn = Part({"speaker": doing.who, "move": move, "act": act, "phase": doing.phase})
    if doing.number is not None:
        turn["number"] = doing.number
    return turn


def _is_range(variable: plan.Variable) -> bool:
    """Whether a variable is one of few whole numbers."""
    return variable.type.startswith("Int in ") and not variable.type.endswith("?") and variable.low is not None \
        and variable.high is not None and variable.high - variable.low < _MOST_CASES


class _Scene:
    """One way through a turn: the environment as it changes, and the answers that were given."""

    def __init__(self, playing: Playing, ask: Ask, kept: Kept | None, phase: str, number: int | None) -> None:
        self._playing = playing
        self._ask = ask
        cells = playing.cells
        blank = (*[UNKNOWN] * len(cells.variables), *[0] * len(cells.counts), *[UNKNOWN] * len(cells.conditions),
                 *(("", "", "", "") if cells.latest else ()))
        self.env = playing.known(blank if kept is None else kept, phase, number)

    def holds(self, condition: nodes.Expr, env: dict[str, Partly]) -> bool:
        """Whether a condition holds; where that is not known, it is asked. What is answered about a condition that is
        kept is kept."""
        names = self._playing.cells.names if self._playing.cells.conditions else {}
        name = names.get(reads.written(condition)) if names else None
        value = truth(nodes.Name(name), env) if name else None
        if value is None:
            value = truth(condition, env)
        if value is None:
            value = self._asked(condition, env, names) if names and not name else self._ask(2) == 1
        if name:
            self.env[name] = env[name] = value
        return value

    def _asked(self, condition: nodes.Expr, env: dict[str, Partly], names: Mapping[bytes, str]) -> bool:
        """The same for a condition that is not known: part by part where parts of it are kept."""
        if any(reads.written(leaf) in names for leaf in nodes.leaves(condition)):
            match condition:
                case nodes.Binary("and", left, right):
                    return self.holds(left, env) and self.holds(right, env)
                case nodes.Binary("or", left, right):
                    return self.holds(left, env) or self.holds(right, env)
                case nodes.Unary("not", value):
                    return not self.holds(value, env)
        return self._ask(2) == 1

    def drawn(self, distribution: nodes.Distribution, env: dict[str, Partly] | None = None) -> Partly:
        """A value from a distribution, as far as it is known."""
        given = [known(argument, self.env if env is None else env) for argument in distribution.arguments]
        if distribution.kind == "one_of":
            return given[self._ask(len(given))] if len(given) > 1 else given[0]
        if distribution.kind != "bernoulli":
            return UNKNOWN
        (share,) = given
        if isinstance(share, int | float) and (share <= 0 or share >= 1):
            return share >= 1
        return self._ask(2) == 1

    def handled(self, who: str, handlers: Iterable[plan.Handler], actor: str,
                events: Container[str]) -> dict[str, Partly]:
        """Runs a member's handlers of what an actor did. Returns the environment with what they drew."""
        scope = self.env
        for handler in handlers:
            if handler.actor == actor and handler.event in events and self._matters(who, handler.body):
                scope = dict(scope) if scope is self.env else scope
                if handler.when is None or self.holds(handler.when, scope):
                    self._statements(who, handler.body, scope)
        return scope

    def after(self, doing: Doing, move: str, act: str) -> Kept:
        """What is kept after somebody spoke."""
        flow, who = self._playing.flow, doing.who
        past = self.env["history"]
        counts = {name: count + (name == move) for name, count in past.counts.items()}
        self.env["history"] = Past(past.turns if past.turns is UNKNOWN else past.turns + 1, counts)
        self.env["turn"] = _turn(doing, move, act)
        done = [event for event in (move, act) if event]
        self.handled(who, flow.cast[who].handlers, who, done)
        for other, role in flow.cast.items():
            if other != who:
                self.handled(other, role.handlers, who, ["turn", *done])
        if flow.state:
            self.handled(plan.FLOW, (*flow.handlers, *flow.phases[doing.phase].handlers), who, ["turn", *done])
        return self.kept()

    def kept(self) -> Kept:
        """What is kept of this; conditions that are not known are asked."""
        cells, env = self._playing.cells, self.env
        for name, condition, _ in cells.conditions:
            if env[name] is UNKNOWN:
                self.holds(condition, env)
        counts = [count if most is None else min(count, most) for (_, most), count in
                  zip(cells.counts, (env["history"].counts[move] for move, _ in cells.counts), strict=True)]
        turn = env["turn"]
        latest = [turn.get(name, "") for name in ("speaker", "move", "act", "phase")] if cells.latest else []
        return (*(env[who][name] for who, name in cells.variables), *counts,
                *(env[name] for name, _, _ in cells.conditions), *latest)

    def keep(self, who: str, variable: plan.Variable, value: Partly) -> None:
        """Gives a variable that is kept a value; one that is not known is asked where there are few."""
        if value is UNKNOWN or isinstance(value, Part | Past):
            if variable.type == "Bool":
                value = self._ask(2) == 1
            elif _is_range(variable):
                low, high = int(variable.low or 0), int(variable.high or 0)
                value = low + self._ask(high - low + 1)
            else:
                raise CannotKeep((who, variable.name))
        elif isinstance(value, dict | tuple):
            raise CannotKeep((who, variable.name))
        elif values.is_number(value):
            value = type(value)(max(value, variable.low)) if variable.low is not None else value
            value = type(value)(min(value, variable.high)) if variable.high is not None else value
        self.env[who] = Part({**self.env[who], variable.name: value})

    def _statements(self, who: str, body: Iterable[plan.Statement], scope: dict[str, Partly]) -> None:
        for statement in body:
            match statement:
                case plan.Assign(variable, value, _, path) if (who, variable) in self._playing.cells.changed:
                    self._assign(who, variable, UNKNOWN if path else known(value, scope), scope)
                case plan.Sample(name, distribution):
                    scope[name] = self.drawn(distribution, scope)
                case plan.Branch(condition, then, otherwise) if self._matters(who, (*then, *otherwise)):
                    self._statements(who, then if self.holds(condition, scope) else otherwise, scope)

    def _assign(self, who: str, name: str, value: Partly, scope: dict[str, Partly]) -> None:
        cells = self._playing.cells
        if (who, name) in cells.variables:
            state = self._playing.flow.cast[who].state if who in self._playing.flow.cast else self._playing.flow.state
            self.keep(who, next(each for each in state if each.name == name), value)
            scope[who] = self.env[who]
        for condition, _, variables in cells.conditions:
            if (who, name) in variables:
                self.env[condition] = scope[condition] = UNKNOWN

    def _matters(self, who: str, body: Iterable[plan.Statement]) -> bool:
        """Whether statements change anything that is kept."""
        for statement in body:
            match statement:
                case plan.Assign(variable) if (who, variable) in self._playing.cells.changed:
                    return True
                case plan.Branch(_, then, otherwise) if self._matters(who, (*then, *otherwise)):
                    return True
        return False
