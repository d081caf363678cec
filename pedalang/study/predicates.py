"""Predicates by judge: which of them a run's contracts and rubric read, as questions about single turns.

A predicate is asked as a criterion on turns is: it stands among the judges under the name `predicate.KEY`, at each turn
at which its `when` holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pedalang import journal, plan
from pedalang.expression import nodes

PREFIX = "predicate."

Lost = Mapping[str, str]
"""Predicate, by its key, to why it has no answer at some turn."""


def contracts(program: plan.Plan, header: journal.Header) -> list[plan.Contract]:
    """The contracts of a run that ask a judge: they are not in the journal's endings."""
    flow = program.flows[header.flow]
    named = plan.work(program, header.run)
    names = dict.fromkeys((*flow.obeys, *(named.check if named is not None else ())))
    return [program.contracts[name] for name in names if program.contracts[name].judged]


def asked(program: plan.Plan, header: journal.Header, rubric: plan.Rubric) -> tuple[plan.Criterion, ...]:
    """The predicates that contracts and criteria read, each once, as criteria on turns without weight."""
    used = [program.contracts[each.contract] for each in rubric.criteria if each.contract]
    found: dict[str, nodes.Judged] = {}
    for contract in (*contracts(program, header), *used):
        for clause in contract.clauses:
            found |= {each.key: each for each in plan.judged(clause.formula)}
    for each in rubric.criteria:
        for expr in filter(None, (each.score, each.units.when if each.units is not None else None)):
            found |= {one.key: one for one in plan.judged(expr)}
    return tuple(_criterion(each) for each in found.values())


def _criterion(of: nodes.Judged) -> plan.Criterion:
    levels = tuple(plan.ScaleLevel(float(at), answer, "") for at, answer in enumerate(of.answers))
    judge = plan.Judge(of.ask, levels, "nominal", of.model, of.answers[:1])
    return plan.Criterion(PREFIX + of.key, 0.0, judge=judge, units=plan.Units("turn", "mean", of.when))


def lost(of: Iterable[nodes.Judged], why: Lost) -> str:
    """Why one of these predicates is not known at every turn; empty where all are."""
    return next((why[each.key] for each in of if each.key in why), "")
