"""Courses of a program: their problems found, their lessons put in order, arm by arm, and played.

The first arm has the lessons in the order of the curriculum, the second as they are drawn: what an order is worth shows
beside none. Learners of the same number are alike in both. A curriculum that goes by what comes of lessons hears of
those of its own learner; where there is one try of a problem at a time, how much better it went than the tries of its
kind before stands for the advantage.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from pedalang import api, journal, material, plan
from pedalang.exchange import redacting
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import course as runtime
from pedalang.runtime import folder as folders
from pedalang.runtime.cache import Answers
from pedalang.runtime.course import BOTH, FIRST, LESSON, POSTTEST, PRETEST, Next
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import seeds, state
from pedalang.runtime.errors import JournalError
from pedalang.runtime.pool import Observer
from pedalang.study import brought, curricula, judging, predicates, score
from pedalang.study.gained import CONTROL
from pedalang.study.given import NOTHING
from pedalang.study.sampling import Baseline, Result, Sampler

AS_WRITTEN = "lessons"
"""The arm of a course without a curriculum: its lessons come as they stand."""
LEARNERS = "learners"
SOURCES = "sources"
"""Where a header's options say how many learners there are, and where the data lies."""


class Asked(NamedTuple):
    """The problems of a part of a course: what dialogues are about, and the rows' places in their file."""

    params: Sequence[Mapping[str, Value]]
    rows: Sequence[Value]
    places: Sequence[int]


NOBODY = Asked((), (), ())


@dataclass(frozen=True, slots=True)
class Problems:
    """Those of a course, with the hash of each file."""

    lessons: Asked
    pretest: Asked
    posttest: Asked
    data: Mapping[str, str]
    people: Sequence[Mapping[str, Value]] = ()
    """What each learner gives to its dialogues, where learners are rows."""

    def dialogues(self, learners: int, arms: int, length: int) -> int:
        """How many dialogues there are."""
        return learners * (len(self.pretest.params) + arms * (length + len(self.posttest.params)))


def problems(of: plan.Plan, chosen: plan.Course, where: material.Sources) -> Problems:
    """The rows of a course as parameters of its flow. Raises `DataError`, or `RunError` for an argument without a
    value."""
    given = {name: material.constant(expr, chosen.place) for name, expr in chosen.arguments.items()}
    data: dict[str, str] = {}

    def asked(selection: plan.Selection | None) -> Asked:
        if selection is None:
            return NOBODY
        told = material.items(of, chosen.flow, selection, where, row=chosen.row)
        data.update(told.data)
        return Asked([{**item, **given} for item in told.params], [item[chosen.row] for item in told.params],
                     told.places)

    people: Sequence[Mapping[str, Value]] = ()
    if chosen.people is not None:
        told = material.items(of, chosen.flow, chosen.people, where, row=chosen.person)
        people = told.params
        data.update(told.data)
    return Problems(asked(chosen.lessons), asked(chosen.pretest), asked(chosen.posttest), data, people)


def how_many(chosen: plan.Course, found: Problems, asked: int | None) -> int:
    """The learners of a course: as many as `asked` for, where there are."""
    return min(asked or len(found.people), len(found.people)) if found.people else asked or chosen.learners


def play(of: plan.Plan, chosen: plan.Course, where: material.Sources, uris: Mapping[str, str], judge: str,
         environment: Mapping[str, str], *, seed: int, folder: Path, learners: int | None = None,
         concurrency: int | None = None, observer: Observer | None = None, shield: state.Level = "full",
         answers: Answers | None = None, trained: Mapping[str, str] | None = None,
         ready: Callable[[Mapping[str, Engine]], object] | None = None) -> Path:
    """Plays a course into a new folder, with so many `learners` where it is said; all else as in `api.play`. Raises
    `RunError`."""
    found = problems(of, chosen, where)
    number = how_many(chosen, found, learners)
    said = {"engines": dict(uris), "judge": judge, "beside": "", "python": where.python, LEARNERS: number,
            SOURCES: {name: str(where.paths[name].resolve()) for name in found.data}}
    with api.engines({**uris, api.JUDGE: judge} if _judged(of, chosen) else uris, environment, answers) as cast:
        if ready is not None:
            ready({who: cast[who] for who in uris})
        options = said | brought.option(trained)
        scorer = _scorer(of, chosen, cast.get(api.JUDGE), where.evaluate, options, environment)
        rounds = Rounds(of, chosen, found, number, seed, scorer)
        return runtime.play(of, chosen.name, rounds, {who: cast[who] for who in uris}, seed=seed, folder=folder,
                            dialogues=found.dialogues(number, len(rounds.arms), rounds.length),
                            concurrency=concurrency, observer=observer, data=found.data,
                            options=options, evaluate=where.evaluate, shield=shield)


