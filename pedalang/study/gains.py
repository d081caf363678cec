"""What learners gained in a course, from the test before it to the test after it: by order of lessons, and against the
order that nobody thought about.

Learners are what is drawn: a gain is that of a learner, the mean of their questions after less the mean before. Where
there is one learner only, it is that of a question that was asked both times. Intervals are those of the sign-flip test
(`permutation`), of paired differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pedalang import journal, plan
from pedalang.runtime.course import BOTH, LESSON, POSTTEST, PRETEST
from pedalang.study import matrix, permutation
from pedalang.study.gained import CONTROL, Course, Gain
from pedalang.study.scores import DialogueScores, Scores
from pedalang.study.statistics import Estimate, estimate

_ARM, _STAGE = "arm", "stage"
By: TypeAlias = Callable[[plan.Plan, Sequence[int]], Scores]


class Marked(Struct, frozen=True):
    """A test that was scored, and where it stands."""

    row: DialogueScores
    cell: Mapping[str, Any]


def stages(episodes: Iterable[journal.Episode]) -> tuple[list[int], list[int]]:
    """The lessons and the tests of a course."""
    lessons, tests = [], []
    for each in episodes:
        (lessons if each.cell.get(_STAGE) == LESSON else tests).append(each.episode)
    return lessons, tests


def examining(of: plan.Plan, course: plan.Course) -> plan.Plan:
    """The plan as tests are scored by it: nobody teaches in them, so no promise is kept or broken."""
    found = replace(of, courses={**of.courses, course.name: replace(course, check=())},
                    flows={**of.flows, course.flow: replace(of.flows[course.flow], obeys=())})
    if not course.score:
        return found
    rubric = of.rubrics[course.score]
    asked = tuple(each for each in rubric.criteria if not each.contract)
    return replace(found, rubrics={**of.rubrics, rubric.name: replace(rubric, criteria=asked)})


def scored(of: plan.Plan, events: journal.Journal, course: plan.Course, by: By) -> Scores:
    """The scores of a course, where `by` scores some dialogues by a plan."""
    episodes = events.episodes()
    lessons, tests = stages(episodes)
    return told(by(of, lessons), by(examining(of, course), tests), episodes, course)


def told(lessons: Scores, tests: Scores, episodes: Sequence[journal.Episode], course: plan.Course) -> Scores:
    """The scores of the lessons with a table by arm, and with what the tests say."""
    cells = {each.episode: each.cell for each in episodes}
    rows = tuple(replace(row, cell=dict(cells[row.episode])) for row in lessons.dialogues)
    marked = [Marked(row, cells[row.episode]) for row in tests.dialogues]
    arms = tuple(dict.fromkeys(str(each.cell[_ARM]) for each in episodes if each.cell.get(_ARM) != BOTH))
    measures = [name for name, each in tests.measures.items() if each.n]
    gains = [gain(marked, name, arm) for name in measures for arm in arms]
    found = Course(course.name, course.curriculum, arms, course.learner,
                   len({each.cell["learner"] for each in episodes}), tuple(gains), len(marked),
                   {name: each.missing for name, each in tests.measures.items() if each.missing})
    table = matrix.table(rows, [*lessons.measures], plan.Table((_ARM,), (matrix.CRITERION,))) \
        if len(arms) > 1 and lessons.measures else None
    return replace(lessons, dialogues=rows, course=found, table=table,
                   tests=tuple(replace(each.row, cell=dict(each.cell)) for each in marked))


def gain(marked: Sequence[Marked], measure: str, arm: str) -> Gain:
    """What the learners of an arm gained on a measure, and what the arm gained more than the control."""
    before, after = _asked(marked, measure, BOTH, PRETEST), _asked(marked, measure, arm, POSTTEST)
    gained = _gains(before, after)
    found = Gain(arm, measure, _of_all(before), _of_all(after), _mean(gained))
    if arm == CONTROL or not any(each.cell[_ARM] == CONTROL for each in marked):
        return found
    control = _gains(before, _asked(marked, measure, CONTROL, POSTTEST))
    return replace(found, beyond=_mean({key: _less(value, control.get(key)) for key, value in gained.items()}))


def _asked(marked: Sequence[Marked], measure: str, arm: str, stage: str) -> dict[tuple[int, int], float | None]:
    """By learner and problem; None where there is no value."""
    return {(each.cell["learner"], each.cell["problem"]): each.row.total if measure == "total" else
            each.row.values.get(measure) for each in marked if each.cell[_ARM] == arm and each.cell[_STAGE] == stage}


def _gains(before: Mapping[tuple[int, int], float | None],
           after: Mapping[tuple[int, int], float | None]) -> dict[int, float | None]:
    """By learner, or by problem where there is one learner; None where a value is missing."""
    learners = sorted({learner for learner, _ in (*before, *after)})
    if len(learners) > 1:
        return {each: _less(_one(after, each), _one(before, each)) for each in learners}
    return {problem: _less(value, before.get((learner, problem))) for (learner, problem), value in after.items()
            if (learner, problem) in before}


def _one(values: Mapping[tuple[int, int], float | None], learner: int) -> float | None:
    """The mean of a learner's questions, None where one has no value."""
    known = [value for (who, _), value in values.items() if who == learner]
    found = [value for value in known if value is not None]
    return math.fsum(found) / len(found) if known and len(found) == len(known) else None


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _of_all(values: Mapping[tuple[int, int], float | None]) -> Estimate:
    """The mean of all questions; its interval is that of learners, where there are several."""
    learners = sorted({learner for learner, _ in values})
    if len(learners) < 2:
        return estimate([*values.values()])
    return estimate([_one(values, each) for each in learners])


def _mean(differences: Mapping[int, float | None]) -> Estimate:
    """The mean of paired differences."""
    known = np.array([each for _, each in sorted(differences.items()) if each is not None], dtype=np.float64)
    missing = len(differences) - len(known)
    if not len(known):
        return Estimate(None, 0, missing)
    tested = permutation.test(known, np.ones_like(known))
    return Estimate(float(known.mean()), len(known), missing, tested.low, tested.high)
