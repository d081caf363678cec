"""The panel of distributions: in how many dialogues each measure lies where. A mean alone hides two kinds of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pedalang import plan as plans
from pedalang.study.report import plots
from pedalang.study.report.evidence import Evidence
from pedalang.study.scores import TOTAL

BINS = 10
FEWEST = 5
"""Fewer values are read one by one, and need no picture."""


@dataclass(frozen=True)
class Figure:
    """A measure: how many dialogues have a value, how many none, and where the values lie."""

    name: str
    n: int
    missing: int
    plot: Markup


def panel(evidence: Evidence) -> tuple[Figure, ...]:
    """A figure for each criterion and the total, in the rubric's order; none for a measure beyond 0..1."""
    rows = evidence.scores.dialogues
    found: list[Figure] = []
    for name in evidence.scores.measures:
        values = [row.total if name == TOTAL else row.values.get(name) for row in rows]
        known = [value for value in values if value is not None]
        if len(known) >= FEWEST and all(0 <= value <= 1 for value in known):
            plot = _plot(name, known, _levels(evidence, name))
            found.append(Figure(name, len(known), len(values) - len(known), plot))
    return tuple(found)


def _levels(evidence: Evidence, name: str) -> Sequence[plans.ScaleLevel]:
    """The levels that a criterion is answered on, from the lowest; none for other measures, and where a level is worth
    no place of its own."""
    rubric = evidence.plan.rubrics.get(evidence.scores.rubric)
    for criterion in rubric.criteria if rubric is not None else ():
        asked = criterion.judge or criterion.human
        if criterion.name == name and asked is not None and criterion.units is None \
                and not (criterion.judge and criterion.judge.desired):
            levels = sorted(asked.levels, key=lambda level: -level.value if criterion.reverse else level.value)
            return levels if len({level.value for level in levels}) > 1 else ()
    return ()


def _plot(name: str, known: Sequence[float], levels: Sequence[plans.ScaleLevel]) -> Markup:
    """A column a level, by the nearest; else a column for each tenth of 0..1."""
    if not levels:
        counts = [0] * BINS
        for value in known:
            counts[min(int(value * BINS), BINS - 1)] += 1
        return plots.histogram(name, counts, [(0, "0"), (BINS / 2, "0.5"), (BINS, "1")])
    ends = levels[0].value, levels[-1].value
    places = [(level.value - ends[0]) / (ends[1] - ends[0]) for level in levels]
    counts = [0] * len(levels)
    for value in known:
        counts[min(range(len(places)), key=lambda at: abs(places[at] - value))] += 1
    return plots.histogram(name, counts, [(at + 0.5, f"{level.value:g}") for at, level in enumerate(levels)])