def is_one(folder: Path) -> bool:
    """Whether a run is one of a course. Raises `RunError`."""
    of, events = api.read_run(folder)
    events.close()
    return events.header.run in of.courses


def lessons_of(chosen: plan.Run | plan.Matrix | plan.Course) -> plan.Run | plan.Matrix:
    """What is played as if by itself, for estimates and previews: of a course, its lessons."""
    if not isinstance(chosen, plan.Course):
        return chosen
    return plan.Run(chosen.name, chosen.flow, chosen.lessons, chosen.score, chosen.check, place=chosen.place,
                    row=chosen.row, arguments=chosen.arguments, budget=chosen.budget)


def items(of: plan.Plan, chosen: plan.Run | plan.Matrix | plan.Course, where: material.Sources,
          limit: int | None = None) -> material.Items:
    """The items of a run or a matrix; of a course as many as there are lessons, in no order, where `limit` is how many
    learners. Raises `DataError`, or `RunError` for an argument without a value."""
    if not isinstance(chosen, plan.Course):
        return material.work_items(of, chosen, where, limit)
    found = problems(of, chosen, where)
    ways = how_many(chosen, found, limit) * (2 if chosen.curriculum else 1)
    number = ways * (chosen.length or len(found.lessons.params))
    pairs = zip(itertools.cycle(found.lessons.params), itertools.cycle(found.people or [{}]), strict=False)
    params = [{**item, **who} for item, who in itertools.islice(pairs, number)]
    return material.Items(params, [], [], found.data)


def resume(folder: Path, environment: Mapping[str, str], *, concurrency: int | None = None,
           observer: Observer | None = None, evaluate: Evaluator | None = None,
           answers: Answers | None = None) -> Path:
    """Goes on with a course that was stopped, with the engines and data that it began with. Raises `RunError`."""
    of, events = api.read_run(folder)
    header = events.header
    events.close()
    if redacting.OPTION in header.options:
        raise folders.no_run(folder, "it is a redacted copy")
    chosen, options = of.courses[header.run], header.options
    where = material.Sources({name: Path(path) for name, path in options[SOURCES].items()},
                             frozenset(options[SOURCES]), evaluate or Evaluator())
    found = problems(of, chosen, where)
    if dict(found.data) != header.data:
        raise JournalError("PED1361", f"the problems of `{chosen.name}` are others than those it began with",
                           help="go on with the files that it began with, or begin it anew")
    uris = dict(options["engines"])
    judged = {api.JUDGE: options["judge"]} if _judged(of, chosen) else {}
    with api.engines({**uris, **judged}, environment, answers) as cast:
        scorer = _scorer(of, chosen, cast.get(api.JUDGE), where.evaluate, options, environment)
        rounds = Rounds(of, chosen, found, options[LEARNERS], header.seed, scorer)
        return runtime.resume(folder, rounds, {who: cast[who] for who in uris}, concurrency=concurrency,
                              observer=observer, evaluate=evaluate)


# ---------------------------------------------------------------- which lesson next

Scorer = Callable[[journal.Journal, Sequence[int]], Mapping[int, float | None]]
"""What lessons are worth, 0 to 1, by their number; None where that is missing."""


@dataclass(slots=True)
class _Way:
    """A learner in an arm: what decides the next lesson, the number of the last one, which problem it was about."""

    learner: int
    arm: str
    sampler: Sampler
    baseline: Baseline
    last: int = FIRST
    problem: int = 0


