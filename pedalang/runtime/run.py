"""A run: a plan, engines and a seed give a journal. Nothing here knows how a dialogue goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.expression.values import Value
from pedalang.runtime import folder as folders
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import turns
from pedalang.runtime.episode.state import Setting, begin, complete, initial, setting
from pedalang.runtime.errors import EpisodeError
from pedalang.runtime.pool import Clock, Ensemble, Observer, Recorder, play_all


def run(of: plan.Plan, name: str, items: Sequence[Mapping[str, Value]], engines: Mapping[str, Engine], *, seed: int,
        folder: Path, concurrency: int | None = None, clock: Clock = time.monotonic, observer: Observer | None = None,
        data: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None) -> Path:
    """Plays a dialogue an item: `name` is a run of the plan or a flow, an item gives the flow's parameters, `engines`
    has one a member of the cast, `data` the hashes of the files that the items are from, `options` what the caller
    needs to continue. Returns the folder.

    Raises `RunError` where nothing can begin or nothing can be written; a dialogue that fails is recorded as failed.
    `KeyboardInterrupt` comes after what was answered is written. `concurrency` is by default what the engines work on
    at a time with profit.
    """
    return asyncio.run(run_async(of, name, items, engines, seed=seed, folder=folder, concurrency=concurrency,
                                 clock=clock, observer=observer, data=data, options=options))


async def run_async(of: plan.Plan, name: str, items: Sequence[Mapping[str, Value]], engines: Mapping[str, Engine], *,
                    seed: int, folder: Path, concurrency: int | None = None, clock: Clock = time.monotonic,
                    observer: Observer | None = None, data: Mapping[str, str] | None = None,
                    options: Mapping[str, Any] | None = None) -> Path:
    """The same as `run`, in a running event loop."""
    here = setting(of, name, engines, seed)
    items = [complete(here, number, item) for number, item in enumerate(items)]
    header = journal.Header("run", plan.digest(of), name, here.flow.name, seed, len(items),
                            {who: engine.name for who, engine in here.engines.items()}, dict(data or {}),
                            dict(options or {}))
    held = folders.create(folder, of, header, _episodes(here, items))
    try:
        return await _play(here, held, range(len(items)), items, concurrency, clock, observer)
    finally:
        held.close()


def resume(folder: Path, engines: Mapping[str, Engine], *, concurrency: int | None = None,
           clock: Clock = time.monotonic, observer: Observer | None = None) -> Path:
    """Continues a run: dialogues that ended stay as they are, no answered request is asked again. Raises `RunError`:
    also PED1212 for other engines than the run began with."""
    return asyncio.run(resume_async(folder, engines, concurrency=concurrency, clock=clock, observer=observer))


async def resume_async(folder: Path, engines: Mapping[str, Engine], *, concurrency: int | None = None,
                       clock: Clock = time.monotonic, observer: Observer | None = None) -> Path:
    """The same as `resume`, in a running event loop."""
    held = folders.reopen(folder)
    try:
        header = held.journal.header
        here = setting(held.plan, header.run, engines, header.seed)
        held.same_engines({who: engine.name for who, engine in here.engines.items()})
        items = [values.from_json(episode.item) for episode in held.journal.episodes()]
        ended = {ending.episode for ending in held.journal.endings()}
        left = [number for number in range(len(items)) if number not in ended]
        return await _play(here, held, left, items, concurrency, clock, observer)
    except (journal.JournalFormatError, ValueError) as error:
        raise folders.no_run(folder, str(error)) from None
    finally:
        held.close()


async def _play(here: Setting, held: folders.Folder, episodes: Sequence[int], items: Sequence[Mapping[str, Value]],
                concurrency: int | None, clock: Clock, observer: Observer | None) -> Path:
    """Plays the episodes that are left. Whatever ends this, what was answered is written."""
    recorder, ensemble, begun = Recorder(held.journal), Ensemble(here.engines, clock), held.journal.begun()

    def start(number: int) -> turns.Dialogue:
        dialogue = turns.Dialogue(here, begin(here, number, items[number]), ensemble.ask, recorder)
        if number in begun:
            dialogue.replay(held.journal.turns(number), held.journal.completions(number))
        return dialogue

    at_once = min(concurrency or ensemble.slots, len(episodes))
    try:
        await play_all(start, episodes, recorder, observer or Observer(), at_once)
    finally:
        await ensemble.close()
        recorder.commit()
    return held.path


def _episodes(here: Setting, items: Sequence[Mapping[str, Value]]) -> Iterator[journal.Episode]:
    """What the journal says of each dialogue before its first turn; no state for one that will fail for want of it."""
    for number, item in enumerate(items):
        try:
            members = initial(here, number, item)
        except EpisodeError:
            members = {}
        yield journal.Episode(number, values.to_json(dict(item)), values.to_json(members))
