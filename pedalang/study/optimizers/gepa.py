"""GEPA: texts are rewritten by reflection on what happened under them, and a front of candidates is kept, each the best
on some problem. Lakshya A. Agrawal and others, "GEPA: Reflective Prompt Evolution Can Outperform Reinforcement
Learning", 2025."""

from __future__ import annotations

from typing import Any

import dspy

from pedalang.study.prompting.program import Lesson
from pedalang.study.prompting.proposing import Proposer
from pedalang.study.prompting.searching import Search, searched
from pedalang.study.tuning.task import Task

_ROUNDS = {"light": 6, "medium": 12, "heavy": 24}
"""So many proposals for each text."""
_MINIBATCH = 3
"""Problems that a proposal is made from, and tried on first."""


def search(task: Task) -> None:
    """Rewrites voices and intents."""
    searched(task, "gepa", _evolved, worded=True)


def _evolved(search: Search) -> Lesson:
    rounds = _ROUNDS[search.task.chosen.auto] * len(search.places)
    proposer = Proposer(search.writer, search.places, search.born)
    minibatch = min(_MINIBATCH, len(search.train))
    optimizer = dspy.GEPA(
        metric=search.reflected, max_metric_calls=len(search.dev) + rounds * (2 * minibatch + len(search.dev)),
        reflection_minibatch_size=minibatch, instruction_proposer=proposer,
        num_threads=search.threads, warn_on_score_mismatch=False, seed=search.task.seed)
    better: Any = optimizer.compile(search.lesson, trainset=search.train, valset=search.dev)
    proposer.check()
    return better
