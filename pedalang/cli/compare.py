"""Say whether two runs are the same, and where they differ."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.markup import escape

from pedalang import again, cli
from pedalang.runtime.errors import RunError
from pedalang.study.comparison import Comparison, Parting
from pedalang.terminal import comparisons, tables

DIGITS = 16
"""Of a digest, for people."""


@click.command("compare")
@click.argument("first", metavar="RUN")
@click.argument("second", metavar="RUN")
@cli.json_option
def command(first: str, second: str, as_json: bool) -> None:
    """Say whether two runs are the same, where they first differ, and how their measures do.

    A run is named by its folder, or by its name under runs/. The exit code is 0 if they are the same, 1 if not.
    """
    try:
        found = again.compare(cli.run_folder(first), cli.run_folder(second))
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json(found)
    else:
        _print(found, first, second)
    sys.exit(cli.FINE if found.same else cli.NOT_FINE)


def _print(found: Comparison, first: str, second: str) -> None:
    if found.same:
        click.echo(f"the same: {found.here[:DIGITS]}")
        return
    click.echo(f"not the same: {found.here[:DIGITS]} and {found.there[:DIGITS]}")
    console = Console(highlight=False)
    if found.made:
        made = tables.table("", first, second)
        for name, (here, there) in found.made.items():
            made.add_row(name, escape(_said(here)), escape(_said(there)))
        console.print()
        console.print(made)
    if found.parting is not None:
        click.echo(f"\nfirst difference: {_place(found.parting)}")
        click.echo(f"  {first}: {_said(found.parting.here)}\n  {second}: {_said(found.parting.there)}")
    if found.measures:
        console.print()
        _print_measures(found, console, first, second)


def _print_measures(found: Comparison, console: Console, first: str, second: str) -> None:
    measures = tables.table("measure", f"{first}>", f"{second}>", "difference>", "95 % interval", "p>", "pairs>")
    for name, each in found.measures.items():
        p = comparisons.p_value(each.p) if each.paired.n else ""
        measures.add_row(name, tables.number(each.here.value if each.here else None),
                         tables.number(each.there.value if each.there else None), tables.number(each.paired.value),
                         tables.interval(each.paired.low, each.paired.high), p, str(each.paired.n or ""))
    console.print(measures)


def _place(parting: Parting) -> str:
    """`dialogue 3, turn 2, answer speech, text`."""
    turn = "" if parting.turn is None else f"turn {parting.turn}"
    what = " ".join(filter(None, (parting.event, parting.step)))
    return ", ".join(filter(None, (f"dialogue {parting.episode}", turn, what, parting.field)))


def _said(value: object) -> str:
    """A value of a journal, without characters that would do something to a screen."""
    return "nothing" if value is None else "".join(each if each.isprintable() else " " for each in str(value))
