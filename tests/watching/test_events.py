"""Events for programs: each line is of the form that is documented, and they agree with the journal."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from pedalang import api
from pedalang.runtime.pool import Begun, Estimate
from pedalang.watching import events
from tests.cli.conftest import Ped, folder, ped  # noqa: F401
from tests.watching.conftest import Clock, answer, ending, header, turn

DEMO = "fractions/main.ped"
PAGE = Path(__file__).parents[2] / "docs" / "running.md"


def read(path: Path) -> list[dict[str, Any]]:
    """The events of a file, each held against the schema."""
    found = [json.loads(line) for line in path.read_text().splitlines()]
    validator = jsonschema.Draft202012Validator(events.schema())
    for each in found:
        validator.validate(each)
        msgspec.convert(each, events.Event)
    return found


def test_a_run_s_events_agree_with_its_journal(ped: Ped, folder: Path) -> None:  # noqa: F811
    assert ped("run", DEMO, "--engine", "random:", "--out", "run", "--events", "events.jsonl", "--json").code == 0
    told = read(folder / "events.jsonl")
    _, of = api.read_run(folder / "run")
    kinds = [each["event"] for each in told if each["event"] != "estimated"]
    assert kinds[0] == "began"
    assert kinds[-1] == "finished"
    assert kinds.count("turn") == len(of.turns())
    assert kinds.count("completion") == len(of.completions())
    assert kinds.count("started") == kinds.count("ended") == kinds.count("scored") == 8
    known = {(each.episode, each.turn, each.move) for each in of.turns()}
    assert {(each["episode"], each["turn"], each["move"]) for each in told if each["event"] == "turn"} == known
    words = {each.text for each in of.turns()}
    of.close()
    text = (folder / "events.jsonl").read_text()
    assert not [each for each in words if each in text], "what was said stands in the journal alone"


def test_a_run_that_goes_on_writes_after_what_is_there(ped: Ped, folder: Path) -> None:  # noqa: F811
    ped("run", DEMO, "--engine", "random:", "-n", "2", "--out", "run", "--events", "events.jsonl")
    before = read(folder / "events.jsonl")
    ped("run", "--resume", "run", "--events", "events.jsonl")
    after = read(folder / "events.jsonl")
    assert after[:len(before)] == before
    assert next(each["done"] for each in after[len(before):] if each["event"] == "began") == 2


def test_events_on_stdout_stand_there_alone(ped: Ped) -> None:  # noqa: F811
    outcome = ped("run", DEMO, "--engine", "random:", "-n", "1", "--events", "-")
    assert {json.loads(line)["version"] for line in outcome.out.splitlines()} == {1}
    refused = ped("run", DEMO, "--engine", "random:", "--events", "-", "--json")
    assert (refused.code, refused.json["diagnostics"][0]["code"]) == (2, "PED1420")


def test_a_file_that_holds_something_else_is_left_alone(ped: Ped, folder: Path) -> None:  # noqa: F811
    before = (folder / DEMO).read_text()
    outcome = ped("run", DEMO, "--engine", "random:", "--events", DEMO)
    assert (outcome.code, "PED1405" in outcome.err) == (2, True)
    assert (folder / DEMO).read_text() == before
    assert not (folder / "runs").exists(), "nothing was played"


def test_a_run_ends_well_where_its_events_cannot_be_written(clock: Clock) -> None:
    class Full(io.BytesIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    refused: list[str] = []
    writer = events.Events(Full(), clock, refused.append)
    writer.started(0)
    writer.started(1)
    assert refused == ["No space left on device"]


def test_every_event_is_of_its_schema(clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("wb") as file:
        writer = events.Events(file, clock, pytest.fail)
        writer.estimated(Estimate(2, 8, 4000, 900, 240, None, 2))
        writer.began(Begun(Path("run"), header(2), range(2), 2))
        writer.started(0)
        writer.answered(answer(0, 0))
        writer.spoke(turn(0, 0))
        writer.ended(ending(0))
        writer.ended(ending(1, "PED1103"))
        writer.left_out([1], "the budget of 10 tokens is used up")
        writer.played()
        writer.judging(2)
        writer.scored(0)
        writer.finished(1)
        writer.stopped("interrupted")
    assert len({each["event"] for each in read(path)}) == len(get_args(events.Event))


def test_the_page_names_every_event_and_field() -> None:
    page = PAGE.read_text()
    for kind in get_args(events.Event):
        info = msgspec.inspect.type_info(kind)
        assert isinstance(info, msgspec.inspect.StructType)
        row = next((line for line in page.splitlines() if line.startswith(f"| `{info.tag}` |")), "")
        missing = [field.name for field in info.fields if f"`{field.name}`" not in row + "`at` `version`"]
        assert not missing, f"{info.tag}: {missing}"
