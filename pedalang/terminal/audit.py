"""An audit of judges on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from pedalang.study.auditing import Audit
from pedalang.terminal.tables import interval, number, table


def show(audits: Sequence[Audit]) -> None:
    """Prints the probes of each judge, and what length alone would score."""
    console = Console(highlight=False)
    for place, each in enumerate(audits):
        if place:
            console.print()
        spread = f", values {number(each.mean)} ± {number(each.spread)}" if each.mean is not None else ""
        console.print(f"judge `{each.criterion}` ({each.model}): {each.judgements} judgements of {each.dialogues} "
                      f"dialogues{spread}; {each.requests} requests", markup=False, soft_wrap=True)
        made = table("probe", "effect>", "95 % interval", "n>", "")
        made.columns[-1].no_wrap = False
        for name, probe in each.probes.items():
            effect = "–" if probe.effect is None else f"{probe.effect:+.3f}"
            made.add_row(name, effect, interval(probe.low, probe.high), str(probe.n or ""),
                         escape(probe.why or probe.told))
        of = each.longer
        made.add_row("length", "–" if of.judge is None else f"{of.judge:+.3f}", "", str(of.n),
                     "rank correlation of its values with the number of words")
        if of.rated:
            made.add_row("people", _signed(of.people), "", str(of.rated), "of people's ratings with its values")
            made.add_row("words alone", _signed(of.length), "", str(of.rated), "of people's ratings with words alone")
        if of.matched is not None:
            made.add_row("matched", number(of.matched), "", str(of.pairs),
                         "share of pairs of one length that it orders as people do; 0.5 by chance")
        console.print(made)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"
