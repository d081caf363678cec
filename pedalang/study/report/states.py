"""The panel of learners' states over turns, as small multiples: one thin line a dialogue, the mean bold."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pedalang.study.report import plots, wording
from pedalang.study.report.tally import Series, Tally


@dataclass(frozen=True)
class Multiple:
    """One small plot: a variable of one member of the cast over the turns."""

    member: str
    variable: str
    caption: str
    plot: Markup


def panel(tally: Tally) -> tuple[Multiple, ...]:
    """Bounded variables first, then those without bounds, then truth values, each in the order of the program."""
    return tuple(map(_multiple, sorted(tally.series, key=_place)))


def _place(series: Series) -> int:
    if series.truth:
        return 2
    return 1 if series.low is None or series.high is None else 0


def _multiple(series: Series) -> Multiple:
    name = f"{series.member}.{series.variable}"
    narrow = series.low is not None and series.high is not None and series.high - series.low <= 1
    bounds = (series.low or 0.0, series.high or 0.0) if narrow else (0.0, 1.0) if series.truth else None
    lines = () if series.truth else series.lines
    what = "share of dialogues in which it is true" if series.truth else _lines(series)
    return Multiple(series.member, series.variable, what, plots.course(name, lines, series.mean, bounds))


def _lines(series: Series) -> str:
    drawn, every = len(series.lines), wording.count(series.dialogues, "dialogue")
    return f"{drawn:,} of {every}, and the mean of all" if drawn < series.dialogues else f"{every}, and their mean"
