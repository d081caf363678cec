"""What it costs to recognise answers in what is said: beside a plain pass over the words, and over longer texts."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

from pedalang.expression.answers import quantities, stating

SAID = """so we know that julia has 12 spoons and she used three of them while the total is one hundred and five what
do you think about the sum of 1/2 and 3 + 4 = 7 or $12.50 per hour in the problem"""
PLAIN = re.compile(r"\w+|\S")
ROUNDS = 15
TIMES_A_PASS = 60
"""Measured: 25 for a text of which each fourth word belongs to a number."""


def turn(length: int) -> str:
    chance, words = random.Random(length), SAID.split()
    return " ".join(chance.choice(words) for _ in range(length))


def quickest(what: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.process_time_ns()
        what()
        times.append(time.process_time_ns() - begin)
    return min(times)


def test_a_turn_of_three_hundred_words_costs_some_passes_over_it() -> None:
    text = turn(300)
    assert quickest(lambda: quantities.read(text)) <= TIMES_A_PASS * quickest(lambda: PLAIN.findall(text))


def test_four_times_the_words_cost_four_times_as_much() -> None:
    short, long = turn(500), turn(2000)
    assert quickest(lambda: quantities.read(long)) <= 6 * quickest(lambda: quantities.read(short))


def test_to_ask_again_costs_little() -> None:
    text = turn(300)
    first = quickest(lambda: quantities.read(text))
    assert quickest(lambda: stating.reveals(text, 9999)) <= first / 4
