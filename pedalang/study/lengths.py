"""What "longer is better" alone would score: judges and people often prefer what is longer, so a judge has to be held
against its length.

Figures are rank correlations (Spearman, 1904, with mean ranks for ties): of the judge with the words that it judged, of
people with the judge, and of people with the words alone. A judge that agrees with people no better than the number of
words does has shown nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

LEAST = 3
"""Fewer judgements have no correlation worth telling."""
MATCHED = 1.1
"""Two lengths are alike where the longer is at most this many times the shorter."""


class Longer(Struct, frozen=True):
    """Rank correlations over `n` judgements, and those with people over the `rated` of them; None where too few or all
    alike. `matched` is the share of pairs of about the same length that the judge puts in the order in which people put
    them, of `pairs` in which both see a difference."""

    n: int = 0
    judge: float | None = None
    rated: int = 0
    people: float | None = None
    length: float | None = None
    pairs: int = 0
    matched: float | None = None


def longer(values: Sequence[float], words: Sequence[int], people: Sequence[float | None]) -> Longer:
    """One entry a judgement that has a value; `people` is what they said of the same."""
    with_length = correlation(values, words)
    rated = [at for at, said in enumerate(people) if said is not None]
    judged, said = [values[at] for at in rated], [float(people[at] or 0.0) for at in rated]
    size = [words[at] for at in rated]
    pairs, alike = _matched(judged, said, size)
    return Longer(len(values), with_length, len(rated), correlation(judged, said), correlation(size, said), pairs,
                  alike / pairs if pairs else None)


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Spearman's rank correlation."""
    if len(one) < LEAST:
        return None
    first, second = ranks(np.asarray(one, dtype=np.float64)), ranks(np.asarray(other, dtype=np.float64))
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size > 0 else None


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1 on; equal values have the mean of their ranks."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[where], dtype=np.float64)


def _matched(judged: Sequence[float], said: Sequence[float], words: Sequence[int]) -> tuple[int, int]:
    """Pairs of about the same length in which both see a difference, and those in which it is the same one."""
    size = np.asarray(words, dtype=np.float64)
    order = np.argsort(size, kind="stable")
    size, one, other = size[order], np.asarray(judged)[order], np.asarray(said)[order]
    pairs = alike = 0
    for place, most in enumerate(np.searchsorted(size, MATCHED * size, side="right")):
        signs = np.sign(one[place + 1 : most] - one[place]) * np.sign(other[place + 1 : most] - other[place])
        pairs += int(np.count_nonzero(signs))
        alike += int(np.count_nonzero(signs > 0))
    return pairs, alike
