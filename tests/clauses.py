"""Clauses as the compiler makes them, for plans that tests build by hand."""

from __future__ import annotations

from typing import Literal

from pedalang import plan
from pedalang.compiler import automata


def clause(name: str, severity: Literal["hard", "soft"], formula: plan.Formula, text: str = "",
           speakers: tuple[str, ...] = ("teacher", "student")) -> plan.Clause:
    return plan.Clause(name, severity, formula, text, automaton=automata.of(formula, speakers))
