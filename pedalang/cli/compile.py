"""Compile a program into a plan, a JSON file that says everything a run needs."""

from __future__ import annotations

from pathlib import Path

import click

from pedalang import cli, plan
from pedalang.diagnostic import Diagnostic


@click.command("compile")
@cli.file_argument
@click.option("-o", "--output", required=True, metavar="PLAN.json", help="Where the plan is written.")
@cli.json_option
def command(file: str, output: str, as_json: bool) -> None:
    """Compile FILE into a plan."""
    made = cli.runnable(file, as_json=as_json).plan
    assert made is not None
    try:
        Path(output).write_text(plan.to_text(made), encoding="utf-8")
    except OSError as error:
        cli.stop(cli.NOT_FINE, [Diagnostic("PED1405", f"`{output}` cannot be written: {error.strerror}")],
                 as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "ok": True, "plan": output, "digest": plan.digest(made)})
    else:
        click.echo(f"{output}: plan {plan.digest(made)[:12]} of {made.program}, {len(made.flows)} flow(s), "
                   f"{len(made.runs)} run(s)")
