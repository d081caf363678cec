"""A contextual bandit: each choice of a move is taken to be worth what its dialogue was worth in the end. Moves are
compared by ridge regression on the cues, and tried by chance in a share of the turns."""

from __future__ import annotations

from pedalang.study.tuning import rounds
from pedalang.study.tuning.choices import Table, Weights
from pedalang.study.tuning.task import Task


def search(task: Task) -> None:
    """Learns whom `tune:` names to choose. Raises what `rounds.learnt` raises."""
    rounds.learnt(task, fitted)


def fitted(table: Table) -> Weights:
    """What speaks for each move."""
    return table.fitted(table.worth)
