"""A run: a plan, engines and a seed give a journal. Nothing here knows how a dialogue goes."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import branch as branches
from pedalang.runtime import folder as folders
from pedalang.runtime.batching import Clock
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import turns
from pedalang.runtime.episode.state import Level, Setting, begin, complete, initial, of_dialogue, setting
from pedalang.runtime.errors import EpisodeError
from pedalang.runtime.pool import Allowance, Begun, Observer, Recorder, Scheduler, play_all, slots

Item = Mapping[str, Value]
Cell = Mapping[str, Any]
"""Where a dialogue stands in a matrix, as the journal says it."""


def run(of: plan.Plan, name: str, items: Sequence[Mapping[str, Value]], engines: Mapping[str, Engine], *, seed: int,
        folder: Path, concurrency: int | None = None, clock: Clock = time.monotonic, observer: Observer | None = None,
        data: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None, cells: Sequence[Cell] = (),
        evaluate: Evaluator | None = None, shield: Level = "full", now: Clock = time.time) -> Path:
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
                                 evaluate=evaluate, shield=shield, now=now))


async def run_async(of: plan.Plan, name: str, items: Sequence[Mapping[str, Value]], engines: Mapping[str, Engine], *,
                    seed: int, folder: Path, concurrency: int | None = None, clock: Clock = time.monotonic,
                    observer: Observer | None = None, data: Mapping[str, str] | None = None,
                    options: Mapping[str, Any] | None = None, cells: Sequence[Cell] = (),
                    evaluate: Evaluator | None = None, shield: Level = "full", now: Clock = time.time) -> Path:
    """The same as `run`, in a running event loop."""
    here = replace(setting(of, name, engines, seed, shield=shield), evaluate=evaluate or Evaluator())
    items = [complete(here, number, item) for number, item in enumerate(items)]
    played = Played(here, name, items, cells or [{}] * len(items))
    header = journal.Header("run", plan.digest(of), name, here.flow.name, seed, len(items),
                            {who: engine.name for who, engine in here.engines.items()}, dict(data or {}),
                            {**(options or {}), "shield": shield})
    begun = journal.Sitting(0, "run", now(), 0)
    held = folders.create(folder, of, header, itertools.chain([begun], played.episodes()))
    try:
        return await _play(played, held, range(len(items)), concurrency, clock, observer)
    finally:
        held.close()


def resume(folder: Path, engines: Mapping[str, Engine], *, concurrency: int | None = None,
           clock: Clock = time.monotonic, observer: Observer | None = None, evaluate: Evaluator | None = None,
           now: Clock = time.time) -> Path:
    """Continues a run: dialogues that ended stay as they are, no answered request is asked again. Raises `RunError`:
    also PED1212 for other engines than the run began with."""
    return asyncio.run(resume_async(folder, engines, concurrency=concurrency, clock=clock, observer=observer,
                                    evaluate=evaluate, now=now))


async def resume_async(folder: Path, engines: Mapping[str, Engine], *, concurrency: int | None = None,
                       clock: Clock = time.monotonic, observer: Observer | None = None,
                       evaluate: Evaluator | None = None, now: Clock = time.time) -> Path:
    """The same as `resume`, in a running event loop."""
    return await _again(folder, engines, "resume", _unended, concurrency, clock, observer, evaluate, now)


def retry(folder: Path, engines: Mapping[str, Engine], *, concurrency: int | None = None,
          clock: Clock = time.monotonic, observer: Observer | None = None, evaluate: Evaluator | None = None,
          now: Clock = time.time) -> Path:
    """Plays the dialogues that failed again, each from the turn that it stopped at; the others stay as they are. Raises
    as `resume`."""
    return asyncio.run(_again(folder, engines, "retry", _failed, concurrency, clock, observer, evaluate, now))


def branch(source: Path, episode: int, turn: int, engines: Mapping[str, Engine], *, folder: Path, count: int = 1,
           seed: int | None = None, shield: Level | None = None, options: Mapping[str, Any] | None = None,
           concurrency: int | None = None, clock: Clock = time.monotonic, observer: Observer | None = None,
           evaluate: Evaluator | None = None, now: Clock = time.time) -> Path:
    """Plays a dialogue of the run in `source` anew from a turn on, `count` times; what comes before is taken from its
    journal. Seed and shield are that run's own where none is given. Raises `RunError`: PED1221 where there is no such
    turn."""
    of, events = folders.reading(source, journal.open_journal)
    try:
        header = events.header
        begun = branches.checked(of, events, source.name, episode, turn)
        level = header.options.get("shield", "off")
        root = branches.Root(source.resolve().name, journal.digest(journal.canonical(events)), episode, turn,
                             header.seed, level, branches.rooted(header))
        here = setting(of, header.run, engines, header.seed if seed is None else seed, shield=shield or level)
        played = Played(replace(here, evaluate=evaluate or Evaluator()), header.run,
                         [values.from_json(begun.item)] * count, [begun.cell] * count, root)
        told = {"options": {**(options or {}), "shield": shield or level, branches.OPTION: msgspec.to_builtins(root)},
                "seed": here.seed, "episodes": count, "engines": {who: each.name for who, each in here.engines.items()}}
        kept = [msgspec.structs.replace(begun, episode=number) for number in range(count)]
        known = [each for number in range(count) for each in branches.beginning(events, episode, turn, number)]
        held = folders.create(folder, of, msgspec.structs.replace(header, **told),
                              [journal.Sitting(0, "run", now(), turn * count), *kept, *known])
    except (journal.JournalFormatError, ValueError) as error:
        raise folders.no_run(source, str(error)) from None
    finally:
        events.close()
    try:
        return asyncio.run(_play(played, held, range(count), concurrency, clock, observer))
    finally:
        held.close()


async def _again(folder: Path, engines: Mapping[str, Engine], kind: Literal["resume", "retry"],
                 left: Callable[[journal.Journal], list[int]], concurrency: int | None, clock: Clock,
                 observer: Observer | None, evaluate: Evaluator | None, now: Clock) -> Path:
    """Takes a run up again, for the dialogues that are `left` of it."""
    held = folders.reopen(folder)
    try:
        header, events = held.journal.header, held.journal
        if header.kind != "run":
            raise folders.no_run(folder, f"it holds a {header.kind}, which nobody plays")
        level = header.options.get("shield", "off")
        here = replace(setting(held.plan, header.run, engines, header.seed, shield=level),
                       evaluate=evaluate or Evaluator())
        held.same_engines({who: engine.name for who, engine in here.engines.items()})
        episodes = events.episodes()
        played = Played(here, header.run, [values.from_json(episode.item) for episode in episodes],
                         [episode.cell for episode in episodes], branches.rooted(header))
        numbers = left(events)
        events.add(journal.Sitting(len(events.sittings()), kind, now(), events.counted().turns))
        return await _play(played, held, numbers, concurrency, clock, observer)
    except (journal.JournalFormatError, ValueError) as error:
        raise folders.no_run(folder, str(error)) from None
    except sqlite3.Error as error:
        raise folders.cannot_write(error) from None
    finally:
        held.close()


def _unended(events: journal.Journal) -> list[int]:
    ended = {ending.episode for ending in events.endings()}
    return [number for number in range(events.header.episodes) if number not in ended]


def _failed(events: journal.Journal) -> list[int]:
    """The dialogues that failed; their ends are taken away, and kept as failures."""
    endings = [ending for ending in events.endings() if ending.why == "failed"]
    before = Counter(each.episode for each in events.failures())
    stopped = [journal.Failure(each.episode, before[each.episode], len(events.turns(each.episode)), each.code,
                               each.message, each.place) for each in endings]
    events.take_back(stopped, [(each.episode, each.turn) for each in stopped if turns.for_its_answers(each.code)])
    return [each.episode for each in stopped]


Known: TypeAlias = tuple[Sequence[journal.Turn], Sequence[journal.Completion], Sequence[journal.Intervention]]
"""What a journal holds of a dialogue."""
NOTHING: Known = ((), (), ())


Going: TypeAlias = Callable[[Setting, Item, Cell], Setting]
"""The setting of a dialogue that goes on from others of its run."""


def alone(here: Setting, item: Item, cell: Cell) -> Setting:
    """That of one that goes on from none."""
    return here


class Played:
    """What a run plays: a setting, its items, where each stands, what it branches from, what they go on from."""

    def __init__(self, here: Setting, name: str, items: Sequence[Item] | Mapping[int, Item],
                 cells: Sequence[Cell] | Mapping[int, Cell], root: branches.Root | None = None,
                 going: Going = alone) -> None:
        matrix = here.plan.matrices.get(name)
        self.here = here
        self.items = items
        self.cells = cells
        self.root = root
        self.budget = (matrix or here.plan.runs.get(name) or here.plan.courses.get(name) or _FREE).budget
        self._going = going
        self._drawn_by = [axis.name for axis in matrix.axes if axis.kind != "models"] if matrix else []
        self._line = branches.line(root)
        self._bases = [*(replace(setting(here.plan, name, here.engines, each.seed, shield=each.shield),
                                 evaluate=here.evaluate) for each in self._line), here]

    def setting(self, number: int) -> Setting:
        """That of one dialogue. In a matrix, those that differ in their models only draw the same."""
        return self.settings(number)[-1][1]

    def settings(self, number: int) -> list[tuple[int, Setting]]:
        """From which turn on which setting counts: in a branch, first that of the run that it leaves."""
        first = self._of(self._bases[0], number)
        if not self._line:
            return [(0, first)]
        numbers = [*(root.episode for root in self._line), number]
        found = [(0, first if first.stream is not None else replace(first, stream=numbers[0]))]
        for root, base, at in zip(self._line, self._bases[1:], numbers[1:], strict=True):
            found.append((root.turn, branches.branched(self._of(base, number), found[-1][1], at,
                                                       reseeded=base.seed != root.seed)))
        return found

    def _of(self, here: Setting, number: int) -> Setting:
        cell = self.cells[number]
        named = {name: cell[name] for name in self._drawn_by if name in cell}
        draws = msgspec.json.encode(named, order="deterministic").decode() if cell and self._drawn_by else ""
        return self._going(of_dialogue(here, self.items[number], draws), self.items[number], cell)

    def dialogue(self, number: int, asking: Callable[[Mapping[str, Engine]], turns.Asked], record: turns.Record,
                 known: Known, met: turns.Met = turns.unheeded) -> turns.Dialogue:
        """A dialogue where a journal left it, from what it knows of it. Raises `EpisodeError`, `JournalError`."""
        said, answers, shielded = known
        *before, (_, here) = settings = self.settings(number)
        first = branches.recorded(before[0][1], answers, said) if before else here
        dialogue = turns.Dialogue(first, begin(first, number, self.items[number]), asking(here.engines), record, met)
        for (start, then), (until, _) in itertools.pairwise(settings):
            kept = [turn for turn in said if start <= turn.turn < until]
            dialogue.branch(branches.recorded(then, answers, kept))
            dialogue.replay(kept, answers, shielded)
        if before:
            dialogue.branch(here)
        if answers or said:
            dialogue.replay([turn for turn in said if turn.turn >= settings[-1][0]], answers, shielded)
        return dialogue

    def placed(self, episodes: Sequence[int]) -> Sequence[int]:
        """The dialogues in the order in which they begin: those of the same item one after the other where an engine
        computes once what prompts begin with in common. Not under a budget: that should leave out repetitions first.
        """
        shares = any(engine.abilities.prefix for engine in self.here.engines.values())
        if not shares or self.budget != plan.Budget():
            return episodes
        first: dict[int, int] = {}
        alike = {number: hash(msgspec.json.encode(values.to_json(dict(self.items[number])))) for number in episodes}
        return sorted(episodes, key=lambda number: first.setdefault(alike[number], number))

    def episodes(self) -> Iterator[journal.Episode]:
        """What the journal says of each dialogue before its first turn; no state for one that will fail for want of
        it."""
        return map(self.episode, range(len(self.items)))

    def episode(self, number: int) -> journal.Episode:
        """The same of one."""
        item = self.items[number]
        try:
            members = initial(self.settings(number)[0][1], number, item)
        except EpisodeError:
            members = {}
        return journal.Episode(number, values.to_json(dict(item)), values.to_json(members),
                               cell=dict(self.cells[number]))


_FREE = plan.Run("", "", plan.Selection(""))
"""Stands for a flow that is played without a run."""


async def _play(played: Played, held: folders.Folder, episodes: Sequence[int], concurrency: int | None, clock: Clock,
                observer: Observer | None) -> Path:
    """Plays the episodes that are left. Whatever ends this, what was answered is written."""
    sitting = Sitting(played, held, concurrency, clock, observer or Observer())
    episodes = played.placed(episodes)
    sitting.begin(episodes)
    await sitting.play(episodes)
    sitting.observer.played()
    return held.path


class Sitting:
    """A process that plays dialogues of a run, all at once or some after others."""

    def __init__(self, played: Played, held: folders.Folder, concurrency: int | None, clock: Clock,
                 observer: Observer) -> None:
        self._played, self._held, self._concurrency, self._clock = played, held, concurrency, clock
        self._begun = held.journal.begun()
        self.observer = observer
        self.recorder = Recorder(held.journal, observer)
        self._allowance = Allowance(played.budget, held.journal.tokens() if self._begun else 0, clock(), clock)

    def begin(self, episodes: Sequence[int]) -> None:
        """Says which dialogues are to be played."""
        at_once = self._at_once(episodes)
        self.observer.began(Begun(self._held.path, self._held.journal.header, episodes, at_once))

    async def play(self, episodes: Sequence[int]) -> None:
        """Plays some of them. Whatever ends this, what was answered is written."""
        scheduler = Scheduler(self._played.here.engines, self.recorder, self._clock)

        def start(number: int) -> turns.Dialogue:
            events, known = self._held.journal, NOTHING
            if number in self._begun:
                known = events.turns(number), events.completions(number), events.interventions(number)
            return self._played.dialogue(number, scheduler.asked, scheduler, known)

        try:
            await play_all(scheduler, start, episodes, self.recorder, self.observer,
                           self._at_once(episodes), self._allowance)
        finally:
            self.recorder.commit()

    def _at_once(self, episodes: Sequence[int]) -> int:
        return min(self._concurrency or slots(self._played.here.engines), len(episodes))


def retaken(here: Setting, header: journal.Header, known: journal.Dialogue,
            met: turns.Met = turns.unheeded,
            going: Going = alone) -> tuple[journal.Episode, Callable[[], turns.Dialogue]]:
    """What a journal should say of a dialogue before its first turn, and what takes its turns once more from their
    answers (raises `EpisodeError`, `JournalError`), telling `met` what they ask. Raises `ValueError` for a header that
    does not say where its run branches from."""
    number = known.episode.episode
    played = Played(here, header.run, {number: values.from_json(known.episode.item)}, {number: known.episode.cell},
                    branches.rooted(header), going)
    return played.episode(number), lambda: played.dialogue(
        number, lambda _: turns.not_asked, turns.Unwritten(),
        (known.turns, known.completions, known.interventions), met)
