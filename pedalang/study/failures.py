"""Dialogues that failed, with what they have in common: the code, and the place in the program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from pedalang import journal

NAMED, LONGEST = 12, 300
"""So many dialogues of a kind are named, and so many characters of a message told."""


class Failed(Struct, frozen=True):
    """Dialogues that failed by one code at one place, `FILE:LINE:COLUMN`; `message` is that of the first."""

    code: str
    place: str
    message: str
    episodes: tuple[int, ...]


def grouped(endings: Iterable[journal.Ending]) -> tuple[Failed, ...]:
    """The failed ones of these: what happened most often first."""
    found: dict[tuple[str, str], list[journal.Ending]] = {}
    for ending in endings:
        if ending.why == "failed":
            found.setdefault((ending.code, ending.place), []).append(ending)
    groups = [Failed(code, place, each[0].message, tuple(ending.episode for ending in each))
              for (code, place), each in found.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.episodes), group.episodes)))


def named(numbers: Sequence[int]) -> str:
    """`dialogue 3`, `dialogues 3, 5, 8`, the first of them where they are many."""
    more = f" and {len(numbers) - NAMED:,} more" if len(numbers) > NAMED else ""
    return ("dialogue " if len(numbers) == 1 else "dialogues ") + ", ".join(map(str, numbers[:NAMED])) + more


def told(failed: Sequence[Failed]) -> list[str]:
    """A line for each, without characters that would do something to a screen: a server may have sent the message."""
    return [_printable(each.code + (f" at {each.place}" if each.place else "") + f": {_clipped(each.message)}"
                       f" ({named(each.episodes)})") for each in failed]


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)
