"""A matrix or an observe told as a table: the mean of each measure in each combination of what stands in rows and
columns; and the systems of a matrix compared, where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from msgspec.structs import replace

from pedalang import journal, plan
from pedalang.study import contrasts, effects, leaderboard, pairing, resampling, statistics
from pedalang.study.scores import TOTAL, Comparisons, DialogueScores, Entry, Scores, Table
from pedalang.study.statistics import Estimate

CRITERION = "criterion"
"""Stands in a table's rows or columns for the measures."""


def told(found: Scores, episodes: Sequence[journal.Episode], of: plan.Matrix) -> Scores:
    """The scores of a matrix with the cell of each dialogue, the table that the matrix asks for, and its
    comparisons."""
    cells = {episode.episode: episode.cell for episode in episodes}
    rows = tuple(replace(row, cell=cells.get(row.episode, {})) for row in found.dialogues)
    measures = tuple(found.measures)
    return replace(found, dialogues=rows, table=table(rows, measures, of.report),
                   comparisons=compared(rows, measures, of))


def compared(rows: Sequence[DialogueScores], measures: Sequence[str], of: plan.Matrix) -> Comparisons | None:
    """What the matrix asks to compare. Nothing depends on the order of the rows."""
    asked = of.report.compare
    if asked is None:
        return None
    axes = tuple(axis.name for axis in of.axes)
    side = pairing.side(rows, axes, asked)
    family = [name for name in measures if _asked(name, asked.measures)]
    how = contrasts.How(of.report.level, of.report.resamples or resampling.RESAMPLES)
    return Comparisons(tuple(axis for axis in axes if axis not in asked.by), asked.by, asked.cluster, asked.correction,
                       how.level, asked.margin, contrasts.contrasts(side, family, asked, how),
                       leaderboard.standings(side, family, how.resamples, how.level))


def _asked(measure: str, wanted: Sequence[str]) -> bool:
    """Whether a measure is of the family: a criterion by its name, a computed measure by its criterion's."""
    return not wanted or any(measure == name or measure.startswith((f"{name}.", f"{name}@")) for name in wanted)


def told_by_fields(found: Scores, episodes: Sequence[journal.Episode], of: plan.Observe) -> Scores:
    """The scores of an observe with the table that it asks for, by fields of the rows that the dialogues came with."""
    if of.report is None:
        return found
    names = [name for name in (*of.report.rows, *of.report.columns) if name != CRITERION]
    cells = {each.episode: {name: _field(each, of.row, name) for name in names} for each in episodes}
    rows = tuple(replace(row, cell=cells.get(row.episode, {})) for row in found.dialogues)
    return replace(found, dialogues=rows, table=table(rows, tuple(found.measures), of.report))


def _field(episode: journal.Episode, row: str, name: str) -> Any:
    record = episode.item.get(row)
    return record.get(name) if isinstance(record, dict) else None


def table(rows: Sequence[DialogueScores], measures: Sequence[str], of: plan.Table) -> Table:
    """Every combination that was played, in the order of the dialogues and of the measures. Where the table has no
    `criterion`, it tells the total, or the first measure of a rubric that has none."""
    named = (*of.rows, *of.columns)
    shown = tuple(measures) if CRITERION in named else (TOTAL,) if TOTAL in measures else tuple(measures[:1])
    groups: dict[tuple[str, ...], list[DialogueScores]] = {}
    axes = [name for name in named if name != CRITERION]
    for row in rows:
        groups.setdefault(tuple(pairing.label(row.cell.get(name)) for name in axes), []).append(row)
    entries: list[Entry] = []
    for (labels, group), measure in product(groups.items(), shown):
        at = dict(zip(axes, labels, strict=True)) | {CRITERION: measure}
        entries.append(Entry(tuple(at[name] for name in of.rows), tuple(at[name] for name in of.columns), measure,
                             _estimate(group, measure, of)))
    return Table(of.rows, of.columns, tuple(entries), of.level, of.percent)


def _estimate(group: Sequence[DialogueScores], measure: str, of: plan.Table) -> Estimate:
    """With the interval that the matrix asks for, else the usual one; by whole clusters, where these have more than one
    dialogue of the group."""
    found = [pairing.value(row, measure) for row in group]
    known = np.array([value for value in found if value is not None])
    keys = [tuple(pairing.label(row.cell.get(axis)) for axis in of.cluster)
            for row, value in zip(group, found, strict=True) if value is not None]
    clusters = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    estimate = statistics.estimate(found)
    if len(known) < 2 or (of.resamples is None and len(clusters) in (1, len(known))):
        return estimate
    alike = statistics.of_alike(known.tolist(), len(clusters) if of.cluster else len(known))
    if alike is not None:
        return replace(estimate, low=alike[0], high=alike[1])
    number = np.array([clusters[key] for key in keys]) if of.cluster else np.arange(len(known))
    low, high = effects.mean_interval(known, number, of.resamples or resampling.RESAMPLES, of.level) or (None, None)
    return replace(estimate, low=low, high=high)
