"""Texts with placeholders, as each dialect fills them in.

0.1.x puts a task's values in place of `{name}`, and leaves all other braces alone. 1.0 formats the whole text as Python
does: `{{` is one brace, and any other brace that is no placeholder stops it; such a text is read as 0.1.x would.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeAlias

from pedalang.diagnostic import Report, did_you_mean
from pedalang.exchange.elmes.config import Dialect
from pedalang.exchange.elmes.reading import Value


class Shown(NamedTuple):
    """A variable of a task, in a text."""

    name: str


Piece: TypeAlias = "str | Shown"
_LIKE_A_NAME = re.compile(r"\{([^\W\d]\w*)\}")
_IN_JUDGEMENT = re.compile(r"\{(.+?)\}")
BARS = {"｜": "|", "＞": ">"}
"""Marks of YAML's blocks as an editor for wide letters writes them."""


def pieces(value: Value, names: Collection[str], dialect: Dialect, report: Report) -> tuple[Piece, ...]:
    """A prompt's text in pieces. What stops or surprises the original is reported."""
    text = value.text
    _wide_bar(value, report)
    if dialect == "1.0":
        formatted = _formatted(text, names)
        if formatted is not None:
            return formatted
        report.warning("PED1007", value.span, "this text has braces that are no placeholders, and ELMES 1.0 stops at "
                       "them", help="the program shows them as they stand")
    for name in dict.fromkeys(_LIKE_A_NAME.findall(text)):
        if name not in names:
            report.warning("PED1006", value.span, f"`{{{name}}}` is no variable of the tasks, and stays as it stands",
                           help=did_you_mean(name, names, "their variables are"))
    return _replaced(text, names)


def judged(value: Value, names: Collection[str], report: Report) -> tuple[Piece, ...]:
    """The text of a judge's prompt in 0.1.x: `{task.NAME}`, and `{messages.as_dialog()}` where the dialogue stands."""
    _wide_bar(value, report)
    found: list[Piece] = []
    at = 0
    for each in _IN_JUDGEMENT.finditer(value.text):
        inside = each[1].strip("{}")
        name = inside.removeprefix("task.")
        found.append(value.text[at:each.start()])
        at = each.end()
        if inside.startswith("task.") and name in names:
            found.append(Shown(name))
        elif inside == "messages.as_dialog()":
            found.append("(the dialogue above)")
        else:
            found.append(each[0])
            report.warning("PED1006", value.span, f"`{each[0]}` is nothing that ELMES 0.1.x can show a judge, and it "
                           "stops here", help="it knows `{task.NAME}` and `{messages.as_dialog()}`")
    return tuple(each for each in (*found, value.text[at:]) if each)


def _wide_bar(value: Value, report: Report) -> None:
    """`key: ｜` begins no block: the lines below are folded into one, with the bar before them."""
    mark = BARS.get(value.text[:1])
    if mark is not None:
        report.warning("PED1005", value.span, f"`{value.text[0]}` is no `{mark}` to YAML: the text begins with it, and "
                       "its lines are folded into one",
                       help=f"write `{mark}`; the program has the text as YAML reads it")


def _formatted(text: str, names: Collection[str]) -> tuple[Piece, ...] | None:
    found: list[Piece] = []
    try:
        for literal, field, spec, conversion in string.Formatter().parse(text):
            found.append(literal)
            if field is not None:
                if field not in names or spec or conversion:
                    return None
                found.append(Shown(field))
    except ValueError:
        return None
    return _joined(found)


def _replaced(text: str, names: Collection[str]) -> tuple[Piece, ...]:
    if not names:
        return (text,) if text else ()
    any_name = re.compile(r"\{(" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + r")\}")
    parts = any_name.split(text)
    return _joined([Shown(part) if number % 2 else part for number, part in enumerate(parts)])


def _joined(found: Sequence[Piece]) -> tuple[Piece, ...]:
    joined: list[Piece] = []
    for piece in found:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece:
            joined.append(piece)
    return tuple(joined)
