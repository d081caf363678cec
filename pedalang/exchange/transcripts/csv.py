"""A table with a line an utterance: CSV, Parquet, or JSONL with an object a line.

Columns are found by the names that are usual for them, whatever their capitals, or are named by the data set
(`columns: { speaker: "who" }`): `speaker` and `text`; where they are, `start` and `end` (seconds, `1:02` or
`00:01:02.5`), `dialogue` (which dialogue a line is of; without it the file is one) and `move`. The lines of a dialogue
stay in the file's order. What else is the same in all lines of a dialogue is a field of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pedalang import diagnostic
from pedalang.exchange import plain, tables
from pedalang.exchange.errors import DataError
from pedalang.exchange.utterance import Utterance
from pedalang.expression.values import Value, to_text

ENDS = (".csv", ".parquet", ".jsonl")

USUAL: Mapping[str, tuple[str, ...]] = {
    "speaker": ("speaker", "role", "who", "name", "participant", "user", "author", "speaker_name", "speaker_role"),
    "text": ("text", "utterance", "sentence", "transcript", "content", "message", "said", "words"),
    "start": ("start", "start_time", "starts", "begin", "time", "timestamp", "onset", "start_seconds"),
    "end": ("end", "end_time", "ends", "stop", "offset", "end_seconds"),
    "dialogue": ("dialogue", "dialogue_id", "dialog", "dialog_id", "conversation", "conversation_id", "session",
                 "session_id", "lesson", "lesson_id", "transcript_id", "video_id", "obs_id"),
    "move": ("move", "moves", "label", "code", "dialogue_act", "dialog_act", "act"),
}
"""What a column holds to what it is usually called."""
_NEEDED = ("speaker", "text")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d(?:[.,]\d+)?)|(\d+(?:[.,]\d+)?)")

read = plain.utterances


def rows(path: Path, columns: Mapping[str, str]) -> list[dict[str, Value]]:
    """The dialogues of a file, in the order in which they begin. Raises `OSError`, `DataError`."""
    table = tables.read(path).rows
    if not table:
        raise DataError("PED0807", f"`{path.name}` has no rows", help="bring at least one")
    called = found(table[0].fields, columns, path.name)
    dialogues: dict[str, list[tables.Row]] = {}
    for row in table:
        dialogues.setdefault(to_text(row.fields.get(called["dialogue"])) if "dialogue" in called else path.stem,
                             []).append(row)
    return [_dialogue(id, lines, called, path.name) for id, lines in dialogues.items()]


def found(fields: Mapping[str, Value], columns: Mapping[str, str], name: str) -> dict[str, str]:
    """What the columns are called, by what they hold. Raises `DataError` where one that is needed is not found."""
    called: dict[str, str] = {}
    plainly = {re.sub(r"[\s_-]+", "_", column.strip().lower()): column for column in reversed(list(fields))}
    for holds, usual in USUAL.items():
        if holds in columns:
            if columns[holds] not in fields:
                raise DataError("PED0833", f"`{name}` has no column `{columns[holds]}`",
                                help=diagnostic.did_you_mean(columns[holds], fields) or _known(fields))
            called[holds] = columns[holds]
        elif column := next((plainly[each] for each in usual if each in plainly), ""):
            called[holds] = column
    if lacking := [holds for holds in _NEEDED if holds not in called]:
        raise DataError("PED0833", f"no column of `{name}` is known to hold the {lacking[0]}",
                        help=f"name it in the dataset: `columns: {{ {lacking[0]}: \"COLUMN\" }}`; {_known(fields)}")
    return called


def _known(fields: Mapping[str, Value]) -> str:
    return f"its columns: {', '.join(f'`{each}`' for each in fields)}"


def _dialogue(id: str, lines: Sequence[tables.Row], called: Mapping[str, str], name: str) -> dict[str, Value]:
    said = [_utterance(line, called, name) for line in lines]
    first = lines[0].fields
    same = {column: value for column, value in first.items() if column not in called.values()
            and all(line.fields.get(column) == value for line in lines)}
    return plain.row(said, {**same, "id": id, "file": name})


def _utterance(row: tables.Row, called: Mapping[str, str], name: str) -> Utterance:
    def cell(holds: str) -> Value:
        value = row.fields.get(called[holds]) if holds in called else None
        return value.strip() if isinstance(value, str) else value

    speaker, text, move = ("" if cell(holds) is None else to_text(cell(holds)) for holds in ("speaker", "text", "move"))
    if not speaker:
        raise DataError("PED0831", f"`{name}`, {row}: nothing says who speaks",
                        help=f"fill in the column `{called['speaker']}`")
    return Utterance(speaker, text, move, *(_seconds(cell(holds), f"`{name}`, {row}", called.get(holds, ""))
                                            for holds in ("start", "end")))


def _seconds(value: Value, where: str, column: str) -> float | None:
    if value is None or value == "":
        return None
    clock = _CLOCK.fullmatch(to_text(value)) if isinstance(value, str | int | float) else None
    if clock is None:
        raise DataError("PED0830", f"{where}: `{to_text(value)[:40]}` in `{column}` is no time",
                        help="write seconds, `62.5`, or a clock, `00:01:02.5`")
    hours, minutes, seconds, plainly = (part.replace(",", ".") if part else "" for part in clock.groups())
    return float(plainly) if plainly else int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
