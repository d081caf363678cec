"""What a comparison can find before it is run: the pairs that a matrix will have, the spread of a pilot's differences,
and the power of each measure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from msgspec import Struct

from pedalang import plan
from pedalang.study import pairing, power
from pedalang.study.power import Spread
from pedalang.study.scores import DialogueScores


class Design(Struct, frozen=True):
    """The dialogues of a matrix as they are compared: `counts` are the pairs in each cluster for the two systems that
    have fewest, `comparisons` the pairs of systems."""

    dialogues: int
    systems: int
    counts: tuple[int, ...]
    comparisons: int


class Power(Struct, frozen=True):
    """What is to be expected of a measure: at 5 % for one comparison, and for the first of a family after Holm.
    `dialogues` are those of the whole matrix with as many clusters as are needed."""

    measure: str
    sd: float
    icc: float
    power: float
    power_family: float
    smallest: float | None
    clusters: int | None
    dialogues: int | None


def design(cells: Sequence[Mapping[str, Any]], axes: Sequence[str], of: plan.Comparison) -> Design:
    """From where each dialogue will stand."""
    rows = [DialogueScores(at, {}, None, "", 0, cell=dict(cell)) for at, cell in enumerate(cells)]
    side = pairing.side(rows, axes, of)
    pairs = list(combinations(range(len(side.systems)), 2))
    found = [_counts(side, *pair) for pair in pairs]
    return Design(len(cells), len(side.systems), min(found, key=sum, default=()), len(pairs))


def spreads(rows: Sequence[DialogueScores], axes: Sequence[str], measures: Sequence[str],
            of: plan.Comparison) -> dict[str, Spread]:
    """Of each measure that a pilot has: the variances of all pairs of systems, on average by their pairs."""
    side = pairing.side(rows, axes, of)
    return {measure: found for measure in measures if (found := _pooled(side, measure)) is not None}


def told(measure: str, of: Spread, planned: Design, difference: float, wanted: float, family: int) -> Power:
    """What a matrix of this design finds of a difference; `family` are the comparisons that are corrected together."""
    strict = 0.05 / max(1, family)
    each = sum(planned.counts) / len(planned.counts) if planned.counts else 0.0
    clusters = power.clusters_needed(difference, of, each, wanted, strict) if each else None
    dialogues = math.ceil(planned.dialogues / len(planned.counts) * clusters) if clusters else None
    return Power(measure, of.sd, of.icc or 0.0, power.power(difference, of, planned.counts),
                 power.power(difference, of, planned.counts, strict),
                 power.smallest(of, planned.counts, wanted, strict), clusters, dialogues)


def _counts(of: pairing.Side, first: int, second: int) -> tuple[int, ...]:
    both = zip(of.cluster, of.rows[first], of.rows[second], strict=True)
    found = Counter(int(cluster) for cluster, one, other in both if one is not None and other is not None)
    return tuple(found[cluster] for cluster in sorted(found))


def _pooled(of: pairing.Side, measure: str) -> Spread | None:
    values = of.measured(measure)
    between = whole = pairs = 0.0
    known_icc = False
    for first, second in combinations(range(len(of.systems)), 2):
        known = np.isfinite(values[[first, second]]).all(axis=0)
        if not known.any():
            continue
        cluster = np.unique(of.cluster[known], return_inverse=True)[1].astype(np.intp)
        found = power.spread(values[first, known] - values[second, known], cluster)
        if found is None:
            continue
        known_icc = known_icc or found.icc is not None
        n = int(known.sum())
        whole += n * found.sd**2
        between += n * found.sd**2 * (found.icc or 0.0)
        pairs += n
    if not pairs:
        return None
    return Spread(math.sqrt(whole / pairs), (between / whole if whole else 0.0) if known_icc else None)
