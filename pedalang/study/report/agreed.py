"""The panel of agreement: judges with people, people with one another, a judge with another and with itself; and where
judges and people differ most, with what was said there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pedalang.study.agreement import FIGURES, Agreement
from pedalang.study.report import plots, wording
from pedalang.study.report.dialogues import View
from pedalang.study.report.evidence import Evidence
from pedalang.study.scores import Agreed, Differing, Judgement

RANGE = (-1.0, 0.0, 1.0)
SHADES = 5
LONGEST = 600
"""Characters of a turn that are shown."""
MOST_TURNS = 12
"""Turns of a part that are shown."""


@dataclass(frozen=True)
class Row:
    """A figure of agreement."""

    title: str
    value: str
    interval: str
    n: str
    plot: Markup
    note: str


@dataclass(frozen=True)
class Pair:
    """Who is held against whom, the figures, and how often who gave what: a row a level of the first."""

    criterion: str
    who: str
    rows: tuple[Row, ...]
    verdict: str
    kept: bool | None
    sides: tuple[str, str]
    labels: tuple[str, ...]
    confusion: tuple[tuple[tuple[int, int], ...], ...]
    """Counts, each with its shade, 0 to 4."""


@dataclass(frozen=True)
class Said:
    """A line of a dialogue."""

    turn: int
    speaker: str
    text: str


@dataclass(frozen=True)
class Case:
    """A part of which a judge and people said different things."""

    criterion: str
    episode: int
    place: str
    link: str
    judge: str
    people: tuple[tuple[str, str], ...]
    apart: str
    lines: tuple[Said, ...]
    left_out: int
    reason: str
    quote: str


@dataclass(frozen=True)
class Panel:
    """All that is known of agreement in a run."""

    pairs: tuple[Pair, ...]
    axis: Markup
    cases: tuple[Case, ...]


def panel(evidence: Evidence, views: Sequence[View]) -> Panel | None:
    """None where nothing is known."""
    if not evidence.scores.agreement:
        return None
    shown = {view.number: view for view in views}
    return Panel(tuple(_pair(each) for each in evidence.scores.agreement), plots.axis(RANGE),
                 tuple(_case(evidence, each, shown) for each in evidence.scores.differing))


def _pair(of: Agreed) -> Pair:
    judge = f"{of.criterion} (judge)"
    who, sides = {
        "people": ("people with one another", (of.raters[0], of.raters[1]) if len(of.raters) == 2 else ("", "")),
        "votes": ("a judge's votes among themselves", ("one vote", "the other")),
        "judge and judge": (f"with the judge of {of.against}", (judge, f"{of.against} (judge)")),
        "judge and people": (f"the judge with people, who rated {of.against}", (judge, f"{of.against} (people)")),
    }[of.between]
    most = max((count for line in of.confusion for count in line), default=0)
    return Pair(of.criterion, who, tuple(_row(name, each) for name, each in of.figures.items()), _verdict(of), of.kept,
                sides, of.labels, tuple(tuple((count, _shade(count, most)) for count in line) for line in of.confusion))


def _row(name: str, of: Agreement) -> Row:
    return Row(FIGURES[name].title, wording.number(of.value), wording.interval(of.low, of.high), f"{of.n:,}",
               plots.interval(plots.Mark(of.value, of.low, of.high), RANGE, "simulated"), of.why)


def _verdict(of: Agreed) -> str:
    if not of.asked or of.at_least is None:
        return ""
    asked = f"The program asks for {FIGURES[of.asked].title} of at least {of.at_least:g}"
    value = of.figures[of.asked].value
    if value is None:
        return f"{asked}, and it has no value"
    return f"{asked}, and it is {wording.number(value)}" if of.kept else f"{asked}, but it is {wording.number(value)}"


def _shade(count: int, most: int) -> int:
    return 0 if not count else min(SHADES - 1, 1 + (SHADES - 1) * count // (most + 1))


def _case(evidence: Evidence, of: Differing, views: Mapping[int, View]) -> Case:
    labels = _labels(evidence, of.criterion)
    said = _judgement(evidence, of)
    turns = [each for each in evidence.journal.turns(of.episode) if of.first <= each.turn <= of.last]
    lines = tuple(Said(each.turn, each.role, wording.clip(each.text, LONGEST)) for each in turns[:MOST_TURNS])
    whole = of.first == 0 and len(turns) == len(evidence.journal.turns(of.episode))
    place = "the whole dialogue" if whole else f"turn {of.last}" if of.first == of.last else \
        f"turns {of.first} to {of.last}"
    view = views.get(of.episode)
    link = "" if view is None else f"#d{of.episode}-t{of.last}" if of.last in view.turns and not whole else \
        f"#d{of.episode}"
    return Case(of.criterion, of.episode, place, link, _label(labels, of.judge),
                tuple((rater, _label(labels, level)) for rater, level in of.people.items()), f"{of.apart:.0%}", lines,
                len(turns) - len(lines), said.reason if said else "", said.quote if said else "")


def _labels(evidence: Evidence, criterion: str) -> dict[float, str]:
    return {level.value: level.label for each in evidence.criteria if each.name == criterion and each.judge is not None
            for level in each.judge.levels}


def _label(labels: Mapping[float, str], level: float) -> str:
    """A level by its number and, where it has one, its label."""
    label = labels.get(level, "")
    return f"{level:g}" if label in ("", f"{level:g}") else f"{level:g} {label}"


def _judgement(evidence: Evidence, of: Differing) -> Judgement | None:
    row = next((each for each in evidence.scores.dialogues if each.episode == of.episode), None)
    judged = row.judged.get(of.criterion, ()) if row is not None else ()
    return next((each for each in judged if each.last in (of.last, -1)), None)
