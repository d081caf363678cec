"""Damaged programs: always a tree and messages that can be shown, and never more time than their length is worth."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Report
from pedalang.source import Source
from tests.syntax.test_properties import holds_for_any_text

TEXT = (Path(__file__).resolve().parents[1] / "compiler" / "lesson.ped").read_text(encoding="utf-8")
PIECES = ("{", "}", "((((", "{{{{", '"', '"""', '#"""', "{{", "}}", "\x00", "\u202e", "\ud800", "\ufeff", "//", "..",
          "->", "phase ", "9" * 50, "\r", "x" * 500)


def mutated(seed: int) -> str:
    """The program with parts of it cut out, doubled, turned round, or with something put in."""
    draw, text = random.Random(seed), TEXT
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(text) + 1)
        end = min(len(text), at + draw.choice((0, 1, 5, 40, 400)))
        text = text[:at] + draw.choice(("", text[at:end] * 2, text[at:end][::-1], draw.choice(PIECES))) + text[end:]
    return text


@pytest.mark.parametrize("part", range(4))
def test_mutated_programs_give_a_tree(part: int) -> None:
    for seed in range(part * 40, part * 40 + 40):
        holds_for_any_text(mutated(seed))


@pytest.mark.full
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_mutated_programs_give_a_tree(part: int) -> None:
    for seed in range(part * 1_000, part * 1_000 + 1_000):
        holds_for_any_text(mutated(seed))


@pytest.mark.parametrize("text", [
    "((((" * 2_000, "{{{{" * 2_000, 'let a = "' + "{{" * 5_000, '"""' + "a\n" * 5_000, "x" * 1_000_000,
    'let a = "' + "y" * 1_000_000 + '"', "\x00" * 5_000, "\u202e" * 5_000, "\ud800" * 5_000, "// " + "z" * 1_000_000,
], ids=["brackets", "braces", "interpolations", "open text", "long name", "long text", "nothing", "bidi", "surrogates",
        "long comment"])
def test_what_nobody_would_write_gives_a_tree(text: str) -> None:
    holds_for_any_text(text)


def seconds(text: str) -> float:
    begun = time.process_time()
    parse.parse(Source("test.ped", text), Report())
    return time.process_time() - begun


@pytest.mark.parametrize("seed", range(3))
def test_ten_times_the_damage_takes_about_ten_times_as_long(seed: int) -> None:
    short, long = mutated(seed) * 2, mutated(seed) * 20
    assert min(seconds(long) for _ in range(2)) <= 20 * min(seconds(short) for _ in range(3)) + 0.05
