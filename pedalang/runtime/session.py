"""A dialogue in which a person plays one member of the cast, turn by turn: what a chat or another program embeds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

import msgspec

from pedalang import journal, plan
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes, values
from pedalang.expression.values import Value
from pedalang.runtime import folder as folders
from pedalang.runtime.batching import Clock
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import speaker, turns
from pedalang.runtime.episode.state import Level, Setting, begin, complete, of_dialogue, setting
from pedalang.runtime.errors import EpisodeError, RunError
from pedalang.runtime.pool import Ensemble, Recorder

MAX_CHARACTERS = 10_000
"""Of a person's turn."""

Voices = dict[str, nodes.Expr | str]
"""What takes the place of voices, as in a setting."""

T = TypeVar("T")


class Runner(Protocol):
    """What waits for coroutines: an `asyncio.Runner`, or a loop that others use too."""

    def run(self, coro: Coroutine[Any, Any, T], /) -> T: ...

    def close(self) -> None: ...


class AsyncSession:
    """A dialogue with a person in it, made by `start_async` or `reopen_async`.

    Each turn is durable before the next begins, where there is a folder. When an engine fails, its error is raised,
    the dialogue stands where it stood, and `go_on` asks again.
    """

    def __init__(self, dialogue: turns.Dialogue, person: str, ensemble: Ensemble, held: folders.Folder | None,
                 ending: journal.Ending | None) -> None:
        self._dialogue = dialogue
        self._ensemble = ensemble
        self._held = held
        self.person = person
        self.ending = ending
        """How the dialogue ended, once it has."""

    @property
    def turns(self) -> tuple[journal.Turn, ...]:
        """All turns so far; before the person's first one, those that open the dialogue."""
        return tuple(self._dialogue.turns)

    @property
    def moves(self) -> tuple[str, ...]:
        """What the person can say to be doing; in its turn without the moves that the shield masks."""
        masked = () if self.done else self._dialogue.masked(self.person)
        return tuple(move for move in self._dialogue.role(self.person).moves if move not in masked)

    @property
    def done(self) -> bool:
        return self.ending is not None

    async def send(self, text: str, move: str = "") -> journal.Turn | None:
        """Takes the person's turn and those after it, until it is the person's turn again or the dialogue is over.
        Returns the last of the others' turns (`turns` has all), or None where there was none. Raises `RunError`:
        PED1209 for words that cannot be a turn, or that come when it is not the person's turn, and for a move that the
        role has not, unless its set is open; PED1240 for one that the shield masks."""
        step = None if self.done else self._dialogue.next()
        if not isinstance(step, plan.Turn) or step.role != self.person:
            raise EpisodeError("PED1209", f"it is not the turn of {self.person}" + " any more" * self.done,
                               help="" if self.done else "let the others go on first")
        text = text.strip().encode("utf-8", "replace").decode()
        if not text or len(text) > MAX_CHARACTERS:
            raise EpisodeError("PED1209", f"a turn of {len(text)} characters",
                               help=f"say something, in at most {MAX_CHARACTERS} characters")
        role = self._dialogue.role(self.person)
        if move and not role.open and speaker.made(role, move)[0] not in role.moves:
            raise EpisodeError("PED1209", f"{self.person} has no move {move}",
                               help=did_you_mean(move, role.moves, "its moves are"))
        self._unmasked(speaker.made(role, move)[0])
        await self._dialogue.hear(step, text, move)
        return await self.go_on()

    def _unmasked(self, move: str) -> None:
        if move in self._dialogue.masked(self.person):
            kept = " and ".join(f"`{clause}`" for clause in self._dialogue.kept(self.person, move))
            raise EpisodeError("PED1240", f"`{move}` is not made here: it would break {kept}",
                               help=f"what can be done: {', '.join(self.moves) or 'say something without a move'}")

    async def go_on(self) -> journal.Turn | None:
        """Lets the others speak until it is the person's turn or the dialogue is over. Returns the last of their
        turns. Raises `RunError` where one of them cannot."""
        latest = None
        while not self.done:
            step = self._dialogue.next()
            if isinstance(step, str):
                self.ending = await self._dialogue.end(step)
            elif step.role == self.person:
                break
            else:
                latest = await self._dialogue.take(step)
        return latest

    async def close(self) -> None:
        """Ends the session, not the dialogue: with a folder, it can be reopened."""
        await self._ensemble.close()
        if self._held is not None:
            self._held.close()


