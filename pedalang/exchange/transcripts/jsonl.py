"""A plain format of dialogues: each row an object with `turns`, a list of `{"speaker", "text", "move", "start"}`.

`{"id": "a1", "turns": [{"speaker": "Teacher", "text": "What is 1/2 + 1/4?", "move": "probing"}]}`; `move` may be left
out, and so may `start`, the seconds from the beginning of the recording. Other fields of a row or a turn are not looked
at.
"""

from __future__ import annotations

from collections.abc import Mapping

from pedalang.exchange.utterance import Unreadable, Utterance
from pedalang.expression.values import Value

MOST_SECONDS = 10_000_000
"""A recording is shorter: that is a third of a year."""


def read(row: Mapping[str, Value]) -> list[Utterance]:
    """The turns of a row, at least one. Raises `Unreadable`."""
    turns = row.get("turns")
    if not isinstance(turns, tuple):
        raise Unreadable("no list in `turns`" if "turns" in row else "no field `turns`")
    if not turns:
        raise Unreadable("`turns` is empty")
    return [_utterance(turn, number) for number, turn in enumerate(turns)]


def _utterance(turn: Value, number: int) -> Utterance:
    if not isinstance(turn, dict):
        raise Unreadable(f"turn {number} is no object")
    for name in ("speaker", "text"):
        if not isinstance(turn.get(name), str):
            raise Unreadable(f"turn {number} has no text in `{name}`")
    if not turn["speaker"].strip():
        raise Unreadable(f"turn {number} has an empty `speaker`")
    move = turn.get("move") or ""
    if not isinstance(move, str):
        raise Unreadable(f"the `move` of turn {number} is no text")
    return Utterance(turn["speaker"].strip(), turn["text"].strip(), move.strip(), _start(turn.get("start"), number))


def _start(value: Value, number: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST_SECONDS:
        raise Unreadable(f"the `start` of turn {number} is no number of seconds")
    return float(value)
