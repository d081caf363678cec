"""The numbers of a report as tables for other programs: `data/NAME.csv`, with pyarrow `data/NAME.parquet` too.

Each table stands in its own words: what has no value is empty and is no 0, and the reason stands beside it. A text in a
CSV that a spreadsheet would take for a formula begins with an apostrophe (Parquet has it as it is).
"""

from __future__ import annotations

import csv
import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pedalang.study import matrix, pairing
from pedalang.study.scores import TOTAL, Comparisons, Scores
from pedalang.study.statistics import Estimate

FOLDER = "data"
Row: TypeAlias = Sequence[str | int | float | None]
_ESTIMATE: Mapping[str, type] = {"value": float, "low": float, "high": float, "n": int, "missing": int}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, each of whole numbers, numbers or texts, and the rows."""

    columns: Mapping[str, type]
    rows: Iterator[Row]


def tables(found: Scores) -> dict[str, Table]:
    """All tables of a run's scores by name; none that would be empty by its nature."""
    made = {"dialogues": _dialogues(found), "values": _values(found), "measures": _measures(found)}
    if found.contracts.clauses:
        made["clauses"] = _clauses(found)
    if found.table is not None:
        made["table"] = _entries(found)
    if any(row.ratings for row in found.dialogues):
        made["ratings"] = _ratings(found)
    if found.agreement:
        made["agreement"] = _agreement(found)
    if found.comparisons is not None:
        made |= {"comparisons": _contrasts(found.comparisons), "leaderboard": _standings(found.comparisons),
                 "unpaired": _unpaired(found.comparisons)}
    return made


def write(folder: Path, found: Scores) -> list[Path]:
    """Writes the tables beside a report, each file whole or not at all. Raises `OSError`."""
    into = folder / FOLDER
    into.mkdir(exist_ok=True)
    written: list[Path] = []
    for name, table in tables(found).items():
        written += _write(into, name, table)
    return written


def _dialogues(found: Scores) -> Table:
    """A row a dialogue: where it stands in a matrix, how it ended, what it is worth."""
    axes = list(dict.fromkeys(axis for row in found.dialogues for axis in row.cell))
    names = list(dict.fromkeys(name for row in found.dialogues for name in row.values))
    own: dict[str, type] = {"episode": int, **{f"cell.{axis}": str for axis in axes}, "why": str, "turns": int,
                            "error": str}
    values = {f"value.{name}" if name in own else name: float for name in (*names, TOTAL)}
    return Table({**own, **values}, (
        (row.episode, *(pairing.label(row.cell[axis]) if axis in row.cell else None for axis in axes), row.why,
         row.turns, row.error or None, *(row.values.get(name) for name in names), row.total)
        for row in found.dialogues))


def _values(found: Scores) -> Table:
    """A row a value: of a whole dialogue, where `first` and `last` are empty, or of the part from turn to turn."""
    def rows() -> Iterator[Row]:
        for row in found.dialogues:
            for name in dict.fromkeys((*row.values, *row.missing)):
                yield row.episode, name, None, None, row.values.get(name), row.missing.get(name)
                for part in row.parts.get(name, ()):
                    yield row.episode, name, part.first, part.last, part.value, part.missing or None

    return Table({"episode": int, "criterion": str, "first": int, "last": int, "value": float, "missing": str}, rows())


def _measures(found: Scores) -> Table:
    def rows() -> Iterator[Row]:
        for name, each in found.measures.items():
            judge = found.judges.get(name)
            yield name, *_estimate(each), judge.model if judge else None, judge.label if judge else None

    return Table({"measure": str, **_ESTIMATE, "judge": str, "validation": str}, rows())


def _clauses(found: Scores) -> Table:
    return Table({"clause": str, "severity": str, "kept": int, "broken": int}, (
        (name, each.severity, each.kept, each.broken) for name, each in found.contracts.clauses.items()))


def _entries(found: Scores) -> Table:
    """A row a place of a matrix' table: the axes in its rows and columns, the measure, its mean."""
    of = found.table
    assert of is not None
    named = [(at, name) for at, name in enumerate((*of.rows, *of.columns)) if name != matrix.CRITERION]
    return Table({**{f"cell.{name}": str for _, name in named}, "measure": str, **_ESTIMATE}, (
        (*((*each.row, *each.column)[at] for at, _ in named), each.measure, *_estimate(each.estimate))
        for each in of.entries))


