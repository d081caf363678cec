"""MRBench's dialogues: the history as turns, and one tutor's reply as the last of them."""

from __future__ import annotations

import pytest

from pedalang.exchange import transcript
from pedalang.exchange.errors import DataError
from pedalang.expression.values import Value


def row(history: object, value: object) -> dict[str, Value]:
    return {"conversation_history": history, "entry": {"key": "GPT4", "value": value}}


def test_the_reply_is_the_last_turn() -> None:
    told = row("Tutor: What is 1:2?\n\xa0Student: Half.\nSo: 0.5\n student: Sure", {"response": " Why? "})
    (turns,) = transcript.dialogues("mrbench", [told], [0])
    assert [(turn.speaker, turn.text, turn.move) for turn in turns] == [
        ("Tutor", "What is 1:2?", ""), ("Student", "Half.\nSo: 0.5", ""), ("Student", "Sure", ""),
        ("Tutor", "Why?", "")]


def test_words_before_the_first_speaker_are_no_turn() -> None:
    (turns,) = transcript.dialogues("mrbench", [row("Well", {"response": "Why?"})], [0])
    assert [turn.text for turn in turns] == ["Why?"]


@pytest.mark.parametrize(("told", "said"), [
    ({"conversation_history": 3}, "no text in `conversation_history`"),
    ({"conversation_history": "Tutor: a"}, "no reply; the data set takes one of them by `each: row.tutor_responses`"),
    (row("Tutor: a", {"answer": "b"}), "no reply; the data set takes one of them by `each: row.tutor_responses`"),
])
def test_what_is_no_dialogue(told: dict[str, Value], said: str) -> None:
    with pytest.raises(DataError) as caught:
        transcript.dialogues("mrbench", [told], [4])
    assert str(caught.value) == f"PED0809: row 5 holds no `mrbench` dialogue: {said}"
