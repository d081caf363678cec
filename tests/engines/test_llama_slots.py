"""The embedded engine with several slots: what dialogues share is computed once, and journals say how much was."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from pedalang import journal
from pedalang.prompt import Message
from pedalang.runtime.engines import llama, opening
from pedalang.runtime.engines.engine import Abilities, Engine, Options, Reply, Request
from pedalang.runtime.engines.places import Place, Tokens
from pedalang.runtime.errors import EngineError
from tests.engines import throughput
from tests.engines.conftest import LEVELS, answers, asked, replied

SLOTS, DIALOGUES = 2, 3
VOICE = Message("system", "You are a patient tutor of fractions, you ask one question at a time, and you wait for it.")


@pytest.fixture(scope="module")
def several() -> Iterator[Engine]:
    engine = opening.open_engine(f"llama:?slots={SLOTS}&context=512", {})
    yield engine
    asyncio.run(engine.close())
    asyncio.run(engine.close())


def told(dialogue: int, *more: Message, choices: tuple[str, ...] = ()) -> Request:
    messages = (VOICE, Message("user", f"{dialogue} of {dialogue + 1} is what I think it is."), *more)
    return asked(messages=messages, choices=choices, max_tokens=3)


def test_it_says_that_it_has_slots_and_promises_less(several: Engine, small_model: Engine) -> None:
    assert several.abilities.slots == SLOTS
    assert several.name == f"{small_model.name} slots:{SLOTS}"
    assert several.model == small_model.model
    assert several.abilities.context == 512
    assert not several.abilities.deterministic
    assert small_model.abilities.deterministic
    assert small_model.abilities.slots == 1


def test_a_system_message_is_read_once_and_a_dialogue_goes_on_where_it_was(several: Engine) -> None:
    assert isinstance(several, llama.Llama)
    head = several._prompt(told(0))[1]
    replies = answers(several, *map(told, range(DIALOGUES)))
    assert all(isinstance(reply, Reply) for reply in replies), replies
    first = [reply for reply in replies if isinstance(reply, Reply)]
    assert sum(reply.computed or 0 for reply in first) <= sum(reply.tokens_in - head for reply in first) + 2 * head
    heard = Message("user", "Well, I would say that it is two fifths, for I added the tops and I added the bottoms.")
    for number, reply in enumerate(first):
        again = replied(several, told(number, Message("assistant", reply.text), heard))
        assert again.computed is not None
        assert again.computed <= again.tokens_in - reply.tokens_in + 2, "the words of the turn before, and the new ones"


def test_questions_about_one_transcript_read_it_once(several: Engine) -> None:
    transcript = " ".join(f"teacher: Cut bar {number} into 3.\nstudent: I did." for number in range(6))
    asks = [asked(messages=(VOICE, Message("user", f"{transcript}\n\nWas rule {number} kept?")), choices=("no", "yes"))
            for number in range(3)]
    replies = [reply for reply in answers(several, *asks) if isinstance(reply, Reply)]
    assert len(replies) == 3
    assert sum(reply.computed or 0 for reply in replies) <= 1.4 * replies[0].tokens_in


def test_choices_have_nearly_the_scores_of_one_slot(several: Engine, small_model: Engine) -> None:
    requests = [told(number, choices=("Why?", "5")) for number in range(DIALOGUES)]
    for here, there in zip(answers(several, *requests), answers(small_model, *requests), strict=True):
        assert isinstance(here, Reply)
        assert isinstance(there, Reply)
        assert here.scores == pytest.approx(there.scores, abs=0.1)


def test_too_long_a_prompt_is_refused_and_the_others_go_on(several: Engine) -> None:
    long, short = answers(several, told(0, Message("user", "and so on " * 400)), told(1))
    assert isinstance(long, EngineError)
    assert long.code == "PED1111"
    assert isinstance(short, Reply)


def test_what_was_read_is_said_of_words_of_choices_and_of_levels(small_model: Engine) -> None:
    for request in (told(70), told(71, choices=("Why?", "Why not?")), told(72, choices=LEVELS)):
        first, again = replied(small_model, request), replied(small_model, request)
        assert first.computed is not None
        assert again.computed is not None
        assert 2 < first.computed <= first.tokens_in
        assert again.computed <= 2, "the end of the prompt, once for each time it was left"


class Waiting:
    """Stands for the model: it answers when as many requests are there as it has slots."""

    def __init__(self, slots: int) -> None:
        self.together = threading.Barrier(slots)

    def tokens(self, text: str) -> Tokens:
        return tuple(map(ord, text))

    def template(self, roles: tuple[str, ...]) -> list[Tokens | int]:
        return list(range(len(roles)))

    def place(self, prompt: Tokens, head: int) -> AbstractContextManager[Place]:
        return nullcontext(Place({}))

    def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        self.together.wait(10)
        return {"choices": [{"text": "Hm.", "finish_reason": "stop"}],
                "usage": {"completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": len(body["prompt"]) - 1}}}


def test_as_many_requests_are_with_the_model_as_it_has_slots() -> None:
    engine = llama.Llama(Waiting(4), "model.gguf", "0" * 64, Abilities(slots=4))  # type: ignore[arg-type]
    replies = answers(engine, *map(told, range(8)))
    assert [reply.computed for reply in replies if isinstance(reply, Reply)] == [1] * 8


@pytest.mark.parametrize("setting", [{"slots": "0"}, {"slots": "many"}, {"context": "-1"}, {"slots": "1000"}])
def test_a_setting_is_a_number_in_its_bounds(setting: dict[str, str]) -> None:
    with pytest.raises(EngineError, match="PED1112"):
        llama.open(Options(settings=setting))


def test_the_journal_has_what_was_read(several: Engine, tmp_path: Path) -> None:
    of = throughput.lesson(turns=1, tokens=3, rules=1)
    _, asked_for = throughput.through_a_run(several, of, 2, tmp_path / "run")
    held = journal.open_journal(tmp_path / "run")
    read = [answer.computed for answer in held.completions()]
    held.close()
    assert len(read) == 2
    assert sorted(filter(None, read)) == sorted(each.reply.computed or 0 for each in asked_for)
