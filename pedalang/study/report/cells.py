"""The panel of a table: the mean of each measure in each combination of a matrix, or of fields of recorded rows."""

from __future__ import annotations

from dataclasses import dataclass

from pedalang.study.report import wording
from pedalang.study.report.evidence import Evidence


@dataclass(frozen=True)
class Cell:
    """A place of the table; all texts are empty where nothing was played."""

    value: str = ""
    interval: str = ""
    n: str = ""


@dataclass(frozen=True)
class Panel:
    """The table as it was asked for. `heads` has a line for what each column is the same in, `lines` the rows."""

    named: tuple[str, ...]
    heads: tuple[tuple[str, tuple[str, ...]], ...]
    lines: tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...]
    level: str


def panel(evidence: Evidence) -> Panel | None:
    """None where a run has no table."""
    of = evidence.scores.table
    if of is None or not of.entries:
        return None
    rows = list(dict.fromkeys(entry.row for entry in of.entries))
    columns = list(dict.fromkeys(entry.column for entry in of.entries))
    places = {(entry.row, entry.column): entry.estimate for entry in of.entries}
    lines = []
    for row in rows:
        found = [places.get((row, column)) for column in columns]
        lines.append((row, tuple(Cell() if each is None else Cell(
            wording.number(each.value), wording.interval(each.low, each.high),
            f"{each.n:,}" + (f", {each.missing:,} missing" if each.missing else "")) for each in found)))
    heads = tuple((name, tuple(column[at] for column in columns)) for at, name in enumerate(of.columns))
    return Panel(of.rows, heads, tuple(lines), f"{100 * of.level:g} %")
