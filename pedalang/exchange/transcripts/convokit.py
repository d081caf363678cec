"""ConvoKit: a corpus is a folder with `utterances.jsonl`, and beside it `conversations.json` and `speakers.json`.

A dialogue is what answers one another: an utterance stands behind the one that it is a `reply_to`; answers to one and
the same stand in the order of their times, then of the file, each with what answers it behind it. The speaker's label
is the speaker's id, or the field of the speaker's `meta` that the data set names (`columns: { speaker: "role" }`);
`text` and `move` may be fields of the utterance's `meta`. Times that are numbers count from the first of the dialogue,
and are `start`. What a conversation's `meta` holds are fields of the dialogue. Source: ConvoKit's documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pedalang.exchange import plain, tables
from pedalang.exchange.errors import DataError
from pedalang.exchange.utterance import Utterance
from pedalang.expression.values import Value, to_text

NAME = "utterances.jsonl"
"""The file by which such a folder is known."""
ENDS = ()

read = plain.utterances


@dataclass(frozen=True, slots=True)
class _Said:
    """An utterance with its place: what it answers, when it was."""

    id: str
    dialogue: str
    answers: str
    speaker: str
    text: str
    move: str
    time: float | None
    line: int


def rows(path: Path, columns: Mapping[str, str]) -> list[dict[str, Value]]:
    """The dialogues of a folder, in the order in which they begin. Raises `OSError`, `DataError`."""
    speakers, conversations = _index(path / "speakers.json"), _index(path / "conversations.json")
    dialogues: dict[str, list[_Said]] = {}
    for row in tables.read(path / NAME).rows:
        said = _said(row, columns, speakers)
        dialogues.setdefault(said.dialogue, []).append(said)
    return [_dialogue(id, said, _meta(conversations.get(id))) for id, said in dialogues.items()]


def _index(path: Path) -> dict[str, Value]:
    """What `conversations.json` or `speakers.json` says, by id; nothing where there is no such file."""
    if not path.is_file():
        return {}
    try:
        found = msgspec.json.decode(tables.text(path))
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError("PED0830", f"`{path.name}`: no JSON: {error}", help="write the corpus anew") from None
    if not isinstance(found, dict):
        raise DataError("PED0830", f"`{path.name}` holds no object with an entry for each id",
                        help="write the corpus anew")
    return found


def _meta(found: Value) -> dict[str, Value]:
    """The `meta` of an entry; before ConvoKit 2.5 the entry itself."""
    if not isinstance(found, dict):
        return {}
    inner = found.get("meta", found)
    return {key: _frozen(value) for key, value in inner.items()} if isinstance(inner, dict) else {}


def _frozen(value: Value) -> Value:
    match value:
        case list():
            return tuple(_frozen(each) for each in value)
        case dict():
            return {key: _frozen(each) for key, each in value.items()}
    return value


def _said(row: tables.Row, columns: Mapping[str, str], speakers: Mapping[str, Value]) -> _Said:
    fields, meta = row.fields, _meta({"meta": row.fields.get("meta") or {}})
    id, dialogue = _first(fields, "id"), _first(fields, "conversation_id", "root")
    who = _first(fields, "speaker", "user")
    text = _first({**meta, **fields}, columns.get("text", "text"))
    for name, value in (("id", id), ("conversation_id", dialogue), ("speaker", who), ("text", text)):
        if value is None:
            raise DataError("PED0830", f"`{NAME}`, {row}: an utterance without `{name}`", help="write the corpus anew")
    return _Said(
        to_text(id), to_text(dialogue), to_text(_first(fields, "reply-to", "reply_to") or ""),
        _label(to_text(who), columns, speakers, row), to_text(text),
        to_text(meta.get(columns.get("move", "move")) or ""), _time(fields.get("timestamp")), row.line)


def _time(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _first(fields: Mapping[str, Value], *names: str) -> Value:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _label(id: str, columns: Mapping[str, str], speakers: Mapping[str, Value], row: tables.Row) -> str:
    if "speaker" not in columns:
        return id
    meta = _meta(speakers.get(id))
    found = meta.get(columns["speaker"])
    if found is None or not to_text(found).strip():
        there = ", ".join(f"`{name}`" for name in meta) or "nothing"
        raise DataError("PED0833", f"`{NAME}`, {row}: the speaker `{id}` has no `{columns['speaker']}` in "
                        f"`speakers.json`", help=f"what is there: {there}")
    return to_text(found).strip()


def _dialogue(id: str, said: Sequence[_Said], meta: Mapping[str, Value]) -> dict[str, Value]:
    ordered = list(_ordered(said))
    first = min((each.time for each in ordered if each.time is not None), default=None)
    turns = [Utterance(each.speaker, each.text.strip(), each.move.strip(),
                       None if each.time is None or first is None else _within(each.time - first)) for each in ordered]
    return plain.row(turns, {**meta, "id": id, "file": NAME})


def _within(seconds: float) -> float | None:
    return seconds if seconds < plain.MOST_SECONDS else None


def _ordered(said: Sequence[_Said]) -> Iterator[_Said]:
    """Each utterance behind what it answers. Raises `DataError` for one that answers what is not there, or itself."""
    known = {each.id: each for each in said}
    answers: dict[str, list[_Said]] = {}
    for each in said:
        if each.answers and each.answers not in known:
            raise DataError("PED0835", f"`{NAME}`, line {each.line}: `{each.id}` answers `{each.answers}`, which is not"
                            f" in the conversation `{each.dialogue}`",
                            help="leave `reply-to` empty, or bring what it answers")
        answers.setdefault(each.answers, []).append(each)
    waiting, told = _by_time(answers.get("", [])), 0
    while waiting:
        each = waiting.pop()
        told += 1
        yield each
        waiting += _by_time(answers.get(each.id, []))
    if told < len(said):
        raise DataError("PED0835", f"`{NAME}`, line {said[0].line}: utterances of the conversation "
                        f"`{said[0].dialogue}` answer one another in a circle",
                        help="one utterance, the first, answers none")


def _by_time(said: Sequence[_Said]) -> list[_Said]:
    """The last first, so that the first is taken off the end."""
    return sorted(said, key=lambda each: (each.time if each.time is not None else 0.0, each.line), reverse=True)
