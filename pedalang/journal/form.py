"""The canonical form of a journal: one JSON event a line, by (dialogue, turn, step), without times, hosts, retries. Two
runs are the same if their canonical forms are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from pedalang.journal.events import Event
from pedalang.journal.files import Journal

NOT_CANONICAL = frozenset({"seconds", "attempts", "computed"})
"""The fields of completions that may differ between two runs that are the same."""
HEADER = ("kind", "plan", "run", "flow", "seed", "data", "engines")
"""The fields of the header that may not."""

_LAST = 1 << 30
"""Stands behind all turns of a dialogue."""


def canonical(journal: Journal) -> Iterator[bytes]:
    """The lines: the header, then every event, one dialogue in memory at a time. Raises `JournalFormatError`."""
    header = msgspec.to_builtins(journal.header)
    yield _line({"event": "header", **{name: header[name] for name in HEADER}})
    for number in journal.numbers():
        yield from _dialogue(journal, number)


def _dialogue(journal: Journal, number: int) -> Iterator[bytes]:
    events: list[tuple[tuple[int, int, str], str, Event]] = [
        *(((-1, 0, ""), "episode", e) for e in journal.episodes(number)),
        *(((e.turn if e.turn >= 0 else _LAST, 1, e.step), "completion", e) for e in journal.completions(number)),
        *(((e.turn, 2, f"{e.step:06}"), "intervention", e) for e in journal.interventions(number)),
        *(((e.turn, 3, ""), "turn", e) for e in journal.turns(number)),
        *(((_LAST, 0, ""), "ending", e) for e in journal.endings(number)),
    ]
    for _, name, event in sorted(events, key=lambda entry: entry[0]):
        fields = msgspec.to_builtins(event)
        yield _line({"event": name, **{k: v for k, v in fields.items() if k not in NOT_CANONICAL}})


def _line(event: dict[str, Any]) -> bytes:
    return msgspec.json.encode(event, order="deterministic")


def digest(lines: Iterable[bytes]) -> str:
    """SHA-256 over the lines of a canonical form."""
    total = hashlib.sha256()
    for line in lines:
        total.update(line + b"\n")
    return total.hexdigest()
