"""MathDial's dialogues: one text in `conversation`, turns joined by `|EOM|`.

A turn is `Speaker: text`; the teacher's begins with a move, `Teacher: (focus)What is 3 + 4?`. Where a student stands
under the name that `student_profile` begins with, the speaker is `Student`. A parenthesis that is none of the four
moves belongs to the text. Source: the MathDial paper and its released data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pedalang.exchange.utterance import Unreadable, Utterance
from pedalang.expression.values import Value

ENDS = (".jsonl", ".json", ".csv", ".parquet")

MOVES = ("generic", "focus", "probing", "telling")
TEACHER = "Teacher"
STUDENT = "Student"

_SEPARATOR = re.compile(r"\|[ \t]*EOM[ \t]*\|", re.IGNORECASE)
_TURN = re.compile(r"\s*([^\W\d_][^:\n]{0,60}?)\s*:(.*)", re.DOTALL)
_MOVE = re.compile(rf"\s*\(\s*({'|'.join(MOVES)})\s*\)", re.IGNORECASE)
_OTHER_TURN = re.compile(rf"^\s*(?:{TEACHER}|{STUDENT})\s*:", re.MULTILINE)


def read(row: Mapping[str, Value]) -> list[Utterance]:
    """The turns of a row, at least one. A turn without words is kept, for it was a turn. Raises `Unreadable`."""
    conversation = row.get("conversation")
    if not isinstance(conversation, str):
        raise Unreadable("no text in `conversation`" if "conversation" in row else "no field `conversation`")
    pieces = [piece for piece in _SEPARATOR.split(conversation) if piece.strip()]
    if not pieces:
        raise Unreadable("`conversation` is empty")
    own_name = _own_name(row)
    return [_utterance(piece, number, own_name) for number, piece in enumerate(pieces)]


def _own_name(row: Mapping[str, Value]) -> str:
    profile = row.get("student_profile")
    return profile.split()[0] if isinstance(profile, str) and profile.strip() else ""


def _utterance(piece: str, number: int, own_name: str) -> Utterance:
    found = _TURN.fullmatch(piece)
    if found is None:
        raise Unreadable(f"turn {number} does not begin with a speaker, as in `{TEACHER}: …`")
    speaker, text = found.groups()
    if _OTHER_TURN.search(text):
        raise Unreadable(f"turn {number} holds another one: turns are joined by `|EOM|`")
    if speaker == own_name:
        speaker = STUDENT
    move = _MOVE.match(text) if speaker == TEACHER else None
    if move:
        return Utterance(speaker, text[move.end():].strip(), move[1].lower())
    return Utterance(speaker, text.strip())
