"""Fitted Q iteration (Ernst, Geurts and Wehenkel, 2005): a choice is worth what the best move is worth at the next one,
and the last what the dialogue was worth. Begun with the bandit's answer, and tempered by what really came later."""

from __future__ import annotations

from pedalang.study.tuning import rounds
from pedalang.study.tuning.choices import Table, Weights
from pedalang.study.tuning.task import Task

SWEEPS = 12
"""How often choices are given a new worth: so many choices are looked ahead."""
TRACE = 0.8
"""How much of a worth is what came later, and not what the best move promises (λ)."""


def search(task: Task) -> None:
    """Learns whom `tune:` names to choose. Raises what `rounds.learnt` raises."""
    rounds.learnt(task, fitted)


def fitted(table: Table) -> Weights:
    """What speaks for each move."""
    found = table.fitted(table.worth)
    for _ in range(SWEEPS):
        found = table.fitted(table.ahead(found, TRACE))
    return found
