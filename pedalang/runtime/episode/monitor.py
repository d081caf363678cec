"""Whether a finished dialogue kept its contract, and if not, where that was lost. It only looks; nothing is enforced.

Formulas are linear temporal logic on finite traces: a position is a turn, from 0 to n-1, and an atom holds at a turn if
its expression does in the environment after that turn (one that has no value there does not hold). A clause holds in
a dialogue if its formula holds at turn 0. At a turn:

    not F · F and G · F or G · F implies G    as usual
    always F            F at this turn and at every later one
    never F             always not F
    eventually F        F at this turn or a later one
    next F              there is a next turn, and F holds at it (so false at the last turn)
    first F             F at turn 0, whatever this turn is
    last F              F at turn n-1, whatever this turn is
    whenever P then Q   always (P implies Q)
    during PHASE F      on each longest run of turns in the phase, from this turn on, F at the run's first turn (at this
                        one in the run it is in), judged as if the run were the whole dialogue; true where no run is
    F until G           weak: F at every turn from this one on until a turn with G; G need not come, nor F hold with it
    F until finally G   the same, and G comes
    F since G           G at this turn or an earlier one, and F at every turn after that up to this one
    A before N B        A here, and fewer than N (1 if not given) turns before this one have B; so `never A before 2 B`
                        says: no A until B has been twice
    F within N turns    F at this turn or one of the N-1 after it, both speakers' turns counted; a plan says
                        `eventually (F within N turns)` as `within` alone: within the first N turns
    at most, at least,  how many turns from this one on have F
    exactly N F
    … N consecutive F   the longest row of F in any one speaker's turns: another's turn in between does not break it

A dialogue without turns has nothing to break: what speaks of every turn (always, never, whenever, during, until, at
most) holds; what needs a turn (an atom, eventually, next, first, last, until finally, since, before, within) does not.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pedalang import journal, plan
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent

Truth: TypeAlias = bool | None
"""Kleene's three values: None where it depends on turns that have not come."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The turns from `start` up to but not including `stop`, looked at alone. `ended`: no turn comes after them."""

    facts: Mapping[int, Sequence[bool]]
    """Atom, by identity, to its truth at each turn of the dialogue."""
    speakers: Sequence[str]
    start: int
    stop: int
    ended: bool

    @property
    def turns(self) -> int:
        return self.stop - self.start

    @property
    def some(self) -> Truth:
        """What a demand for a turn is worth after the last one."""
        return False if self.ended else None

    @property
    def every(self) -> Truth:
        """What a demand on all turns is worth after the last one."""
        return True if self.ended else None


def verdicts(contract: plan.Contract, trace: Sequence[Env], evaluator: Evaluator) -> tuple[journal.Verdict, ...]:
    """A verdict a clause. `trace` is the environment after each turn (`expression.environment.along`).

    `broken_at` is the first turn after which nothing that could still be said would have mended the clause, or the
    last turn where it was the end that broke it; None in a dialogue without turns. Raises `plan.PlanError` for a
    formula with an unknown operator.
    """
    return tuple(_verdict(contract.name, clause, trace, evaluator) for clause in contract.clauses)


def holds(formula: plan.Formula, trace: Sequence[Env], evaluator: Evaluator) -> bool:
    """Whether the formula holds at the first turn of a finished dialogue."""
    return _truths(formula, _whole(formula, trace, evaluator))[0] is True


def _verdict(contract: str, clause: plan.Clause, trace: Sequence[Env], evaluator: Evaluator) -> journal.Verdict:
    whole = _whole(clause.formula, trace, evaluator)
    kept = _truths(clause.formula, whole)[0] is True
    broken_at = None if kept else _lost_at(clause.formula, whole)
    return journal.Verdict(contract, clause.name, clause.severity, kept, broken_at)


def _lost_at(formula: plan.Formula, whole: _Span) -> int | None:
    for stop in range(1, whole.stop):
        if _truths(formula, replace(whole, stop=stop, ended=False))[0] is False:
            return stop - 1
    return whole.stop - 1 if whole.stop else None


