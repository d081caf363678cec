"""What a run costs over the bare binding, and that a turn, or a criterion, costs what is new in it."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.environment import turn_record
from pedalang.expression.evaluate import Evaluator
from pedalang.prompt import Message
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study import judging
from pedalang.study.asking import Subject
from pedalang.study.parts import WHOLE, View
from tests.engines import throughput
from tests.engines.conftest import small_model

__all__ = ["small_model"]
AT_LEAST = 0.9
"""Tokens a second of processor time through a run, over those of llama.cpp alone."""
GROWTH = 1.25
OVER_A_TRANSCRIPT = 1.25


@pytest.mark.full
@pytest.mark.parametrize("slots", [1, 8])
def test_a_run_reaches_what_llama_cpp_reaches_alone(slots: int, tmp_path: Path) -> None:
    """16 dialogues with a system prompt in common; the best of three of each, taken in turns."""
    pairs = [throughput.llama_compared(slots, tmp_path / str(trial))[:2] for trial in range(3)]
    ours, alone = (min(each, key=lambda one: one.worked) for each in zip(*pairs, strict=True))
    print(f"\n{slots} slots: {ours.text()}; alone: {alone.text()}; ratio {alone.worked / ours.worked:.2f}")
    assert ours.tokens == alone.tokens
    assert alone.worked >= AT_LEAST * ours.worked


@pytest.mark.full
def test_a_turn_computes_what_is_new_in_it(small_model: Engine, tmp_path: Path) -> None:
    _, told = throughput.through_a_run(_Lent(small_model), throughput.lesson(turns=24, tokens=12), 1, tmp_path / "run")
    computed = [each.reply.computed or 0 for each in told][1:]
    assert max(computed[-8:]) <= GROWTH * max(computed[:8])
    assert statistics.fmean(computed) < 80
    assert told[-1].reply.tokens_in > 900


TURNS = [turn_record(("teacher", "student")[number % 2], f"We cut bar {number} into {number + 2} parts, and then we "
                     f"take {number} of them, which is what you said before.", number=number) for number in range(76)]
LEVELS = tuple(plan.ScaleLevel(value, str(value), "") for value in range(1, 6))


def _judges(**how: Any) -> list[Subject]:
    """Eight criteria over one transcript."""
    view = View(WHOLE, 0, {}, TURNS, ())
    plain = [plan.Judge(nodes.Lit(f"How well is rule {number} kept, from 1 to 5?"), LEVELS, "ordinal")
             for number in range(8)]
    return [Subject(f"rule{number}", structs.replace(judge, **how), 0, view, Evaluator(), 7)
            for number, judge in enumerate(plain)]


@pytest.mark.full
@pytest.mark.parametrize(("how", "requests"), [({}, 8), ({"orders": 2}, 16), ({"orders": 2, "votes": 5}, 16)])
def test_a_rubric_of_eight_criteria_reads_a_transcript_once(small_model: Engine, how: dict[str, int],
                                                            requests: int) -> None:
    """However often it is asked about; one call a criterion without a prefix in common would read it as often."""
    told = _Told(small_model)
    assert all(each.judgement for each in asyncio.run(judging.judged(_judges(**how), told)))
    replies = [reply for reply in told.replies if isinstance(reply, Reply)]
    assert len(replies) == requests
    assert replies[0].tokens_in > 2_000
    assert sum(reply.tokens_in for reply in replies) > 0.9 * requests * replies[0].tokens_in
    assert sum(reply.computed or 0 for reply in replies) <= OVER_A_TRANSCRIPT * replies[0].tokens_in


@pytest.mark.parametrize("how", [{}, {"orders": 2}, {"orders": 2, "votes": 4, "reason": "after", "evidence": True}])
def test_what_is_asked_of_a_transcript_comes_after_it(how: dict[str, Any]) -> None:
    """By the texts that are sent, whatever the engine: each begins with the transcript, and adds little to it."""
    engine = _Lent(scripted.from_function(
        lambda request: 3 if request.choices else '{"line": 1, "quote": "We cut bar 0"}', "judging"))
    asyncio.run(judging.judged(_judges(**how), engine))
    texts = [_text(messages) for messages in engine.prompts]
    shared = len(_shared(texts[0], texts[-1]))
    assert all(text.startswith(texts[0][:shared]) for text in texts)
    added = sum(len(text) - shared for text in texts)
    assert added <= (OVER_A_TRANSCRIPT - 1) * shared * max(1, len(texts) / 8), "eight questions are a quarter"


class _Told:
    """An engine, and what it answered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.model, self.abilities = engine.name, engine.model, engine.abilities
        self.replies: list[Reply | EngineError] = []

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.replies += (found := await self._engine.answer(requests))
        return found

    async def close(self) -> None:
        await asyncio.sleep(0)


class _Lent:
    """An engine that stays open, and the prompts that it was sent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.model, self.abilities = engine.name, engine.model, engine.abilities
        self.prompts: list[tuple[Message, ...]] = []

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.prompts += [request.messages for request in requests]
        return await self._engine.answer(requests)

    async def close(self) -> None:
        await asyncio.sleep(0)


def test_a_long_dialogue_of_free_words_sends_what_is_new(tmp_path: Path) -> None:
    """Through a run, against an engine that says as much each time."""
    engine = _Lent(scripted.from_function(lambda request: "I see, and what then?", "talking"))
    throughput.through_a_run(engine, throughput.lesson(turns=40, tokens=12, rules=3), 1, tmp_path / "run")
    new = [len(_text(later)) - len(_shared(_text(later), _text(before)))
           for before, later in zip(engine.prompts, engine.prompts[1:], strict=False)]
    assert len(new) == 39
    assert max(new) <= max(new[:4]) + 2, "a number may have a digit more"


def _text(messages: tuple[Message, ...]) -> str:
    return "\n".join(f"{role}: {text}" for role, text in messages)


def _shared(first: str, second: str) -> str:
    return first[: next((at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other),
                        min(len(first), len(second)))]
