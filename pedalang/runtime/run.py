"""A run: a plan, engines and a seed give a journal. Nothing here knows how a dialogue goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import folder as folders
from pedalang.runtime.batching import Clock
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import turns
from pedalang.runtime.episode.state import Level, Setting, begin, complete, initial, of_dialogue, setting
from pedalang.runtime.errors import EpisodeError
from pedalang.runtime.pool import Allowance, Begun, Observer, Recorder, Scheduler, play_all

Item = Mapping[str, Value]
Cell = Mapping[str, Any]
"""Where a dialogue stands in a matrix, as the journal says it."""


def run(of: plan.Plan, name: str, items: Sequence[Mapping[str, Value]], engines: Mapping[str, Engine], *, seed: int,
        folder: Path, concurrency: int | None = None, clock: Clock = time.monotonic, observer: Observer | None = None,
        data: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None, cells: Sequence[Cell] = (),
        evaluate: Evaluator | None = None, shield: Level = "full") -> Path:
    """Plays a dialogue an item: `name` is a run or matrix of the plan or a flow, an item gives the flow's parameters,
    `engines` has one a member of the cast (for a member whose model is varied one a model, as `state.varied` names
    them), `data` the hashes of the files that the items are from, `options` what the caller needs to continue, `cells`
    where each item stands, `shield` how far hard clauses are enforced. Returns the folder.

    Raises `RunError` where nothing can begin or nothing can be written; a dialogue that fails is recorded as failed.
    `KeyboardInterrupt` comes after what was answered is written. `concurrency` is by default what the engines work on
    at a time with profit.
    """
    return asyncio.run(run_async(of, name, items, engines, seed=seed, folder=folder, concurrency=concurrency,
                                 clock=clock, observer=observer, data=data, options=options, cells=cells,
                                 evaluate=evaluate, shield=shield))


async def run_async(of: plan.Plan, name: str, items: Sequence[Mapping[str, Value]], engines: Mapping[str, Engine], *,
                    seed: int, folder: Path, concurrency: int | None = None, clock: Clock = time.monotonic,
                    observer: Observer | None = None, data: Mapping[str, str] | None = None,
                    options: Mapping[str, Any] | None = None, cells: Sequence[Cell] = (),
                    evaluate: Evaluator | None = None, shield: Level = "full") -> Path:
    """The same as `run`, in a running event loop."""
    here = replace(setting(of, name, engines, seed, shield=shield), evaluate=evaluate or Evaluator())
    items = [complete(here, number, item) for number, item in enumerate(items)]
    played = _Played(here, name, items, cells or [{}] * len(items))
    header = journal.Header("run", plan.digest(of), name, here.flow.name, seed, len(items),
                            {who: engine.name for who, engine in here.engines.items()}, dict(data or {}),
                            {**(options or {}), "shield": shield})
    held = folders.create(folder, of, header, played.episodes())
    try:
        return await _play(played, held, range(len(items)), concurrency, clock, observer)
    finally:
        held.close()


def resume(folder: Path, engines: Mapping[str, Engine], *, concurrency: int | None = None,
           clock: Clock = time.monotonic, observer: Observer | None = None, evaluate: Evaluator | None = None) -> Path:
    """Continues a run: dialogues that ended stay as they are, no answered request is asked again. Raises `RunError`:
    also PED1212 for other engines than the run began with."""
    return asyncio.run(resume_async(folder, engines, concurrency=concurrency, clock=clock, observer=observer,
                                    evaluate=evaluate))


async def resume_async(folder: Path, engines: Mapping[str, Engine], *, concurrency: int | None = None,
                       clock: Clock = time.monotonic, observer: Observer | None = None,
                       evaluate: Evaluator | None = None) -> Path:
    """The same as `resume`, in a running event loop."""
    held = folders.reopen(folder)
    try:
        header = held.journal.header
        level = header.options.get("shield", "off")
        here = replace(setting(held.plan, header.run, engines, header.seed, shield=level),
                       evaluate=evaluate or Evaluator())
        held.same_engines({who: engine.name for who, engine in here.engines.items()})
        episodes = held.journal.episodes()
        played = _Played(here, header.run, [values.from_json(episode.item) for episode in episodes],
                         [episode.cell for episode in episodes])
        ended = {ending.episode for ending in held.journal.endings()}
        left = [number for number in range(len(episodes)) if number not in ended]
        return await _play(played, held, left, concurrency, clock, observer)
    except (journal.JournalFormatError, ValueError) as error:
        raise folders.no_run(folder, str(error)) from None
    finally:
        held.close()


class _Played:
    """What a run plays: a setting, its items, and where each stands."""

    def __init__(self, here: Setting, name: str, items: Sequence[Item] | Mapping[int, Item],
                 cells: Sequence[Cell] | Mapping[int, Cell]) -> None:
        matrix = here.plan.matrices.get(name)
        self.here = here
        self.items = items
        self.cells = cells
        self.budget = (matrix or here.plan.runs.get(name) or _FREE).budget
        self._drawn_by = [axis.name for axis in matrix.axes if axis.kind != "models"] if matrix else []

    def setting(self, number: int) -> Setting:
        """That of one dialogue. In a matrix, those that differ in their models only draw the same."""
        cell = self.cells[number]
        named = {name: cell[name] for name in self._drawn_by if name in cell}
        draws = msgspec.json.encode(named, order="deterministic").decode() if cell and self._drawn_by else ""
        return of_dialogue(self.here, self.items[number], draws)

    def episodes(self) -> Iterator[journal.Episode]:
        """What the journal says of each dialogue before its first turn; no state for one that will fail for want of
        it."""
        return map(self.episode, range(len(self.items)))

    def episode(self, number: int) -> journal.Episode:
        """The same of one."""
        item = self.items[number]
        try:
            members = initial(self.setting(number), number, item)
        except EpisodeError:
            members = {}
        return journal.Episode(number, values.to_json(dict(item)), values.to_json(members),
                               cell=dict(self.cells[number]))


_FREE = plan.Run("", "", plan.Selection(""))
"""Stands for a flow that is played without a run."""


async def _play(played: _Played, held: folders.Folder, episodes: Sequence[int], concurrency: int | None, clock: Clock,
                observer: Observer | None) -> Path:
    """Plays the episodes that are left. Whatever ends this, what was answered is written."""
    observer = observer or Observer()
    recorder = Recorder(held.journal, observer)
    scheduler = Scheduler(played.here.engines, recorder, clock)
    begun = held.journal.begun()
    spent = held.journal.tokens() if begun else 0

    def start(number: int) -> turns.Dialogue:
        here = played.setting(number)
        dialogue = turns.Dialogue(here, begin(here, number, played.items[number]), scheduler.asked(here.engines),
                                  scheduler)
        if number in begun:
            events = held.journal
            dialogue.replay(events.turns(number), events.completions(number), events.interventions(number))
        return dialogue

    at_once = min(concurrency or scheduler.slots, len(episodes))
    try:
        observer.began(Begun(held.path, held.journal.header, episodes, at_once))
        await play_all(scheduler, start, episodes, recorder, observer, at_once,
                       Allowance(played.budget, spent, clock(), clock))
    finally:
        recorder.commit()
    observer.played()
    return held.path


def retaken(here: Setting, run: str, known: journal.Dialogue) -> tuple[journal.Episode, Callable[[], turns.Dialogue]]:
    """What a journal should say of a dialogue before its first turn, and what takes its turns once more from their
    answers (raises `EpisodeError`, `JournalError`)."""
    number = known.episode.episode
    played = _Played(here, run, {number: values.from_json(known.episode.item)}, {number: known.episode.cell})

    def again() -> turns.Dialogue:
        mine = played.setting(number)
        dialogue = turns.Dialogue(mine, begin(mine, number, played.items[number]), turns.not_asked, turns.Unwritten())
        dialogue.replay(known.turns, known.completions, known.interventions)
        return dialogue

    return played.episode(number), again
