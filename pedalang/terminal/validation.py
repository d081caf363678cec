"""What comparing judges with people found, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console

from pedalang.study.agreement import FIGURES, Agreement
from pedalang.study.statistics import Estimate
from pedalang.study.validated import Validation
from pedalang.terminal.tables import interval, number, table


def show(found: Mapping[str, Validation], out: Path | None, folder: Path) -> None:
    """All judges of a command, one after the other."""
    console = Console(highlight=False)
    for each in found.values():
        _one(console, each)
    if out is not None:
        console.print(f"kept: {out}; score other runs by it with --trained {out}", markup=False, soft_wrap=True)
    else:
        console.print(f"report: {folder / 'report.html'}", markup=False, soft_wrap=True)


def _one(console: Console, of: Validation) -> None:
    for line in _head(of):
        console.print(line, markup=False, soft_wrap=True)
    made = table("95 % intervals", "raw>", "calibrated>")
    for name, raw in of.raw.figures.items():
        made.add_row(FIGURES[name].title, told(raw), told(of.calibrated.figures[name]))
    made.add_row("square error", told(of.raw.error), told(of.calibrated.error))
    made.add_row("  of people's mean", told(of.constant), "")
    made.add_row("  calibrated less that", "", told(of.gain))
    console.print()
    console.print(made)
    undefined = {each.why for side in (of.raw, of.calibrated) for each in side.figures.values() if each.why}
    for why in sorted(undefined):
        console.print(f"–: {why}", markup=False, soft_wrap=True)
    console.print()


def _head(of: Validation) -> Iterator[str]:
    missing = f"; {of.missing} more were not judged" if of.missing else ""
    yield f"{of.criterion}, judged by {of.model}"
    yield (f"beside {of.against}: {_counted(of.units, 'unit')} in {_counted(of.groups, 'group')}, rated by "
           f"{_counted(of.raters, 'person', 'people')}{missing}")
    errors = ", ".join(f"{name} {error:.4f}" for name, error in of.errors.items())
    why = "; ".join(f"{name}: {why}" if name else why for name, why in of.left_out.items())
    chosen = f"calibrated by {of.method}" if of.errors else "not calibrated"
    yield chosen + (f"; square errors on other groups: {errors}" if errors else "") + (f"; {why}" if why else "")
    for title, figure in (("people with one another", of.people), ("the judge with itself", of.itself)):
        if figure is not None:
            yield f"{title}: {FIGURES[figure.figure].title} {figure.why or told(figure)}"


def told(of: Estimate | Agreement) -> str:
    """A figure with its interval, in as little room as can be."""
    return f"{number(of.value)} {interval(of.low, of.high)}".rstrip()


def _counted(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
