"""A rehearsal: one dialogue of a run is played and judged only to see what is sent to the engines."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pedalang import api, plan
from pedalang.expression.values import Value
from pedalang.runtime import run as runs
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study import score


class Sent(NamedTuple):
    """What was sent to an engine, and for which member of the cast (or the judge)."""

    who: str
    request: Request


class _Recording:
    """An engine that notes what it is asked for a member before another answers."""

    def __init__(self, who: str, engine: Engine, sent: list[Sent]) -> None:
        self._who, self._engine, self._sent = who, engine, sent
        self.name, self.model, self.abilities = engine.name, engine.model, engine.abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self._sent += [Sent(self._who, request) for request in requests]
        return await self._engine.answer(requests)

    async def close(self) -> None:
        await self._engine.close()


def rehearse(of: plan.Plan, chosen: plan.Run | plan.Matrix, item: dict[str, Value], uri: str,
             environment: Mapping[str, str], *, seed: int) -> list[Sent]:
    """What a run sends to engines in the dialogue about one item, judges included, in order. Nothing is kept. Raises
    `RunError`."""
    sent: list[Sent] = []
    with api.engines({"": uri}, environment) as opened, tempfile.TemporaryDirectory() as folder:
        cast = {who: _Recording(who, opened[""], sent) for who in of.flows[chosen.flow].cast}
        runs.run(of, chosen.name, [item], cast, seed=seed, folder=Path(folder))
        _, events = api.reopen_run(Path(folder))
        score.score(of, events, chosen.score, _Recording(api.JUDGE, opened[""], sent))
        events.close()
    return sent
