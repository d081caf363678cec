"""WebVTT: one file, one dialogue. Voice tags (`<v Ms Ruiz>`) or `NAME:` before the words say who speaks.

Comments, styles, regions, settings of cues and other tags are left out. How cues become turns: `exchange.cues`. The
file's name, without its end, is the dialogue's `id`. Source: the WebVTT recommendation of the W3C (2019).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pedalang.exchange import cues, plain
from pedalang.exchange.cues import Cue
from pedalang.exchange.errors import DataError
from pedalang.expression.values import Value

ENDS = (".vtt",)

read = plain.utterances

_HEADER = re.compile(r"WEBVTT(?:[ \t].*)?")
_NO_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]*)>(.*?)(?=<v[. \t]|\Z)", re.DOTALL)
_TIMESTAMP = re.compile(r"<[\d:.]+>")


def rows(path: Path, columns: Mapping[str, str]) -> list[dict[str, Value]]:
    """The dialogue of a file. Raises `OSError`, `DataError`."""
    lines = cues.lines(path)
    if not _HEADER.fullmatch(lines[0].rstrip()):
        raise DataError("PED0830", f"`{path.name}`, line 1: a WebVTT file begins with `WEBVTT`",
                        help="write it there; a file whose cues are numbered and have a comma in their times is `.srt`")
    said = cues.utterances((each for cue in _cues(lines, path.name) for each in _voices(cue)), path.name)
    return [plain.row(said, {"id": path.stem, "file": path.name})]


def _cues(lines: list[str], name: str) -> Iterator[Cue]:
    for begins, block in cues.blocks(lines):
        if begins == 1 or _NO_CUE.fullmatch(block[0]):
            continue
        at = 0 if "-->" in block[0] else 1
        if at == len(block) or "-->" not in block[at]:
            raise DataError("PED0830", f"`{name}`, line {begins}: no cue and no comment: `{block[0].strip()[:60]}`",
                            help="a cue begins with its times, or its name and then its times; a comment with `NOTE`"
                            )
        start, end = cues.times(block[at], name, begins + at)
        yield Cue(start, end, "\n".join(block[at + 1:]), begins + at)


def _voices(cue: Cue) -> Iterator[Cue]:
    """A cue, or a cue for each of its voices; what stands before the first goes on from the cue before."""
    found = list(_VOICE.finditer(cue.text))
    before = cue.text[:found[0].start()] if found else cue.text
    if before.strip() or not found:
        yield replace(cue, text=_plain(before))
    for voice in found:
        yield replace(cue, text=_plain(voice[2]), speaker=" ".join(html.unescape(voice[1]).split()))


def _plain(text: str) -> str:
    """Lines without tags, their references read."""
    return html.unescape(cues.without_tags(_TIMESTAMP.sub("", text)))
