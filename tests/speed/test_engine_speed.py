"""What a run costs over the bare binding, and that a turn, or a criterion, costs what is new in it."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from pathlib import Path

import pytest

from pedalang import plan, prompt
from pedalang.expression import nodes
from pedalang.expression.environment import turn_record
from pedalang.expression.evaluate import Evaluator
from pedalang.prompt import Message
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from tests.engines import throughput
from tests.engines.conftest import answers, small_model

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


@pytest.mark.full
def test_a_rubric_of_eight_criteria_reads_a_transcript_once(small_model: Engine) -> None:
    turns = [turn_record(("teacher", "student")[number % 2], f"We cut bar {number} into {number + 2} parts, and then "
                         f"we take {number} of them, which is what you said before.", number=number)
             for number in range(76)]
    levels = tuple(plan.ScaleLevel(value, str(value), "") for value in range(1, 6))
    asked = []
    for number in range(8):
        judge = plan.Judge(nodes.Lit(f"How well is rule {number} kept, from 1 to 5?"), levels, "ordinal")
        asked.append(Request(prompt.render_judge(judge, turns, {}, Evaluator()), choices=tuple("12345")))
    replies = [reply for reply in answers(small_model, *asked) if isinstance(reply, Reply)]
    assert len(replies) == 8
    assert replies[0].tokens_in > 2_000
    assert sum(reply.computed or 0 for reply in replies) <= OVER_A_TRANSCRIPT * replies[0].tokens_in


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
