"""Compile a program into a plan, a JSON file that says everything a run needs."""

from __future__ import annotations

import click

from pedalang import cli, plan


@click.command("compile")
@cli.file_argument
@click.option("-o", "--output", required=True, metavar="PLAN.json", help="Where the plan is written.")
@cli.python_option
@cli.json_option
def command(file: str, output: str, python: bool, as_json: bool) -> None:
    """Compile FILE into a plan."""
    made = cli.compiled(file, as_json=as_json, python=python).plan
    assert made is not None
    cli.write(output, plan.to_text(made), as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "ok": True, "plan": output, "digest": plan.digest(made)})
    else:
        click.echo(f"{output}: plan {plan.digest(made)[:12]} of {made.program}, {len(made.flows)} flow(s), "
                   f"{len(made.runs)} run(s)")
