"""What searches of our own have in common: dialogues about the problems to learn from, the writer asked, figures of
what was played."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from msgspec.structs import replace

from pedalang import overlay
from pedalang.overlay import Tuned, Voice
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study.tuning import ledger
from pedalang.study.tuning.rollouts import Item, Rollout
from pedalang.study.tuning.task import Task


def played(task: Task, tuned: Tuned, items: Sequence[Item], what: str) -> tuple[Rollout, ...]:
    """Dialogues of a candidate about some of the problems to learn from, in a folder that is named after both."""
    return task.played(tuned, items, name=f"{what}-{ledger.digest(tuned)[:12]}")


def gain(before: Sequence[Rollout], after: Sequence[Rollout]) -> float:
    """By how much dialogues about the same problems are worth more, in all, where both have a score."""
    pairs = zip((each.score for each in before), (each.score for each in after), strict=True)
    return math.fsum(new - old for old, new in pairs if old is not None and new is not None)


def voice(task: Task, tuned: Tuned, key: str) -> Voice:
    """What a member is told in a step (`MEMBER.STEP`), as tuned or else as it is written."""
    found = tuned.voices.get(key)
    return overlay.written(task.flow.cast[key.partition(".")[0]]) if found is None else found


def told(tuned: Tuned, key: str, said: Voice) -> Tuned:
    """What was found, with something else told to a member in a step."""
    return replace(tuned, voices={**tuned.voices, key: said})


def asked(task: Task, engine: Engine, requests: Sequence[Request]) -> list[Reply | None]:
    """The answers, in order, None where there is none; in batches that the engine has room for. Raises `Spent`."""
    found: list[Reply | None] = []
    size = max(1, engine.abilities.slots)
    for start in range(0, len(requests), size):
        task.spending.check()
        replies = asyncio.run(_answered(engine, requests[start:start + size]))
        found += [None if isinstance(reply, EngineError) else reply for reply in replies]
    return found


async def _answered(engine: Engine, requests: Sequence[Request]) -> list[Reply | EngineError]:
    return await engine.answer(requests)
