"""All pairs of systems on all measures of a family: differences with their tests, Holm's correction, what they come
to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from pedalang import plan
from pedalang.study import effects, mixed, pairing, permutation
from pedalang.study.pairing import Side
from pedalang.study.resampling import RESAMPLES
from pedalang.study.scores import Contrast, Unpaired

NAMED = 20
"""So many pairs that lack one of the two are named."""

Floats = NDArray[np.float64]


class How(NamedTuple):
    """The level of the intervals, 0 to 1, and how many samples the bootstrap takes."""

    level: float = 0.95
    resamples: int = RESAMPLES


def contrasts(of: Side, measures: Sequence[str], asked: plan.Comparison, how: How) -> tuple[Contrast, ...]:
    """Every pair of systems on each measure, corrected together."""
    found = [contrast(of, measure, first, second, asked, how)
             for measure in measures for first, second in combinations(range(len(of.systems)), 2)]
    ps = [each.p for each in found]
    corrected = holm(ps) if asked.correction == "holm" else ps
    return tuple(replace(each, corrected=p, verdict=_verdict(each, p, how.level))
                 for each, p in zip(found, corrected, strict=True))


def contrast(of: Side, measure: str, first: int, second: int, asked: plan.Comparison, how: How) -> Contrast:
    """Two systems on a measure, not corrected. Keys at which neither was played are no missing pairs."""
    values = of.measured(measure)[[first, second]]
    known = np.isfinite(values).all(axis=0)
    played = np.array([one is not None or other is not None
                       for one, other in zip(of.rows[first], of.rows[second], strict=True)], dtype=bool)
    cluster = _numbered(of.cluster[known])
    made = Contrast(measure, of.systems[first], of.systems[second], int(known.sum()), len(set(cluster.tolist())),
                    int((played & ~known).sum()), unpaired=_unpaired(of, measure, (first, second), values, asked))
    if made.n == 0:
        return replace(made, why="no pair")
    made = _compared(made, values[0, known] - values[1, known], cluster, asked, how)
    if asked.model != "mixed":
        return made
    return replace(made, mixed=mixed.difference(values[0, known] - values[1, known], cluster, how.level))


def _compared(made: Contrast, differences: Floats, cluster: NDArray[np.intp], asked: plan.Comparison,
              how: How) -> Contrast:
    """With the difference, its test and interval, and effect sizes."""
    sizes = effects.effects(differences, cluster, how.resamples, how.level)
    tested = paired(differences, cluster, how.level)
    fewest = permutation.fewest(how.level)
    why = "" if tested.p is not None else f"fewer than {fewest} clusters"
    return replace(made, difference=float(differences.mean()), low=tested.low, high=tested.high, p=tested.p,
                   g=sizes.g, superiority=sizes.superiority, bootstrap=sizes.bootstrap, why=why,
                   verdict="equivalent" if _within(differences, cluster, asked.margin, how.level) else "")


def paired(differences: Floats, cluster: NDArray[np.intp], level: float = 0.95) -> permutation.Test:
    """The sign-flip test of differences, each in a cluster numbered from 0."""
    parts = effects.sums(differences, cluster)
    return permutation.test(parts[:, 1], parts[:, 0], level)


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """The p of a family after Holm (1979): the smallest times their number, the next times one less, none smaller than
    the one before it. Those that are None are no part of it."""
    order = sorted((p, at) for at, p in enumerate(ps) if p is not None)
    found: list[float | None] = [None] * len(ps)
    least = 0.0
    for rank, (p, at) in enumerate(order):
        least = max(least, min(1.0, p * (len(order) - rank)))
        found[at] = least
    return found


def _within(differences: Floats, cluster: NDArray[np.intp], margin: float | None, level: float) -> bool:
    """Whether two one-sided tests at 1 - level both reject a difference of the margin or more (Schuirmann, 1987): the
    interval of twice that lies inside."""
    if margin is None:
        return False
    tested = paired(differences, cluster, 2 * level - 1)
    return tested.low is not None and tested.high is not None and -margin < tested.low and tested.high < margin


def _verdict(of: Contrast, p: float | None, level: float) -> Literal["", "higher", "lower", "equivalent", "open"]:
    """What the first is by the corrected p; else equivalent, where it was found to be within the margin."""
    if p is None or of.difference is None:
        return ""
    if p <= 1 - level + 1e-12:
        return "higher" if of.difference > 0 else "lower"
    return "equivalent" if of.verdict == "equivalent" else "open"


def _unpaired(of: Side, measure: str, pair: tuple[int, int], values: Floats,
              asked: plan.Comparison) -> tuple[Unpaired, ...]:
    """The first of the pairs that lack one of the two, or both."""
    found: list[Unpaired] = []
    for at, key in enumerate(of.keys):
        if all(of.rows[system][at] is None for system in pair):
            continue
        for system, value in zip(pair, values[:, at], strict=True):
            if not np.isfinite(value):
                found.append(Unpaired(pairing.named(asked.by, key), of.systems[system],
                                      pairing.why(of.rows[system][at], measure)))
    return tuple(found[:NAMED])


def _numbered(cluster: NDArray[np.intp]) -> NDArray[np.intp]:
    """Clusters numbered from 0 without gaps, in their order."""
    return np.unique(cluster, return_inverse=True)[1].astype(np.intp)
