"""One thing said in a recorded dialogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Utterance:
    """`speaker` is the recording's own label. `move` is empty, and `start` and `end` (in seconds) None, where none was
    recorded."""

    speaker: str
    text: str
    move: str = ""
    start: float | None = None
    end: float | None = None


class Unreadable(Exception):
    """A row holds no dialogue of its format; the message says why."""
