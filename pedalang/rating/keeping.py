"""The ratings of a run, in a file of their own beside its journal: `ratings.json`.

A rating names its item, which is named by what it shows, so that it counts only for the words that were rated. The file
is replaced whole, and only while nobody else writes the run: what one rater sent is not lost when another's comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from pedalang import reading
from pedalang.rating.items import Item
from pedalang.runtime import folder as folders
from pedalang.runtime.errors import RunError
from pedalang.study.given import Place, Rating
from pedalang.study.ratings import level

FILE_NAME = "ratings.json"
VERSION = 1


class Kept(Struct, frozen=True, omit_defaults=True):
    """What a rater said: the value of a level of the criterion's scale."""

    item: str
    criterion: str
    rater: str
    level: float
    comment: str = ""


class Ratings(Struct, frozen=True):
    """All ratings of a run, by item, criterion and rater."""

    ratings: tuple[Kept, ...] = ()
    version: int = VERSION


class Merged(NamedTuple):
    """All ratings, and how many of those that came are new, changed, and as before."""

    all: Ratings
    new: int
    changed: int
    same: int


def load(folder: Path) -> Ratings:
    """The ratings beside a run; none where there is no file. Raises `RunError` PED1257 for one that cannot be read."""
    try:
        found = msgspec.json.decode(reading.regular(folder / FILE_NAME), type=Ratings)
    except FileNotFoundError:
        return Ratings()
    except (OSError, msgspec.MsgspecError, RecursionError) as error:
        raise _unreadable(folder, str(error)) from None
    if found.version != VERSION:
        raise _unreadable(folder, f"it is of version {found.version}, and this is version {VERSION}")
    return found


def _unreadable(folder: Path, why: str) -> RunError:
    return RunError("PED1257", f"the ratings in {folder / FILE_NAME} cannot be read: {why}",
                    help="put back the file as it was; sheets can be read once more with `ped rate RUN --read FILE`")


def merged(before: Ratings, came: Iterable[Kept]) -> Merged:
    """What a rater says later takes the place of what the rater said before."""
    held = {_key(each): each for each in before.ratings}
    new = changed = same = 0
    for each in came:
        known = held.get(_key(each))
        new += known is None
        same += known == each
        changed += known is not None and known != each
        held[_key(each)] = each
    return Merged(Ratings(tuple(sorted(held.values(), key=_key))), new, changed, same)


def _key(of: Kept) -> tuple[str, str, str]:
    return of.item, of.criterion, of.rater


def save(folder: Path, ratings: Ratings) -> None:
    """Replaces the file, whole or not at all. Raises `RunError` PED1202 where it cannot be written."""
    try:
        folders.write(folder / FILE_NAME, msgspec.json.format(msgspec.json.encode(ratings), indent=1) + b"\n")
    except OSError as error:
        raise RunError("PED1202", f"the ratings cannot be written: {error}", help="make room on the disk") from None


def by_place(ratings: Ratings, items: Sequence[Item]) -> dict[Place, list[Rating]]:
    """The ratings where scoring looks for them; those of items that the run does not have (any more) are left out.
    Raises `RunError` PED1257 for a level that the scale does not have: somebody has written into the file."""
    places = {(item.name, question.criterion): (item, question) for item in items for question in item.questions}
    found: dict[Place, list[Rating]] = {}
    for each in ratings.ratings:
        item, question = places.get((each.item, each.criterion), (None, None))
        if item is None or question is None:
            continue
        if level(question.levels, question.kind, each.level) is None:
            raise RunError("PED1257", f"the ratings beside the run hold {each.level:g} for `{each.criterion}`, which "
                           "is none of its scale", help="put back the file as it was")
        found.setdefault((each.criterion, item.episode, item.key), []).append(Rating(each.rater, each.level))
    return found
