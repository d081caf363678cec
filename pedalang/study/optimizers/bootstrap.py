"""BootstrapFewShot: turns of dialogues that went well stand as examples in the prompt. Omar Khattab and others, "DSPy:
Compiling Declarative Language Model Calls into Self-Improving Pipelines", 2024."""

from __future__ import annotations

import dspy

from pedalang.study.prompting.program import Lesson
from pedalang.study.prompting.searching import Search, searched
from pedalang.study.tuning.task import Task

_EXAMPLES = {"light": 2, "medium": 4, "heavy": 8}
"""Dialogues that give one each."""


def search(task: Task) -> None:
    """Picks examples."""
    searched(task, "bootstrap", _shown, shown=True)


def _shown(search: Search) -> Lesson:
    optimizer = dspy.BootstrapFewShot(
        metric=search.metric, metric_threshold=search.good, max_labeled_demos=0, max_errors=1,
        max_bootstrapped_demos=_EXAMPLES[search.task.chosen.auto])
    return optimizer.compile(search.lesson, trainset=search.train)