def _whole(formula: plan.Formula, trace: Sequence[Env], evaluator: Evaluator) -> _Span:
    facts = {id(atom): [_fact(atom, env, evaluator) for env in trace] for atom in _atoms(formula)}
    return _Span(facts, [env["turn"]["speaker"] for env in trace], 0, len(trace), True)


def _fact(atom: plan.Atom, env: Env, evaluator: Evaluator) -> bool:
    try:
        return bool(evaluator(atom.holds, env))
    except (EvaluationError, Absent):
        return False


def _atoms(formula: plan.Formula) -> Iterator[plan.Atom]:
    """The atoms of a formula. Raises `PlanError` for what is no formula of this version."""
    if isinstance(formula, plan.Atom):
        yield formula
        return
    known = _OPERATORS.get(formula.op)
    if known is None:
        raise plan.PlanError(f"unknown operator {formula.op!r} in a formula")
    _, parts, numbered = known
    if parts not in (len(formula.of), None) or (numbered and formula.number is None):
        raise plan.PlanError(f"operator {formula.op!r} lacks a part or a number")
    if formula.op == "during" and not isinstance(formula.of[0], plan.Atom):
        raise plan.PlanError("operator 'during' needs a plain test of the phase")
    for part in formula.of:
        yield from _atoms(part)


# ---------------------------------------------------------------- truth at every turn, from the atoms up


def _truths(formula: plan.Formula, span: _Span) -> list[Truth]:
    """The formula's truth at each turn of the span, and after its last turn."""
    if isinstance(formula, plan.Atom):
        return [*span.facts[id(formula)][span.start : span.stop], span.some]
    if formula.op == "during":
        return _during(span, *formula.of)
    parts = [_truths(part, span) for part in formula.of]
    return _OPERATORS[formula.op][0](span, formula, *parts)


def _not(value: Truth) -> Truth:
    return None if value is None else not value


