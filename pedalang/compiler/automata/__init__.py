"""A clause's formula as the smallest automaton over finite dialogues.

`terms` reads the formula, `progress` says what is owed after a turn, `diagrams` keeps that in one form, `smallest`
merges what cannot be told apart. What a program does with an automaton is no affair of these.
"""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.automata.diagrams import TooLarge as TooLarge
from pedalang.compiler.automata.progress import machine
from pedalang.compiler.automata.smallest import automaton
from pedalang.compiler.automata.terms import Terms


def of(formula: plan.Formula, speakers: tuple[str, ...]) -> plan.Automaton:
    """The automaton of a formula. `speakers` are those whose turns are counted apart, where rows are counted.

    Raises `TooLarge` where a limit is passed, `plan.PlanError` for what is no formula of this version.
    """
    terms = Terms(speakers)
    root = terms.read(formula)
    return automaton(machine(terms, root), tuple(terms.facts))
