"""What tuning has cost, counted where engines are asked, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from pedalang import plan
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError


class Stopped(Exception):
    """A search is over before its end; the text says why."""


class Spent(Stopped):
    """A budget is used up; the text says which."""


class Cost(Struct, frozen=True):
    """Answers of engines, and the tokens that they read and wrote. Answers kept from before count like others, so that
    tuning that was stopped and goes on ends where it would have ended."""

    calls: int = 0
    tokens: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.calls + other.calls, self.tokens + other.tokens)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.calls - other.calls, self.tokens - other.tokens)


class Spending:
    """Counts answers against a budget. `clock` is monotonic, in seconds."""

    def __init__(self, budget: plan.Budget, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock
        self._begun = clock()
        self.cost = Cost()

    def anew(self) -> Spending:
        """The same budget, of which nothing is spent."""
        return Spending(self._budget, self._clock)

    def add(self, reply: Reply | EngineError) -> None:
        """Counts an answer."""
        tokens = 0 if isinstance(reply, EngineError) else reply.tokens_in + reply.tokens_out
        self.cost += Cost(1, tokens)

    def recall(self, cost: Cost) -> None:
        """Counts what was spent before the search was stopped."""
        self.cost += cost

    def check(self) -> None:
        """Raises `Spent` where something is used up."""
        most = self._budget
        if most.calls is not None and self.cost.calls >= most.calls:
            raise Spent(f"the budget of {most.calls:,} calls is used up")
        if most.tokens is not None and self.cost.tokens >= most.tokens:
            raise Spent(f"the budget of {most.tokens:,} tokens is used up")
        if most.wall is not None and self._clock() - self._begun >= most.wall:
            raise Spent(f"the budget of {most.wall:g} seconds is used up")


class Counted:
    """An engine whose answers are counted."""

    def __init__(self, engine: Engine, spending: Spending) -> None:
        self._engine = engine
        self._spending = spending
        self.name, self.model, self.abilities = engine.name, engine.model, engine.abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        replies = await self._engine.answer(requests)
        for reply in replies:
            self._spending.add(reply)
        return replies

    async def close(self) -> None:
        await self._engine.close()
