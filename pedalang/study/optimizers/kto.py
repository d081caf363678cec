"""Kahneman-Tversky optimization (Ethayarajh et al. 2024): turns of dialogues that went better than others about their
problem are wanted, those of worse ones are not; no pairs are needed."""

from __future__ import annotations

from collections.abc import Sequence

from pedalang.study.tuning import schooling
from pedalang.study.tuning.task import Task
from pedalang.study.weights import lessons


def search(task: Task) -> None:
    """Raises as `schooling.schooled`."""
    schooling.schooled(task, "kto", _gathered)


def _gathered(told: Sequence[lessons.Told]) -> list[lessons.Verdict]:
    return lessons.in_turn(lessons.verdicts(told))
