"""One setting fitted by itself: which values are worth trying, and whether the best of them is kept.

As in ReAnchor (DSPy 3.4): between two neighbouring values that were measured all settings decide the same, so one of
each gap is tried; of those that score alike the one in the widest gap is taken. It is kept only where it is better and
stays so in folds: what is picked on all parts but one has to be better on that one too, over all of them. Here a part
holds whole problems, for dialogues about one problem resemble one another; and a score that is missing on either side
is left out on both.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Hashable, Sequence
from typing import NamedTuple

Number = int | float
FOLDS = 5


class Setting(NamedTuple):
    """A value to try, and how wide the gap is that it stands for."""

    value: Number
    width: float


class Tried(NamedTuple):
    """A setting with the score of each item."""

    setting: Setting
    scores: Sequence[float | None]


class Kept(NamedTuple):
    """What is kept of what was tried: the best, or none. `refused` says that one was better, but not in folds."""

    tried: Tried | None
    refused: bool


def settings(measured: Sequence[Number], operator: str, most: int) -> list[Setting]:
    """The settings that tell measured values apart by `measured operator setting`, from the least to the greatest; the
    outermost hold for none and for all. Of more than `most` those are taken that part the values most evenly."""
    values = sorted(measured)
    distinct = sorted(set(values))
    if not distinct:
        return []
    whole = all(isinstance(value, int) for value in distinct)
    edge = 1 if whole else max(0.1, distinct[-1] - distinct[0])
    gaps = [(distinct[0] - edge, distinct[0]), *itertools.pairwise(distinct), (distinct[-1], distinct[-1] + edge)]
    found = [Setting(_between(low, high, operator, whole=whole), float(high - low)) for low, high in gaps]
    return found if len(found) <= most else _spread(found, values, most)


def _between(low: Number, high: Number, operator: str, *, whole: bool) -> Number:
    """A setting that parts two values; of whole numbers one that was measured, or would come next."""
    if whole:
        return int(high) if operator in (">=", "<") else int(low)
    middle = (low + high) / 2
    for digits in range(1, 12):
        short = round(middle, digits)
        if low < short < high:
            return short
    return middle


def _spread(found: Sequence[Setting], values: Sequence[Number], most: int) -> list[Setting]:
    """Those at even shares of the values, the first and the last among them."""
    below = [sum(value < setting.value for value in values) for setting in found]
    wanted = [len(values) * at / (most - 1) for at in range(most)]
    taken = {min(range(len(found)), key=lambda at: (abs(below[at] - want), at)) for want in wanted}
    return [found[at] for at in sorted(taken | {0, len(found) - 1})][:most]


def kept(start: Sequence[float | None], tried: Sequence[Tried], items: Sequence[Hashable], current: Number) -> Kept:
    """The best of what was tried, if it is better than `start` over all and in folds of the items. `start` and each
    `scores` have a score an item, in their order; `current` is what `start` was scored with."""
    places = range(len(items))
    best = _picked(start, tried, places, current)
    if best is None:
        return Kept(None, False)
    gain = 0.0
    for fold in folds(items):
        out = set(fold)
        picked = _picked(start, tried, [at for at in places if at not in out], current)
        gain += 0.0 if picked is None else _gain(start, picked.scores, fold)
    return Kept(best, False) if gain > 0 else Kept(None, True)


def folds(items: Sequence[Hashable]) -> list[list[int]]:
    """The places of items in at most five parts, whole items in each, always the same."""
    members: dict[Hashable, list[int]] = {}
    for at, item in enumerate(items):
        members.setdefault(item, []).append(at)
    groups = list(members.values())
    random.Random(0).shuffle(groups)
    parts = min(FOLDS, len(groups))
    return [sorted(itertools.chain.from_iterable(groups[at::parts])) for at in range(parts)]


def _picked(start: Sequence[float | None], tried: Sequence[Tried], places: Sequence[int],
            current: Number) -> Tried | None:
    """The best on some places; of equals the one in the widest gap, then the nearest to what it was, then the least.
    None where nothing is better."""
    if not tried:
        return None

    def rank(each: Tried) -> tuple[float, float, float, float]:
        value = each.setting.value
        return _gain(start, each.scores, places), each.setting.width, -abs(value - current), -value

    best = max(tried, key=rank)
    return best if _gain(start, best.scores, places) > 0 else None


def _gain(start: Sequence[float | None], scores: Sequence[float | None], places: Sequence[int]) -> float:
    """By how much scores are better in all, where both are known."""
    pairs = ((start[at], scores[at]) for at in places)
    return round(math.fsum(new - old for old, new in pairs if old is not None and new is not None), 12)
