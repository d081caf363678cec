"""The engine `random:`: picks evenly among choices, and says words from a short list. For tests of everything else.

What it answers follows from a request's seed alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

WORDS = ("we", "you", "it", "this", "that", "see", "say", "try", "look", "think", "half", "part", "whole", "more",
         "less", "same", "first", "next", "again", "now", "why", "how", "so", "and")
MOST_WORDS = 12


class RandomEngine:
    """Draws its answers."""

    name = "random:"
    model = ""
    abilities = Abilities(choose=True, scores=True, deterministic=True, slots=64,
                          honours=frozenset({"top_p", "adapter"}))

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [_picked(request) if request.choices else _said(request) for request in requests]

    async def close(self) -> None:
        """There is nothing to close."""


def open(options: Options) -> Engine:
    """Raises `EngineError` PED1112 for a target: there is none."""
    if options.target:
        raise EngineError("PED1112", f"`random:` is the whole address; it says `{options.target}` after the colon",
                          help="chance comes from the run's seed: `--seed`")
    return RandomEngine()


def availability() -> Availability:
    return Availability(True, "seeded chance, for trying out what is around a model", example="random:")


def _picked(request: Request) -> Reply:
    count = len(request.choices)
    choice = _below(Random(request.seed), count)
    even = (-math.log(count),) * count
    return Reply(request.choices[choice], choice, even, even)


def _said(request: Request) -> Reply:
    draw = Random(request.seed)
    most = max(1, min(MOST_WORDS, request.max_tokens))
    words = [WORDS[_below(draw, len(WORDS))] for _ in range(1 + _below(draw, most))]
    return Reply(" ".join(words).capitalize() + ".", tokens_out=len(words))


def _below(draw: Random, count: int) -> int:
    """A whole number from 0 up to but not including `count`: by `Random.random`, whose numbers no version changes."""
    return int(draw.random() * count)
