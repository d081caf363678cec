"""Numbers of a teacher's guards, fitted to dialogues one after the other.

After ReAnchor (DSPy 3.4), which fits the numbers by which a predictor's probabilities are read. Here they are those
that a guard compares with: `telling when student.stuck >= 3`. What stands on the other side was measured in every
dialogue, and between two neighbouring measured values all settings decide the same; so one of each gap is tried on the
problems to learn from. The best is kept if it is better in folds of the problems too, and if it is then the best on the
dev problems. When each number is the best beside the others, the search is over.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

from msgspec.structs import replace

from pedalang import thresholds
from pedalang.expression import environment
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.overlay import Tuned
from pedalang.runtime.errors import RunError
from pedalang.study.dialogue import Dialogue
from pedalang.study.tuning import fitting, practice, rollouts
from pedalang.study.tuning.fitting import Number, Tried
from pedalang.study.tuning.rollouts import Rollout
from pedalang.study.tuning.task import Candidate, Task
from pedalang.thresholds import Threshold

MOST = {"light": 8, "medium": 16, "heavy": 40}
"""Settings that are tried of a number, each time."""
SWEEPS = {"light": 2, "medium": 3, "heavy": 5}
"""So often all numbers are gone through."""


def search(task: Task) -> None:
    """Fits the numbers of all members whose thresholds are tuned. Raises `RunError` PED1335 where there is none."""
    members = task.members("thresholds")
    known = [each for each in thresholds.of(task.of, task.chosen.flow).values() if each.member in members]
    if not known:
        raise RunError("PED1335", f"`{task.chosen.name}` tunes thresholds, and no guard that can be fitted compares "
                       "with a number", place=task.chosen.place,
                       help="tune `thresholds` of a role whose policy has a guard such as `when student.stuck >= 3`")
    current, settled = task.best, 0
    for each in itertools.islice(itertools.cycle(known), SWEEPS[task.chosen.auto] * len(known)):
        found = _fitted(task, current, each)
        settled = settled + 1 if found is current else 1
        current = found
        if settled == len(known):
            return


def measured(task: Task, played: Sequence[Rollout], of: Threshold) -> list[Number]:
    """The values that a threshold was compared with, at each turn of its member; those that are no numbers left out."""
    found: list[Number] = []
    for each in played:
        for env in before_turns(each.dialogue, of.member):
            try:
                value = task.evaluate(of.measured, env)
            except EvaluationError:
                continue
            if isinstance(value, int | float | Fraction) and not isinstance(value, bool):
                found.append(float(value) if isinstance(value, Fraction) else value)
    return found


def before_turns(of: Dialogue, who: str) -> Iterator[Env]:
    """What guards saw before each turn of a member."""
    start = environment.environment(of.params, of.initial, ())
    envs = itertools.chain([start], environment.along(of.params, of.initial, of.turns, of.states))
    for turn, env in zip(of.turns, envs, strict=False):
        if turn["speaker"] == who:
            yield {**env, "phase": turn["phase"]}


def _fitted(task: Task, current: Candidate, of: Threshold) -> Candidate:
    """The candidate with the best setting of a number; the same one where none is better."""
    number = current.tuned.thresholds.get(of.name, of.value)
    start = practice.played(task, current.tuned, task.train, "train")
    tried = []
    for setting in fitting.settings(measured(task, start, of), of.operator, MOST[task.chosen.auto]):
        if setting.value != number:
            found = practice.played(task, _with(current.tuned, of, setting.value), task.train, "train")
            tried.append(Tried(setting, [each.score for each in found]))
    problems = [rollouts.key(item) for item in task.train]
    kept = fitting.kept([each.score for each in start], tried, problems, number).tried
    if kept is None:
        return current
    value = kept.setting.value
    how = f"{of.name}: {thresholds.told(of, value)}, was {number:g}"
    candidate = task.tried(_with(current.tuned, of, value), how=how, parents=(current.number,))
    return candidate if task.best.number == candidate.number else current


def _with(tuned: Tuned, of: Threshold, value: Number) -> Tuned:
    numbers = {name: number for name, number in tuned.thresholds.items() if name != of.name}
    return replace(tuned, thresholds=numbers if value == of.value else {**numbers, of.name: value})
