"""The panel of judges: how many judgements there are and are not, what they took, and what length alone would score;
and dialogues that judges compared two by two.
"""

from __future__ import annotations

from dataclasses import dataclass

from pedalang.study.report.evidence import Evidence
from pedalang.study.scores import Judge, Paired


@dataclass(frozen=True)
class Judged:
    """A criterion's judge, each figure as it is shown."""

    name: str
    model: str
    judgements: str
    abstained: str
    missing: str
    requests: str
    tokens: str
    length: str
    people: str
    alone: str


@dataclass(frozen=True)
class Board:
    """Comparisons of a criterion, the strongest system first: its name, points, interval, won, tied, lost."""

    title: str
    told: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Panel:
    """All judges, and all comparisons."""

    rows: tuple[Judged, ...]
    boards: tuple[Board, ...]
    rated: bool
    """Whether people rated what a judge judged."""


def panel(evidence: Evidence) -> Panel | None:
    """None where no judge was asked."""
    judges = {name: each for name, each in evidence.scores.judges.items() if each.judgements}
    boards = tuple(_board(each) for each in evidence.scores.pairs)
    if not judges and not boards:
        return None
    return Panel(tuple(_judged(name, each) for name, each in judges.items()), boards,
                 any(each.longer.rated for each in judges.values()))


def _judged(name: str, of: Judge) -> Judged:
    there, cost = of.judgements - of.abstained - of.missing, of.cost
    tokens = f"{cost.tokens_in:,}" if cost.computed is None else f"{cost.computed:,} of {cost.tokens_in:,}"
    covered = f"{of.abstained:,} (coverage {there / (there + of.abstained):.0%})" if of.abstained else "0"
    return Judged(name, of.model, f"{there:,} of {of.judgements:,}", covered, f"{of.missing:,}",
                  f"{cost.requests:,}", tokens, _signed(of.longer.judge), _signed(of.longer.people),
                  _signed(of.longer.length))


def _board(of: Paired) -> Board:
    first = f" The one that was shown first was preferred in {of.first:.0%} of the answers." \
        if of.first is not None else ""
    orders = "A win is one in both orders." if of.swapped else "Each pair was shown in one order only."
    missing = f", {of.missing:,} are missing" if of.missing else ""
    rows = tuple((each.system, f"{each.points:.3f}",
                  "" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}",
                  f"{each.wins:,}", f"{each.ties:,}", f"{each.losses:,}") for each in of.systems)
    return Board(of.criterion, f"{of.n:,} pairs by {of.model}{missing}, {of.ties:,} ties. {orders}{first}", rows)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
