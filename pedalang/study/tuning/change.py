"""What became of the same things after something was changed: the mean of paired differences, and its interval.

The interval is that of the sign-flip test over whole clusters (`permutation`), of which there must be five at least.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from pedalang.study import effects, permutation

NEAR = 1e-12
"""Spreads that are no more than what rounding leaves."""


class Change(Struct, frozen=True):
    """The mean of after less before, over the `n` pairs of which both are known; `missing` pairs lack one. The 95 %
    interval is None where there are too few clusters for it. `size` is the mean in standard deviations of what was
    before; None where that had no spread."""

    value: float | None
    n: int
    missing: int
    low: float | None = None
    high: float | None = None
    size: float | None = None

    @property
    def rose(self) -> bool:
        """Whether it is above 0, as sure as the interval is."""
        return self.low is not None and self.low > 0

    @property
    def fell(self) -> bool:
        """Whether it is below 0, as sure as the interval is."""
        return self.high is not None and self.high < 0


def change(before: Sequence[float | None], after: Sequence[float | None], cluster: Sequence[str] = ()) -> Change:
    """Of pairs in the same order; without `cluster` each is one of its own. Raises `ValueError` for other lengths."""
    known = [(one, other, at) for at, (one, other) in enumerate(zip(before, after, strict=True))
             if one is not None and other is not None]
    if not known:
        return Change(None, 0, len(before))
    numbers = _numbered([cluster[at] if cluster else str(at) for *_, at in known])
    differences = np.array([other - one for one, other, _ in known], dtype=np.float64)
    parts = effects.sums(differences, numbers)
    tested = permutation.test(parts[:, 1], parts[:, 0])
    value = math.fsum(differences.tolist()) / len(known)
    return Change(value, len(known), len(before) - len(known), tested.low, tested.high,
                  _size(value, [one for one, *_ in known]))


def _numbered(names: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], dtype=np.intp)


def _size(value: float, before: Sequence[float]) -> float | None:
    if len(before) < 2:
        return None
    spread = float(np.std(np.array(before, dtype=np.float64), ddof=1))
    return value / spread if spread > NEAR else None
