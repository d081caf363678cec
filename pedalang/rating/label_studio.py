"""Label Studio: items as its tasks with a labelling configuration, and its JSON and JSON-MIN exports read back.

A project of Label Studio asks the same of every task, so items with different questions become different projects. The
forms are those of its documentation: tasks with `data`, whose `annotations` have `result` and `completed_by`; and the
short form, in which a task's data and answers stand side by side with `annotator`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree

import msgspec

from pedalang.rating.items import Item, Question
from pedalang.rating.returned import Said
from pedalang.runtime.errors import RunError

_KEY = "pedalang_item"
"""The field of a task's data that says which item it is."""
_DIALOGUE = "dialogue"
_QUESTION = "question_"


class Project(NamedTuple):
    """The labelling configuration (XML) and the tasks (JSON) of items that are asked the same."""

    config: bytes
    tasks: bytes


def projects(items: Sequence[Item]) -> list[Project]:
    """The items as projects, in the order of the items."""
    alike: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        alike.setdefault(tuple(each.criterion for each in item.questions), []).append(item)
    return [Project(_config(group[0].questions), _tasks(group)) for group in alike.values()]


def _config(questions: Sequence[Question]) -> bytes:
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Paragraphs", name=_DIALOGUE, value=f"${_DIALOGUE}", layout="dialogue",
                           nameKey="who", textKey="text")
    for each in questions:
        ElementTree.SubElement(view, "Header", value=f"${_QUESTION}{each.criterion}")
        choices = ElementTree.SubElement(view, "Choices", name=each.criterion, toName=_DIALOGUE, choice="single",
                                         showInline="false")
        for level in each.levels:
            ElementTree.SubElement(choices, "Choice", value=level.label, hint=level.text)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="utf-8") + b"\n"


def _tasks(items: Sequence[Item]) -> bytes:
    return msgspec.json.format(msgspec.json.encode([{"data": {
        _KEY: item.name,
        _DIALOGUE: [*({"who": f"({line.who})", "text": line.text} for line in item.before),
                    *({"who": line.who, "text": line.text} for line in item.part)],
        **{_QUESTION + each.criterion: each.ask for each in item.questions},
    }} for item in items]), indent=1) + b"\n"


def is_export(data: bytes) -> bool:
    """Whether a file is JSON, which a CSV sheet never is."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")


def read(data: bytes, name: str, rater: str = "") -> Iterator[Said]:
    """The answers in an export. `rater` is who rated where an annotation does not say. Raises `RunError` PED1461."""
    try:
        found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise _no_export(name, str(error)) from None
    for number, task in enumerate(found if isinstance(found, list) else [found], 1):
        if not isinstance(task, dict):
            raise _no_export(name, f"task {number} is no object")
        place = f"{name}: task {number}"
        if "annotations" in task or "completions" in task:
            yield from _annotated(task, place, rater)
        else:
            yield from _short(task, place, rater)


def _annotated(task: Mapping[str, Any], place: str, rater: str) -> Iterator[Said]:
    """The full form. What was cancelled is left out."""
    item = _text(_dict(task.get("data")).get(_KEY))
    for annotation in map(_dict, _list(task.get("annotations", task.get("completions")))):
        if annotation.get("was_cancelled") or annotation.get("skipped"):
            continue
        who = _who(annotation.get("completed_by")) or rater
        for result in map(_dict, _list(annotation.get("result"))):
            choices = _list(_dict(result.get("value")).get("choices"))
            if result.get("type") == "choices" and choices:
                yield Said(place, item, _text(result.get("from_name")), who, _joined(choices))


def _short(task: Mapping[str, Any], place: str, rater: str) -> Iterator[Said]:
    """The form JSON-MIN: answers under their questions' names, beside the task's own data."""
    item = _text(task.get(_KEY))
    who = _who(task.get("annotator")) or rater
    asked = [key.removeprefix(_QUESTION) for key in task if key.startswith(_QUESTION)]
    for criterion in asked:
        said = task.get(criterion)
        choices = _list(said.get("choices")) if isinstance(said, dict) else [said] if said is not None else []
        if choices:
            yield Said(place, item, criterion, who, _joined(choices))


def _joined(choices: Sequence[Any]) -> str:
    """One choice; several are none of a scale, and are told as they are."""
    return " + ".join(_text(each) for each in choices)


def _who(by: Any) -> str:
    """A person's address or number, as Label Studio has one or the other."""
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    return f"annotator {by}" if isinstance(by, int) and not isinstance(by, bool) else _text(by)


def _dict(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _text(found: Any) -> str:
    return found.strip() if isinstance(found, str) else ""


def _no_export(name: str, why: str) -> RunError:
    return RunError("PED1461", f"`{name}` is no export of Label Studio: {why}",
                    help="export the project as JSON or JSON-MIN")
