"""An engine that draws: it says, and chooses, by chance where the engine behind it would say and choose what
is likeliest. From dialogues that are all alike nothing can be learnt.

Words are generated at a temperature. One of several choices is drawn in proportion to exp(score / temperature), the
mean log-probability of its tokens: at a low temperature the one that would be taken anyhow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import structs

from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import EngineError


class Sampled:
    """Another engine, asked at a temperature above 0. What it draws comes from each request's seed. Closing it closes
    nothing: the engine belongs to who opened it."""

    def __init__(self, engine: Engine, temperature: float) -> None:
        self._engine = engine
        self._temperature = temperature
        self.name, self.model = f"{engine.name} sampled at {temperature:g}", engine.model
        self.abilities = engine.abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        warm = [structs.replace(each, temperature=max(each.temperature, self._temperature)) for each in requests]
        replies = await self._engine.answer(warm)
        return [self._drawn(request, reply) for request, reply in zip(warm, replies, strict=True)]

    async def close(self) -> None:
        """There is nothing of its own."""

    def _drawn(self, request: Request, reply: Reply | EngineError) -> Reply | EngineError:
        if isinstance(reply, EngineError) or not request.choices or len(reply.scores) != len(request.choices):
            return reply
        best = max(reply.scores)
        shares = [math.exp((score - best) / self._temperature) for score in reply.scores]
        place = seeds.Draws(request.seed).weighted(shares)
        return structs.replace(reply, text=request.choices[place], choice=place)
