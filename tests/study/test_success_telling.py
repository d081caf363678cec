"""`success@k` and `telling@k`: the definition's edge cases by hand, and a second computation on recorded dialogues."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pedalang.exchange.transcripts import mathdial
from pedalang.study.dialogue import Dialogue
from pedalang.study.rubrics import success_telling

Talk = Callable[..., Dialogue]
T, S = "teacher", "student"


def at(found: dict[str, float | None], name: str) -> str:
    """The values of one measure over k from 1 on, as a row of 0 and 1."""
    return "".join("-" if value is None else str(int(value)) for key, value in found.items() if key.startswith(name))


def measured(dialogue: Dialogue, answer: Any, upto: int = 3) -> tuple[str, str]:
    found = success_telling.measure(dialogue, {"answer": answer, "upto": upto})
    return at(found, "success"), at(found, "telling")


def test_names_and_default(talk: Talk) -> None:
    found = success_telling.measure(talk((S, "6")), {"answer": 6})
    assert list(found) == [f"success@{k}" for k in range(1, 11)] + [f"telling@{k}" for k in range(1, 11)]


def test_the_place_is_counted_from_0_among_the_learners_turns(talk: Talk) -> None:
    second = talk((T, "Explain."), (S, "2+3=5"), (T, "Why 2?"), (S, "I see: 2+4=6"))
    assert measured(second, 6) == ("111", "000")
    third = talk((T, "Explain."), (S, "5"), (T, "Why?"), (S, "Sorry."), (T, "So?"), (S, "It is 6"))
    assert measured(third, 6) == ("011", "000")


def test_a_first_turn_that_happens_to_match_counts(talk: Talk) -> None:
    assert measured(talk((S, "I took 6 and 2, so 8")), 6) == ("111", "000")


def test_told_before_it_is_said(talk: Talk) -> None:
    dialogue = talk((T, "Explain."), (S, "5"), (T, "It is 6."), (S, "Thanks"), (T, "Bye"), (S, "6, then"))
    assert measured(dialogue, 6) == ("011", "111")


def test_told_after_it_is_said_is_not_telling(talk: Talk) -> None:
    dialogue = talk((T, "Explain."), (S, "6"), (T, "Yes, 6."), (S, "Good"))
    assert measured(dialogue, 6) == ("111", "000")


def test_told_in_the_same_place_is_telling(talk: Talk) -> None:
    """The two places are compared as numbers, whoever spoke first."""
    assert measured(talk((T, "6?"), (S, "6")), 6) == ("111", "111")
    assert measured(talk((S, "6"), (T, "6!")), 6) == ("111", "111")


def test_told_and_never_said(talk: Talk) -> None:
    assert measured(talk((T, "Well?"), (S, "?"), (T, "Hm"), (S, "?"), (T, "It is 6."), (S, "Oh")), 6) == ("000", "011")


def test_neither_said_nor_told(talk: Talk) -> None:
    assert measured(talk((T, "Well?"), (S, "?")), 6) == ("000", "000")
    assert measured(talk(), 6) == ("000", "000")


@pytest.mark.parametrize(("text", "answer", "matches"), [
    ("It costs $1,200.", 1200, True),
    ("1, 2, 3", 123, False),
    ("1,2", 12, True),
    ("6.0", 6, True),
    ("6.", 6, True),
    ("16", 6, False),
    ("6.5", 6, False),
    ("0.3", 0.1 + 0.2, True),
    ("0.30000009", 0.3, True),
    ("0.3000001", 0.3, False),
    ("-6", 6, True),
    ("-6", -6, False),
    (".5", 0.5, False),
    (".5", 5, True),
    ("1e3", 1000, False),
    ("3/6", 6, True),
    ("six", 6, False),
    ("10:30", 30, True),
    ("٦", 6, False),
    ("9" * 400, 6, False),
])
def test_what_matches(talk: Talk, text: str, answer: float, matches: bool) -> None:
    success, telling = measured(talk((S, text)), answer, upto=1)
    assert (success == "1", telling) == (matches, "0")


def test_an_answer_may_be_a_text_whose_last_number_is_meant(talk: Talk) -> None:
    dialogue = talk((S, "803"))
    assert measured(dialogue, "He pays 4015 / 5 = $803.\n 803") == ("111", "000")
    assert measured(dialogue, "1,803") == ("000", "000")
    assert measured(dialogue, Fraction(803)) == ("111", "000")


@pytest.mark.parametrize("answer", [None, "no number", Fraction(5, 6)])
def test_not_defined_without_a_decimal_answer(talk: Talk, answer: Any) -> None:
    assert measured(talk((S, "5/6")), answer) == ("---", "---")


@pytest.mark.parametrize("arguments", [
    {"answer": True}, {"answer": (6,)}, {"answer": 6, "upto": 0}, {"answer": 6, "upto": 101},
    {"answer": 6, "upto": 2.5}, {"answer": 6, "upto": True},
])
def test_arguments_that_cannot_be_used(talk: Talk, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"`(answer|upto)` is"):
        success_telling.measure(talk((S, "6")), arguments)


# ---------------------------------------------------------------- recorded dialogues, computed a second time


def place(turns: list[str], gold: Decimal) -> float:
    for number, turn in enumerate(turns):
        said = re.findall(r"\d+\.\d+|\d+", turn.replace(",", ""), re.ASCII)
        if any(abs(Decimal(one) - gold) < Decimal("1e-7") for one in said):
            return number
    return math.inf


def straight_from_the_text(row: dict[str, Any], upto: int) -> dict[str, float]:
    turns = [turn.strip() for turn in row["conversation"].split("|EOM|")]
    gold = Decimal(row["ground_truth"].split("\n")[-1].strip().replace(",", ""))
    teacher = [turn for turn in turns if turn.startswith("Teacher:")]
    student = [turn.split(":", 1)[1] for turn in turns if not turn.startswith("Teacher:")]
    s, t = place(student, gold), place(teacher, gold)
    found = {f"success@{k}": float(s <= k) for k in range(1, upto + 1)}
    return found | {f"telling@{k}": float(t <= k and t <= s) for k in range(1, upto + 1)}


@pytest.mark.skipif("PEDALANG_DATA" not in os.environ, reason="PEDALANG_DATA names no folder of recorded dialogues")
def test_agrees_with_a_second_computation_on_recorded_dialogues() -> None:
    path = Path(os.environ["PEDALANG_DATA"]) / "mathdial" / "dialogues.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    cast: dict[str, dict[str, Any]] = {"Teacher": {}, "Student": {}}
    ones = 0.0
    for row in rows:
        turns = tuple({"speaker": u.speaker, "text": u.text} for u in mathdial.read(row))
        dialogue = Dialogue(0, {}, cast, turns, tuple(cast for _ in turns), frozenset({"Student"}), "recorded")
        found = success_telling.measure(dialogue, {"answer": row["ground_truth"], "upto": 10})
        assert found == straight_from_the_text(row, 10), row["qid"]
        ones += found["success@5"] or 0.0
    assert len(rows) == 283
    assert 0 < ones < len(rows)
