"""Many dialogues at once: requests that are ready together go to their engine together, turns that are ready together
are written together, and only the dialogue concerned waits."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from pedalang import journal, plan
from pedalang.runtime import folder
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.episode import turns
from pedalang.runtime.errors import EngineError, EpisodeError, JournalError

Clock = Callable[[], float]
"""Seconds from some moment on, never going back."""
Answer = tuple[Reply | EngineError, float]


class Batcher:
    """An engine's requests: all that are ready go to it in one call, never more than its slots at a time."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._waiting: deque[tuple[Request, asyncio.Future[Answer]]] = deque()
        self._free = max(1, engine.abilities.slots)
        self._calls: set[asyncio.Task[None]] = set()
        self._due = False

    def ask(self, request: Request) -> asyncio.Future[Answer]:
        """The engine's answer, and the seconds that its call took."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        self._send_soon()
        return answer

    async def close(self) -> None:
        """Gives up the calls under way."""
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _send_soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._due = False
        batch = []
        while self._waiting and len(batch) < self._free:
            request, answer = self._waiting.popleft()
            if not answer.done():
                batch.append((request, answer))
        self._free -= len(batch)
        for part in [[each] for each in batch] if self._engine.abilities.apart else filter(None, [batch]):
            call = asyncio.get_running_loop().create_task(self._call(part))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _call(self, batch: list[tuple[Request, asyncio.Future[Answer]]]) -> None:
        start = self._clock()
        try:
            replies = await self._engine.answer([request for request, _ in batch])
            if len(replies) != len(batch):
                what = f"{len(replies)} answers to {len(batch)} requests"
                raise EngineError("PED1208", f"{self._engine.name} gave {what}",
                                  help="this is a fault of the engine; try another one")
        except EngineError as error:
            replies = [error] * len(batch)
        except BaseException as error:
            for _, answer in batch:
                if not answer.done():
                    answer.cancel() if isinstance(error, asyncio.CancelledError) else answer.set_exception(error)
            return
        finally:
            self._free += len(batch)
            if self._waiting:
                self._send_soon()
        seconds = self._clock() - start
        for (_, answer), reply in zip(batch, replies, strict=True):
            if not answer.done():
                answer.set_result((reply, seconds))


class Estimate(Struct, frozen=True):
    """What a run is expected to take, from some of its dialogues, played beforehand with answers that are made up."""

    dialogues: int
    calls: int
    """Requests to engines, judges' among them."""
    tokens_in: int
    tokens_new: int
    """Of these, those that no earlier prompt began with."""
    tokens_out: int
    seconds: float | None
    """None where nothing is known of how fast the engines are."""
    played: int
    """So many dialogues were played for it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What an observer is told of a run before its first dialogue: where it is kept, what it is of, which dialogues are
    to be played, and how many at a time."""

    folder: Path
    header: journal.Header
    episodes: Sequence[int]
    at_once: int

    @property
    def before(self) -> int:
        """How many dialogues had ended before: in a run that goes on."""
        return self.header.episodes - len(self.episodes)


class Observer:
    """Is told how a run gets on, each thing after it is durable; here it does nothing with that."""

    def estimated(self, estimate: Estimate) -> None: ...

    def began(self, run: Begun) -> None: ...

    def started(self, episode: int) -> None: ...

    def answered(self, answer: journal.Completion) -> None: ...

    def spoke(self, turn: journal.Turn) -> None: ...

    def ended(self, ending: journal.Ending) -> None: ...

    def left_out(self, episodes: Sequence[int], why: str) -> None: ...

    def played(self) -> None:
        """All dialogues that are played have ended."""

    def judging(self, dialogues: int) -> None:
        """Judges are asked about so many dialogues from now on."""

    def judged(self, episode: int) -> None: ...

    def scoring(self, dialogues: int) -> None:
        """So many dialogues are scored from now on."""

    def scored(self, episode: int) -> None: ...

    def finished(self, code: int) -> None:
        """All is done; the command ends with this code."""


