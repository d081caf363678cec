"""A table of ratings as the figures read it: a row a unit, a column a rater, nan where a unit was not rated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pedalang.rubric import Kind

Array: TypeAlias = NDArray[np.float64]
Table: TypeAlias = Sequence[Sequence[float | None]]

MOST_LEVELS = 100
"""What is compared level by level has at most so many."""


@dataclass(frozen=True)
class Ratings:
    """Ratings with the levels of their scale in order; where none are given, these are the values seen."""

    values: Array
    levels: Array
    kind: Kind

    @property
    def units(self) -> int:
        return self.values.shape[0]

    @property
    def raters(self) -> int:
        return self.values.shape[1]

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which ratings are there."""
        return ~np.isnan(self.values)

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """The level of each rating, counted from 0; -1 where there is none, -2 where it is between levels."""
        at = np.searchsorted(self.levels, np.nan_to_num(self.values))
        at = np.minimum(at, len(self.levels) - 1)
        found = np.where(self.levels[at] == self.values, at, -2)
        return np.where(self.known, found, -1)

    @cached_property
    def counts(self) -> Array:
        """How many raters gave a unit each level: a row a unit, a column a level."""
        return np.stack([(self.places == at).sum(axis=1) for at in range(len(self.levels))], axis=1).astype(float)

    @cached_property
    def complete(self) -> NDArray[np.bool_]:
        """Which units all raters rated."""
        return self.known.sum(axis=1) == self.raters

    @cached_property
    def shared(self) -> NDArray[np.bool_]:
        """Which units two raters or more rated."""
        return self.known.sum(axis=1) >= 2

    def pairs(self) -> list[tuple[int, int]]:
        """Each two raters who rated a unit in common, in the order of the columns."""
        both = self.known.T.astype(int) @ self.known.astype(int)
        return [(a, b) for a in range(self.raters) for b in range(a + 1, self.raters) if both[a, b]]


def ratings(table: Table, levels: Sequence[float] = (), kind: Kind = "interval") -> Ratings:
    """A table as arrays. Raises `ValueError` where rows are of different lengths, or a value is not finite."""
    width = len(table[0]) if table else 0
    if any(len(row) != width for row in table):
        raise ValueError("the rows of a table of ratings differ in length")
    values = np.array([[np.nan if each is None else float(each) for each in row] for row in table], dtype=np.float64)
    values = values.reshape(len(table), width)
    given = np.array([each for row in table for each in row if each is not None], dtype=np.float64)
    if not np.isfinite(given).all():
        raise ValueError("a rating is no finite number")
    return Ratings(values, np.unique(np.array(levels, dtype=np.float64) if len(levels) else given), kind)
