"""Recorded dialogues: MathDial's format and the plain one."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.exchange import tables, transcript
from pedalang.exchange.errors import DataError
from pedalang.exchange.transcripts import mathdial
from pedalang.exchange.utterance import Unreadable, Utterance

ROW = {"conversation": "Teacher: (focus)What is 3 + 4?|EOM|Mariana: It is 7|EOM|Teacher: (generic)Yes|EOM|Student: ok",
       "student_profile": "Mariana is a 7th grade student."}


def told(conversation: str, profile: str = "Mariana is a 7th grade student.") -> list[Utterance]:
    return mathdial.read({"conversation": conversation, "student_profile": profile})


def test_moves_speakers_and_the_students_own_name() -> None:
    assert mathdial.read(ROW) == [
        Utterance("Teacher", "What is 3 + 4?", "focus"), Utterance("Student", "It is 7"),
        Utterance("Teacher", "Yes", "generic"), Utterance("Student", "ok"),
    ]


@pytest.mark.parametrize(("turn", "want"), [
    ("Teacher: What is it?", Utterance("Teacher", "What is it?")),
    ("Teacher: (5 + 3) is 8", Utterance("Teacher", "(5 + 3) is 8")),
    ("Teacher: ( Telling ) It is 8", Utterance("Teacher", "It is 8", "telling")),
    ("Teacher: (probing)", Utterance("Teacher", "", "probing")),
    ("Teacher:", Utterance("Teacher", "")),
    ("Student: (focus) is a move", Utterance("Student", "(focus) is a move")),
    ("Student: at 12:30\nNote: late", Utterance("Student", "at 12:30\nNote: late")),
    ("Cody: hi", Utterance("Cody", "hi")),
    ("  Student : hi ", Utterance("Student", "hi")),
])
def test_odd_turns(turn: str, want: Utterance) -> None:
    assert told(turn) == [want]


def test_odd_separators() -> None:
    want = [Utterance("Teacher", "a", "focus"), Utterance("Student", "b")]
    assert told("|EOM|Teacher: (focus)a\n| eom |\nStudent: b|EOM| |EOM|") == want


@pytest.mark.parametrize(("row", "why"), [
    ({}, "no field `conversation`"), ({"conversation": None}, "no text in `conversation`"),
    ({"conversation": " |EOM| "}, "`conversation` is empty"),
    ({"conversation": "Student: a|EOM|just words"}, "turn 1 does not begin with a speaker, as in `Teacher: …`"),
    ({"conversation": "Teacher: a\nStudent: b"}, "turn 0 holds another one: turns are joined by `|EOM|`"),
])
def test_what_is_no_dialogue_of_mathdial(row: dict[str, object], why: str) -> None:
    with pytest.raises(Unreadable) as caught:
        mathdial.read(row)
    assert str(caught.value) == why


def test_the_plain_format() -> None:
    turns = ({"speaker": "T", "text": " Hi", "move": "greet"}, {"speaker": "S", "text": "", "at": 3},
             {"speaker": "T", "text": "x", "move": None})
    assert transcript.reader("jsonl")({"id": "a", "turns": turns}) == [
        Utterance("T", "Hi", "greet"), Utterance("S", ""), Utterance("T", "x")]


@pytest.mark.parametrize(("row", "why"), [
    ({}, "no field `turns`"), ({"turns": "x"}, "no list in `turns`"), ({"turns": ()}, "`turns` is empty"),
    ({"turns": ("x",)}, "turn 0 is no object"), ({"turns": ({"speaker": "T"},)}, "turn 0 has no text in `text`"),
    ({"turns": ({"speaker": " ", "text": "x"},)}, "turn 0 has an empty `speaker`"),
    ({"turns": ({"speaker": "T", "text": "x", "move": 3},)}, "the `move` of turn 0 is no text"),
])
def test_what_is_no_plain_dialogue(row: dict[str, object], why: str) -> None:
    with pytest.raises(Unreadable) as caught:
        transcript.reader("jsonl")(row)
    assert str(caught.value) == why


def test_the_formats_are_the_files_and_each_reads() -> None:
    assert transcript.formats() == ["convokit", "csv", "jsonl", "mathdial", "mrbench", "srt", "vtt"]
    for name in transcript.formats():
        with pytest.raises(Unreadable):
            transcript.reader(name)({})


def test_an_unknown_format_has_a_near_name() -> None:
    for name, help in (("mathdail", "did you mean `mathdial`?"),
                       ("os", "the formats are convokit, csv, jsonl, mathdial, mrbench, srt, vtt")):
        with pytest.raises(DataError) as caught:
            transcript.reader(name)
        assert str(caught.value) == f"PED0810: unknown transcript format `{name}`"
        assert caught.value.help == help


def test_the_row_that_holds_no_dialogue_is_named() -> None:
    with pytest.raises(DataError) as caught:
        transcript.dialogues("mathdial", [ROW, {"conversation": "hm"}], [3, 7])
    assert str(caught.value) == (
        "PED0809: row 8 holds no `mathdial` dialogue: turn 0 does not begin with a speaker, as in `Teacher: …`")


plain = st.dictionaries(st.sampled_from(["speaker", "text", "move"]), st.text() | st.none() | st.just(()))


@given(st.sampled_from(["mathdial", "jsonl"]), st.fixed_dictionaries({}, optional={
    "conversation": st.text() | st.none() | st.text("Teacher: (focus)|EOM|\nStudent", max_size=60),
    "student_profile": st.text() | st.integers(),
    "turns": st.none() | st.lists(st.none() | plain, max_size=3).map(tuple),
}))
def test_any_row_is_read_or_refused(name: str, row: dict[str, object]) -> None:
    try:
        found = transcript.reader(name)(row)
    except Unreadable:
        return
    assert found and all(utterance.speaker.strip() for utterance in found)


said = st.text(st.characters(codec="utf-8", exclude_characters=":|("), max_size=12).map(str.strip)


@given(st.lists(st.builds(Utterance, st.just("Teacher"), said, st.sampled_from(mathdial.MOVES))
                | st.builds(Utterance, st.sampled_from(["Student", "Cody"]), said), min_size=1, max_size=5))
def test_dialogues_come_back_from_mathdials_format(turns: list[Utterance]) -> None:
    pieces = [f"{turn.speaker}: {f'({turn.move})' if turn.move else ''}{turn.text}" for turn in turns]
    assert told("|EOM|".join(pieces)) == turns


def test_the_released_dialogues() -> None:
    """Every one is read; the teacher's moves have the shares known of the test split, of which this is a part."""
    data = os.environ.get("PEDALANG_DATA")
    if not data:
        pytest.skip("PEDALANG_DATA does not name a folder with mathdial/dialogues.jsonl")
    rows = [row.fields for row in tables.read(Path(data) / "mathdial" / "dialogues.jsonl").rows]
    found = transcript.dialogues("mathdial", rows, range(len(rows)))
    turns = [turn for dialogue in found for turn in dialogue]
    assert len(found) == 283
    assert Counter(turn.speaker for turn in turns) == {"Teacher": 1720, "Student": 1543}
    moves = Counter(turn.move for turn in turns if turn.speaker == "Teacher")
    assert moves == {"focus": 608, "generic": 434, "probing": 408, "telling": 270}
    for move, share in (("focus", 34.0), ("probing", 25.7), ("generic", 24.1), ("telling", 16.2)):
        assert abs(100 * moves[move] / moves.total() - share) < 2.5
    assert not any(turn.move for turn in turns if turn.speaker == "Student")
