"""The table of a shield, made ready once for all dialogues of a run: a look is a few calls and one row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from pedalang import plan
from pedalang.expression import nodes, values
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent, Value


class Where(NamedTuple):
    """Where a dialogue stands before a turn: the states of its clauses' automata, and its place in the flow."""

    clauses: Sequence[int]
    phase: str
    step: int
    turns_here: int
    turn: int


_Look: TypeAlias = Callable[[Where, Env, Evaluator], Value]


class Masks:
    """A shield, and which of a run's clauses it speaks of."""

    def __init__(self, shield: plan.Shield, contracts: Iterable[plan.Contract]) -> None:
        """`contracts` are those of the run."""
        self.shield = shield
        self.clauses = {(contract.name, clause.name): clause for contract in contracts for clause in contract.clauses}
        """By contract and clause."""
        spoken = [(look.contract, look.clause) for look in shield.looks if isinstance(look, plan.ClauseState)]
        self._places = {name: at for at, name in enumerate(dict.fromkeys((*shield.keeps, *shield.words, *spoken)))}
        self._automata = [automaton for name in self._places if (automaton := self.clauses[name].automaton) is not None]
        self.start = (0,) * len(self._automata)
        """The states of the clauses that the shield speaks of, before the first turn."""
        self._looks = [_look(look, self._places) for look in shield.looks]
        self._rows: dict[tuple[Value, ...], tuple[str, ...]] = {
            tuple(values.from_json(msgspec.json.decode(key))): moves for key, moves in shield.masked.items()}

    def at(self, where: Where, env: Env, evaluate: Evaluator) -> tuple[str, ...]:
        """The moves that are not made there."""
        return self._rows.get(tuple([look(where, env, evaluate) for look in self._looks]), ()) if self._rows else ()

    def after(self, states: Sequence[int], env: Env, evaluate: Evaluator) -> tuple[int, ...]:
        """The states of the clauses after one more turn; `env` is the environment after it."""
        return tuple([_stepped(automaton, state, env, evaluate)
                      for automaton, state in zip(self._automata, states, strict=True)])

    def standing(self, states: Sequence[int], name: tuple[str, str]) -> plan.Standing:
        """What a clause is worth."""
        at = self._places[name]
        return self._automata[at].standings[states[at]]


def _stepped(automaton: plan.Automaton, state: int, env: Env, evaluate: Evaluator) -> int:
    target = automaton.enter[state]
    while target >= 0:
        fact, no, yes = automaton.decisions[target]
        try:
            holds = bool(evaluate(automaton.facts[fact], env))
        except (EvaluationError, Absent):
            holds = False
        target = yes if holds else no
    return ~target


def _look(look: plan.Look, places: Mapping[tuple[str, str], int]) -> _Look:
    match look:
        case plan.ClauseState(contract, clause):
            at = places[contract, clause]
            return lambda where, env, evaluate: where.clauses[at]
        case plan.Position(what):
            field = Where._fields.index(what)
            return lambda where, env, evaluate: where[field]
        case plan.Reading(of, most):
            return _reading(of, most)


def _reading(of: nodes.Expr, most: int | None) -> _Look:
    def read(where: Where, env: Env, evaluate: Evaluator) -> Value:
        try:
            value = evaluate(of, env)
        except (EvaluationError, Absent):
            return None
        return value if most is None or value is None or value < most else most

    return read
