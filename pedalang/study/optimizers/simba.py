"""SIMBA: of problems on which draws differ most, the better dialogue gives an example, or a rule that a model writes by
holding it against the worse one. What wins on a batch is tried on the dev set.

It needs chance in the tutor: where all draws of a problem come out alike, there is nothing to learn from.
"""

from __future__ import annotations

from typing import Any

import dspy

from pedalang.study.prompting.program import Lesson
from pedalang.study.prompting.searching import Search, searched
from pedalang.study.tuning.task import Task

_STEPS = {"light": 4, "medium": 8, "heavy": 12}
_BATCH, _DRAWS, _EXAMPLES = 16, 4, 4


def search(task: Task) -> None:
    """Adds rules to voices and intents, and picks examples."""
    searched(task, "simba", _learnt, worded=True, shown=True)


def _learnt(search: Search) -> Lesson:
    optimizer = dspy.SIMBA(
        metric=search.explained, bsize=min(_BATCH, len(search.train)), num_candidates=_DRAWS,
        max_steps=_STEPS[search.task.chosen.auto], prompt_model=search.model, num_threads=search.threads,
        max_demos=_EXAMPLES if any(place.shown for place in search.places) else 0)
    better: Any = optimizer.compile(search.lesson, trainset=search.train, seed=search.task.seed)
    for each in better.candidate_programs:
        search.playing.tried(each["program"].tuned())
    return better
