"""What waits for an engine, and when it is sent: all that is ready goes in one call, what waits longest first, never
more than the engine's slots at a time. Nothing here knows of dialogues or journals."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError

T = TypeVar("T")
Clock: TypeAlias = Callable[[], float]
"""Seconds from some moment on, never going back."""
Answer: TypeAlias = tuple[Reply | EngineError, float]
"""What came of a request, and the seconds that its call took."""


class Line(Generic[T]):
    """The requests that wait for an engine, each with who waits for it (`T`), who is told by `tell`: the answer, or
    what broke the call."""

    def __init__(self, engine: Engine, clock: Clock, tell: Callable[[T, Answer | BaseException], None]) -> None:
        self._engine = engine
        self._clock = clock
        self._tell = tell
        self._free = max(1, engine.abilities.slots)
        self._calls: set[asyncio.Task[None]] = set()
        self.waiting: deque[tuple[Request, T]] = deque()

    def put(self, request: Request, waits: T) -> None:
        """Lines a request up; `send` sends it."""
        self.waiting.append((request, waits))

    def send(self) -> None:
        """Sends what the engine has slots for: those that have waited longest, and of these side by side those that
        begin alike, where the engine computes that once."""
        batch = [self.waiting.popleft() for _ in range(min(self._free, len(self.waiting)))]
        if not batch:
            return
        self._free -= len(batch)
        can = self._engine.abilities
        if can.prefix:
            batch.sort(key=_beginning)
        for part in ([each] for each in batch) if can.apart else (batch,):
            call = asyncio.get_running_loop().create_task(self._call(part))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def close(self) -> None:
        """Gives up the calls under way."""
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _call(self, batch: Sequence[tuple[Request, T]]) -> None:
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
            self._free += len(batch)
            for _, waits in batch:
                self._tell(waits, error)
            return
        self._free += len(batch)
        seconds = self._clock() - start
        for (_, waits), reply in zip(batch, replies, strict=True):
            self._tell(waits, (reply, seconds))


class Batcher:
    """A line for those who wait in an event loop's tasks: what is asked at a moment is sent together."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._line: Line[asyncio.Future[Answer]] = Line(engine, clock, self._told)
        self._due = False

    def ask(self, request: Request) -> asyncio.Future[Answer]:
        """The engine's answer, and the seconds that its call took."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._line.put(request, answer)
        self._send_soon()
        return answer

    async def close(self) -> None:
        """Gives up the calls under way."""
        await self._line.close()

    def _send_soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._due = False
        line = self._line
        line.waiting = deque((request, answer) for request, answer in line.waiting if not answer.done())
        line.send()

    def _told(self, waits: asyncio.Future[Answer], answer: Answer | BaseException) -> None:
        if waits.done():
            pass
        elif isinstance(answer, asyncio.CancelledError):
            waits.cancel()
        elif isinstance(answer, BaseException):
            waits.set_exception(answer)
        else:
            waits.set_result(answer)
        if self._line.waiting:
            self._send_soon()


def _beginning(waiting: tuple[Request, object]) -> tuple[tuple[str, str], ...]:
    """Sorted by this, prompts with the longest common beginning stand side by side."""
    return waiting[0].messages
