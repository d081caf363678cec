"""Folds that never part a group, of about equal size, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]


def folds(groups: Places, wanted: int, seed: int) -> Iterator[tuple[Places, Places]]:
    """(learnt from, held out) for each fold; as many as wanted, or as there are groups where these are fewer.

    The largest group goes first, each to the fold that has fewest examples so far; groups of one size come in an order
    drawn with the seed.
    """
    sizes = np.bincount(groups)
    count = min(wanted, len(sizes))
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled, fold = np.zeros(count, dtype=np.intp), np.empty(len(sizes), dtype=np.intp)
    for group in order:
        least = int(np.argmin(filled))
        fold[group] = least
        filled[least] += sizes[group]
    of = fold[groups]
    for number in range(count):
        yield np.flatnonzero(of != number), np.flatnonzero(of == number)
