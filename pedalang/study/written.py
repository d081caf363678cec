"""Files that others are to read: whole or not at all, with what they hold and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Written:
    """`rows` by what they are of, `left_out` by why."""

    paths: tuple[Path, ...]
    rows: Mapping[str, int]
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that is there when it is complete. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Writes JSON Lines, and returns how many. Raises `OSError`."""
    count = 0
    with whole(path) as file:
        for row in rows:
            file.write(_encode(row) + b"\n")
            count += 1
    return count


def examples(path: Path, rows: Iterable[Mapping[str, Any]], left_out: Counter[str], *notes: str) -> Written:
    """A file of examples, an example a line. `left_out` is read when all rows have been."""
    count = lines(path, rows)
    return Written((path,), {"examples": count}, dict(sorted(left_out.items())), notes)
