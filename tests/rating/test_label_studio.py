"""Label Studio: tasks and configuration as its documentation has them, and its two forms of export read back."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from pedalang import plan
from pedalang.rating import label_studio, returned
from pedalang.rating.items import Item, Line, Question
from pedalang.runtime.errors import RunError

SCALE = (plan.ScaleLevel(0.0, "no <b>", "Not at all."), plan.ScaleLevel(1.0, "some", "A \"little\"."),
         plan.ScaleLevel(2.0, "yes", "Fully."))
ITEMS = [
    Item("aaaaaaaaaaaa", 0, 1, (Line("Student", "I <added> them."),), (Line("Teacher", "How?"),), (
        Question("builds", "Does it build on that?", SCALE, "ordinal"), Question("warm", "Is it?", SCALE, "ordinal"))),
    Item("bbbbbbbbbbbb", 0, -1, (), (Line("Teacher", "Look."),), (Question("whole", "How was it?", SCALE, "ordinal"),)),
]


def exported(short: bool = False, **more: Any) -> bytes:
    """What Label Studio gives back after one person rated the first item."""
    (task,) = json.loads(label_studio.projects(ITEMS)[0].tasks)
    said = {"builds": "yes", "warm": "no <b>"}
    if short:
        return json.dumps([{"id": 7, **task["data"], **said, "annotator": 4, "annotation_id": 11, "lead_time": 3.2,
                            "created_at": "2024-01-01T10:00:00Z", **more}]).encode()
    results = [{"id": f"r{name}", "type": "choices", "value": {"choices": [label]}, "origin": "manual",
                "from_name": name, "to_name": "dialogue"} for name, label in said.items()]
    return json.dumps([{"id": 7, "data": task["data"], "predictions": [], "project": 3, "annotations": [
        {"id": 11, "completed_by": {"id": 4, "email": "mia@school.example"}, "result": results, "was_cancelled": False,
         "ground_truth": False, "lead_time": 3.2} | more]}]).encode()


def test_what_is_asked_alike_is_a_project() -> None:
    first, second = label_studio.projects(ITEMS)
    config = ElementTree.fromstring(first.config)
    paragraphs = config.find("Paragraphs")
    assert paragraphs is not None
    assert paragraphs.attrib["value"] == "$dialogue" and paragraphs.attrib["nameKey"] == "who"
    choices = {each.attrib["name"]: [(one.attrib["value"], one.attrib["hint"]) for one in each]
               for each in config.iter("Choices")}
    assert choices == {name: [(level.label, level.text) for level in SCALE] for name in ("builds", "warm")}
    assert {each.attrib["toName"] for each in config.iter("Choices")} == {"dialogue"}
    (task,) = json.loads(first.tasks)
    assert task["data"]["dialogue"] == [{"who": "(Student)", "text": "I <added> them."},
                                        {"who": "Teacher", "text": "How?"}]
    headers = [each.attrib["value"] for each in config.iter("Header")]
    assert [task["data"][header.removeprefix("$")] for header in headers] == ["Does it build on that?", "Is it?"]
    assert [task["data"]["pedalang_item"] for task in json.loads(second.tasks)] == ["bbbbbbbbbbbb"]


@pytest.mark.parametrize(("data", "rater"), [
    (exported(), "mia@school.example"), (exported(completed_by=4), "annotator 4"),
    (exported(short=True), "annotator 4"),
    (exported(short=True, annotator="mia@school.example"), "mia@school.example"),
    (exported(completed_by=None), "given"), (b"\xef\xbb\xbf" + exported(), "mia@school.example"),
])
def test_an_export_is_read_back(data: bytes, rater: str) -> None:
    assert label_studio.is_export(data)
    found = returned.checked(label_studio.read(data, "back.json", "given"), ITEMS)
    assert not found.wrong
    assert [(each.item, each.criterion, each.rater, each.level) for each in found.kept] == [
        ("aaaaaaaaaaaa", "builds", rater, 2.0), ("aaaaaaaaaaaa", "warm", rater, 0.0)]


@pytest.mark.parametrize("data", [exported(was_cancelled=True), exported(result=[]), exported(result=None), b"[]"])
def test_what_was_not_rated_is_nothing(data: bytes) -> None:
    found = returned.checked(label_studio.read(data, "back.json"), ITEMS)
    assert (found.kept, found.wrong) == ([], [])


@pytest.mark.parametrize(("data", "codes"), [
    (exported(short=True, builds={"choices": ["yes", "some"]}), ["PED1463"]),
    (exported(short=True, pedalang_item="cccccccccccc"), ["PED1462", "PED1462"]),
    (exported(short=True, annotator=None), ["PED1465", "PED1465"]),
    (b'[{"data": [], "annotations": {"a": 1}}, {"data": {}, "annotations": [7, {"result": [3]}]}]', []),
])
def test_what_is_wrong_in_it_is_told(data: bytes, codes: list[str]) -> None:
    found = returned.checked(label_studio.read(data, "back.json"), ITEMS)
    assert [each.code for each in found.wrong] == codes
    assert all(each.place == "back.json: task 1" for each in found.wrong)


@pytest.mark.parametrize("data", [b"[1]", b"{", b"[" * 100_000])
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(RunError, match="PED1461"):
        list(label_studio.read(data, "back.json"))
