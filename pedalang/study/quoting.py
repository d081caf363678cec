"""Evidence of a judgement: a line of the transcript and words of it, and whether they stand there.

Spaces and quotation marks are written in many ways, so both are made alike before they are compared; nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from pedalang.expression.values import Value

MOST = 300
"""Characters of a quote."""
TOKENS = 400
"""For an answer with one: more than `MOST` characters take."""

_MARKS = {ord(mark): '"' for mark in "“”„‟«»″〝〞＂"} | {ord(mark): "'" for mark in "‘’‚‛`´′‹›＇"}
_LOOSE = re.compile(r"\D{0,20}(\d{1,6})\W+(.+)", re.DOTALL)
"""`12: "words"`, as models answer that keep no schema."""
_SPEAKER = re.compile(r"\d+ \w+: ")


class Quote(NamedTuple):
    """A line, counted from 1, and words that should stand in it."""

    line: int
    text: str


def schema(lines: int) -> dict[str, object]:
    """The form of an answer, for engines that keep one."""
    return {"type": "object", "additionalProperties": False, "required": ["line", "quote"],
            "properties": {"line": {"type": "integer", "minimum": 1, "maximum": lines},
                           "quote": {"type": "string", "minLength": 1, "maxLength": MOST}}}


class _Said(msgspec.Struct):
    line: int
    quote: str


def read(text: str) -> Quote | str:
    """The quote of an answer: JSON, alone or among other words, or `LINE: words`; or what is wrong with it."""
    begins, ends = text.find("{"), text.rfind("}")
    try:
        said = msgspec.json.decode(text[begins : ends + 1], type=_Said)
        found = Quote(said.line, said.quote)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        loose = _LOOSE.fullmatch(text.strip())
        if begins >= 0 or loose is None:
            return "it is no line with words of it"
        found = Quote(int(loose[1]), loose[2].strip('"“” '))
    return Quote(found.line, found.text.strip()[:MOST])


def wrong(quote: Quote, turns: Sequence[Mapping[str, Value]]) -> str:
    """Why a quote is none of that line; empty where it is."""
    words = _plain(quote.text).strip("\"' ")
    if not any(map(str.isalnum, words)):
        return "it quotes no words"
    said = {turn["number"] + 1: _plain(turn["text"]) for turn in turns}
    if quote.line not in said:
        return f"there is no line {quote.line}"
    if words in said[quote.line] or _SPEAKER.sub("", words, count=1) in said[quote.line]:
        return ""
    elsewhere = [line for line, text in said.items() if words in text]
    return f"the words do not stand in line {quote.line}" + (f", but in line {elsewhere[0]}" if elsewhere else "")


def _plain(text: str) -> str:
    """With plain quotation marks, and one space where there are several or a line ends."""
    return " ".join(text.translate(_MARKS).split())
