"""What a clause is worth against a small flow, by playing all its dialogues: the runtime takes every turn in every way.

It cannot try all words or all data, and flows have to be small; but it knows nothing of how contracts are analysed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from unittest import mock

import msgspec

from pedalang import plan
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent
from pedalang.runtime.engines.engine import Reply
from pedalang.runtime.engines.random import RandomEngine
from pedalang.runtime.episode import flow, seeds, speaker
from pedalang.runtime.episode.state import Level, Setting, State, begin, setting

WORDS = ("Go on.", "Please stop, half of it will do.")
"""What a role that speaks freely may say."""


class Worth(NamedTuple):
    """`breach` is how many turns the shortest dialogue has after which the clause is lost, None where it never is.
    `kept` is whether some dialogue keeps it, `won` whether the teachers can."""

    breach: int | None
    kept: bool
    won: bool

    @property
    def assurance(self) -> plan.Assurance:
        return "proved" if self.breach is None else "shieldable" if self.won else "monitored"


class _Taken(NamedTuple):
    """One way in which a turn can go: which move the teacher chose, and what stands after it."""

    choice: int
    state: State


class _Script(seeds.Draws):
    """Answers in an order that comes to all combinations: each asks for one of so many things."""

    def __init__(self) -> None:
        super().__init__(0)
        self._answers: list[tuple[int, int]] = []
        self._at = 0

    def below(self, count: int) -> int:
        if self._at == len(self._answers):
            self._answers.append((0, count))
        self._at += 1
        return self._answers[self._at - 1][0]

    def unit(self) -> float:
        return (0.0, 1.0 - 2 ** -53)[self.below(2)]

    def on(self) -> bool:
        """Begins anew with other answers; False if there were all."""
        self._at = 0
        while self._answers:
            answer, count = self._answers.pop()
            if answer + 1 < count:
                self._answers.append((answer + 1, count))
                return True
        return False


def worth(of: plan.Plan, clause: plan.Clause, shield: Level = "off") -> Worth:
    """What a clause is worth in the flow `lesson` of a plan, which is about no data, under the shield of what the flow
    obeys. Raises `EpisodeError` where a dialogue cannot go on."""
    played = _Played(of, clause, shield)
    return played.worth(begin(played.setting, 0, {}), 0)


class _Played:
    """All dialogues of a flow against a clause; what stands behind a turn is looked at once."""

    def __init__(self, of: plan.Plan, clause: plan.Clause, shield: Level) -> None:
        lesson = of.flows["lesson"]
        self.setting: Setting = setting(of, "lesson", dict.fromkeys(lesson.cast, RandomEngine()), 0,
                                        shield=shield)
        assert clause.automaton is not None
        self._automaton = clause.automaton
        self._evaluate = Evaluator()
        self._known: dict[object, Worth] = {}

    def worth(self, state: State, at: int) -> Worth:
        state, step = flow.advance(self.setting, state)
        key = (*_key(state), at)
        if key not in self._known:
            self._known[key] = self._end(state, at) if isinstance(step, str) else self._turn(state, step, at)
        return self._known[key]

    def _end(self, state: State, at: int) -> Worth:
        kept = self._automaton.standings[at] in ("kept", "holding")
        return Worth(None if kept else state.turn, kept, kept)

    def _turn(self, state: State, step: plan.Turn, at: int) -> Worth:
        ways: dict[int, dict[object, Worth]] = {}
        for choice, after in _taken(self.setting, state, step):
            group = ways.setdefault(choice, {})
            if _key(after) not in group:
                group[_key(after)] = self._next(after, at)
        found = [each for group in ways.values() for each in group.values()]
        return Worth(min((each.breach for each in found if each.breach is not None), default=None),
                     any(each.kept for each in found),
                     any(all(each.won for each in group.values()) for group in ways.values()))

    def _next(self, after: State, at: int) -> Worth:
        at = self._stepped(at, after.env)
        if self._automaton.standings[at] == "broken":
            return Worth(after.turn, False, False)
        return self.worth(after, at)

    def _stepped(self, at: int, env: Env) -> int:
        """The automaton's state after a turn."""
        target = self._automaton.enter[at]
        while target >= 0:
            fact, without, having = self._automaton.decisions[target]
            target = having if self._holds(fact, env) else without
        return ~target

    def _holds(self, fact: int, env: Env) -> bool:
        try:
            return bool(self._evaluate(self._automaton.facts[fact], env))
        except (EvaluationError, Absent):
            return False


def _taken(here: Setting, state: State, step: plan.Turn) -> Iterator[_Taken]:
    """All ways in which a turn can go: every move, every draw, every choice of words."""
    script = _Script()
    with mock.patch.object(seeds, "Draws", lambda seed: script):
        going = True
        while going:
            yield _once(speaker.simulated(here, state, step), script)
            going = script.on()


def _once(turn: speaker.Asking, script: _Script) -> _Taken:
    choice = 0
    try:
        asked = next(turn)
        while True:
            options = asked.request.choices or WORDS
            picked = script.below(len(options))
            choice = picked if asked.step == "move" else choice
            asked = turn.send(Reply(options[picked], picked if asked.request.choices else None))
    except StopIteration as done:
        return _Taken(choice, done.value[0])


def _key(state: State) -> tuple[object, ...]:
    """What of a state can make a difference to what comes."""
    turns = state.env["history"]
    moves = tuple(sorted(turn["move"] for turn in turns))
    latest = tuple(turns[-1][name] for name in ("speaker", "move", "act", "text")) if turns else ()
    return (state.phase, state.step, state.turns_here, state.turn, msgspec.json.encode(state.written), moves, latest,
            frozenset(turn["text"] for turn in turns), state.watched)
