"""The lowest level first; problems of a level as they stand in the data."""

from __future__ import annotations

from collections.abc import Mapping

from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import Listed, Problems, Sampler

SETTINGS: Mapping[str, float] = {}
ADAPTS = False


def sampler(problems: Problems, draws: Draws, settings: Mapping[str, float]) -> Sampler:
    """By rank."""
    return Listed(sorted(range(len(problems)), key=problems.ranks.__getitem__))
