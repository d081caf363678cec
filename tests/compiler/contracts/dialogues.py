"""Dialogues in messages: `open: teacher.ask, student.guesses, (teacher.hint, student.guesses) x 3`."""

from __future__ import annotations

import re

from pedalang.diagnostic import Diagnostic

_SHOWN = re.compile(r"the shortest [^`:]*: `([^`]+)`")
_NAME = r"[^\W\d]\w*"
_FACTS = r"(?: \[[^\]]*\])?"
_TURN = rf"(?:{_NAME}: )?{_NAME}(?:\.{_NAME}){{0,2}}{_FACTS}"
_ROW = re.compile(rf"(?:{_NAME}: )?\(({_TURN}(?:, {_TURN})*)\) x (\d+)")
_ONE = re.compile(_TURN)


def turns(of: Diagnostic) -> int | None:
    """How many turns the shortest dialogue has that a message shows; None where it shows none."""
    shown = _SHOWN.search(of.help)
    return length(shown[1]) if shown else None


def length(dialogue: str) -> int | None:
    """The turns of a dialogue that is told turn by turn; None for what is no dialogue."""
    count, at = 0, 0
    while at < len(dialogue):
        if count and not dialogue.startswith(", ", at):
            return None
        at += 2 if count else 0
        if row := _ROW.match(dialogue, at):
            count += int(row[2]) * len(re.findall(rf"(?:\A|, ){_TURN}", row[1]))
            at = row.end()
        elif one := _ONE.match(dialogue, at):
            count += 1
            at = one.end()
        else:
            return None
    return count or None
