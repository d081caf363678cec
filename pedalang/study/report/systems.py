"""The panel of comparisons: systems of a matrix by their means, and how each two differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pedalang.study.report import plots, wording
from pedalang.study.report.evidence import Evidence
from pedalang.study.report.measures import UNIT
from pedalang.study.scores import Comparisons, Contrast, Standing

SAID = {"higher": "higher", "lower": "lower", "equivalent": "equivalent", "open": "not told apart", "": ""}


@dataclass(frozen=True)
class Place:
    """A system on a leaderboard."""

    rank: str
    ranks: str
    system: str
    mean: str
    interval: str
    plot: Markup
    first: str
    n: str
    missing: str


@dataclass(frozen=True)
class Board:
    """A measure, and the systems by their means on it."""

    measure: str
    axis: Markup
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Line:
    """Two systems on a measure; `lacking` names pairs without one of the two, `more` says how many are not named."""

    measure: str
    first: str
    second: str
    difference: str
    interval: str
    plot: Markup
    p: str
    corrected: str
    g: str
    g_interval: str
    ahead: str
    ahead_interval: str
    mixed: str
    n: str
    clusters: str
    missing: str
    verdict: str
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """All boards and comparisons of a matrix, with what they rest on in words."""

    boards: tuple[Board, ...]
    lines: tuple[Line, ...]
    axis: Markup
    axes: str
    by: str
    cluster: str
    level: str
    tested: int
    corrected: bool
    margin: str
    mixed: bool


def panel(evidence: Evidence) -> Panel | None:
    """None where nothing is compared."""
    of = evidence.scores.comparisons
    if of is None:
        return None
    scale = _around_zero(of.contrasts)
    measures = dict.fromkeys(each.measure for each in of.standings) if of.contrasts else ()
    return Panel(
        boards=tuple(_board(of.standings, measure) for measure in measures),
        lines=tuple(_line(each, scale) for each in of.contrasts), axis=plots.axis(scale),
        axes=", ".join(of.axes), by=", ".join(of.by), cluster=", ".join(of.cluster), level=f"{100 * of.level:g} %",
        tested=sum(each.p is not None for each in of.contrasts), corrected=of.correction == "holm",
        margin="" if of.margin is None else f"{of.margin:g}", mixed=_has_mixed(of))


def _has_mixed(of: Comparisons) -> bool:
    return any(each.mixed is not None for each in of.contrasts)


def _board(of: Sequence[Standing], measure: str) -> Board:
    own = [each for each in of if each.measure == measure]
    values = [value for each in own for value in (each.mean, each.low, each.high) if value is not None]
    scale = UNIT if all(0 <= value <= 1 for value in values) else plots.ticks(min(values), max(values), most=4)
    return Board(measure, plots.axis(scale), tuple(_place(each, scale) for each in own))


def _place(of: Standing, scale: Sequence[float]) -> Place:
    ranks = "" if of.rank_low is None else f"{of.rank_low} to {of.rank_high}"
    return Place(str(of.rank or wording.NOTHING), ranks, of.system, wording.number(of.mean),
                 wording.interval(of.low, of.high), plots.interval(plots.Mark(of.mean, of.low, of.high), scale,
                                                                   "simulated"),
                 wording.NOTHING if of.first is None else f"{of.first:.0%}", f"{of.n:,}", f"{of.missing:,}")


def _line(of: Contrast, scale: Sequence[float]) -> Line:
    mark = plots.Mark(of.difference, of.low, of.high)
    named = tuple(f"{each.key}: {each.system} {each.why}" for each in of.unpaired)
    return Line(
        of.measure, of.first, of.second, _small(of.difference), _between(of.low, of.high),
        plots.interval(mark, scale, "simulated"), p_value(of.p), p_value(of.corrected), wording.number(of.g.value),
        wording.interval(of.g.low, of.g.high), wording.number(of.superiority.value),
        wording.interval(of.superiority.low, of.superiority.high), _mixed(of), f"{of.n:,}", f"{of.clusters:,}",
        f"{of.missing:,}", of.why or SAID[of.verdict], named)


def _mixed(of: Contrast) -> str:
    if of.mixed is None:
        return ""
    if of.mixed.value is None:
        return of.mixed.why
    return f"{_small(of.mixed.value)}, {_between(of.mixed.low, of.mixed.high)}, p {p_value(of.mixed.p)}"


def p_value(p: float | None) -> str:
    """`0.013`, `< 0.001`; a dash for none."""
    return wording.NOTHING if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _small(value: float | None) -> str:
    """With its sign, to three places: differences are small."""
    return wording.NOTHING if value is None else f"{value:+.3f}".replace("-", "−")


def _between(low: float | None, high: float | None) -> str:
    return wording.NOTHING if low is None or high is None else f"{_small(low)} to {_small(high)}"


def _around_zero(of: Sequence[Contrast]) -> list[float]:
    """Round numbers on both sides of 0, as far as an interval goes."""
    values = [abs(value) for each in of for value in (each.difference, each.low, each.high) if value is not None]
    far = max([*values, 1e-6])
    half = [tick for tick in plots.ticks(0.0, far, most=3) if tick > 0] if far >= 1 else _below_one(far)
    return [*(-tick for tick in reversed(half)), 0.0, *half]


def _below_one(far: float) -> list[float]:
    """The least of a few round numbers that is no less."""
    return [next(end for end in (0.05, 0.1, 0.2, 0.5, 1.0) if end >= far)]
