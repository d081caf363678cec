"""Answers at random, by the request's seed alone: the same request, the same answer. For tests and previews."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

_WORDS = ("so", "then", "why", "parts", "same", "more", "less", "first", "next", "we", "you", "think", "look", "count")
_MOST_WORDS = 12


class RandomEngine:
    """Picks uniformly among choices; speaks in words of a short list."""

    name = "random:"
    abilities = Abilities(choose=True, deterministic=True, slots=64)

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [_reply(request) for request in requests]

    async def close(self) -> None: ...


def open(options: Options) -> Engine:
    """The engine; it takes no target. Raises `EngineError`."""
    if options.target:
        raise EngineError("PED1101", f"`random:{options.target}`: this engine takes nothing after the colon",
                          help="write `random:`; `--seed` changes what it does")
    return RandomEngine()


def availability() -> Availability:
    return Availability(True, "picks at random among what is allowed, by the run's seed", example="random:")


def _reply(request: Request) -> Reply:
    drawn = Random(request.seed)
    if request.choices:
        choice = drawn.randrange(len(request.choices))
        return Reply(request.choices[choice], choice)
    count = min(_MOST_WORDS, max(1, request.max_tokens // 2))
    words = " ".join(drawn.choices(_WORDS, k=drawn.randint(1, count)))
    return Reply(words.capitalize() + ".", tokens_out=len(words.split()))
