"""Who rates what, in which order: a sample of items, shared among raters, and an order of chance for each."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from pedalang.rating.items import Item


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one rater rates, in this order."""

    rater: str
    items: tuple[Item, ...]


def about(items: Sequence[Item], criteria: Sequence[str]) -> list[Item]:
    """The items with the questions of some criteria alone; all, where none is named."""
    asked = [replace(item, questions=tuple(each for each in item.questions if each.criterion in criteria))
             for item in items] if criteria else items
    return [item for item in asked if item.questions]


def drawn(items: Sequence[Item], size: int | None, seed: int) -> list[Item]:
    """So many of the items, by chance, in their own order; all where there are no more."""
    if size is None or size >= len(items):
        return list(items)
    places = sorted(random.Random(f"sample {seed}").sample(range(len(items)), size))
    return [items[at] for at in places]


def shared(items: Sequence[Item], raters: Sequence[str], overlap: float, seed: int) -> list[Sheet]:
    """A share of the items, `overlap`, goes to two raters each and the others to one, so that all have as much to do
    as the others, give or take one or two, and all pairs of raters as many items in common."""
    if len(raters) == 1:
        return [ordered(raters[0], items, seed)]
    shuffled = list(items)
    random.Random(f"shares {seed}").shuffle(shuffled)
    both = math.ceil(overlap * len(shuffled) - 1e-9)
    held: dict[str, list[Item]] = {rater: [] for rater in raters}
    together = dict.fromkeys(combinations(raters, 2), 0)
    for at, item in enumerate(shuffled):
        if at >= both:
            held[min(raters, key=lambda one: len(held[one]))].append(item)
            continue
        pair = min(together, key=lambda each: (together[each], sum(len(held[one]) for one in each)))
        together[pair] += 1
        for rater in pair:
            held[rater].append(item)
    return [ordered(rater, held[rater], seed) for rater in raters]


def ordered(rater: str, items: Sequence[Item], seed: int) -> Sheet:
    """A rater's items in an order of chance, which is the rater's own."""
    order = sorted(items, key=lambda item: item.name)
    random.Random(f"order {seed} {rater}").shuffle(order)
    return Sheet(rater, tuple(order))
