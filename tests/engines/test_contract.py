"""What every engine must do, asked of each one that is usable here. The folder of engines is the list of them."""

from __future__ import annotations

import asyncio
import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from pedalang import journal, prompt
from pedalang.prompt import Message
from pedalang.runtime.engines import opening
from pedalang.runtime.engines.engine import Engine, Reply
from pedalang.runtime.errors import EngineError
from tests.engines.conftest import LEVELS, SAYINGS, TALK, Stub, answers, asked, keyed, replied

SECRET = "sk-not-to-be-seen"

ODD = "½ é e\u0301 ש \u202e😀\x00\t<|im_end|>{{x}}</s>"
"""Text that is no plain English: a mark of its own, another direction, a sign of several tokens, a NUL, and control
words of models and templates."""

SPEECH, CHOICE, LEVEL, DRAWN, FOREIGN, SINGLE, LONG = keyed((
    asked(),
    asked(choices=SAYINGS, purpose="speech"),
    asked(choices=LEVELS, purpose="judge"),
    asked(temperature=0.8, seed=5),
    asked(messages=(*TALK[:3], Message("user", ODD)), choices=(ODD, "Hm.")),
    asked(choices=("Only this.",)),
    asked(messages=(TALK[0], Message("user", "one half and " * 20_000)), max_tokens=4),
))
ALL = (SPEECH, CHOICE, LEVEL, DRAWN, FOREIGN, SINGLE)


def recorded(folder: Path) -> Path:
    """A journal in which all requests but the long one were answered."""
    header = journal.Header("run", "0", "demo", "lesson", 1, 1, {"teacher": "scripted:"})
    written = journal.create(folder, header)
    for turn, each in enumerate((SPEECH, CHOICE, LEVEL, DRAWN, FOREIGN, SINGLE)):
        text = each.choices[0] if each.choices else "Hm."
        scores = tuple(-1.0 - place for place in range(len(each.choices)))
        written.add(journal.Completion(0, turn, each.purpose, prompt.digest(each.messages, each.choices), each.seed,
                                       text, 0 if each.choices else None, scores, scores, 5, 2, "stop", "scripted:"))
    written.commit()
    written.close()
    return folder


def script(path: Path) -> Path:
    path.write_text(json.dumps({"0/1/*": SAYINGS[1], "0/2/judge": 3, "0/[03]/speech": ["Hm.", "So."]}))
    return path


ADDRESSES: dict[str, Callable[[Path, Stub], str]] = {
    "llama": lambda folder, stub: "llama:",
    "openai": lambda folder, stub: f"openai:{stub.url}#model",
    "random": lambda folder, stub: "random:",
    "ray": lambda folder, stub: "ray:?workers=2#random:",
    "replay": lambda folder, stub: f"replay:{recorded(folder)}",
    "scripted": lambda folder, stub: f"scripted:{script(folder / 'replies.json')}",
    "transformers": lambda folder, stub: "transformers:",
    "vllm": lambda folder, stub: "vllm:?context=2048&memory=2",
}
"""How each engine is opened here."""


@pytest.fixture(scope="module")
def server() -> Iterator[Stub]:
    stub = Stub()
    yield stub
    stub.close()


@pytest.fixture(scope="module", params=[name for name, each in opening.available() if each.usable])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: Stub) -> Iterator[Engine]:
    address = ADDRESSES[request.param](tmp_path_factory.mktemp(request.param), server)
    opened = opening.open_engine(address, {**os.environ, "OPENAI_API_KEY": SECRET})
    yield opened
    asyncio.run(opened.close())
    asyncio.run(opened.close())  # once more does no harm


@pytest.fixture(scope="module")
def replies(engine: Engine) -> list[Reply | EngineError]:
    """The answers to all requests at once."""
    return answers(engine, *ALL)


def test_each_request_has_its_answer(replies: list[Reply | EngineError]) -> None:
    assert [type(reply) for reply in replies] == [Reply] * len(ALL), replies


def test_the_same_request_gets_the_same_reply_alone_as_among_others(
        engine: Engine, replies: list[Reply | EngineError]) -> None:
    if engine.abilities.deterministic:
        alone = [replied(engine, request) for request in ALL]
        assert [replace(reply, computed=None) for reply in alone] == [
            replace(reply, computed=None) for reply in replies if isinstance(reply, Reply)]


def test_nothing_asked_nothing_answered(engine: Engine) -> None:
    assert answers(engine) == []


def test_a_choice_is_one_of_the_choices(replies: list[Reply | EngineError]) -> None:
    for request, reply in zip(ALL, replies, strict=True):
        if not request.choices:
            continue
        assert isinstance(reply, Reply)
        assert reply.choice is not None
        assert reply.text == request.choices[reply.choice]
        assert len(reply.scores) == len(reply.totals)
        assert len(reply.scores) in (0, len(request.choices))
        assert all(math.isfinite(value) and value <= 0 for value in (*reply.scores, *reply.totals))
        assert all(total <= score for total, score in zip(reply.totals, reply.scores, strict=True)), "a sum, its mean"
        assert not reply.scores or reply.scores[reply.choice] == max(reply.scores)


def test_words_are_words(replies: list[Reply | EngineError]) -> None:
    for request, reply in zip(ALL, replies, strict=True):
        if request.choices:
            continue
        assert isinstance(reply, Reply)
        assert reply.text.strip()
        assert reply.choice is None
        assert reply.scores == ()
        assert reply.finish in ("stop", "length")
        assert min(reply.tokens_in, reply.tokens_out) >= 0


def test_scores_are_given_where_they_are_promised(engine: Engine, replies: list[Reply | EngineError]) -> None:
    level = replies[ALL.index(LEVEL)]
    assert isinstance(level, Reply)
    assert len(level.scores) == len(LEVELS) * engine.abilities.scores


def test_an_endless_prompt_is_answered_or_refused_with_a_code(engine: Engine) -> None:
    long, after = answers(engine, LONG, CHOICE)
    assert isinstance(long, Reply) or long.code.startswith("PED11"), long
    assert isinstance(after, Reply), "the next request is answered"


def test_the_key_is_not_in_the_name(engine: Engine) -> None:
    assert SECRET not in engine.name
    assert engine.name.partition(":")[0] in opening.names()


def test_every_engine_is_tested_here() -> None:
    assert set(ADDRESSES) == set(opening.names())


def test_a_failure_says_what_it_is(engine: Engine) -> None:
    """Whatever it answers to half a character: an answer, or an error with a code."""
    (found,) = answers(engine, asked(messages=(TALK[0], Message("user", "\ud800")), key="9/9/speech"))
    assert isinstance(found, Reply) or (isinstance(found, EngineError) and found.code.startswith("PED11"))
