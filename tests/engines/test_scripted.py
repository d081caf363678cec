"""Scripts: files of both forms, functions, and what fits nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError
from tests.engines.conftest import SAYINGS, asked, failed, replied


def written(folder: Path, text: str | bytes, name: str = "replies.json") -> Engine:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return scripted.open(Options(str(path)))


def test_a_list_is_gone_through_in_order(tmp_path: Path) -> None:
    engine = written(tmp_path, '["What do you think?", 2, "Good."]')
    assert replied(engine, asked()).text == "What do you think?"
    assert replied(engine, asked(choices=SAYINGS)).text == SAYINGS[2]
    assert replied(engine, asked()).text == "Good."
    assert replied(engine, asked(choices=SAYINGS)).choice == 0, "nothing left: the first choice"
    assert failed(engine, asked(key="0/4/speech")).code == "PED1109"


def test_lines_are_a_list(tmp_path: Path) -> None:
    engine = written(tmp_path, '"one line\u2028still"\n\n"two"\n', "replies.jsonl")
    assert [replied(engine, asked()).text for _ in range(2)] == ["one line\u2028still", "two"]


def test_patterns_are_tried_in_order(tmp_path: Path) -> None:
    engine = written(tmp_path, json.dumps({
        "0/3/speech": "In turn three.", "[01]/*/speech": "Early on.", "*/move": SAYINGS[1], "*": None}))
    said = {key: replied(engine, asked(key=key)).text for key in ("0/3/speech", "0/4/speech", "1/12/speech")}
    assert said == {"0/3/speech": "In turn three.", "0/4/speech": "Early on.", "1/12/speech": "Early on."}
    assert replied(engine, asked(key="7/0/move", choices=SAYINGS)).choice == 1
    assert replied(engine, asked(key="7/0/judge.clear", choices=SAYINGS)).choice == 0, "null is no entry"
    assert failed(engine, asked(key="7/0/speech")).code == "PED1109"


def test_a_list_of_entries_goes_by_the_number_of_the_turn(tmp_path: Path) -> None:
    engine = written(tmp_path, json.dumps({"*/speech": ["Zero.", "One.", "Two."], "*/move": []}))
    assert [replied(engine, asked(key=f"0/{turn}/speech")).text for turn in (0, 1, 2, 3, 7)] == [
        "Zero.", "One.", "Two.", "Zero.", "One."]
    assert replied(engine, asked(key="0/2/move", choices=SAYINGS)).choice == 0


def test_scores_tell_the_choice_from_the_others() -> None:
    reply = replied(scripted.from_list([1]), asked(choices=SAYINGS))
    assert reply.scores == reply.totals == (-1.0, 0.0, -1.0)


def test_a_function_answers_with_what_it_likes() -> None:
    ready = Reply("As it is.", finish="length")
    down = EngineError("PED1104", "the model is down", retryable=True)

    def script(request: Request) -> scripted.Entry:
        return {1: "Words.", 2: ready, 3: down}.get(request.seed, len(request.choices) - 1)

    engine = scripted.from_function(script, "scripted:function")
    assert replied(engine, asked(seed=1)).text == "Words."
    assert replied(engine, asked(seed=2)) is ready
    assert failed(engine, asked(seed=3)) is down
    assert replied(engine, asked(choices=SAYINGS)).choice == 2
    assert engine.name == "scripted:function"


def test_an_empty_text_is_a_text() -> None:
    assert replied(scripted.from_list([""]), asked()).text == "", "to try out what a run does with it"


@pytest.mark.parametrize("entry", ["none of them", 3, -1])
def test_an_entry_that_is_no_choice(entry: scripted.Entry) -> None:
    error = failed(scripted.from_list([entry]), asked(choices=SAYINGS, key="0/1/move"))
    assert error.code == "PED1109"
    assert "0/1/move" in error.message


def test_a_number_says_nothing() -> None:
    assert failed(scripted.from_list([1]), asked()).code == "PED1109"


@pytest.mark.parametrize("text", [
    b"\xff", "{", '"text"', "3", "[1.5]", "[true]", '[{"text": "x"}]', '{"*": {"text": "x"}}', '{"*": [["x"]]}', "",
    "[" * 100_000,
])
def test_a_file_that_is_no_script(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(EngineError) as caught:
        written(tmp_path, text)
    assert caught.value.code == "PED1113"
    assert "replies.json" in caught.value.message


def test_no_file(tmp_path: Path) -> None:
    for target, code in (("", "PED1112"), (str(tmp_path / "missing.json"), "PED1113"), (str(tmp_path), "PED1113")):
        with pytest.raises(EngineError) as caught:
            scripted.open(Options(target))
        assert caught.value.code == code


def test_another_script_is_another_engine(tmp_path: Path) -> None:
    names = {written(tmp_path, text).name for text in ("[1]", "[2]", "[1]")}
    assert len(names) == 2
    assert all(name.startswith("scripted:replies.json sha256:") for name in names)
