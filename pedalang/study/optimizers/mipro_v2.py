"""MIPROv2: texts are proposed from what the program does and from dialogues that went well, and the best combination of
texts and examples is looked for by a Parzen estimator. Krista Opsahl-Ong and others, "Optimizing Instructions and
Demonstrations for Multi-Stage Language Model Programs", 2024."""

from __future__ import annotations

import importlib.util
import math

import dspy

from pedalang.runtime.errors import RunError
from pedalang.study.prompting.program import Lesson
from pedalang.study.prompting.searching import Search, searched
from pedalang.study.tuning.task import Task

_CANDIDATES = {"light": 6, "medium": 12, "heavy": 18}
"""Texts, and sets of examples."""
_EXAMPLES = 3
_MINIBATCH = 35
"""Problems that a combination is tried on, where there are more."""


def search(task: Task) -> None:
    """Rewrites voices and intents, and picks examples. Raises `RunError` PED1332 without optuna."""
    if importlib.util.find_spec("optuna") is None:
        raise RunError("PED1332", "`mipro_v2` searches with the library optuna, which is not installed",
                       help="pip install 'pedalang[mipro_v2]'", place=task.chosen.place)
    searched(task, "mipro_v2", _combined, worded=True, shown=True)


def _combined(search: Search) -> Lesson:
    count = _CANDIDATES[search.task.chosen.auto]
    examples = _EXAMPLES if any(place.shown for place in search.places) else 0
    variables = len(search.places) * (2 if examples else 1)
    optimizer = dspy.MIPROv2(
        metric=search.metric, prompt_model=search.model, task_model=search.model, auto=None, num_candidates=count,
        max_bootstrapped_demos=examples, max_labeled_demos=0, metric_threshold=search.good, num_threads=search.threads,
        max_errors=1, seed=search.task.seed)
    return optimizer.compile(
        search.lesson, trainset=search.train, valset=search.dev, seed=search.task.seed,
        num_trials=int(max(2 * variables * math.log2(count), 1.5 * count)),  # as the paper's authors count them
        minibatch=len(search.dev) > _MINIBATCH, minibatch_size=_MINIBATCH, program_aware_proposer=False)