class Session:
    """The same, for callers without an event loop. A context manager."""

    def __init__(self, runner: Runner, session: AsyncSession) -> None:
        self._runner = runner
        self._session = session

    @property
    def person(self) -> str:
        return self._session.person

    @property
    def moves(self) -> tuple[str, ...]:
        """What the person can say to be doing."""
        return self._session.moves

    @property
    def turns(self) -> tuple[journal.Turn, ...]:
        """All turns so far; before the person's first one, those that open the dialogue."""
        return self._session.turns

    @property
    def done(self) -> bool:
        return self._session.done

    @property
    def ending(self) -> journal.Ending | None:
        """How the dialogue ended, once it has."""
        return self._session.ending

    def send(self, text: str, move: str = "") -> journal.Turn | None:
        """As `AsyncSession.send`."""
        return self._runner.run(self._session.send(text, move))

    def go_on(self) -> journal.Turn | None:
        """As `AsyncSession.go_on`."""
        return self._runner.run(self._session.go_on())

    def close(self) -> None:
        """As `AsyncSession.close`."""
        self._runner.run(self._session.close())
        self._runner.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def start(of: plan.Plan, flow: str, item: Mapping[str, Value], engines: Mapping[str, Engine], *, person: str,
          seed: int = 0, folder: Path | None = None, options: Mapping[str, Any] | None = None,
          clock: Clock = time.monotonic, shield: Level = "full") -> Session:
    """Begins a session: the turns that open the dialogue are taken. `engines` has one for each other member of the
    cast; without a folder nothing is kept; `options` is kept for whoever reopens it. Raises `RunError`."""
    return _session(start_async(of, flow, item, engines, person=person, seed=seed, folder=folder, options=options,
                                clock=clock, shield=shield))


def reopen(folder: Path, engines: Mapping[str, Engine], *, clock: Clock = time.monotonic) -> Session:
    """A session that goes on where its folder says. Raises `RunError`."""
    return _session(reopen_async(folder, engines, clock=clock))


async def start_async(of: plan.Plan, flow: str, item: Mapping[str, Value], engines: Mapping[str, Engine], *,
                      person: str, seed: int = 0, folder: Path | None = None,
                      options: Mapping[str, Any] | None = None, clock: Clock = time.monotonic,
                      voices: Voices | None = None, shield: Level = "full") -> AsyncSession:
    """As `start`, in a running event loop. `voices` as in a run's setting."""
    here = setting(of, flow, engines, seed, voices=voices, persons=[person], shield=shield)
    if person not in here.flow.cast:
        raise RunError("PED1211", f"flow {here.flow.name} has no {person} in its cast",
                       help=did_you_mean(person, here.flow.cast) or f"its cast is {', '.join(here.flow.cast)}")
    item = complete(here, 0, item)
    here = of_dialogue(here, item)
    state = begin(here, 0, item)
    held = None
    if folder is not None:
        names = {who: engine.name for who, engine in here.engines.items() if who != person}
        header = journal.Header("session", plan.digest(of), flow, here.flow.name, seed, 1, names,
                                options={**(options or {}), "person": person, "shield": shield,
                                         "voices": msgspec.to_builtins(dict(voices or {}))})
        begun = journal.Episode(0, values.to_json(dict(item)), values.to_json(state.initial), "person")
        held = folders.create(folder, of, header, [begun])
    ensemble = Ensemble(here.engines, clock)
    record = Recorder(held.journal) if held else _Nowhere()
    dialogue = turns.Dialogue(here, state, ensemble.asked(here.engines), record)
    return await _opened(AsyncSession(dialogue, person, ensemble, held, None))


async def reopen_async(folder: Path, engines: Mapping[str, Engine], *, clock: Clock = time.monotonic) -> AsyncSession:
    """As `reopen`, in a running event loop."""
    held = folders.reopen(folder)
    try:
        return await _opened(_reopened(held, engines, clock))
    except (journal.JournalFormatError, msgspec.ValidationError, ValueError) as error:
        held.close()
        raise folders.no_run(folder, str(error)) from None
    except BaseException:
        held.close()
        raise


def _reopened(held: folders.Folder, engines: Mapping[str, Engine], clock: Clock) -> AsyncSession:
    header = held.journal.header
    person = header.options.get("person", "")
    if header.kind != "session":
        raise folders.no_run(held.path, f"it holds a {header.kind}, not a session")
    voices = msgspec.convert(header.options.get("voices", {}), Voices)
    here: Setting = setting(held.plan, header.run, engines, header.seed, voices=voices, persons=[person],
                            shield=header.options.get("shield", "off"))
    held.same_engines({who: engine.name for who, engine in here.engines.items()})
    (begun,) = held.journal.episodes()
    ensemble = Ensemble(here.engines, clock)
    item = values.from_json(begun.item)
    here = of_dialogue(here, item)
    dialogue = turns.Dialogue(here, begin(here, 0, item), ensemble.asked(here.engines), Recorder(held.journal))
    dialogue.replay(held.journal.turns(), held.journal.completions(), held.journal.interventions())
    endings = held.journal.endings()
    return AsyncSession(dialogue, person, ensemble, held, endings[0] if endings else None)


async def _opened(session: AsyncSession) -> AsyncSession:
    try:
        await session.go_on()
    except BaseException:
        await session.close()
        raise
    return session


class _Nowhere:
    """The record of a session that is not kept."""

    def note(self, events: Iterable[journal.Event]) -> None: ...

    async def durable(self, events: Iterable[journal.Event]) -> None: ...


def _session(opening: Coroutine[Any, Any, AsyncSession]) -> Session:
    runner = asyncio.Runner()
    try:
        return Session(runner, runner.run(opening))
    except BaseException:
        runner.close()
        raise