@dataclass
class Rounds:
    """A round is the tests before, then a lesson of each learner in each arm, and so on; at last the tests after."""

    of: plan.Plan
    chosen: plan.Course
    problems: Problems
    learners: int
    seed: int
    scorer: Scorer
    arms: tuple[str, ...] = field(init=False)
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = self.chosen.length or len(self.problems.lessons.params)
        self.arms = (self.chosen.curriculum, CONTROL) if self.chosen.curriculum else (AS_WRITTEN,)
        self._ways = [self._way(learner, arm) for learner in range(self.learners) for arm in self.arms]
        self._adapts = curricula.load(self._order(self.arms[0]).order).ADAPTS
        self._round = -1
        self._number = 0

    def __call__(self, events: journal.Journal) -> Sequence[Next]:
        """The next round, when those before it are over."""
        if self._round > 0 and self._adapts:
            self._hear(events)
        self._round += 1
        if self._round == 0 and self.problems.pretest.params:
            return self._counted([self._test(self.problems.pretest, PRETEST, BOTH, learner, at, FIRST)
                                  for learner in range(self.learners)
                                  for at in range(len(self.problems.pretest.params))])
        if self._round == 0:
            self._round = 1
        if self._round <= self.length:
            return self._lessons()
        if self._round == self.length + 1:
            return self._counted([self._test(self.problems.posttest, POSTTEST, way.arm, way.learner, at, way.last)
                                  for way in self._ways for at in range(len(self.problems.posttest.params))])
        return ()

    def _counted(self, found: list[Next]) -> list[Next]:
        self._number += len(found)
        return found

    def _lessons(self) -> list[Next]:
        found: list[Next] = []
        for way in self._ways:
            (way.problem,) = way.sampler.take(1)
            cell = self._cell(way.learner, way.arm, LESSON, self._round - 1,
                              self.problems.lessons.places[way.problem], way.last)
            way.last = self._number + len(found)
            found.append(Next({**self.problems.lessons.params[way.problem], **self._person(way.learner)}, cell))
        return self._counted(found)

    def _test(self, asked: Asked, stage: str, arm: str, learner: int, at: int, after: int) -> Next:
        return Next({**asked.params[at], **self._person(learner)},
                    self._cell(learner, arm, stage, at, asked.places[at], after))

    def _person(self, learner: int) -> Mapping[str, Value]:
        return self.problems.people[learner] if self.problems.people else {}

    def _cell(self, learner: int, arm: str, stage: str, at: int, problem: int, after: int) -> dict[str, Any]:
        return {"learner": learner, "arm": arm, "stage": stage, "at": at, "problem": problem, "after": after}

    def _hear(self, events: journal.Journal) -> None:
        """What came of the latest lessons, each told to the order of its own learner."""
        ways = [way for way in self._ways if way.arm != CONTROL]
        found = self.scorer(events, [way.last for way in ways])
        for way in ways:
            reward = found.get(way.last)
            way.sampler.learn([Result(way.problem, reward, way.baseline.beyond(way.problem, reward))])

    def _way(self, learner: int, arm: str) -> _Way:
        order, rows = self._order(arm), self.problems.lessons.rows
        own = order.seed if order.seed is not None else self.seed
        mine = seeds.derived(own, learner, -1, "", f"lessons of {order.order}")
        return _Way(learner, arm, curricula.opened(replace(order, seed=None), self.of, rows, mine),
                    Baseline(curricula.problems(order, self.of, rows).kinds))

    def _order(self, arm: str) -> plan.Curriculum:
        if arm == AS_WRITTEN and not self.chosen.curriculum:
            return plan.Curriculum("", "fixed", self.chosen.lessons)
        chosen = self.of.curricula[self.chosen.curriculum]
        if arm != CONTROL:
            return chosen
        return plan.Curriculum("", "fixed" if chosen.order == curricula.BY_CHANCE else curricula.BY_CHANCE, chosen.data)


def _judged(of: plan.Plan, chosen: plan.Course) -> bool:
    """Whether an order has to wait for what judges say of lessons."""
    if not chosen.curriculum or not chosen.score or not curricula.load(of.curricula[chosen.curriculum].order).ADAPTS:
        return False
    return bool(_questions(of, chosen))


def _questions(of: plan.Plan, chosen: plan.Course) -> list[plan.Criterion]:
    rubric = of.rubrics[chosen.score]
    return [each for each in (*predicates.asked(of, _header(chosen, {}), rubric), *rubric.criteria) if each.judge]


def _header(chosen: plan.Course, options: Mapping[str, Any]) -> journal.Header:
    """What scoring looks at of the header of a course."""
    return journal.Header("run", "", chosen.name, chosen.flow, 0, 0, {}, {}, dict(options))


def _scorer(of: plan.Plan, chosen: plan.Course, judge: Engine | None, evaluate: Evaluator,
            options: Mapping[str, Any], environment: Mapping[str, str]) -> Scorer:
    given = brought.given(of, _header(chosen, options), NOTHING, environment)

    def scored(events: journal.Journal, lessons: Sequence[int]) -> Mapping[int, float | None]:
        if judge is not None:
            asyncio.run(judging.ask(events, of.flows[chosen.flow], _questions(of, chosen), judge, evaluate))
        found = score.score(of, events, chosen.score, evaluate=evaluate, given=given, episodes=lessons)
        return {row.episode: row.total for row in found.dialogues}

    return scored
