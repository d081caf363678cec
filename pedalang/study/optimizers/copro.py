"""COPRO: texts are proposed, tried on the training problems, and proposed anew from the best tried so far. What is
better there than all before is tried on the dev set."""

from __future__ import annotations

import dspy

from pedalang.study.prompting.program import Lesson
from pedalang.study.prompting.searching import Search, searched
from pedalang.study.tuning.task import Task

_BREADTH, _DEPTH = {"light": 4, "medium": 7, "heavy": 10}, {"light": 2, "medium": 2, "heavy": 3}


def search(task: Task) -> None:
    """Rewrites voices and intents."""
    searched(task, "copro", _refined, worded=True)


def _refined(search: Search) -> Lesson:
    auto = search.task.chosen.auto
    optimizer = dspy.COPRO(prompt_model=search.model, metric=search.metric, breadth=_BREADTH[auto], depth=_DEPTH[auto])
    return optimizer.compile(search.lesson, trainset=search.train, eval_kwargs={"num_threads": search.threads})
