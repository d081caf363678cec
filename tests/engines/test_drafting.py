"""Drafts by the embedded model: programs, whatever it writes."""

from __future__ import annotations

import asyncio
import re

import pytest

from pedalang.compiler import compile
from pedalang.compiler.syntax import constrain, parse
from pedalang.diagnostic import Report
from pedalang.runtime import drafting
from pedalang.runtime.engines.engine import Engine, Reply
from pedalang.source import Source
from tests.engines.conftest import asked, failed, replied

TOPICS = ("adding fractions", "why the moon has phases", "reading a map", "the past tense", "saving money")


def drafts(engine: Engine, seeds: range) -> list[Reply]:
    """Drafts, each from a seed of its own."""
    wanted = [drafting.request(TOPICS[seed % len(TOPICS)], constrain.draft(), constrain.example(), seed)
              for seed in seeds]
    found = asyncio.run(engine.answer(wanted))
    return [each for each in found if isinstance(each, Reply)]


def are_programs(made: list[Reply], count: int) -> None:
    """Each parses, was ended by the grammar, has all its parts and 25 lines; so many there are, half of them distinct.
    """
    for reply in made:
        report = Report()
        parse.parse(Source("draft.ped", reply.text), report)
        assert not report.found, reply.text
        assert reply.finish == "stop"
        assert all(re.search(rf"^{kind} ", reply.text, re.MULTILINE) for kind in ("role", "flow", "contract", "rubric"))
        assert reply.text.count("\n") >= 25
    assert len(made) == count
    assert len({reply.text for reply in made}) >= count / 2


def passing(made: list[Reply]) -> int:
    """How many pass `ped check`."""
    return sum(not any(each.severity == "error" for each in compile.check_text(reply.text)) for reply in made)


def test_two_of_two_drafts_are_programs(small_model: Engine) -> None:
    are_programs(drafts(small_model, range(2)), 2)


@pytest.mark.full
@pytest.mark.parametrize("part", range(5))
def test_fifty_of_fifty_drafts_are_programs(small_model: Engine, part: int) -> None:
    made = drafts(small_model, range(part * 10, part * 10 + 10))
    are_programs(made, 10)
    print(f"\n{passing(made)} of 10 pass `ped check`; {len({reply.text for reply in made})} are distinct; "
          f"{sum(reply.tokens_out for reply in made) / 10:.0f} tokens a draft")


def test_the_same_seed_gives_the_same_words(small_model: Engine) -> None:
    words = asked(grammar='%llguidance {}\nstart: /[a-z]{2,6}/ " " /[a-z]{2,6}/', temperature=0.8, seed=3)
    assert replied(small_model, words).text == replied(small_model, words).text
    assert re.fullmatch(r"[a-z]{2,6} [a-z]{2,6}", replied(small_model, words).text)


def test_a_draft_that_the_limit_cuts_is_no_draft(small_model: Engine) -> None:
    assert failed(small_model, asked(grammar=constrain.draft(), max_tokens=4)).code == "PED1106"
