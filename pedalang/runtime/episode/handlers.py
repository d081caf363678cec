"""What turns do to the cast's state: the statements of handlers, in the order in which they stand."""

from __future__ import annotations

import copy
from collections.abc import Container, Iterable

from pedalang import plan
from pedalang.expression import nodes, parts, values
from pedalang.expression.evaluate import Env
from pedalang.expression.values import Value
from pedalang.runtime.episode import seeds
from pedalang.runtime.episode.state import Setting, State, bounded, drawn_or_computed, no_value, variables


class Changes:
    """What has changed within one turn: copies of a state's environment and members, hints and notes. The state that
    they come from stays as it is."""

    def __init__(self, setting: Setting, state: State) -> None:
        self._setting = setting
        self._episode = setting.drawn_as(state.episode)
        self._turn = state.turn
        self.env: dict[str, Value] = dict(state.env)
        self.members = dict(state.members)
        self.hints = dict(state.hints)
        self.notes: list[str] = []
        self._draws: dict[str, seeds.Draws] = {}

    def copied(self) -> Changes:
        """The same so far; what changes from here on does not change this."""
        other = copy.copy(self)
        other.env, other.members, other.hints = dict(self.env), dict(self.members), dict(self.hints)
        other.notes, other._draws = list(self.notes), {name: copy.copy(draws) for name, draws in self._draws.items()}
        return other

    def before(self, who: str) -> Env:
        """Runs a member's handlers of its own turn. Returns the environment with what they drew."""
        return self._run(who, self._setting.flow.cast[who].handlers, who, ("turn",), "before")

    def after(self, speaker: str, events: Container[str], phase: str) -> None:
        """Runs what the others' handlers do on what the speaker did, in the order of the cast; then those of the flow,
        and of the phase where it was done."""
        flow = self._setting.flow
        for who, role in flow.cast.items():
            if role.handlers and who != speaker:
                self._run(who, role.handlers, speaker, events, "after")
        if flow.state:
            inside = flow.phases.get(phase)
            self._run(plan.FLOW, (*flow.handlers, *(inside.handlers if inside else ())), speaker, events, "after")

    def own(self, who: str, events: Container[str]) -> None:
        """Runs a member's handlers of what it has just done itself."""
        self._run(who, self._setting.flow.cast[who].handlers, who, events, "said")

    def _run(self, who: str, handlers: Iterable[plan.Handler], actor: str, events: Container[str], when: str) -> Env:
        scope = self.env
        for handler in handlers:
            if handler.actor == actor and handler.event in events:
                if scope is self.env:
                    scope = dict(scope)
                if self._setting.holds(handler.when, scope, handler.place):
                    self._statements(who, handler.body, scope, when)
        return scope

    def _statements(self, who: str, body: Iterable[plan.Statement], scope: dict[str, Value], when: str) -> None:
        setting = self._setting
        for statement in body:
            match statement:
                case plan.Assign(variable, value, place, path):
                    whole = self._changed(who, variable, value, path, scope, place) if path else \
                        setting.value(value, scope, place)
                    self._assign(who, variable, whole, scope)
                case plan.Sample(name, distribution, place):
                    scope[name] = drawn_or_computed(setting, distribution, scope, self._drawing(who, when), place)
                case plan.Branch(condition, then, otherwise, place):
                    chosen = then if setting.holds(condition, scope, place) else otherwise
                    self._statements(who, chosen, scope, when)
                case plan.Hint(text, place):
                    hint = setting.value(text, scope, place)
                    if hint is not None:
                        self.hints[who] = (*self.hints.get(who, ()), values.to_text(hint))

    def _drawing(self, who: str, when: str) -> seeds.Draws:
        """One stream of draws for all handlers of a member at one time of the turn."""
        name = f"{who}/{when}"
        if name not in self._draws:
            self._draws[name] = self._setting.drawing(self._setting.seed, self._episode, self._turn, who, when)
        return self._draws[name]

    def _changed(self, who: str, variable: str, value: nodes.Expr, path: Iterable[nodes.Expr], scope: dict[str, Value],
                 place: str) -> Value:
        """The variable with a new value at the end of a path. Raises `EpisodeError` where the path leads nowhere."""
        keys = [self._setting.value(key, scope, place) for key in path]
        try:
            around = parts.reached(self.members[who][variable], keys)
        except LookupError as error:
            raise no_value(f"`{variable}` has {error.args[0]}", place) from None
        where = "".join(f"[{values.to_text(key)}]" for key in keys)
        part = self._kept(who, variable, where, self._setting.value(value, scope, place))
        return parts.rebuilt(around, keys, part)

    def _assign(self, who: str, name: str, value: Value, scope: dict[str, Value]) -> None:
        kept = self._kept(who, name, "", value)
        self.members[who] = {**self.members[who], name: kept}
        self.env[who] = scope[who] = {**self.env[who], name: kept}

    def _kept(self, who: str, name: str, where: str, value: Value) -> Value:
        """The value within its bounds, which is noted where it was beyond them."""
        kept = bounded(value, next(v for v in variables(self._setting.flow, who) if v.name == name))
        if kept is not value:
            self.notes.append(f"{who}.{name}{where} kept at {values.to_text(kept)}")
        return kept
