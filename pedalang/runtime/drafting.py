"""Asks a model for a first draft of a program: it writes under a grammar, with one program to go by.

What the model finds are words and numbers; the grammar sees to the rest. Whether a draft says anything is for its
author to judge.
"""

from __future__ import annotations

from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError

LONGEST = 1000
"""Tokens of a draft; those of the embedded model have about 250."""
TEMPERATURE = 0.8

_TASK = "You write short programs for tutoring dialogues. A tutor asks and gives hints; a learner answers."


def request(about: str, grammar: str, example: str, seed: int) -> Request:
    """What is asked of a model for a program about something. The example is a program that the grammar gives, about
    telling the time."""
    messages = (Message("system", _TASK), Message("user", "Topic: telling the time"), Message("assistant", example),
                Message("user", f"Topic: {about}"))
    return Request(messages, seed=seed, max_tokens=LONGEST, temperature=TEMPERATURE, grammar=grammar, purpose="draft")


async def answer(engine: Engine, asked: Request) -> Reply:
    """The draft. Raises `EngineError`: PED1110 where the engine keeps no grammar, PED1106 where the draft has no end,
    and what the engine says."""
    try:
        if not engine.abilities.grammar:
            raise EngineError("PED1110", f"the engine `{engine.name}` keeps no grammar",
                              help="`llama:` does, with the embedded model or `llama:PATH`")
        (found,) = await engine.answer([asked])
    finally:
        await engine.close()
    if isinstance(found, EngineError):
        raise found
    return found
