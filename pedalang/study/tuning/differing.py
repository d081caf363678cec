"""Where two texts differ, word by word, for people: what stayed, what went, what came."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.4
"""Texts that have less in common than this share are told one after the other."""
MOST = 2_000
"""Words and spaces of a text that are compared; what is longer is told whole."""

Sign = Literal["same", "gone", "new"]


class Piece(NamedTuple):
    """A run of words that stands in both texts, only in the first, or only in the second."""

    sign: Sign
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts as one: without what is new it is the first, without what is gone the second."""
    if before == after:
        return (Piece("same", before),) if before else ()
    first, second = _WORD.findall(before), _WORD.findall(after)
    if len(first) > MOST or len(second) > MOST:
        return _whole(before, after)
    matched = difflib.SequenceMatcher(None, first, second, autojunk=False)
    if before and after and matched.ratio() < _ALIKE and not after.startswith(before):
        return _whole(before, after)
    return tuple(_joined(_told(matched, first, second)))


def _whole(before: str, after: str) -> tuple[Piece, ...]:
    return tuple(piece for piece in (Piece("gone", before), Piece("new", after)) if piece.text)


def _told(matched: difflib.SequenceMatcher[str], first: list[str], second: list[str]) -> Iterator[Piece]:
    for kind, a, b, c, d in matched.get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(first[a:b]))
        else:
            yield Piece("gone", "".join(first[a:b]))
            yield Piece("new", "".join(second[c:d]))


def _joined(found: Iterator[Piece]) -> Iterator[Piece]:
    """Pieces with the spaces between two changes taken into both, so that a changed phrase is one change."""
    told = [piece for piece in found if piece.text]
    gone = new = ""
    for at, (sign, text) in enumerate(told):
        between = sign == "same" and not text.strip() and bool(gone or new) and at + 1 < len(told)
        if sign == "gone" or between:
            gone += text
        if sign == "new" or between:
            new += text
        if sign == "same" and not between:
            yield from _whole(gone, new)
            gone = new = ""
            yield Piece(sign, text)
    yield from _whole(gone, new)
