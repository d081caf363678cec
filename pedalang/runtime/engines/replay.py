"""The engine `replay:RUN`: gives again what was answered in an earlier run, by the folder of that run.

An answer counts for the same key (`episode/turn/step`) and the same prompt; nothing is made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pedalang import journal, prompt
from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

SHOWN = 16
"""Digits of a journal's hash in the engine's name."""


class Replay:
    """Answers with what is recorded: key to the digest of the prompt (empty: any prompt) and the reply."""

    def __init__(self, recorded: Mapping[str, tuple[str, Reply]], name: str, speaks_freely: bool) -> None:
        self._recorded = recorded
        self.name, self.model = name, ""
        self.abilities = Abilities(choose=True, scores=True, schema=True, deterministic=True,
                                   speaks_freely=speaks_freely, slots=64)

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [self._answer(request) for request in requests]

    async def close(self) -> None:
        """There is nothing to close."""

    def _answer(self, request: Request) -> Reply | EngineError:
        found = self._recorded.get(request.key)
        if found is None:
            return EngineError("PED1109", f"{self.name} has no answer for `{request.key}`",
                               help="only what that run asked can be replayed: the same program, seed and data")
        sent, reply = found
        if sent and sent != prompt.digest(request.messages, request.choices):
            return EngineError("PED1114", f"another prompt was sent for `{request.key}` when {self.name} was recorded",
                               help="the program, its data or its seed changed since; run it with the model again")
        return reply


def open(options: Options) -> Engine:
    """Raises `EngineError`: PED1112 where no run is named, PED1113 where its journal cannot be read."""
    if not options.target:
        raise EngineError("PED1112", "`replay:` names no run", help="name its folder: `replay:runs/fractions-demo-1`")
    folder = Path(options.target)
    try:
        source = journal.open_journal(folder)
    except (OSError, journal.JournalFormatError) as error:
        raise _unreadable(folder, error) from None
    try:
        completions = source.completions()
        name = f"replay:{folder.resolve().name} sha256:{journal.digest(journal.canonical(source))[:SHOWN]}"
    except journal.JournalFormatError as error:
        raise _unreadable(folder, error) from None
    finally:
        source.close()
    recorded = {each.key: (each.prompt, _reply(each)) for each in completions}
    return Replay(recorded, name, any(map(_spoken_freely, completions)))


def availability() -> Availability:
    return Availability(True, "the recorded answers of an earlier run", example="replay:runs/fractions-demo-1")


def from_replies(recorded: Mapping[str, Reply], *, speaks_freely: bool = False) -> Replay:
    """An engine that gives these replies by key, whatever the prompt is."""
    return Replay({key: ("", reply) for key, reply in recorded.items()}, "replay:", speaks_freely)


def _reply(of: journal.Completion) -> Reply:
    return Reply(of.text, of.choice, of.scores, of.totals, of.tokens_in, of.tokens_out, of.finish)


def _spoken_freely(of: journal.Completion) -> bool:
    """Whether an utterance was generated: then the recorded engine spoke freely, and so must a replay."""
    return of.step == "speech" and of.choice is None


def _unreadable(folder: Path, error: Exception) -> EngineError:
    return EngineError("PED1113", f"the run in {folder} cannot be replayed: {error}",
                       help="name the folder of a run, as it was printed when the run began")
