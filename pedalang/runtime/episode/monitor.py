"""What the clauses of contracts are worth after each turn of a dialogue, and whether they were kept at its end. It only
looks; nothing is enforced.

Each clause comes with its automaton. A turn moves it on: the facts that its decisions ask for are looked at in the
environment after the turn, each at most once for all clauses; what has no value there does not hold. Turns are much
alike: facts about who spoke, by which move and in which phase follow from these labels. So it is remembered which other
facts a turn with some labels makes all clauses together ask for, and where the answers lead. What the words of clauses
mean stands in docs/language/contracts.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent

LETTERS: dict[plan.Standing, str] = {"kept": "K", "holding": "k", "pending": "p", "broken": "b"}
"""How a standing is written in a journal."""
ASKS = "?"
"""Stands there for a clause that asks a judge."""


_LABELS = frozenset({"speaker", "move", "act", "phase"})
"""Of a turn: what is one of a few."""
_MOST_REMEMBERED = 10_000
"""Beginnings of turns, by labels and states of the clauses; then all are forgotten."""


class Watched(Struct, frozen=True):
    """How far clauses have come: the state of each, the turn at which each was broken for good, from 0, and how many
    turns there were."""

    states: tuple[int, ...]
    lost: tuple[int | None, ...]
    turns: int = 0


@dataclass(frozen=True, slots=True)
class _Clause:
    contract: str
    clause: plan.Clause
    judged: bool
    enter: tuple[int, ...]
    decisions: tuple[tuple[int, int, int], ...]
    """Their facts are those of the monitor."""
    standings: tuple[plan.Standing, ...]


class _Fork(Struct):
    """A fact that is looked at, and what follows: another one, or the states that the clauses reach."""

    fact: int
    after: dict[bool, _Fork | tuple[int, ...]]


class Monitor:
    """The clauses of contracts, in their order. It keeps nothing of a dialogue: that is in `Watched`."""

    def __init__(self, contracts: Iterable[plan.Contract]) -> None:
        """Raises `plan.PlanError` for a clause without an automaton."""
        known: dict[bytes, int] = {}
        self.contracts = tuple(contracts)
        self._facts: list[nodes.Expr] = []
        self._clauses = [self._clause(contract.name, clause, known)
                         for contract in self.contracts for clause in contract.clauses]
        self._follows = [_of_labels(fact) for fact in self._facts]
        self._ways: dict[Hashable, _Fork | tuple[int, ...]] = {}
        self._moves = [(clause.enter, clause.decisions) for clause in self._clauses]
        self._letters = [[ASKS if clause.judged else LETTERS[standing] for standing in clause.standings]
                         for clause in self._clauses]
        self.start = Watched((0,) * len(self._clauses), (None,) * len(self._clauses))
        """Before the first turn."""

    def after(self, watched: Watched, env: Env, evaluate: Evaluator) -> Watched:
        """The same after one more turn; `env` is the environment after it, with `initial`."""
        turn = env["turn"]
        alike = watched.states, turn["speaker"], turn["move"], turn["act"], turn["phase"], env["phase"]
        known: dict[int, bool] = {}
        way = self._ways.get(alike)
        while isinstance(way, _Fork):
            holds = known[way.fact] = _holds(self._facts[way.fact], env, evaluate)
            way = way.after.get(holds)
        reached = way if way is not None else self._new_way(alike, watched.states, known, env, evaluate)
        return Watched(reached, watched.lost if reached == watched.states else self._lost(watched, reached),
                       watched.turns + 1)

    def standings(self, watched: Watched) -> tuple[plan.Standing, ...]:
        """What each clause is worth."""
        return tuple([clause.standings[state] for clause, state in zip(self._clauses, watched.states, strict=True)])

    def letters(self, watched: Watched) -> str:
        """The same as a journal has it, a letter a clause."""
        return "".join([letters[state] for letters, state in zip(self._letters, watched.states, strict=True)])

    def verdicts(self, watched: Watched) -> Iterator[tuple[plan.Contract, journal.Verdict]]:
        """Whether each clause was kept, in a dialogue that ends here, with its contract.

        `broken_at` is the first turn after which nothing that could still be said would have mended the clause, or the
        last turn where it was the end that broke it; None in a dialogue without turns.
        """
        places = iter(zip(self._clauses, watched.states, watched.lost, strict=True))
        for contract in self.contracts:
            for clause in contract.clauses:
                followed, state, lost = next(places)
                kept = followed.standings[state] in ("kept", "holding")
                last = watched.turns - 1 if watched.turns else None
                yield contract, journal.Verdict(contract.name, clause.name, clause.severity, kept,
                                                None if kept else last if lost is None else lost)

    def _new_way(self, alike: Hashable, states: tuple[int, ...], known: dict[int, bool], env: Env,
                 evaluate: Evaluator) -> tuple[int, ...]:
        """The states that the clauses reach, remembered with the facts that led there, of which some are known."""
        follows: dict[int, bool] = {}
        reached = []
        for (enter, decisions), state in zip(self._moves, states, strict=True):
            target = enter[state]
            while target >= 0:
                fact, no, yes = decisions[target]
                facts = follows if self._follows[fact] else known
                if fact not in facts:
                    facts[fact] = _holds(self._facts[fact], env, evaluate)
                target = yes if facts[fact] else no
            reached.append(~target)
        if len(self._ways) >= _MOST_REMEMBERED:
            self._ways.clear()
        ways: dict[Any, _Fork | tuple[int, ...]] = self._ways
        for fact, holds in known.items():
            fork = ways.setdefault(alike, _Fork(fact, {}))
            assert type(fork) is _Fork, "the same labels, states and facts ask for the same"
            ways, alike = fork.after, holds
        ways[alike] = tuple(reached)
        return tuple(reached)

    def _lost(self, watched: Watched, reached: tuple[int, ...]) -> tuple[int | None, ...]:
        """At which turn each clause was broken for good, after the turn that led to these states."""
        return tuple([watched.turns if at is None and clause.standings[state] == "broken" else at
                      for clause, state, at in zip(self._clauses, reached, watched.lost, strict=True)])

    def _clause(self, contract: str, clause: plan.Clause, known: dict[bytes, int]) -> _Clause:
        automaton = clause.automaton
        if automaton is None:
            raise plan.PlanError(f"the clause `{clause.name}` of {contract} has no automaton")
        numbers = []
        for fact in automaton.facts:
            number = known.setdefault(msgspec.json.encode(fact, order="deterministic"), len(self._facts))
            if number == len(self._facts):
                self._facts.append(fact)
            numbers.append(number)
        return _Clause(contract, clause, any(True for _ in plan.judged(clause.formula)), automaton.enter,
                       tuple((numbers[fact], no, yes) for fact, no, yes in automaton.decisions), automaton.standings)


def verdicts(contract: plan.Contract, trace: Sequence[Env], evaluator: Evaluator) -> tuple[journal.Verdict, ...]:
    """A verdict a clause of a finished dialogue. `trace` is the environment after each turn
    (`expression.environment.along`). Raises `plan.PlanError` for a clause without an automaton."""
    monitor = Monitor((contract,))
    watched = monitor.start
    for env in trace:
        watched = monitor.after(watched, env, evaluator)
    return tuple(verdict for _, verdict in monitor.verdicts(watched))


def _of_labels(fact: nodes.Expr) -> bool:
    """Whether a fact follows from the labels of the turn."""
    match fact:
        case nodes.Attr(nodes.Name("turn"), field):
            return field in _LABELS
        case nodes.Name(name):
            return name == "phase"
        case nodes.Judged() | nodes.Extern() | nodes.Initial() | nodes.Each() | nodes.Let():
            return False
    return all(map(_of_labels, nodes.children(fact)))


def _holds(fact: nodes.Expr, env: Env, evaluate: Evaluator) -> bool:
    try:
        return bool(evaluate(fact, env))
    except (EvaluationError, Absent):
        return False
