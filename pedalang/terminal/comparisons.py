"""Systems of a matrix on a terminal: their places, and how they differ."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pedalang.study.scores import Comparisons, Contrast
from pedalang.terminal.tables import at, interval, number, table

SAID = {"higher": "higher", "lower": "lower", "equivalent": "equivalent", "open": "not told apart", "": ""}
MINUS = "−"
WIDE = 110
"""So many characters have room for sizes and numbers of pairs."""


def show(found: Comparisons, console: Console) -> None:
    """Prints a leaderboard and each difference with its corrected p, or that nothing is compared."""
    if not found.contrasts:
        console.print(f"nothing is compared: fewer than two systems were played (they differ in "
                      f"{', '.join(found.axes)})", markup=False, soft_wrap=True)
        return
    console.print(_places(found))
    console.print(f"\nsystems differ in {', '.join(found.axes)}; pairs have the same {', '.join(found.by)}; "
                  f"clusters: {', '.join(found.cluster)}", markup=False, soft_wrap=True)
    console.print(_differences(found) if console.width >= WIDE else _in_short(found))
    tested = sum(each.p is not None for each in found.contrasts)
    if tested > 1 and found.correction == "holm":
        console.print(f"p after Holm for {tested} comparisons; intervals are of each alone", markup=False)
    if any(each.missing for each in found.contrasts):
        console.print(_missing(found), markup=False, soft_wrap=True)


def p_value(p: float | None) -> str:
    """`0.013`, `< 0.001`."""
    return "–" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _places(found: Comparisons) -> Table:
    made = table("measure", "rank>", "interval", "system", "mean>", at(found.level), "n>", "missing>")
    for each in found.standings:
        ranks = "" if each.rank_low is None else f"{each.rank_low} to {each.rank_high}"
        made.add_row(escape(each.measure), str(each.rank or "–"), ranks, escape(each.system), number(each.mean),
                     interval(each.low, each.high), str(each.n), str(each.missing or ""))
    return made


def _differences(found: Comparisons) -> Table:
    mixed = any(each.mixed is not None for each in found.contrasts)
    made = table("measure", "difference", ">", at(found.level), "p>", "g>", "pairs>",
                 *(("mixed>", "p>") if mixed else ()), "")
    for each in found.contrasts:
        made.add_row(*_told(each), number(each.g.value), str(each.n), *(_mixed(each) if mixed else ()), _verdict(each))
    return made


def _in_short(found: Comparisons) -> Table:
    made = table("measure", "difference", ">", at(found.level), "p>", "")
    for each in found.contrasts:
        made.add_row(*_told(each), _verdict(each))
    return made


def _told(of: Contrast) -> tuple[str, str, str, str, str]:
    return (escape(of.measure), escape(f"{of.first} {MINUS} {of.second}"), number(of.difference),
            interval(of.low, of.high), p_value(of.corrected))


def _verdict(of: Contrast) -> str:
    return of.why or SAID[of.verdict]


def _missing(found: Comparisons) -> str:
    """How many pairs lack one of the two, by who is compared."""
    most: dict[tuple[str, str], int] = {}
    for each in found.contrasts:
        pair = each.first, each.second
        most[pair] = max(most.get(pair, 0), each.missing)
    said = [f"{count} of {first} {MINUS} {second}" for (first, second), count in most.items() if count]
    return f"missing pairs: {', '.join(said)}; scores.json and the report name them"


def _mixed(of: Contrast) -> tuple[str, str]:
    return (number(of.mixed.value), p_value(of.mixed.p)) if of.mixed is not None else ("", "")
