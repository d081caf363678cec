"""Supervised fine-tuning: the turns of dialogues that went better than others about their problem are learnt as they
are (as in rejection sampling fine-tuning, Yuan et al. 2023)."""

from __future__ import annotations

from pedalang.study.tuning import schooling
from pedalang.study.tuning.task import Task
from pedalang.study.weights import lessons


def search(task: Task) -> None:
    """Raises as `schooling.schooled`."""
    schooling.schooled(task, "sft", lessons.kept)
