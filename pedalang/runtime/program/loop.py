"""An event loop in a thread of its own: engines are asynchronous, DSPy's callers are threads, and all that is asked at
once, from whatever thread, copy or session, is to reach an engine together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from pedalang.runtime.batching import Batcher
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError

T = TypeVar("T")


class Loop:
    """Runs coroutines for other threads. It begins with the first one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns or raises. Not for the loop's own thread."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._begun())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def later(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The same, for a caller in another event loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._begun()))

    def close(self) -> None:
        """Ends the thread; the next coroutine begins another one."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)

    def _begun(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_runs, args=(self._loop,), name="pedalang", daemon=True).start()
            return self._loop


def _runs(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


class Lent:
    """A loop for one session, which may end it without ending the loop."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(coroutine)

    def close(self) -> None:
        """Nothing: the loop is its owner's to end."""


class Shared:
    """An engine that many use at once: whoever asks, its slots are counted once. Only for one loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._batcher = Batcher(engine, _no_clock)
        self.name, self.model = engine.name, engine.model
        self.abilities = engine.abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        answered = await asyncio.gather(*(self._batcher.ask(request) for request in requests))
        return [reply for reply, _ in answered]

    async def close(self) -> None:
        await self._batcher.close()
        await self._engine.close()


def _no_clock() -> float:
    """How long an answer takes is nobody's concern here."""
    return 0.0
