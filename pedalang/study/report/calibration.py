"""The panel of judges beside people: what the record of each says, its calibration curve and its coverage curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pedalang.study.agreement import FIGURES, Agreement
from pedalang.study.calibration.maps import Identity
from pedalang.study.report import plots, wording
from pedalang.study.report.evidence import Evidence
from pedalang.study.report.plots import Curve, Kind, Mark
from pedalang.study.statistics import Estimate
from pedalang.study.validated import Bin, Compared, Kept, Validation

RAW, CALIBRATED = "raw", "calibrated"


@dataclass(frozen=True)
class Row:
    """A figure, by the judge as it is and calibrated, each with its interval in words, or why there is none."""

    title: str
    raw: str
    calibrated: str


@dataclass(frozen=True)
class Record:
    """One judge's."""

    criterion: str
    label: str
    validated: bool
    facts: str
    method: str
    rows: tuple[Row, ...]
    curve: Markup
    coverage: Markup | None
    figure: str


def panel(evidence: Evidence) -> tuple[Record, ...]:
    """The judges that were compared with people on this question and model, in the rubric's order."""
    return tuple(_record(name, judge.label, judge.validated, judge.validation)
                 for name, judge in evidence.scores.judges.items() if judge.validation is not None)


def _record(name: str, label: str, validated: bool, of: Validation) -> Record:
    sides = _sides(of)
    low = min((each.agreement.value or 0.0 for _, _, side in sides for each in side.coverage), default=0.0)
    title = FIGURES[of.figure].title
    covered = plots.relation(f"{name}, {title} by share of judgements kept",
                             [Curve(kind, told, _kept(side.coverage)) for kind, told, side in sides],
                             -1.0 if low < 0 else 0.0) if of.raw.coverage else None
    curve = plots.relation(f"{name}, what people say by what the judge says",
                           [Curve(kind, told, _bins(side.curve)) for kind, told, side in sides], equal=True)
    return Record(name, label, validated, _facts(of), _method(of), _rows(of), curve, covered, title)


def _sides(of: Validation) -> Sequence[tuple[Kind, str, Compared]]:
    raw: tuple[Kind, str, Compared] = ("recorded", RAW, of.raw)
    return [raw] if isinstance(of.calibration, Identity) else [raw, ("simulated", CALIBRATED, of.calibrated)]


def _bins(curve: Sequence[Bin]) -> dict[float, Mark]:
    return {each.told: Mark(each.people, each.low, each.high) for each in curve}


def _kept(coverage: Sequence[Kept]) -> dict[float, Mark]:
    return {each.share: Mark(each.agreement.value) for each in coverage}


def _facts(of: Validation) -> str:
    people = "1 person" if of.raters == 1 else f"{of.raters:,} people"
    missing = f", {of.missing:,} more without a judgement" if of.missing else ""
    return f"{of.units:,} units in {of.groups:,} groups{missing}, rated by {people} ({of.against}), {of.date}"


def _method(of: Validation) -> str:
    if not of.errors:
        return "; ".join(("It was not calibrated", *of.left_out.values()))
    if isinstance(of.calibration, Identity):
        return "No map did better than its values as they are"
    return f"Calibrated by {of.method}, the map of the least square error in groups that it had not seen"


def _rows(of: Validation) -> tuple[Row, ...]:
    names = [of.figure, *(name for name in FIGURES if name in of.raw.figures and name != of.figure)]
    figures = [Row(FIGURES[name].title, _words(of.raw.figures[name]), _words(of.calibrated.figures[name]))
               for name in names]
    return (*figures, Row("square error", _words(of.raw.error), _words(of.calibrated.error)),
            Row("square error of people’s mean", _words(of.constant), ""))


def _words(of: Estimate | Agreement) -> str:
    if of.value is None:
        return of.why if isinstance(of, Agreement) else "–"
    between = f" ({wording.interval(of.low, of.high)})" if of.low is not None and of.high is not None else ""
    return f"{wording.number(of.value)}{between}"
