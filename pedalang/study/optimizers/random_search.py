"""BootstrapFewShot with random search: many sets of examples from dialogues that went well, and the best of them."""

from __future__ import annotations

import random

import dspy

from pedalang.study.prompting.program import Lesson
from pedalang.study.prompting.searching import Search, searched
from pedalang.study.tuning.task import Task

_SETS = {"light": 6, "medium": 12, "heavy": 18}
_EXAMPLES = 4
"""Dialogues that give one each, at most."""


def search(task: Task) -> None:
    """Picks examples."""
    searched(task, "random_search", _best, shown=True)


def _best(search: Search) -> Lesson:
    optimizer = dspy.BootstrapFewShotWithRandomSearch(
        metric=search.metric, metric_threshold=search.good, max_labeled_demos=0, max_bootstrapped_demos=_EXAMPLES,
        num_candidate_programs=_SETS[search.task.chosen.auto], num_threads=search.threads, max_errors=1)
    problems = random.Random(search.task.seed).sample(search.train, len(search.train))
    return optimizer.compile(search.lesson, trainset=problems, valset=search.dev)