def _and(left: Truth, right: Truth) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: Truth, right: Truth) -> Truth:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def _negation(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    return [_not(value) for value in f]


def _conjunction(span: _Span, op: plan.Op, *parts: list[Truth]) -> list[Truth]:
    return [functools.reduce(_and, values) for values in zip(*parts, strict=True)]


def _disjunction(span: _Span, op: plan.Op, *parts: list[Truth]) -> list[Truth]:
    return [functools.reduce(_or, values) for values in zip(*parts, strict=True)]


def _implication(span: _Span, op: plan.Op, p: list[Truth], q: list[Truth]) -> list[Truth]:
    return [_or(_not(left), right) for left, right in zip(p, q, strict=True)]


def _always(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    found = [span.every]
    for value in reversed(f[:-1]):
        found.append(_and(value, found[-1]))
    return found[::-1]


def _never(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    return _always(span, op, _negation(span, op, f))


def _eventually(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    found = [span.some]
    for value in reversed(f[:-1]):
        found.append(_or(value, found[-1]))
    return found[::-1]


def _next(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    return [*f[1:-1], span.some, span.some] if span.turns else [span.some]


def _first(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    return [f[0] if span.turns else span.some] * len(f)


def _last(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    return [f[-2] if span.turns and span.ended else span.some] * len(f)


def _whenever(span: _Span, op: plan.Op, p: list[Truth], q: list[Truth]) -> list[Truth]:
    return _always(span, op, _implication(span, op, p, q))


def _until(span: _Span, op: plan.Op, f: list[Truth], g: list[Truth]) -> list[Truth]:
    return _unwind(f, g, span.every)


def _until_finally(span: _Span, op: plan.Op, f: list[Truth], g: list[Truth]) -> list[Truth]:
    return _unwind(f, g, span.some)


def _unwind(f: list[Truth], g: list[Truth], after: Truth) -> list[Truth]:
    """G now, or F now and the same from the next turn on; `after` is its worth after the last turn."""
    found = [after]
    for left, right in zip(reversed(f[:-1]), reversed(g[:-1]), strict=True):
        found.append(_or(right, _and(left, found[-1])))
    return found[::-1]


def _since(span: _Span, op: plan.Op, f: list[Truth], g: list[Truth]) -> list[Truth]:
    found: list[Truth] = []
    so_far: Truth = False
    for left, right in zip(f[:-1], g[:-1], strict=True):
        so_far = _or(right, _and(left, so_far))
        found.append(so_far)
    return [*found, span.some]


def _before(span: _Span, op: plan.Op, a: list[Truth], b: list[Truth]) -> list[Truth]:
    enough = 1 if op.number is None else op.number
    found: list[Truth] = []
    surely = perhaps = 0
    for here, counted in zip(a[:-1], b[:-1], strict=True):
        found.append(_and(here, _compare("at_most", surely, perhaps, enough - 1)))
        surely += counted is True
        perhaps += counted is not False
    return [*found, span.some]


def _within(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    width = op.number or 0
    return [
        functools.reduce(_or, f[at : min(at + width, span.turns)], span.some if at + width > span.turns else False)
        for at in range(span.turns + 1)
    ]


def _during(span: _Span, phase: plan.Formula, formula: plan.Formula) -> list[Truth]:
    inside = span.facts[id(phase)]
    found = [span.every] * (span.turns + 1)
    later, stop = span.every, span.stop
    while stop > span.start:
        start = stop - 1
        if not inside[start]:
            found[start - span.start] = later
        else:
            while start > span.start and inside[start - 1]:
                start -= 1
            run = replace(span, start=start, stop=stop, ended=span.ended or stop < span.stop)
            for at, value in enumerate(_truths(formula, run)[:-1], start - span.start):
                found[at] = _and(value, later)
            later = found[start - span.start]
        stop = start
    return found


def _count(span: _Span, op: plan.Op, f: list[Truth]) -> list[Truth]:
    counts = _rows(span, f) if op.consecutive else _sums(f)
    bound = op.number or 0
    return [_compare(op.op, low, high if span.ended else math.inf, bound) for low, high in counts]


def _sums(f: list[Truth]) -> list[tuple[int, int]]:
    """From each turn on: how many turns surely hold, and how many perhaps."""
    found = [(0, 0)]
    for value in reversed(f[:-1]):
        low, high = found[-1]
        found.append((low + (value is True), high + (value is not False)))
    return found[::-1]


def _rows(span: _Span, f: list[Truth]) -> list[tuple[int, int]]:
    """From each turn on: the longest row in one speaker's turns, surely and perhaps."""
    surely = _longest(span, [value is True for value in f[:-1]])
    perhaps = _longest(span, [value is not False for value in f[:-1]])
    return list(zip(surely, perhaps, strict=True))


def _longest(span: _Span, values: list[bool]) -> list[int]:
    row: dict[str, int] = {}
    found = [0]
    for speaker, value in zip(reversed(span.speakers[span.start : span.stop]), reversed(values), strict=True):
        row[speaker] = row.get(speaker, 0) + 1 if value else 0
        found.append(max(found[-1], row[speaker]))
    return found[::-1]


def _compare(kind: str, low: float, high: float, bound: int) -> Truth:
    """Whether a number somewhere from `low` to `high` is at most, at least or exactly `bound`."""
    if kind == "exactly":
        return _and(_compare("at_most", low, high, bound), _compare("at_least", low, high, bound))
    if kind == "at_most":
        return True if high <= bound else False if low > bound else None
    return True if low >= bound else False if high < bound else None


_Operator: TypeAlias = Callable[..., list[Truth]]
_OPERATORS: dict[str, tuple[_Operator, int | None, bool]] = {
    "not": (_negation, 1, False), "and": (_conjunction, None, False), "or": (_disjunction, None, False),
    "implies": (_implication, 2, False), "always": (_always, 1, False), "never": (_never, 1, False),
    "eventually": (_eventually, 1, False), "next": (_next, 1, False), "first": (_first, 1, False),
    "last": (_last, 1, False), "whenever": (_whenever, 2, False), "during": (_during, 2, False),
    "until": (_until, 2, False), "until_finally": (_until_finally, 2, False), "since": (_since, 2, False),
    "before": (_before, 2, False), "within": (_within, 1, True), "at_most": (_count, 1, True),
    "at_least": (_count, 1, True), "exactly": (_count, 1, True),
}
"""Name to function, how many parts it has (None: one or more), and whether it needs a number."""
