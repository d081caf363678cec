"""Files of recorded dialogues, and folders of them: what is read, what is refused, and that what was written comes
back."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.exchange import transcript
from pedalang.exchange.errors import DataError
from pedalang.exchange.utterance import Utterance


def read(path: Path, text: str | None = None, form: str = "any",
         columns: dict[str, str] | None = None) -> list[list[Utterance]]:
    """The dialogues of a file with this text, or of a folder."""
    if text is not None:
        path.write_text(text, encoding="utf-8")
    found = transcript.read(path, form, columns or {})
    return transcript.dialogues(found.form, [row.fields for row in found.rows], range(len(found.rows)))


def told(dialogue: Sequence[Utterance]) -> list[tuple[str, str, float | None, float | None]]:
    return [(each.speaker, each.text, each.start, each.end) for each in dialogue]


def refusal(path: Path, text: str | None = None, form: str = "any",
            columns: dict[str, str] | None = None) -> tuple[str, str]:
    with pytest.raises(DataError) as caught:
        read(path, text, form, columns)
    return str(caught.value), caught.value.help


LESSON = """WEBVTT - a lesson
Kind: captions

STYLE
::cue { color: yellow }

NOTE This file was corrected
by hand.

intro
00:01.000 --> 00:04.000 align:start position:10%
<v Ms Ruiz>Good morning.</v>

00:00:04.500 --> 00:00:07.000
What is <b>half</b> of 6 &amp; 8?
Think first.

00:08.000 --> 00:09.500
<v.loud Tamika Obi>Three <00:08.500>and four. <v Ms Ruiz>Is 3 &lt; 4?

