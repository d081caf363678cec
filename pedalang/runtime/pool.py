"""Many dialogues at once: requests that are ready together go to their engine together, turns that are ready together
are written together, and only the dialogue concerned waits."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from pedalang import journal, plan
from pedalang.runtime import folder
from pedalang.runtime.batching import Answer, Batcher, Clock, Line
from pedalang.runtime.engines.engine import Engine, Request
from pedalang.runtime.episode import turns
from pedalang.runtime.errors import EpisodeError, JournalError

Player: TypeAlias = Coroutine[Any, Any, None]
"""Plays dialogues, one after the other."""


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

    async def durable(self, events: Iterable[journal.Event]) -> None:
        """Writes events at once, for a dialogue that is played alone. Raises `JournalError`."""
        self.note(events)
        self.commit()

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


class Ensemble:
    """The engines of a dialogue that is played alone, each with its batcher; members with the same engine share it."""

    def __init__(self, engines: Mapping[str, Engine], clock: Clock) -> None:
        batchers = {id(engine): Batcher(engine, clock) for engine in engines.values()}
        self._of = {id(engine): batchers[id(engine)] for engine in engines.values()}

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


class _Asking:
    """What a dialogue awaits that has asked an engine."""

    __slots__ = ("line", "request")

    def __init__(self, line: Line[Player], request: Request) -> None:
        self.line = line
        self.request = request

    def __await__(self) -> Generator[_Asking, Answer, Answer]:
        return (yield self)


class _Writing:
    """What a dialogue awaits whose events are noted and not yet written."""

    def __await__(self) -> Generator[_Writing, None, None]:
        yield self


_WRITING = _Writing()


def slots(engines: Mapping[str, Engine]) -> int:
    """How many dialogues keep all engines busy: each waits for one of them at a time."""
    different = {id(engine): engine for engine in engines.values()}
    return sum(max(1, engine.abilities.slots) for engine in different.values())


class Scheduler:
    """Takes dialogues on, each as far as it comes: until it asks an engine, or has something to be written. When none
    can go on, what was noted is written in one transaction, and then what was asked is sent.

    It is their record, and asks for them. Engines work side by side: none waits for another, and only dialogues that
    wait for an engine do. Whatever is begun goes on before anything new begins, for a player begins a dialogue when it
    has ended one; and while events are being written nothing is begun, so that neither requests nor events pile up.
    """

    def __init__(self, engines: Mapping[str, Engine], recorder: Recorder, clock: Clock) -> None:
        different = {id(engine): engine for engine in engines.values()}
        self._lines = {key: Line(engine, clock, self._answered) for key, engine in different.items()}
        self._recorder = recorder
        self._ready: deque[tuple[Player, Answer | None]] = deque()
        self._writing: list[Player] = []
        self._broken: BaseException | None = None
        self._answers = asyncio.Event()

    def asked(self, engines: Mapping[str, Engine]) -> Callable[[str, Request], _Asking]:
        """What asks the members of a cast, each by its engine of these."""
        lines = {who: self._lines[id(engine)] for who, engine in engines.items()}
        return lambda who, request: _Asking(lines[who], request)

    def note(self, events: Iterable[journal.Event]) -> None:
        """Keeps events, to be written with what comes next."""
        self._recorder.note(events)

    def durable(self, events: Iterable[journal.Event]) -> _Writing:
        """Done when the events are written."""
        self._recorder.note(events)
        return _WRITING

    async def drive(self, players: Sequence[Player]) -> None:
        """Takes all players to their end. Stops all of them at the first error, or when cancelled, and raises that."""
        self._ready.extend((player, None) for player in players)
        left = len(players)
        try:
            while left:
                left -= self._step()
                if self._writing:
                    await self._write()
                elif left:
                    await self._ask()
        finally:
            for player in players:
                player.close()
            for line in self._lines.values():
                await line.close()

    def _step(self) -> int:
        """Takes on all that are ready. Returns how many came to their end."""
        over = 0
        while self._ready:
            player, answer = self._ready.popleft()
            try:
                awaited = player.send(answer)
            except StopIteration:
                over += 1
                continue
            if awaited is _WRITING:
                self._writing.append(player)
            else:
                awaited.line.put(awaited.request, player)
        return over

    async def _write(self) -> None:
        self._recorder.commit()
        self._ready.extend((player, None) for player in self._writing)
        self._writing.clear()
        await asyncio.sleep(0)

    async def _ask(self) -> None:
        """Sends what can be sent, and waits for an answer. Raises what broke a call."""
        for line in self._lines.values():
            line.send()
        await self._answers.wait()
        self._answers.clear()
        if self._broken is not None:
            raise self._broken

    def _answered(self, player: Player, answer: Answer | BaseException) -> None:
        if isinstance(answer, BaseException):
            self._broken = answer
        else:
            self._ready.append((player, answer))
        self._answers.set()


async def play_all(scheduler: Scheduler, start: Callable[[int], turns.Dialogue], episodes: Iterable[int],
                   recorder: Recorder, observer: Observer, at_once: int, allowance: Allowance) -> None:
    """Plays dialogues, `at_once` of them at a time; one that cannot start or go on ends as failed. Once the allowance
    is used up none is begun, and the observer is told which are left out."""
    numbers = iter(episodes)

    async def play_some() -> None:
        for number in numbers:
            over = allowance.used_up(recorder.tokens)
            if over:
                observer.left_out([number, *numbers], over)
                return
            observer.started(number)
            observer.ended(await _played(scheduler, start, number, observer))

    await scheduler.drive([play_some() for _ in range(max(1, at_once))])


async def _played(scheduler: Scheduler, start: Callable[[int], turns.Dialogue], number: int,
                  observer: Observer) -> journal.Ending:
    try:
        dialogue = start(number)
    except EpisodeError as error:
        ending = turns.failed(number, "", error)
        await scheduler.durable([ending])
        return ending
    return await turns.play(dialogue, observer.spoke)
