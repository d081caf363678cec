"""Say before a matrix is played how small a difference it would find."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.markup import escape

from pedalang import api, cli, plan
from pedalang.diagnostic import Diagnostic
from pedalang.runtime.errors import RunError
from pedalang.study import permutation, planning, scores
from pedalang.study.planning import Design, Power
from pedalang.study.power import Spread
from pedalang.terminal.tables import number, table

SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command("power")
@cli.file_argument
@cli.name_argument
@click.option("--difference", type=click.FloatRange(0, min_open=True), required=True, metavar="D",
              help="The difference that should be found, on the scale of the scores.")
@click.option("--pilot", metavar="RUN", help="A played matrix whose differences vary as these will.")
@click.option("--sd", type=click.FloatRange(0, min_open=True), metavar="S",
              help="The standard deviation of the differences of pairs, where there is no pilot.")
@click.option("--icc", type=click.FloatRange(0, 1), metavar="R",
              help="The share of their variance that lies between clusters; without a pilot 0.2.")
@click.option("--wanted", type=SHARE, default=0.8, show_default=True, metavar="P",
              help="The power that is wanted.")
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("-n", "limit", type=click.IntRange(1), metavar="N", help="How many cells of the matrix.")
@cli.json_option
def command(file: str, name: str | None, difference: float, pilot: str | None, sd: float | None, icc: float | None,
            wanted: float, data: tuple[str, ...], limit: int | None, as_json: bool) -> None:
    """Say how likely the matrix NAME of FILE finds a difference, and how many dialogues would.

    The spread of the differences comes from a pilot run, or is assumed: --sd and --icc.
    """
    if (pilot is None) == (sd is None):
        cli.stop(cli.WRONG_COMMAND, [Diagnostic(
            "PED1450", "power rests on how much differences vary: say where that is known from",
            help="a played matrix, `--pilot RUN`, or an assumption, `--sd 0.3 --icc 0.2`")], as_json=as_json)
    of = cli.compiled(file, as_json=as_json).plan
    assert of is not None
    chosen = cli.pick("matrix", of.matrices, name, file, as_json=as_json)
    asked = chosen.report.compare
    if asked is None:
        cli.stop(cli.NOT_FINE, [Diagnostic(
            "PED1452", f"the matrix `{chosen.name}` compares nothing", place=chosen.place,
            help="add `report: { compare: paired(by: […]) }`")], as_json=as_json)
    try:
        items = api.matrix_items(of, chosen, api.sources(of, Path(file).parent, cli.pairs(data, "--data")), limit)
        planned = planning.design(items.cells, [axis.name for axis in chosen.axes], asked)
        known = _piloted(pilot, chosen, asked, icc, as_json=as_json) if pilot is not None else \
            {_measured(of, chosen, asked): Spread(sd or 0.0, 0.2 if icc is None else icc)}
    except RunError as error:
        cli.tell(error, as_json=as_json)
    family = planned.comparisons * _measures(of, chosen, asked, list(known)) if asked.correction == "holm" else 1
    found = [planning.told(measure, spread, planned, difference, wanted, family) for measure, spread in known.items()]
    if as_json:
        cli.print_json({"version": 1, "ok": True, "design": planned, "difference": difference, "wanted": wanted,
                        "comparisons": family, "power": found})
    else:
        _print(chosen, asked, planned, found, difference, wanted, family)
    sys.exit(cli.FINE)


def _piloted(run: str, chosen: plan.Matrix, asked: plan.Comparison, icc: float | None, *,
             as_json: bool) -> dict[str, Spread]:
    """The spread of each measure that is compared, in a pilot. Raises `RunError`."""
    folder = cli.run_folder(run)
    try:
        found = scores.from_json((folder / api.SCORES_NAME).read_bytes())
    except OSError as error:
        _no_pilot(run, f"its scores cannot be read: {(error.strerror or 'unknown reason').lower()}", as_json=as_json)
    except scores.ScoresError as error:
        _no_pilot(run, str(error), as_json=as_json)
    axes = [axis.name for axis in chosen.axes]
    rows = [row for row in found.dialogues if all(axis in row.cell for axis in axes)]
    if not rows:
        _no_pilot(run, f"its dialogues do not say where they stand in {', '.join(axes)}", as_json=as_json)
    measures = [name for name in found.measures if not name.startswith(scores.BESIDE)
                and (not asked.measures or name in asked.measures)]
    known = planning.spreads(rows, axes, measures, asked)
    if not known:
        _no_pilot(run, "it has no pairs in two clusters or more", as_json=as_json)
    if icc is None and any(each.icc is None for each in known.values()):
        _no_pilot(run, "it has one pair in each cluster, so nothing says how alike pairs of a cluster are",
                  as_json=as_json)
    return {name: Spread(each.sd, each.icc if icc is None else icc) for name, each in known.items()}


def _no_pilot(run: str, why: str, *, as_json: bool) -> NoReturn:
    cli.stop(cli.NOT_FINE, [Diagnostic("PED1451", f"`{run}` is no pilot for this matrix: {why}",
                                       help="play some of it first with `ped run FILE NAME`, or assume `--sd` and "
                                            "`--icc`")], as_json=as_json)


def _measured(of: plan.Plan, chosen: plan.Matrix, asked: plan.Comparison) -> str:
    return asked.measures[0] if len(asked.measures) == 1 else "any measure"


def _measures(of: plan.Plan, chosen: plan.Matrix, asked: plan.Comparison, known: list[str]) -> int:
    """How many measures are compared, as far as the program says: those of a pilot, else criteria and the total."""
    if asked.measures:
        return len(asked.measures)
    criteria = len(of.rubrics[chosen.score].criteria) + 1 if chosen.score else 1
    return max(len(known), criteria)


def _print(chosen: plan.Matrix, asked: plan.Comparison, planned: Design, found: list[Power], difference: float,
           wanted: float, family: int) -> None:
    clusters = ", ".join(asked.cluster)
    click.echo(f"{chosen.name}: {planned.dialogues:,} dialogues, {planned.systems} systems; each two have "
               f"{sum(planned.counts):,} pairs in {len(planned.counts):,} clusters ({clusters})")
    if len(planned.counts) < permutation.fewest(0.95):
        click.echo(f"too few clusters for a test: {permutation.fewest(0.95)} are the least")
    console = Console(highlight=False)
    made = table("measure", "sd>", "icc>", "power>", *(("Holm>",) if family > 1 else ()), "smallest>",
                 "clusters>", "dialogues>")
    for each in found:
        made.add_row(escape(each.measure), number(each.sd), number(each.icc), number(each.power),
                     *((number(each.power_family),) if family > 1 else ()), number(each.smallest),
                     "–" if each.clusters is None else f"{each.clusters:,}",
                     "–" if each.dialogues is None else f"{each.dialogues:,}")
    console.print(made)
    corrected = f"; Holm: for the first of {family} comparisons" if family > 1 else ""
    holm = ", after Holm" if family > 1 else ""
    click.echo(f"power: to find a difference of {difference:g} at 5 %, with one comparison{corrected}\n"
               f"smallest: what is found with a power of {wanted:g}{holm}; clusters and dialogues: how many find "
               f"{difference:g} so")
