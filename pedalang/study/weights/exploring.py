"""What would have come of another answer: an engine that answers otherwise where it is told to, and as ever elsewhere.

A dialogue that is played again with the same seed and one other answer is the same up to there, and its learner draws
the same numbers after. So the difference of two such dialogues is that answer's doing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import EngineError

LIVELY = 0.9
"""At least the temperature of words that are to be others."""


class Otherwise:
    """`at`: which requests, by their key, are answered otherwise, each with a number that draws how. Of choices, one
    that the engine did not take is drawn, each as likely; words are generated with another seed. Keys are read
    here, which an engine must not: this one stands for somebody who tries things out."""

    def __init__(self, engine: Engine, at: Mapping[str, int]) -> None:
        self._engine = engine
        self._at = at
        known = hashlib.sha256(msgspec.json.encode(dict(at), order="sorted")).hexdigest()
        self.name = f"{engine.name} otherwise {known[:16]}"
        self.model, self.abilities = engine.model, engine.abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        replies = await self._engine.answer([self._lively(request) for request in requests])
        return [self._other(request, reply) for request, reply in zip(requests, replies, strict=True)]

    async def close(self) -> None:
        """Nothing: the engine is its owner's to close."""

    def _lively(self, request: Request) -> Request:
        drawn = self._at.get(request.key)
        if drawn is None or request.choices:
            return request
        return replace(request, temperature=max(request.temperature, LIVELY),
                       seed=seeds.derived(request.seed, drawn, -1, "", "otherwise"))

    def _other(self, request: Request, reply: Reply | EngineError) -> Reply | EngineError:
        drawn = self._at.get(request.key)
        if drawn is None or not isinstance(reply, Reply) or reply.choice is None or len(request.choices) < 2:
            return reply
        picked = other(len(request.choices), reply.choice, seeds.Draws(drawn))
        return replace(reply, text=request.choices[picked], choice=picked)


def other(count: int, taken: int, draws: seeds.Draws) -> int:
    """Another of so many choices, each as likely: what is thought unlikely is tried as well."""
    picked = draws.below(count - 1)
    return picked + (picked >= taken)
