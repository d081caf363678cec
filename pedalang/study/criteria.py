"""What one criterion is worth in one dialogue: a value in 0..1, measures under their own names, or why there is none.

Missing is missing: what could not be computed is never a 0. Judges are asked in `judging`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.nodes import Expr
from pedalang.expression.values import Absent, Value
from pedalang.study.dialogue import Dialogue
from pedalang.study.rubrics import Measure as Compute


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a criterion has no value in a dialogue."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


Found: TypeAlias = dict[str, float | None] | Missing
"""A criterion's values by name: its own, or those of a measure."""


def by_score(expr: Expr, env: Env, evaluator: Evaluator) -> float | Missing:
    """The expression after the last turn; a truth value counts 1 or 0. Refused outside 0..1."""
    value = evaluated(expr, env, evaluator)
    if isinstance(value, Missing):
        return value
    number = isinstance(value, bool) or values.is_number(value)
    if not number or not -values.EQUAL_WITHIN <= value <= 1 + values.EQUAL_WITHIN:
        return Missing("PED1230", f"the score is {_shown(value)}, not a number from 0 to 1")
    return min(max(float(value), 0.0), 1.0)


def by_contract(verdicts: Sequence[journal.Verdict]) -> float:
    """The share of clauses kept, hard and soft alike; 1 for a contract without clauses."""
    return sum(verdict.kept for verdict in verdicts) / len(verdicts) if verdicts else 1.0


def by_measure(measure: plan.Measure, compute: Compute, dialogue: Dialogue, env: Env, evaluator: Evaluator) -> Found:
    """What the measure's file computes, with its arguments taken after the last turn."""
    arguments: dict[str, Value] = {}
    for name, expr in measure.arguments.items():
        value = evaluated(expr, env, evaluator)
        if isinstance(value, Missing):
            return value
        arguments[name] = value
    try:
        found = compute(dialogue, arguments)
    except (ValueError, TypeError) as error:
        return Missing("PED1235", f"measure `{measure.name}` cannot use its arguments: {error}")
    return {name: value if value is None or math.isfinite(value) else None for name, value in found.items()}


def evaluated(expr: Expr, env: Env, evaluator: Evaluator) -> Value | Missing:
    """The value of an expression, or why it has none."""
    try:
        return evaluator(expr, env)
    except EvaluationError as error:
        return Missing("PED1231", f"no value: {error}")
    except Absent:
        return Missing("PED1231", "no value: a text shows what is none")


def keyed(criterion: plan.Criterion, value: float) -> float:
    """The value of an item as it counts: one that is reverse-keyed counts 1 less its value."""
    return 1.0 - value if criterion.reverse else value


def gate_closed(criterion: plan.Criterion, value: float | None, verdicts: Sequence[journal.Verdict]) -> bool:
    """Whether a gate caps the total: a hard clause of its contract is broken in the dialogue, or, where it is not by
    contract on the whole, its value is 0."""
    if not criterion.gate:
        return False
    if criterion.contract and criterion.units is None:
        return any(verdict.severity == "hard" and not verdict.kept for verdict in verdicts)
    return value == 0


def total(criteria: Sequence[plan.Criterion], found: Mapping[str, float | None],
          contracts: Mapping[str, Sequence[journal.Verdict]]) -> float | None:
    """The weighted mean of the criteria, no more than the cap of any closed gate. A criterion whose weight is below 0
    takes away from the sum of the others, down to 0.

    None where a criterion that counts or gates is missing, or where none has weight. A measure never counts.
    """
    counted = [criterion for criterion in criteria if criterion.measure is None]
    if any(found.get(c.name) is None for c in counted if c.weight or c.gate):
        return None
    weight = math.fsum(c.weight for c in counted if c.weight > 0)
    if not weight:
        return None
    mean = math.fsum(c.weight * (found[c.name] or 0.0) for c in counted if c.weight) / weight
    caps = [c.cap or 0.0 for c in counted if gate_closed(c, found[c.name], contracts.get(c.contract, ()))]
    return max(min([mean, *caps]), 0.0)


def _shown(value: Value) -> str:
    text = values.to_text(value) if values.is_number(value) else repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
