"""Chance: from the seed alone, and even."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.prompt import Message
from pedalang.runtime.engines import random
from pedalang.runtime.engines.engine import Options
from pedalang.runtime.errors import EngineError
from tests.engines.conftest import LEVELS, TALK, asked, replied

ENGINE = random.open(Options())


@given(st.integers(), st.lists(st.text(min_size=1), min_size=1, max_size=5), st.text())
def test_it_follows_from_the_seed_and_the_choices(seed: int, choices: list[str], text: str) -> None:
    told = {"seed": seed, "choices": tuple(choices)}
    other = (*TALK, Message("user", text))
    assert replied(ENGINE, asked(**told)) == replied(ENGINE, asked(**told, messages=other, key=text))


def test_it_is_even() -> None:
    found = Counter(replied(ENGINE, asked(seed=seed, choices=LEVELS)).choice for seed in range(1000))
    assert all(150 < found[level] < 250 for level in range(5)), found


def test_its_scores_say_so() -> None:
    assert replied(ENGINE, asked(choices=LEVELS)).scores == (-math.log(5),) * 5


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=100))
def test_it_says_no_more_than_it_may(seed: int, most: int) -> None:
    reply = replied(ENGINE, asked(seed=seed, max_tokens=most))
    assert 1 <= len(reply.text.split()) <= most


def test_it_has_no_target() -> None:
    with pytest.raises(EngineError) as caught:
        random.open(Options("7"))
    assert caught.value.code == "PED1112"
