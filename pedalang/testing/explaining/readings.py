"""Formulas that a formula is mistaken for: by who knows temporal logic, and by who reads it as English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pedalang import plan

_KEEPS = ("during",)
"""Whose first part is no formula that could be read otherwise."""


class Other(NamedTuple):
    """A formula that another is mistaken for, and what one then takes it to say."""

    formula: plan.Formula
    taken: str


def others(formula: plan.Formula) -> Iterator[Other]:
    """The other readings of a formula: of itself, then of its parts. None twice."""
    seen: list[plan.Formula] = [formula]
    for other in _others(formula):
        if other.formula not in seen:
            seen.append(other.formula)
            yield other


def _others(formula: plan.Formula) -> Iterator[Other]:
    if isinstance(formula, plan.Atom):
        return
    for other, taken in _of_itself(formula):
        yield Other(other, taken)
    for at, part in enumerate(formula.of):
        if formula.op in _KEEPS and at == 0:
            continue
        for inner, taken in _others(part):
            yield Other(plan.Op(formula.op, (*formula.of[:at], inner, *formula.of[at + 1:]), formula.number,
                                formula.consecutive), taken)


def _of_itself(formula: plan.Op) -> Iterator[tuple[plan.Formula, str]]:
    match formula:
        case plan.Op(op="until", of=(left, right)):
            yield plan.Op("until_finally", formula.of), "what is waited for had to come"
            yield plan.Op("until", (left, plan.Op("and", (left, right)))), \
                "nothing changed before the turn after the one that is waited for"
            if isinstance(left, plan.Op) and left.op == "not":
                yield plan.Op("never", (plan.Op("until", (left.of[0], right)),)), "the whole were forbidden"
        case plan.Op(op="until_finally"):
            yield plan.Op("until", formula.of), "what is waited for need not come"
        case plan.Op(op="never", of=(plan.Op(op="before", of=(left, right), number=number),)):
            yield plan.Op("and", (formula, plan.Op("at_least", (right,), number or 1))), \
                "what is waited for had to come"
            yield plan.Op("never", (plan.Op("before", (left, right), (number or 1) + 1),)), "it took one more"
        case plan.Op(op="always", of=(inner,)):
            yield plan.Op("first", (inner,)), "it were about the first turn, as it is without `always`"
        case plan.Op(op="never", of=(inner,)):
            yield plan.Op("first", (plan.Op("not", (inner,)),)), "it were about the first turn, as `not` alone is"
        case plan.Op(op="whenever", of=(trigger, response)):
            yield plan.Op("implies", (plan.Op("first", (trigger,)), response)), "it were about the first turn"
            if isinstance(response, plan.Atom):
                yield plan.Op("whenever", (trigger, plan.Op("next", (response,)))), "the turn itself did not count"
        case plan.Op(op="eventually", of=(inner,)):
            yield plan.Op("last", (inner,)), "it had to be so in the end"
        case plan.Op(op="next", of=(inner,)):
            yield plan.Op("not", (plan.Op("next", (plan.Op("not", (inner,)),)),)), "there need not be a next turn"
        case plan.Op(op="within", of=(inner,), number=number):
            yield plan.Op("within", (inner,), 2 * (number or 1)), "each speaker's turns were counted apart"
        case plan.Op(op="at_most" | "at_least" | "exactly" as op, of=of, number=number, consecutive=consecutive):
            yield plan.Op(op, of, number, not consecutive), \
                "all turns were counted, not a row" if consecutive else "a row were counted, not all turns"
        case plan.Op(op="during", of=(_, inner)):
            yield inner, "it held in every phase"
