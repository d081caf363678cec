"""How wide a text is, about, and where it is broken. No font is at hand: widths are generous ones of common faces."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Face = Literal["sans", "mono"]

_WIDTHS = {
    0.25: "'ijl|", 0.32: " !,.:;/\\[]ftI", 0.38: "()-r*\"`{}", 0.56: "Jcksvxyz^", 0.62: "abdeghnopqu0123456789?$#_L",
    0.68: "+<=>~FTZ", 0.76: "ABEKPSVXY&", 0.82: "CDHNRUw", 0.9: "GOQMm", 1.06: "W%@",
}
"""In parts of the size, after the widths of Helvetica with an eighth more for wider faces."""
_WIDTH = {sign: width for width, signs in _WIDTHS.items() for sign in signs}
_MONO = 0.62
_PART = re.compile(r"[^(.,_]+[(.,_]*|[(.,_]+")
_CONTROL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def width(text: str, size: float, face: Face = "sans") -> float:
    """Pixels."""
    return size * sum(_of(sign, face) for sign in text)


def _of(sign: str, face: Face) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.05
    if unicodedata.combining(sign):
        return 0.0
    return _MONO if face == "mono" else _WIDTH.get(sign, 0.7)


def wrapped(text: str, room: float, size: float, face: Face = "sans", most: int = 4) -> list[str]:
    """The text in lines no wider than `room`, broken between words where that can be; after `most` lines it is cut."""
    lines: list[str] = [""]
    for word in text.split():
        for piece in _pieces(word, room, size, face):
            longer = f"{lines[-1]} {piece}".strip()
            if width(longer, size, face) <= room:
                lines[-1] = longer
            else:
                lines.append(piece)
    lines = [line for line in lines if line]
    return lines if len(lines) <= most else [*lines[: most - 1], shortened(f"{lines[most - 1]} …", room, size, face)]


def _pieces(word: str, room: float, size: float, face: Face) -> list[str]:
    """A word in pieces that fit, nearly always one; else broken after a bracket or a dot, or anywhere."""
    if width(word, size, face) <= room:
        return [word]
    pieces = [""]
    for part in _PART.findall(word):
        for each in [part] if width(part, size, face) <= room else part:
            if pieces[-1] and width(pieces[-1] + each, size, face) > room:
                pieces.append("")
            pieces[-1] += each
    return pieces


def shortened(text: str, room: float, size: float, face: Face = "sans") -> str:
    """The text, or its beginning with `…` where it is too wide."""
    if width(text, size, face) <= room:
        return text
    kept = text.removesuffix("…")
    while kept and width(f"{kept}…", size, face) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def clean(text: str) -> str:
    """Without what no XML may hold."""
    return _CONTROL.sub("\ufffd", text)