00:08.200 --> 00:08.900
Jo: Yes!
"""


def test_a_lesson_in_webvtt(tmp_path: Path) -> None:
    (dialogue,) = read(tmp_path / "monday.vtt", LESSON)
    assert told(dialogue) == [
        ("Ms Ruiz", "Good morning. What is half of 6 & 8? Think first.", 1.0, 7.0),
        ("Tamika Obi", "Three and four.", 8.0, 9.5), ("Ms Ruiz", "Is 3 < 4?", 8.0, 9.5), ("Jo", "Yes!", 8.2, 8.9)]
    (row,) = transcript.read(tmp_path / "monday.vtt", "any", {}).rows
    assert (row.fields["id"], row.fields["file"]) == ("monday", "monday.vtt")


def test_a_lesson_in_subrip(tmp_path: Path) -> None:
    (dialogue,) = read(tmp_path / "a.srt",
                       "\ufeff1\r\n00:00:01,000 --> 00:00:02,500 X1:1 X2:2\r\n{\\an8}TEACHER: <i>How"
                       "</i> many?\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nStudent 2: Step 1: count.\r\n"
                       "- Student 3: So: 5.\r\n")
    assert told(dialogue) == [("TEACHER", "How many?", 1.0, 2.5), ("Student 2", "Step 1: count.", 3.0, 4.0),
                              ("Student 3", "So: 5.", 3.0, 4.0)]


def cues(*times: tuple[float, float]) -> str:
    return "WEBVTT\n\n" + "\n".join(f"{clock(start)} --> {clock(end)}\n<v T>w{place}\n"
                                   for place, (start, end) in enumerate(times))


def clock(seconds: float, mark: str = ".") -> str:
    thousandths = round(seconds * 1000)
    return f"{thousandths // 3600000:02}:{thousandths // 60000 % 60:02}:{thousandths // 1000 % 60:02}{mark}" \
           f"{thousandths % 1000:03}"


@pytest.mark.parametrize(("times", "want"), [
    ([(0, 2), (2, 4), (14, 15)], ["w0 w1 w2"]), ([(0, 2), (12.5, 14)], ["w0", "w1"]),
    ([(0, 25), (25, 55), (55, 65), (65, 70)], ["w0 w1", "w2 w3"]), ([(5, 6), (0, 2)], ["w1 w0"]),
    ([(0, 9), (3, 4), (10, 11)], ["w0 w1 w2"]),
])
def test_cues_of_one_speaker_are_joined_up_to_a_pause_and_a_minute(tmp_path: Path, times: list[tuple[float, float]],
                                                                   want: list[str]) -> None:
    (dialogue,) = read(tmp_path / "a.vtt", cues(*times))
    assert [each.text for each in dialogue] == want


@pytest.mark.parametrize(("name", "text", "message", "help"), [
    ("a.vtt", "1\n00:00:01,000 --> 00:00:02,000\nT: x", "PED0830: `a.vtt`, line 1: a WebVTT file begins with `WEBVTT`",
     "`.srt`"),
    ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:61.000\nT: x", "PED0830: `a.vtt`, line 3: no times of a cue in "
     "`00:01.000 --> 00:61.000`", "minutes and seconds below 60"),
    ("a.vtt", "WEBVTT\n\n00:03.000 --> 00:01.000\nT: x", "PED0830: `a.vtt`, line 3: this cue ends before it begins",
     "correct"),
    ("a.vtt", "WEBVTT\n\nNOTE x\n\nlost words", "PED0830: `a.vtt`, line 5: no cue and no comment: `lost words`",
     "NOTE"),
    ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nhello", "PED0831: `a.vtt`, line 3: nothing says who speaks",
     "<v Teacher>"),
    ("a.vtt", "WEBVTT\n", "PED0830: `a.vtt` has no cue with words", "somebody speaks"),
    ("a.srt", "1\n00:00:01,000 -> 00:00:02,000\nT: x", "PED0830: `a.srt`, line 1: no cue: `1`", "its times"),
    ("a.csv", "who,what\nT,x", "PED0833: no column of `a.csv` is known to hold the text",
     "name it in the dataset: `columns: { text: \"COLUMN\" }`; its columns: `who`, `what`"),
    ("a.csv", "speaker,text\n,x", "PED0831: `a.csv`, row 1 (line 2): nothing says who speaks", "`speaker`"),
    ("a.csv", "speaker,text,time\nT,x,soon", "PED0830: `a.csv`, row 1 (line 2): `soon` in `time` is no time", "62.5"),
    ("a.pdf", "x", "PED0832: `a.pdf` is no file of recorded dialogues by its name", ".csv, .json"),
])
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, name: str, text: str, message: str, help: str) -> None:
    said, what_to_do = refusal(tmp_path / name, text)
    assert said == message
    assert help in what_to_do


def test_a_table_with_a_line_an_utterance(tmp_path: Path) -> None:
    text = "Lesson ID,Speaker,Utterance,Start Time,grade\nm,T,How many?,0:01,4\nm,S,\"5, I think\",00:00:03.5,4\n" \
           "k,T,Hi,,5\n"
    found = transcript.read(tmp_path / "a.csv", "any", {}) if (tmp_path / "a.csv").write_text(text) else None
    assert found is not None
    assert [(row.fields["id"], row.fields["grade"]) for row in found.rows] == [("m", "4"), ("k", "5")]
    assert [told(each) for each in read(tmp_path / "a.csv")] == [
        [("T", "How many?", 1.0, None), ("S", "5, I think", 3.5, None)], [("T", "Hi", None, None)]]


def test_columns_that_the_dataset_names(tmp_path: Path) -> None:
    text = "wer,was,text\nT,Wie viele?,x\n"
    (dialogue,) = read(tmp_path / "a.csv", text, "csv", {"speaker": "wer", "text": "was"})
    assert told(dialogue) == [("T", "Wie viele?", None, None)]
    said, help = refusal(tmp_path / "a.csv", text, "csv", {"speaker": "wehr"})
    assert (said, help) == ("PED0833: `a.csv` has no column `wehr`", "did you mean `wer`?")


def corpus(folder: Path, said: list[dict[str, object]], **more: object) -> Path:
    folder.mkdir()
    (folder / "utterances.jsonl").write_text("\n".join(map(json.dumps, said)), encoding="utf-8")
    for name, value in more.items():
        (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    return folder


def utterance(id: str, speaker: str, answers: str | None, time: float | None = None,
              at: str = "c") -> dict[str, object]:
    return {"id": id, "conversation_id": at, "speaker": speaker, "text": id, "reply-to": answers, "timestamp": time,
            "meta": {"move": "ask" if speaker == "u1" else ""}}


def test_a_corpus_of_convokit_is_told_by_who_answers_whom(tmp_path: Path) -> None:
    said = [utterance("c", "u2", "b", 130.0), utterance("b", "u1", "a", 110.0), utterance("a", "u1", None, 100.0),
            utterance("late", "u2", "a", 120.0), utterance("x", "u2", None, at="d")]
    folder = corpus(tmp_path / "talks", said, conversations={"c": {"meta": {"grade": 4}}},
                    speakers={"u1": {"meta": {"role": "Teacher"}}, "u2": {"meta": {"role": "Student"}}})
    found = transcript.read(folder, "any", {"speaker": "role"})
    assert (found.rows[0].fields["id"], found.rows[0].fields["grade"], found.rows[1].fields["id"]) == ("c", 4, "d")
    first, second = read(folder, columns={"speaker": "role"})
    assert [(each.speaker, each.text, each.move, each.start) for each in first] == [
        ("Teacher", "a", "ask", 0.0), ("Teacher", "b", "ask", 10.0), ("Student", "c", "", 30.0),
        ("Student", "late", "", 20.0)]
    assert told(second) == [("Student", "x", None, None)]
    assert [each.speaker for each in read(folder)[0]] == ["u1", "u1", "u2", "u2"]


@pytest.mark.parametrize(("answers", "message"), [
    ("z", "PED0835: `utterances.jsonl`, line 1: `a` answers `z`, which is not in the conversation `c`"),
    ("a", "PED0835: `utterances.jsonl`, line 1: utterances of the conversation `c` answer one another in a circle"),
])
def test_a_corpus_that_does_not_hang_together(tmp_path: Path, answers: str, message: str) -> None:
    assert refusal(corpus(tmp_path / "talks", [utterance("a", "u1", answers)]))[0] == message


def test_a_folder_of_files_of_several_kinds(tmp_path: Path) -> None:
    (tmp_path / "b.vtt").write_text(LESSON, encoding="utf-8")
    (tmp_path / "a.csv").write_text("speaker,text\nT,x\n", encoding="utf-8")
    (tmp_path / "c.jsonl").write_text('{"id": "j", "turns": [{"speaker": "T", "text": "y"}]}\n', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not read", encoding="utf-8")
    found = transcript.read(tmp_path, "jsonl", {})
    assert [(row.fields["id"], row.fields["file"]) for row in found.rows] == [
        ("a", "a.csv"), ("b", "b.vtt"), ("j", "c.jsonl")]
    assert [len(each) for each in read(tmp_path)] == [1, 4, 1]
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path / "empty")[0] == "PED0832: no file in the folder `empty` can hold a recorded dialogue"


def test_what_another_file_than_the_program_s_is_in_is_found(tmp_path: Path) -> None:
    assert told(read(tmp_path / "a.csv", "speaker,text\nT,x\n", "jsonl")[0]) == [("T", "x", None, None)]
    assert len(read(tmp_path / "a.vtt", LESSON, "mathdial")[0]) == 4
    row = json.dumps({"conversation": "Teacher: (focus)So?|EOM|Student: 3"})
    assert [each.move for each in read(tmp_path / "a.jsonl", row)[0]] == ["focus", ""]


# ---------------------------------------------------------------- what was written comes back


def _vtt(dialogue: Sequence[Utterance]) -> str:
    return "WEBVTT\n\n" + "\n".join(
        f"{clock(each.start or 0)} --> {clock(each.end or 0)}\n<v {html.escape(each.speaker, quote=False)}>"
        f"{html.escape(each.text, quote=False)}</v>\n" for each in dialogue)


def _srt(dialogue: Sequence[Utterance]) -> str:
    return "\n".join(f"{number}\n{clock(each.start or 0, ',')} --> {clock(each.end or 0, ',')}\n{each.speaker}: "
                     f"{each.text}\n" for number, each in enumerate(dialogue, 1))


def _csv(dialogue: Sequence[Utterance]) -> str:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["speaker", "text", "start", "end"])
    rows.writerows([each.speaker, each.text, each.start, each.end] for each in dialogue)
    return file.getvalue()


def _jsonl(dialogue: Sequence[Utterance]) -> str:
    return json.dumps({"turns": [{"speaker": each.speaker, "text": each.text, "start": each.start, "end": each.end}
                                 for each in dialogue]})


@st.composite
def lessons(draw: st.DrawFn) -> list[Utterance]:
    """A dialogue of three people who take turns, with times in thousandths."""
    who = draw(st.lists(st.sampled_from(["Teacher", "Ana B", "S2"]), min_size=1, max_size=6))
    at, found = 0, list[Utterance]()
    for place, speaker in enumerate(who):
        if place and who[place - 1] == speaker:
            continue
        words = draw(st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S"),
                                                    exclude_characters="<>{}:-\ufeff"), min_size=1, max_size=6),
                              min_size=1, max_size=4))
        start = at + draw(st.integers(0, 30_000))
        at = start + draw(st.integers(1, 9_000))
        found.append(Utterance(speaker, " ".join(words), "", start / 1000, at / 1000))
    return found


FORMATS: dict[str, Callable[[Sequence[Utterance]], str]] = {"vtt": _vtt, "srt": _srt, "csv": _csv, "jsonl": _jsonl}


@pytest.mark.parametrize("end", FORMATS)
def test_a_dialogue_comes_back(end: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("talks") / f"a.{end}"

    @given(lessons())
    def comes_back(dialogue: list[Utterance]) -> None:
        assert read(file, FORMATS[end](dialogue)) == [dialogue]

    comes_back()


@given(lessons())
def test_a_dialogue_comes_back_from_a_corpus(tmp_path_factory: pytest.TempPathFactory,
                                             dialogue: list[Utterance]) -> None:
    said = [{"id": str(place), "conversation_id": "c", "speaker": each.speaker, "text": each.text, "timestamp":
             each.start, "reply-to": str(place - 1) if place else None} for place, each in enumerate(dialogue)]
    found = read(corpus(tmp_path_factory.mktemp("talks") / "c", said[::-1]))
    began = dialogue[0].start or 0
    assert [(each.speaker, each.text) for each in found[0]] == [(each.speaker, each.text) for each in dialogue]
    assert [each.start for each in found[0]] == pytest.approx([(each.start or 0) - began for each in dialogue])


@given(st.sampled_from(["vtt", "srt", "csv"]),
       st.text(st.sampled_from("WEBVTT\n<v >:0123.,->STYLNO \"&;{}"), max_size=80))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, end: str, text: str) -> None:
    file = tmp_path_factory.mktemp("any") / f"a.{end}"
    for begins in ("", "WEBVTT\n\n00:01.000 --> 00:02.000\n"):
        try:
            found = read(file, begins + text)
        except DataError as error:
            assert error.help
        else:
            assert all(each.speaker for dialogue in found for each in dialogue)