def _ratings(found: Scores) -> Table:
    """A row a rating; `last` is the last turn of the part, -1 for a whole dialogue, `level` one of the scale."""
    return Table({"episode": int, "criterion": str, "last": int, "rater": str, "level": float}, (
        (row.episode, criterion, last, rater, level) for row in found.dialogues
        for criterion, places in row.ratings.items() for last, rated in places.items()
        for rater, level in rated.items()))


def _agreement(found: Scores) -> Table:
    """A row a figure of agreement."""
    return Table({"criterion": str, "against": str, "between": str, "figure": str, **_ESTIMATE, "at_least": float,
                  "why": str}, (
        (each.criterion, each.against, each.between, name, *_estimate(figure),
         each.at_least if name == each.asked else None, figure.why or None)
        for each in found.agreement for name, figure in each.figures.items()))


def _contrasts(of: Comparisons) -> Table:
    """A row a pair of systems and measure."""
    columns: dict[str, type] = {
        "measure": str, "first": str, "second": str, "difference": float, "low": float, "high": float, "p": float,
        "corrected": float, "verdict": str, "g": float, "g_low": float, "g_high": float, "superiority": float,
        "superiority_low": float, "superiority_high": float, "bootstrap_low": float, "bootstrap_high": float,
        "pairs": int, "clusters": int, "missing": int, "mixed": float, "mixed_low": float, "mixed_high": float,
        "mixed_p": float, "icc": float, "why": str}
    return Table(columns, (
        (each.measure, each.first, each.second, each.difference, each.low, each.high, each.p, each.corrected,
         each.verdict or None, each.g.value, each.g.low, each.g.high, each.superiority.value, each.superiority.low,
         each.superiority.high, *(each.bootstrap or (None, None)), each.n, each.clusters, each.missing,
         *((mixed.value, mixed.low, mixed.high, mixed.p, mixed.icc) if (mixed := each.mixed) else (None,) * 5),
         each.why or (each.mixed.why if each.mixed else "") or None) for each in of.contrasts))


def _standings(of: Comparisons) -> Table:
    """A row a system and measure."""
    return Table({"measure": str, "system": str, "rank": int, "rank_low": int, "rank_high": int, "mean": float,
                  "low": float, "high": float, "first": float, "n": int, "missing": int}, (
        (each.measure, each.system, each.rank, each.rank_low, each.rank_high, each.mean, each.low, each.high,
         each.first, each.n, each.missing) for each in of.standings))


def _unpaired(of: Comparisons) -> Table:
    """A row a side that is missing in a pair, the first of them for each pair of systems and measure."""
    return Table({"measure": str, "first": str, "second": str, "key": str, "system": str, "missing": str}, (
        (each.measure, each.first, each.second, lack.key, lack.system, lack.why)
        for each in of.contrasts for lack in each.unpaired))


def _estimate(of: Estimate) -> Row:
    return of.value, of.low, of.high, of.n, of.missing


def _write(folder: Path, name: str, table: Table) -> list[Path]:
    """One table in each form that there is."""
    parquet = _parquet()
    forms = ["csv", *(["parquet"] if parquet is not None else [])]
    parts = {form: folder / f"{name}.{form}.part" for form in forms}
    try:
        with ExitStack() as stack:
            adds: list[Callable[[Row], object]] = []
            if parquet is not None:
                file = parquet.Writer(parts["parquet"], table.columns)
                stack.callback(file.close)
                adds.append(file.add)
            text = stack.enter_context(parts["csv"].open("w", encoding="utf-8", newline=""))
            lines = csv.writer(text, lineterminator="\n")
            lines.writerow(table.columns)
            adds.append(lambda row: lines.writerow([_plain(cell) for cell in row]))
            for row in table.rows:
                for add in adds:
                    add(row)
    except BaseException:
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise
    return [_replaced(part) for part in parts.values()]


def _replaced(part: Path) -> Path:
    os.replace(part, part.with_suffix(""))
    return part.with_suffix("")


def _plain(cell: str | int | float | None) -> str | int | float | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _parquet() -> Any:
    """The file that knows Parquet; None where its library is not installed."""
    try:
        return importlib.import_module("pedalang.exchange.parquet")
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "pedalang":
            raise
        return None
