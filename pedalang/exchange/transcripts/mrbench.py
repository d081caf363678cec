"""MRBench's dialogues, with the reply of one tutor as their last turn.

`conversation_history` is one text, turns in lines that begin with `Tutor:` or `Student:`; the reply is the `response`
of the entry that a data set takes with `each:`. Source: the released data of Maurya et al. (2025).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pedalang.exchange.utterance import Unreadable, Utterance
from pedalang.expression.values import Value

ENDS = (".json", ".jsonl")

TUTOR = "Tutor"
STUDENT = "Student"

_TURN = re.compile(rf"^[^\S\n]*({TUTOR}|{STUDENT})[^\S\n]*:", re.MULTILINE | re.IGNORECASE)


def read(row: Mapping[str, Value]) -> list[Utterance]:
    """The turns of a dialogue and the reply. Raises `Unreadable`."""
    history = row.get("conversation_history")
    if not isinstance(history, str):
        raise Unreadable("no text in `conversation_history`")
    entry = row.get("entry")
    reply = entry["value"].get("response") if isinstance(entry, dict) and isinstance(entry["value"], dict) else None
    if not isinstance(reply, str):
        raise Unreadable("no reply; the data set takes one of them by `each: row.tutor_responses`")
    begun = list(_TURN.finditer(history))
    ends = [*(match.start() for match in begun[1:]), len(history)][:len(begun)]
    told = [Utterance(match[1].capitalize(), history[match.end():end].strip())
            for match, end in zip(begun, ends, strict=True)]
    return [*told, Utterance(TUTOR, reply.strip())]
