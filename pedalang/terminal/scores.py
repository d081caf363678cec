"""A run's scores on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pedalang.study import failures, judged, validated
from pedalang.study.scores import BESIDE, Paired, Scores, mixed, told_on
from pedalang.study.scores import Table as Matrix
from pedalang.study.statistics import Estimate
from pedalang.terminal import agreements, comparisons, courses
from pedalang.terminal.tables import at, interval, number, percent, table


def show(found: Scores, folder: Path) -> None:
    """Prints measures, tables, clauses, what failed, and where the report is."""
    console = Console(highlight=False)
    if found.measures:
        console.print(_measures(found))
        if mixed(found):
            console.print("in the total each criterion counts 0 at the lowest level of its scale and 1 at the highest")
    asked = [judged.told(name, judge) + (f"\n  {longer}" if (longer := judged.told_of_length(judge)) else "")
             for name, judge in found.judges.items() if judge.judgements]
    if asked:
        console.print("\n" + "\n".join(asked), markup=False, soft_wrap=True)
    if found.agreement:
        agreements.show(found.agreement, console)
    if found.course is not None:
        console.print()
        courses.show(found.course, console)
    if found.table is not None:
        console.print()
        console.print(_matrix(found.table, console.width))
    if found.comparisons is not None:
        console.print()
        comparisons.show(found.comparisons, console)
    for pairs in found.pairs:
        console.print()
        console.print(judged.told_of_pairs(pairs), markup=False, soft_wrap=True)
        console.print(_ranked(pairs))
    if found.contracts.clauses:
        clauses = table("clause", "", "kept>", "broken>")
        for name, count in found.contracts.clauses.items():
            clauses.add_row(name, count.severity, str(count.kept), str(count.broken) if count.broken else "")
        console.print()
        console.print(clauses)
    failed = sum(len(each.episodes) for each in found.failures)
    if failed:
        console.print(f"\n{failed} of {len(found.dialogues)} dialogues failed:")
        for line in failures.told(found.failures):
            console.print(f"  {line}", markup=False, soft_wrap=True)
        console.print(f"try them again: ped run --retry-failed {folder}", markup=False, soft_wrap=True)
    console.print(f"\nreport: {folder / 'report.html'}", markup=False, soft_wrap=True)


def _measures(found: Scores) -> Table:
    """The measures, with those of recorded dialogues beside them where there are any."""
    own = {name: each for name, each in found.measures.items() if not name.startswith(BESIDE)}
    beside = any(BESIDE + name in found.measures for name in own)
    made = table("measure", "value>", "95 % interval", "n>", "missing>",
                   *(("recorded>", "95 % interval", "n>") if beside else ()), "")
    for name, each in own.items():
        judge, recorded = found.judges.get(name), found.measures.get(BESIDE + name)
        row = [name, number(each.value), interval(each.low, each.high), str(each.n), str(each.missing or "")]
        if beside:
            row += [number(recorded.value), interval(recorded.low, recorded.high), str(recorded.n)] \
                if recorded else ["", "", ""]
        standing = validated.short(judge.validated) if judge else ""
        made.add_row(*row, "; ".join(filter(None, (told_on(found, name), standing))))
    return made


def _ranked(of: Paired) -> Table:
    """A leaderboard of comparisons two by two."""
    made = table("system", "points>", "95 % interval", "won>", "tied>", "lost>")
    for each in of.systems:
        made.add_row(escape(each.system), number(each.points), interval(each.low, each.high), str(each.wins),
                     str(each.ties), str(each.losses))
    return made


def _matrix(of: Matrix, width: int) -> Table:
    """The table of a matrix: its columns side by side where there is room, else one below the other."""
    columns = list(dict.fromkeys(entry.column for entry in of.entries))
    shown = percent if of.percent else number
    if (len(of.rows) + 2 * len(columns)) * 12 > width:
        found = table(*of.rows, *of.columns, "percent>" if of.percent else "mean>", at(of.level), "n>")
        for entry in of.entries:
            found.add_row(*entry.row, *entry.column, shown(entry.estimate.value),
                          _between(entry.estimate, shown), str(entry.estimate.n))
        return found
    found = table(*of.rows, *(", ".join(column) or "mean" for column in columns))
    by_place = {(entry.row, entry.column): entry.estimate for entry in of.entries}
    for row in dict.fromkeys(entry.row for entry in of.entries):
        cells = [by_place.get((row, column)) for column in columns]
        found.add_row(*row, *("" if each is None else f"{shown(each.value)}  {_between(each, shown)}"
                              for each in cells))
    return found


def _between(of: Estimate, shown: Callable[[float | None], str]) -> str:
    return "" if of.low is None or of.high is None else f"{shown(of.low)} to {shown(of.high)}"
