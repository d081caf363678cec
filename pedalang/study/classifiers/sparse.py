"""Rows of few numbers among many columns, and what is computed of them: in plain numpy, so that a classifier that was
kept needs nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The numbers that are not 0, row by row: `rows` and `columns` say where each stands."""

    rows: Places
    columns: Places
    values: Numbers
    shape: tuple[int, int]

    def at(self, places: Places) -> Matrix:
        """Some of the rows, in this order."""
        starts = np.searchsorted(self.rows, places)
        lengths = np.searchsorted(self.rows, places, side="right") - starts
        taken = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(lengths.sum())
        return Matrix(np.repeat(np.arange(len(places)), lengths), self.columns[taken], self.values[taken],
                      (len(places), self.shape[1]))

    def of_length_one(self) -> Matrix:
        """Each row divided by its Euclidean length; rows of zeros stay so."""
        squares = np.bincount(self.rows, self.values**2, self.shape[0])
        length = np.sqrt(squares)[self.rows]
        return Matrix(self.rows, self.columns, self.values / length, self.shape)

    def times(self, weights: Numbers) -> Numbers:
        """The product with each row of `weights`: a column each."""
        found = np.empty((self.shape[0], len(weights)))
        for at, row in enumerate(weights):
            found[:, at] = np.bincount(self.rows, self.values * row[self.columns], self.shape[0])
        return found


def dense(values: Numbers) -> Matrix:
    """A matrix of which all numbers are kept."""
    height, width = values.shape
    rows, columns = np.divmod(np.arange(height * width), max(width, 1))
    return Matrix(rows, columns, values.ravel().astype(np.float64), (height, width))


def beside(parts: Sequence[Matrix], height: int) -> Matrix:
    """Matrices of the same height, one beside the other."""
    starts = np.concatenate(([0], np.cumsum([part.shape[1] for part in parts]))).astype(np.intp)
    rows = np.concatenate([part.rows for part in parts]) if parts else np.empty(0, np.intp)
    columns = np.concatenate([part.columns + start for part, start in zip(parts, starts, strict=False)]) \
        if parts else np.empty(0, np.intp)
    values = np.concatenate([part.values for part in parts]) if parts else np.empty(0)
    order = np.lexsort((columns, rows))
    return Matrix(rows[order], columns[order], values[order], (height, int(starts[-1])))
