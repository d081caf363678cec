"""Dialogues of a matrix, or of two runs, put side by side: what is compared, what makes two dialogues a pair, what
clusters pairs belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pedalang import plan
from pedalang.expression import values
from pedalang.study.scores import TOTAL, DialogueScores

Key = tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """What is compared, a system a row, and what pairs dialogues, a key a column. Keys are in the order of the
    dialogues' numbers, whatever was done first."""

    systems: tuple[str, ...]
    keys: tuple[Key, ...]
    cluster: NDArray[np.intp]
    """The cluster of each key, numbered in their order."""
    rows: tuple[tuple[DialogueScores | None, ...], ...]
    """The dialogue of each system at each key; None where it was not played."""

    def measured(self, measure: str) -> NDArray[np.float64]:
        """A measure of each, NaN where it is missing."""
        return np.array([[_value(row, measure) for row in system] for system in self.rows], dtype=np.float64)


def side(rows: Sequence[DialogueScores], axes: Sequence[str], of: plan.Comparison) -> Side:
    """The dialogues of a matrix with these axes. No two have all axes in common."""
    ordered = sorted(rows, key=lambda row: row.episode)
    compared = [axis for axis in axes if axis not in of.by]
    systems: dict[str, dict[Key, DialogueScores]] = {}
    clusters: dict[Key, int] = {}
    cluster: dict[Key, int] = {}
    for row in ordered:
        system = ", ".join(label(row.cell.get(axis)) for axis in compared)
        key = tuple(label(row.cell.get(axis)) for axis in of.by)
        systems.setdefault(system, {})[key] = row
        whole = tuple(label(row.cell.get(axis)) for axis in of.cluster)
        cluster[key] = clusters.setdefault(whole, len(clusters))
    return Side(tuple(systems), tuple(cluster), np.array(list(cluster.values()), dtype=np.intp),
                tuple(tuple(found.get(key) for key in cluster) for found in systems.values()))


def label(value: Any) -> str:
    """How a table shows the value of an axis, as the journal says it."""
    try:
        return values.to_text(values.from_json(value))
    except (values.Absent, ValueError):
        return "none"


def value(row: DialogueScores, measure: str) -> float | None:
    """A criterion, a computed measure or the total of a dialogue."""
    return row.total if measure == TOTAL else row.values.get(measure)


def _value(row: DialogueScores | None, measure: str) -> float:
    found = value(row, measure) if row is not None else None
    return np.nan if found is None else found


def named(axes: Sequence[str], key: Key) -> str:
    """`task 3, pupil weak, seed 1`."""
    return ", ".join(f"{axis} {said}" for axis, said in zip(axes, key, strict=True))


def why(row: DialogueScores | None, measure: str) -> str:
    """Why a dialogue has no value: not played, failed, or the code of what is missing."""
    if row is None:
        return "not played"
    if row.why in ("failed", "unfinished"):
        return row.why
    missing: Mapping[str, str] = row.missing
    return missing.get(measure, "no value")
