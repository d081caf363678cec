"""Answers from an earlier run's journal: a dialogue can be played again on a machine without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pedalang import journal, prompt
from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError


class ReplayEngine:
    """Gives back the recorded answer of the same key, if the same prompt was sent then."""

    def __init__(self, recorded: Mapping[str, journal.Completion], name: str) -> None:
        self._recorded = recorded
        self.name = name
        free = any(each.step == "speech" and each.choice is None for each in recorded.values())
        self.abilities = Abilities(choose=True, scores=True, deterministic=True, speaks_freely=free, slots=64)

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [self._reply(request) for request in requests]

    async def close(self) -> None: ...

    def _reply(self, request: Request) -> Reply | EngineError:
        found = self._recorded.get(request.key)
        if found is None:
            return EngineError("PED1109", f"the recorded run has no answer for {request.key}",
                               help="replay a run of the same plan, seed and data")
        if found.prompt != prompt.digest(request.messages, request.choices):
            return EngineError("PED1109", f"another prompt was sent for {request.key} in the recorded run",
                               help="replay a run of the same plan, seed and data")
        return Reply(found.text, found.choice, found.scores, found.totals, found.tokens_in, found.tokens_out,
                     found.finish)


def open(options: Options) -> Engine:
    """An engine over a run folder. Raises `EngineError` PED1103 where that cannot be read."""
    folder = Path(options.target)
    try:
        events = journal.open_journal(folder)
    except (FileNotFoundError, journal.JournalFormatError) as error:
        raise EngineError("PED1103", f"`{options.target}` cannot be replayed: {error}",
                          help="name the folder of a run") from None
    try:
        return from_completions(events.completions(), f"replay:{folder.name}")
    finally:
        events.close()


def availability() -> Availability:
    return Availability(True, "answers from the journal of an earlier run", example="replay:runs/fractions-demo-1")


def from_completions(recorded: Sequence[journal.Completion], name: str = "replay:list") -> ReplayEngine:
    """An engine over recorded completions."""
    return ReplayEngine({each.key: each for each in recorded}, name)
