"""What turns do to the cast's state: the statements of handlers, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Container, Iterable

from pedalang import plan
from pedalang.expression import values
from pedalang.expression.evaluate import Env
from pedalang.expression.values import Value
from pedalang.runtime.episode import seeds
from pedalang.runtime.episode.state import Setting, State, bounded, drawn_or_computed


class Changes:
    """What has changed within one turn: copies of a state's environment and members, hints and notes. The state that
    they come from stays as it is."""

    def __init__(self, setting: Setting, state: State) -> None:
        self._setting = setting
        self._episode = state.episode
        self._turn = state.turn
        self.env: dict[str, Value] = dict(state.env)
        self.members = dict(state.members)
        self.hints = dict(state.hints)
        self.notes: list[str] = []
        self._draws: dict[str, seeds.Draws] = {}

    def before(self, who: str) -> Env:
        """Runs a member's handlers of its own turn. Returns the environment with what they drew."""
        return self._run(who, who, ("turn",), "before")

    def after(self, speaker: str, events: Container[str]) -> None:
        """Runs what the others' handlers do on what the speaker did, in the order of the cast."""
        for who in self._setting.flow.cast:
            if who != speaker:
                self._run(who, speaker, events, "after")

    def said(self, who: str) -> None:
        """Runs a member's handlers on words of its own that no rule computed."""
        self._run(who, who, ("said",), "said")

    def _run(self, who: str, actor: str, events: Container[str], when: str) -> Env:
        scope = self.env
        for handler in self._setting.flow.cast[who].handlers:
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
                case plan.Assign(variable, value, place):
                    self._assign(who, variable, setting.value(value, scope, place), scope)
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
            self._draws[name] = seeds.Draws(seeds.derived(self._setting.seed, self._episode, self._turn, who, when))
        return self._draws[name]

    def _assign(self, who: str, name: str, value: Value, scope: dict[str, Value]) -> None:
        variable = next(v for v in self._setting.flow.cast[who].state if v.name == name)
        kept = bounded(value, variable)
        if kept is not value:
            self.notes.append(f"{who}.{name} kept at {values.to_text(kept)}")
        self.members[who] = {**self.members[who], name: kept}
        self.env[who] = scope[who] = {**self.env[who], name: kept}
