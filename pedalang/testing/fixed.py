"""Fixed traces: whether contracts accept or reject them as a test expects, and whether its formulas hold.

A trace is what was done and said. No handler runs and nothing is drawn: a member's variable has its first value, where
that can be computed without a draw, until a turn of the trace gives it another. What has no value does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from pedalang import journal, plan
from pedalang.expression import environment, nodes
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent, Value
from pedalang.runtime.episode import monitor
from pedalang.runtime.episode.state import variables


class Failure(Struct, frozen=True):
    """An expectation that was not met: what was expected and where, and what came instead."""

    expected: str
    message: str
    place: str


class Outcome(Struct, frozen=True):
    """What came of a test."""

    name: str
    place: str
    failures: tuple[Failure, ...]

    @property
    def ok(self) -> bool:
        return not self.failures


def run(of: plan.Plan, test: plan.Test) -> Outcome:
    """Looks at every expectation of a test."""
    evaluator = Evaluator()
    flow = of.flows[test.flow]
    traces = {name: _trace(flow, test, turns, evaluator) for name, turns in test.traces.items()}
    failures = [Failure(each.text, message, each.place) for each in test.expects
                if (message := _missed(of, each, traces, evaluator))]
    return Outcome(test.name, test.place, tuple(failures))


def _missed(of: plan.Plan, expected: plan.Expectation, traces: dict[str, list[Env]], evaluator: Evaluator) -> str:
    """Why an expectation is not met; empty where it is."""
    if not expected.trace:
        for name, trace in traces.items():
            for verdict in monitor.verdicts(plan.Contract("", "", _clauses(of, expected)), trace, evaluator):
                if not verdict.kept:
                    return f"it does not hold of `{name}`{_where(verdict)}"
        return ""
    contract = of.contracts[expected.contract]
    asking = {clause.name for clause in contract.clauses for _ in plan.judged(clause.formula)}
    verdicts = monitor.verdicts(contract, traces[expected.trace], evaluator)
    broken = [verdict for verdict in verdicts if not verdict.kept and verdict.clause not in asking]
    if expected.accepts and asking and not broken:
        return f"the clause `{min(asking)}` asks a judge, and a test asks nobody"
    if expected.accepts:
        return "; ".join(f"the clause `{verdict.clause}` is broken{_where(verdict)}" for verdict in broken)
    return "" if broken else "every clause is kept" + (" that asks no judge" if asking else "")


def _clauses(of: plan.Plan, expected: plan.Expectation) -> tuple[plan.Clause, ...]:
    """What is expected of every trace: a formula, or clauses of a contract."""
    if expected.formula is not None:
        return (plan.Clause("it", "hard", expected.formula, expected.text, automaton=expected.automaton),)
    return tuple(each for each in of.contracts[expected.contract].clauses if each.name in expected.clauses)


def _where(verdict: journal.Verdict) -> str:
    return f" at turn {verdict.broken_at}" if verdict.broken_at is not None else ""


def _trace(flow: plan.Flow, test: plan.Test, turns: Sequence[plan.Heard], evaluator: Evaluator) -> list[Env]:
    """The environment after each turn."""
    params = {name: value for name, expr in test.given.items() if (value := _value(expr, {}, evaluator)) is not None}
    initial = _initial(flow, params, evaluator)
    state, phase = {who: dict(own) for who, own in initial.items()}, flow.start
    records, states = [], []
    for number, turn in enumerate(turns):
        phase = turn.phase or phase
        is_move = turn.does in flow.cast[turn.speaker].moves
        records.append(environment.turn_record(turn.speaker, turn.text, move=turn.does if is_move else "",
                                               act="" if is_move else turn.does, phase=phase, number=number))
        env = environment.environment(params, state, records)
        for who, own in ((turn.speaker, turn.state), *turn.others.items()):
            state = {**state, who: {**state[who], **{name: _value(expr, env, evaluator) for name, expr in own.items()}}}
        states.append(state)
    return [*environment.along(params, initial, records, states)]


def _initial(flow: plan.Flow, params: dict[str, Value], evaluator: Evaluator) -> dict[str, dict[str, Value]]:
    """The first value of each variable that has one without a draw."""
    state: dict[str, dict[str, Value]] = {who: {} for who in (*flow.cast, *((plan.FLOW,) if flow.state else ()))}
    for who in state:
        for variable in variables(flow, who):
            if isinstance(variable.initial, nodes.Distribution):
                continue
            env = environment.environment(params, state, (), phase=flow.start)
            try:
                state[who][variable.name] = evaluator(variable.initial, env)
            except (EvaluationError, Absent):
                continue
    return state


def _value(expr: nodes.Expr, env: Env, evaluator: Evaluator) -> Value:
    """The value of what a test gives, or None where it has none."""
    try:
        return evaluator(expr, env)
    except (EvaluationError, Absent):
        return None