class Recorder:
    """Writes a journal, one transaction for all that is ready at a moment. After a failure nothing more is written."""

    def __init__(self, to: journal.Journal, observer: Observer | None = None) -> None:
        self._journal = to
        self._observer = observer or Observer()
        self._untold: list[journal.Completion] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._broken: JournalError | None = None
        self.tokens = 0
        """How many the answers took that were noted here."""

    def note(self, events: Iterable[journal.Event]) -> None:
        """Keeps events, to be written with what comes next."""
        for event in events:
            if isinstance(event, journal.Completion):
                self.tokens += event.tokens_in + event.tokens_out
                self._untold.append(event)
            self._journal.add(event)

    def durable(self, events: Iterable[journal.Event]) -> asyncio.Future[None]:
        """Done when the events are written; fails with `JournalError` where they cannot be."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self.note(events)
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append(written)
        return written

    def commit(self) -> None:
        """Writes what is noted, at once. Raises `JournalError` where that fails, or failed before."""
        if self._broken is None:
            try:
                self._journal.commit()
            except sqlite3.Error as error:
                self._broken = folder.cannot_write(error)
        if self._broken is not None:
            raise self._broken
        told, self._untold = self._untold, []
        for answer in told:
            self._observer.answered(answer)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            self.commit()
        except JournalError as error:
            for written in waiting:
                if not written.done():
                    written.set_exception(error)
            return
        for written in waiting:
            if not written.done():
                written.set_result(None)


class Ensemble:
    """The engines of a run, each with its batcher; members with the same engine share it."""

    def __init__(self, engines: Mapping[str, Engine], clock: Clock) -> None:
        batchers = {id(engine): Batcher(engine, clock) for engine in engines.values()}
        self._of = {id(engine): batchers[id(engine)] for engine in engines.values()}
        self.slots = max((engine.abilities.slots for engine in engines.values()), default=1)

    def asked(self, engines: Mapping[str, Engine]) -> Callable[[str, Request], asyncio.Future[Answer]]:
        """What asks the members of a cast, each by its engine of these."""
        return lambda who, request: self._of[id(engines[who])].ask(request)

    async def close(self) -> None:
        for batcher in self._of.values():
            await batcher.close()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a run may still cost: `spent` tokens were used before it, `begun` is when it began on its clock."""

    budget: plan.Budget
    spent: int
    begun: float
    clock: Clock

    def used_up(self, tokens: int) -> str:
        """What is used up after so many more tokens, in words; empty while dialogues may begin."""
        if self.budget.tokens is not None and self.spent + tokens >= self.budget.tokens:
            return f"the budget of {self.budget.tokens:,} tokens is used up"
        if self.budget.wall is not None and self.clock() - self.begun >= self.budget.wall:
            return f"the budget of {self.budget.wall:g} seconds is used up"
        return ""


async def play_all(start: Callable[[int], turns.Dialogue], episodes: Iterable[int], recorder: Recorder,
                   observer: Observer, at_once: int, allowance: Allowance) -> None:
    """Plays dialogues, `at_once` of them at a time; one that cannot start or go on ends as failed. Once the allowance
    is used up none is begun, and the observer is told which are left out. Stops all of them at the first other error,
    or when cancelled, and raises that."""
    numbers = iter(episodes)

    async def play_some() -> None:
        for number in numbers:
            over = allowance.used_up(recorder.tokens)
            if over:
                observer.left_out([number, *numbers], over)
                return
            observer.started(number)
            observer.ended(await _played(start, number, recorder, observer))

    players = [asyncio.get_running_loop().create_task(play_some()) for _ in range(max(1, at_once))]
    try:
        done, _ = await asyncio.wait(players, return_when=asyncio.FIRST_EXCEPTION)
        for player in done:
            player.result()
    finally:
        for player in players:
            player.cancel()
        await asyncio.gather(*players, return_exceptions=True)


async def _played(start: Callable[[int], turns.Dialogue], number: int, recorder: Recorder,
                  observer: Observer) -> journal.Ending:
    try:
        dialogue = start(number)
    except EpisodeError as error:
        ending = turns.failed(number, "", error)
        await recorder.durable([ending])
        return ending
    return await turns.play(dialogue, observer.spoke)
