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
    """Where a dialogue stands before a turn: the states of its clauses' automata, and its place in the flow
    (`contract.Position`)."""

    clauses: Sequence[int]
    phase: str
    step: int
    turns_here: int
    turn: int


_Look: TypeAlias = Callable[[Where, Env, Evaluator], Value]


class Masks:
    """A shield, and which of a run's clauses it speaks of."""

    def __init__(self, shield: plan.Shield, contracts: Iterable[plan.Contract]) -> None:
        """`contracts` are those of the run, in the order in which their monitor has them."""
        self.shield = shield
        named = [(contract.name, clause) for contract in contracts for clause in contract.clauses]
        self.clauses = {(contract, clause.name): clause for contract, clause in named}
        """By contract and clause."""
        self.places = {name: at for at, name in enumerate(self.clauses)}
        """Where the state of a clause stands."""
        self._looks = [_look(look, self.places) for look in shield.looks]
        self._rows: dict[tuple[Value, ...], tuple[str, ...]] = {
            tuple(values.from_json(msgspec.json.decode(key))): moves for key, moves in shield.masked.items()}

    def at(self, where: Where, env: Env, evaluate: Evaluator) -> tuple[str, ...]:
        """The moves that are not made there."""
        return self._rows.get(tuple([look(where, env, evaluate) for look in self._looks]), ()) if self._rows else ()


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
