"""A matrix or an observe told as a table: the mean of each measure in each combination of what stands in rows and
columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from msgspec.structs import replace

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.study import statistics
from pedalang.study.scores import TOTAL, DialogueScores, Entry, Scores, Table
from pedalang.study.statistics import Estimate

CRITERION = "criterion"
"""Stands in a table's rows or columns for the measures."""


def told(found: Scores, episodes: Sequence[journal.Episode], of: plan.Matrix) -> Scores:
    """The scores of a matrix with the cell of each dialogue, and the table that the matrix asks for."""
    cells = {episode.episode: episode.cell for episode in episodes}
    rows = tuple(replace(row, cell=cells.get(row.episode, {})) for row in found.dialogues)
    return replace(found, dialogues=rows, table=table(rows, tuple(found.measures), of.report))


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
        groups.setdefault(tuple(label(row.cell.get(name)) for name in axes), []).append(row)
    entries: list[Entry] = []
    for (labels, group), measure in product(groups.items(), shown):
        at = dict(zip(axes, labels, strict=True)) | {CRITERION: measure}
        entries.append(Entry(tuple(at[name] for name in of.rows), tuple(at[name] for name in of.columns), measure,
                             _estimate([_value(row, measure) for row in group], of)))
    return Table(of.rows, of.columns, tuple(entries), of.level)


def label(value: Any) -> str:
    """How a table shows the value of an axis, as the journal says it."""
    try:
        return values.to_text(values.from_json(value))
    except (values.Absent, ValueError):
        return "none"


def _value(row: DialogueScores, measure: str) -> float | None:
    return row.total if measure == TOTAL else row.values.get(measure)


def _estimate(found: Sequence[float | None], of: plan.Table) -> Estimate:
    """With the interval that the matrix asks for, else the usual one."""
    estimate = statistics.estimate(found)
    known = sorted(value for value in found if value is not None)
    if of.resamples is None or len(known) < 2:
        return estimate
    low, high = statistics.bootstrap(known, of.resamples, of.level)
    return replace(estimate, low=low, high=high)
