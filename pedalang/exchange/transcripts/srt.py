"""SubRip: one file, one dialogue. `NAME:` before the words says who speaks.

Cues are numbered; the numbers, places on the screen and tags are left out. How cues become turns: `exchange.cues`. The
file's name, without its end, is the dialogue's `id`. There is no standard; this reads what SubRip itself writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pedalang.exchange import cues, plain
from pedalang.exchange.cues import Cue
from pedalang.exchange.errors import DataError
from pedalang.expression.values import Value

ENDS = (".srt",)

read = plain.utterances


def rows(path: Path, columns: Mapping[str, str]) -> list[dict[str, Value]]:
    """The dialogue of a file. Raises `OSError`, `DataError`."""
    said = cues.utterances(_cues(cues.lines(path), path.name), path.name)
    return [plain.row(said, {"id": path.stem, "file": path.name})]


def _cues(lines: list[str], name: str) -> Iterator[Cue]:
    for begins, block in cues.blocks(lines):
        at = 1 if block[0].strip().isdigit() else 0
        if at == len(block) or "-->" not in block[at]:
            raise DataError("PED0830", f"`{name}`, line {begins}: no cue: `{block[0].strip()[:60]}`",
                            help="a cue is a number, then its times, `00:01:02,500 --> 00:01:04,000`, then its words, "
                            "without an empty line")
        start, end = cues.times(block[at], name, begins + at)
        yield Cue(start, end, cues.without_tags("\n".join(block[at + 1:])), begins + at)
