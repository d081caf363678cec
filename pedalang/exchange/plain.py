"""The plain form of a recorded dialogue: a row with `turns`, a list of `{"speaker", "text", "move", "start", "end"}`.

It is what the format `jsonl` reads, and what files of other forms are made into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pedalang.exchange.utterance import Unreadable, Utterance
from pedalang.expression.values import Value

TURNS = "turns"
MOST_SECONDS = 10_000_000
"""A recording is shorter: that is a third of a year."""


def row(utterances: Iterable[Utterance], more: Mapping[str, Value]) -> dict[str, Value]:
    """A dialogue as a row, with what else is known of it."""
    turns = tuple({"speaker": each.speaker, "text": each.text, "move": each.move, "start": each.start, "end": each.end}
                  for each in utterances)
    return {**more, TURNS: turns}


def utterances(found: Mapping[str, Value]) -> list[Utterance]:
    """The turns of a row, at least one. Raises `Unreadable`."""
    turns = found.get(TURNS)
    if not isinstance(turns, tuple):
        raise Unreadable(f"no list in `{TURNS}`" if TURNS in found else f"no field `{TURNS}`")
    if not turns:
        raise Unreadable(f"`{TURNS}` is empty")
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
    return Utterance(turn["speaker"].strip(), turn["text"].strip(), move.strip(),
                     _seconds(turn.get("start"), "start", number), _seconds(turn.get("end"), "end", number))


def _seconds(value: Value, name: str, number: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST_SECONDS:
        raise Unreadable(f"the `{name}` of turn {number} is no number of seconds")
    return float(value)
