"""The panel of measures: each with its interval, recorded dialogues beside simulated ones, curves over k."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pedalang.study.report import plots, wording
from pedalang.study.report.evidence import Evidence
from pedalang.study.scores import BESIDE, TOTAL, Judge, mixed, told_on
from pedalang.study.statistics import Estimate

UNIT = (0.0, 0.5, 1.0)
OWN = {"run": "simulated", "observe": "recorded", "session": "session"}
"""What the dialogues of a run are called beside others."""
_AT_K = re.compile(r"(?P<name>.+)@(?P<k>\d{1,4})")
_FEWEST_KS = 3
"""From so many k on, a measure is a curve."""


@dataclass(frozen=True)
class Row:
    """A line of the table of measures."""

    name: str
    recorded: bool
    value: str
    interval: str
    n: str
    missing: str
    plot: Markup
    standing: Judge | None
    note: str


@dataclass(frozen=True)
class Family:
    """A measure over k, as a curve and as a table: one line a k, the cells as the columns say."""

    name: str
    plot: Markup
    keys: tuple[tuple[plots.Kind, str], ...]
    lines: tuple[tuple[int, tuple[tuple[str, str], ...]], ...]
    standing: Judge | None


@dataclass(frozen=True)
class Panel:
    """All measures of a run: as rows with intervals, and as curves where they go over k."""

    rows: tuple[Row, ...]
    axis: Markup
    families: tuple[Family, ...]
    beside: bool
    fringed: bool


def panel(evidence: Evidence) -> Panel:
    """The measures in the rubric's order."""
    measures = evidence.scores.measures
    ks = families(measures)
    plain = [name for name in _in_order(measures) if not in_family(name, ks)]
    return Panel(
        rows=tuple(_row(evidence, name) for name in plain),
        axis=plots.axis(UNIT),
        families=tuple(_family(evidence, name, own) for name, own in ks.items()),
        beside=any(name.startswith(BESIDE) for name in measures),
        fringed=any(_spread(evidence, name) for name in plain),
    )


def families(names: Iterable[str]) -> dict[str, list[int]]:
    """Measures over k, by name, with the k that simulated or recorded dialogues have; too few k are no family."""
    found: dict[str, set[int]] = {}
    for name in names:
        if match := _AT_K.fullmatch(name.removeprefix(BESIDE)):
            found.setdefault(match["name"], set()).add(int(match["k"]))
    return {name: sorted(ks) for name, ks in sorted(found.items()) if len(ks) >= _FEWEST_KS}


def in_family(name: str, found: Iterable[str]) -> bool:
    """Whether a measure is one of those over k."""
    match = _AT_K.fullmatch(name.removeprefix(BESIDE))
    return match is not None and match["name"] in found


def _in_order(names: Iterable[str]) -> list[str]:
    """The total, then the rubric's order; a recorded measure after its own."""
    order = {TOTAL: 0}
    for name in names:
        order.setdefault(name.removeprefix(BESIDE), len(order))
    return sorted(names, key=lambda name: (order[name.removeprefix(BESIDE)], name.startswith(BESIDE)))


def _row(evidence: Evidence, name: str) -> Row:
    estimate = evidence.scores.measures[name]
    plain = name.removeprefix(BESIDE)
    scale = _scale(evidence, plain)
    spread = [value for value in _spread(evidence, name) if scale[0] <= value <= scale[-1]]
    plot = plots.interval(_mark(estimate), scale, _kind(name), spread)
    return Row(
        name=plain,
        recorded=name.startswith(BESIDE),
        value=wording.number(estimate.value),
        interval=wording.interval(estimate.low, estimate.high),
        n=f"{estimate.n:,}",
        missing=f"{estimate.missing:,}",
        plot=plot if scale == UNIT or name != plain else plots.axis(scale) + plot,
        standing=evidence.standing(plain),
        note=_note(evidence, plain),
    )


def _note(evidence: Evidence, name: str) -> str:
    """What a mean is on its own scale; of a total, that it is of several scales, or rests on judges that nobody has
    compared with people."""
    told = told_on(evidence.scores, name)
    if name != TOTAL:
        return told
    unproved = evidence.judged_without_validation()
    notes = (told, "each criterion from 0 at its lowest level to 1 at its highest" if mixed(evidence.scores) else "",
             f"includes {', '.join(unproved)}: not validated" if unproved else "")
    return "; ".join(filter(None, notes))


def _mark(estimate: Estimate) -> plots.Mark:
    return plots.Mark(estimate.value, estimate.low, estimate.high)


def _kind(name: str) -> plots.Kind:
    return "recorded" if name.startswith(BESIDE) else "simulated"


def _scale(evidence: Evidence, name: str) -> Sequence[float]:
    """0..1, or round numbers that cover both the simulated and the recorded measure where one goes beyond."""
    found = [evidence.scores.measures.get(each) for each in (name, BESIDE + name)]
    values = [v for e in found if e for v in (e.value, e.low, e.high) if v is not None]
    if all(0 <= value <= 1 for value in values):
        return UNIT
    return plots.ticks(min(0.0, *values), max(0.0, *values), most=4)


def _spread(evidence: Evidence, name: str) -> list[float]:
    """The single dialogues' values of a criterion or the total, where the scores have them."""
    scored = evidence.scores.dialogues
    values = [each.total if name == TOTAL else each.values.get(name) for each in scored]
    return [value for value in values if value is not None]


def _family(evidence: Evidence, name: str, ks: Sequence[int]) -> Family:
    measures = evidence.scores.measures
    columns = []
    kinds: tuple[tuple[plots.Kind, str, str], ...] = (
        ("simulated", "", OWN[evidence.header.kind]), ("recorded", BESIDE, "recorded"))
    for kind, prefix, label in kinds:
        found = {k: measures[f"{prefix}{name}@{k}"] for k in ks if f"{prefix}{name}@{k}" in measures}
        if found:
            columns.append((plots.Curve(kind, label, {k: _mark(each) for k, each in found.items()}), found))
    curves = [curve for curve, _ in columns]
    lines = tuple((k, tuple(_cell(found.get(k)) for _, found in columns)) for k in ks)
    keys = tuple((curve.kind, curve.name) for curve in curves)
    return Family(name, plots.curves(f"{name} at k", curves), keys, lines, evidence.standing(name))


def _cell(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return wording.NOTHING, wording.NOTHING
    return wording.number(estimate.value), wording.interval(estimate.low, estimate.high)
