"""Levels of Bloom's taxonomy from the lowest, interleaved: at each level the subjects take turns, then the level rises
(Lee et al. 2024, Instruction Tuning with Human Curriculum).

The six words stand in Bloom's order, whatever their case; levels that are numbers or an enum's cases in theirs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import Listed, Problems, Sampler, grouped

SETTINGS: Mapping[str, float] = {}
ADAPTS = False
LEVELS = ("remember", "understand", "apply", "analyze", "evaluate", "create")
"""Of the revised taxonomy (Anderson & Krathwohl 2001), from the lowest."""
_SPELLED = {"analyse": "analyze"}


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """By level, then round and round over the subjects; without subjects, as the problems of a level stand."""
    ranks = _ranks(problems)
    order: list[int] = []
    for level in sorted(set(ranks)):
        there = [number for number, rank in enumerate(ranks) if rank == level]
        order += interleaved([*grouped(there, problems.others).values()]) if problems.others else there
    return Listed(order)


def interleaved(groups: Sequence[Iterable[int]]) -> list[int]:
    """One of each group in turn, until all are there."""
    rounds = itertools.zip_longest(*groups)
    return [number for each in rounds for number in each if number is not None]


def _ranks(problems: Problems) -> Sequence[float]:
    words = [_SPELLED.get(kind.lower(), kind.lower()) for kind in problems.kinds]
    return [float(LEVELS.index(word)) for word in words] if set(words) <= set(LEVELS) else problems.ranks
