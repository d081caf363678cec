"""A course: dialogues of one learner after another, each with the learner that the one before left. They are played in
rounds: what a round is may depend on what came of those before it. One journal, as for a run.

A dialogue's cell says where it stands: which `learner`, in which `arm` (an order of lessons), at which `stage` and
place there (`at`), about which row of the data (`problem`), and after which dialogue of the learner (`after`, or -1).
Learners of the same number begin alike in all arms, and draw alike at the same place.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import folder as folders
from pedalang.runtime import run as runs
from pedalang.runtime.batching import Clock
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import seeds
from pedalang.runtime.episode.state import Level, Setting, complete, initial, setting
from pedalang.runtime.errors import JournalError
from pedalang.runtime.pool import Observer

PRETEST, LESSON, POSTTEST = "pretest", "lesson", "posttest"
BOTH = "both"
"""The arm of a pretest: it is taken before there are arms."""
FIRST = -1
TEST = "test"
"""The phase of a test."""
_DRAWN_BY = ("learner", "stage", "at")


@dataclass(frozen=True, slots=True)
class Next:
    """A dialogue that comes next: what it is about, and where it stands."""

    item: Mapping[str, Value]
    cell: Mapping[str, Any]


Rounds = Callable[[journal.Journal], Sequence[Next]]
"""The dialogues of the next round, when those of all rounds before it are over; none at the end. A process that goes
on begins at the first round again."""


def examined(flow: plan.Flow, learner: str) -> plan.Flow:
    """A test: the learner alone, once, with nobody to teach."""
    phase = plan.Phase(TEST, (plan.Turn(learner),), final=True, place=flow.place)
    return structs.replace(flow, phases={TEST: phase}, start=TEST, obeys=())


def going(course: plan.Course, events: journal.Journal) -> runs.Going:
    """What a dialogue of a course goes on from: its learner, as an earlier dialogue of the journal left it. Raises
    `EpisodeError` where a learner has no beginning."""
    def placed(here: Setting, item: runs.Item, cell: runs.Cell) -> Setting:
        born = _drawing(here, {"learner": cell["learner"]})
        kept = initial(born, 0, item)[course.learner] if cell["after"] == FIRST else \
            _left(events, cell["after"], course.learner)
        wanted = course.keep or tuple(kept)
        mine = _drawing(here, {name: cell[name] for name in _DRAWN_BY})
        mine = replace(mine, carried={course.learner: {name: kept[name] for name in wanted if name in kept}})
        if cell["stage"] == LESSON:
            return mine
        return replace(mine, flow=examined(mine.flow, course.learner), contracts=(), masks=None)

    return placed


def _drawing(here: Setting, named: Mapping[str, Any]) -> Setting:
    name = msgspec.json.encode(named, order="deterministic").decode()
    return replace(here, seed=seeds.derived(here.seed, 0, -1, "", name), stream=0)


def _left(events: journal.Journal, number: int, learner: str) -> Mapping[str, Value]:
    """A learner's state at the end of a dialogue, as far as that came."""
    said, begun = events.turns(number), events.episodes(number)
    state = said[-1].state if said else begun[0].state if begun else {}
    return values.from_json(state.get(learner, {}))


def play(of: plan.Plan, name: str, rounds: Rounds, engines: Mapping[str, Engine], *, seed: int, folder: Path,
         dialogues: int, concurrency: int | None = None, clock: Clock = time.monotonic,
         observer: Observer | None = None, data: Mapping[str, str] | None = None,
         options: Mapping[str, Any] | None = None, evaluate: Evaluator | None = None, shield: Level = "full",
         now: Clock = time.time) -> Path:
    """Plays a course of the plan into a new folder: so many `dialogues`, in `rounds`. All else as in `run.run`. Raises
    `RunError`."""
    here = replace(setting(of, name, engines, seed, shield=shield), evaluate=evaluate or Evaluator())
    header = journal.Header("run", plan.digest(of), name, here.flow.name, seed, dialogues,
                            {who: engine.name for who, engine in here.engines.items()}, dict(data or {}),
                            {**(options or {}), "shield": shield})
    held = folders.create(folder, of, header, [journal.Sitting(0, "run", now(), 0)])
    return _played(here, held, rounds, concurrency, clock, observer)


def resume(folder: Path, rounds: Rounds, engines: Mapping[str, Engine], *, concurrency: int | None = None,
           clock: Clock = time.monotonic, observer: Observer | None = None, evaluate: Evaluator | None = None,
           now: Clock = time.time) -> Path:
    """Goes on with a course that was stopped. Raises `RunError`, as `run.resume`."""
    held = folders.reopen(folder)
    header, events = held.journal.header, held.journal
    try:
        here = replace(setting(held.plan, header.run, engines, header.seed, shield=header.options.get("shield", "off")),
                       evaluate=evaluate or Evaluator())
        held.same_engines({who: engine.name for who, engine in here.engines.items()})
        events.add(journal.Sitting(len(events.sittings()), "resume", now(), events.counted().turns))
    except BaseException:
        held.close()
        raise
    return _played(here, held, rounds, concurrency, clock, observer)


def _played(here: Setting, held: folders.Folder, rounds: Rounds, concurrency: int | None, clock: Clock,
            observer: Observer | None) -> Path:
    try:
        return _play(here, held, rounds, concurrency, clock, observer or Observer())
    except (journal.JournalFormatError, ValueError) as error:
        raise folders.no_run(held.path, str(error)) from None
    finally:
        held.close()


def _play(here: Setting, held: folders.Folder, rounds: Rounds, concurrency: int | None, clock: Clock,
          observer: Observer) -> Path:
    """Round after round, until one is not played to its end. What decides on rounds may ask a judge, so that none is
    looked for while engines are waited for."""
    events = held.journal
    items: dict[int, runs.Item] = {}
    cells: dict[int, runs.Cell] = {}
    known = {each.episode: each for each in events.episodes()}
    over = {each.episode for each in events.endings()}
    course = here.plan.courses[events.header.run]
    played = runs.Played(here, course.name, items, cells, going=going(course, events))
    sitting = runs.Sitting(played, held, concurrency, clock, observer)
    sitting.begin([number for number in range(events.header.episodes) if number not in over])
    while found := rounds(events):
        numbers = range(len(items), len(items) + len(found))
        for number, each in zip(numbers, found, strict=True):
            items[number], cells[number] = complete(here, number, each.item), each.cell
            if number in known:
                _same(known[number], items[number], each.cell)
            else:
                sitting.recorder.note([played.episode(number)])
        sitting.recorder.commit()
        left = played.placed([number for number in numbers if number not in over])
        if left:
            asyncio.run(sitting.play(left))
        if events.ended() < len(items):
            break
    observer.played()
    return held.path


def _same(known: journal.Episode, item: runs.Item, cell: runs.Cell) -> None:
    """Raises `JournalError` PED1361 where a course goes another way than it went."""
    if known.item != values.to_json(dict(item)) or known.cell != dict(cell):
        raise JournalError("PED1361", f"dialogue {known.episode} of this course was about another problem than it "
                           "would be now", help="go on with the data that the course began with, or begin it anew")
