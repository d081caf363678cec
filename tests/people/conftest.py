"""Small programs as text: what the compiler says of them, and what a dialogue of theirs comes to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pedalang import diagnostic, journal, plan
from pedalang.compiler import compile
from pedalang.runtime import run
from pedalang.runtime.engines.engine import EngineError, Reply, Request
from pedalang.runtime.engines.random import RandomEngine

SUM = {"a": 2, "b": 3, "answer": 5}


class Keeps(RandomEngine):
    """`random:`, which keeps what it was asked; with `words` it says those, and with `tokens` each answer costs so
    many."""

    def __init__(self, words: Callable[[Request], str] | None = None, tokens: int = 0) -> None:
        self.asked: list[Request] = []
        self.words = words
        self.tokens = tokens

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.asked += requests
        return [self._reply(request, reply)
                for request, reply in zip(requests, await super().answer(requests), strict=True)]

    def _reply(self, request: Request, reply: Reply | EngineError) -> Reply | EngineError:
        if isinstance(reply, EngineError):
            return reply
        text = self.words(request) if self.words and not request.choices else reply.text
        return Reply(text, reply.choice, reply.scores, tokens_out=self.tokens)


def compiled(text: str) -> plan.Plan:
    """The plan of a program that nothing is said of."""
    made = compile.compile_text(text)
    wrong = [each for each in made.diagnostics if each.code not in ("PED0606", "PED0609")]  # a play shows what breaks
    assert made.plan is not None and not wrong, diagnostic.to_text(wrong)
    return made.plan


def said(text: str) -> list[tuple[str, str, str]]:
    """Of each diagnostic its code, what it points at, and its message."""
    return [(d.code, d.span.text if d.span else "", d.message) for d in compile.check_text(text)]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., SimpleNamespace]:
    """Plays a dialogue of the only flow of a program; gives its turns, ending, canonical journal, and the engine."""
    numbers = itertools.count()

    def played(text: str, item: Mapping[str, Any] | None = None, *, engine: Keeps | None = None, seed: int = 1,
               **options: Any) -> SimpleNamespace:
        of, folder = compiled(text), tmp_path / f"run{next(numbers)}"
        engine = engine or Keeps()
        (flow,) = of.flows
        cast = dict.fromkeys(of.flows[flow].cast, engine)
        run.run(of, flow, [{"sum": SUM} if item is None else item], cast, seed=seed, folder=folder, **options)
        return told(folder, engine)

    return played


def told(folder: Path, engine: Keeps) -> SimpleNamespace:
    """What the journal of a run says."""
    events = journal.open_journal(folder)
    try:
        return SimpleNamespace(turns=events.turns(), ending=events.endings()[0], episode=events.episodes()[0],
                               lines=list(journal.canonical(events)), engine=engine, folder=folder)
    finally:
        events.close()
