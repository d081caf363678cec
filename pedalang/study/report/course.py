"""The panel of a course: what learners gained from the test before it to the test after it, by order of lessons."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pedalang.study.gained import CONTROL, Gain
from pedalang.study.report import plots, wording
from pedalang.study.report.evidence import Evidence
from pedalang.study.statistics import Estimate


@dataclass(frozen=True)
class Line:
    """A measure in an arm; `beyond` is empty for the control, and where there is none."""

    measure: str
    arm: str
    before: str
    after: str
    gained: str
    interval: str
    plot: Markup
    n: str
    beyond: str
    beyond_interval: str


@dataclass(frozen=True)
class Panel:
    """Who took the course, in which arms, and the gains."""

    who: str
    curriculum: str
    control: str
    axis: Markup
    lines: tuple[Line, ...]
    tested: bool


def panel(evidence: Evidence) -> Panel | None:
    """None where a run is of no course."""
    of = evidence.scores.course
    if of is None:
        return None
    ends = [end for each in of.gains for end in (each.gained.value, each.gained.low, each.gained.high)
            if end is not None]
    scale = plots.ticks(min(0.0, *ends), max(0.0, *ends), most=4) if ends else (0.0, 1.0)
    who = f"{of.learners:,} learners" if of.learners > 1 else "One learner"
    return Panel(who, of.curriculum, CONTROL if CONTROL in of.arms else "", plots.axis(scale),
                 tuple(_line(each, scale) for each in of.gains), bool(of.tests))


def _line(of: Gain, scale: tuple[float, ...] | list[float]) -> Line:
    beyond = of.beyond or Estimate(None, 0, 0)
    mark = plots.Mark(of.gained.value, of.gained.low, of.gained.high)
    missing = f", {of.gained.missing:,} missing" if of.gained.missing else ""
    return Line(of.measure, of.arm, wording.number(of.before.value), wording.number(of.after.value),
                wording.number(of.gained.value), wording.interval(of.gained.low, of.gained.high),
                plots.interval(mark, scale, "simulated"), f"{of.gained.n:,}{missing}",
                wording.number(beyond.value) if of.beyond is not None else "",
                wording.interval(beyond.low, beyond.high))
