"""Direct preference optimization (Rafailov et al. 2023): of two answers to the same prompt, the one that led to a
better dialogue is preferred."""

from __future__ import annotations

from pedalang.study.tuning import schooling
from pedalang.study.tuning.task import Task
from pedalang.study.weights import lessons


def search(task: Task) -> None:
    """Raises as `schooling.schooled`."""
    schooling.schooled(task, "dpo", lessons.pairs)
