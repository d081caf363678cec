"""Run a program's tests: fixed dialogues that its contracts must accept or reject."""

from __future__ import annotations

import sys

import click

from pedalang import cli
from pedalang.testing import fixed


@click.command("test")
@cli.file_argument
@cli.name_argument
@cli.json_option
def command(file: str, name: str | None, as_json: bool) -> None:
    """Run the tests of FILE, or the one that is called NAME; the exit code is 1 if one fails."""
    of = cli.compiled(file, as_json=as_json).plan
    assert of is not None
    chosen = [cli.pick("test", of.tests, name, file, as_json=as_json)] if name is not None or not of.tests \
        else [*of.tests.values()]
    outcomes = [fixed.run(of, test) for test in chosen]
    failed = sum(not outcome.ok for outcome in outcomes)
    if as_json:
        cli.print_json({"version": 1, "ok": not failed, "tests": [_json(outcome) for outcome in outcomes]})
    else:
        for outcome in outcomes:
            _tell(outcome)
        what = "1 test" if len(outcomes) == 1 else f"{len(outcomes)} tests"
        click.echo(f"{what}, {failed or 'none'} failed")
    sys.exit(cli.NOT_FINE if failed else cli.FINE)


def _json(outcome: fixed.Outcome) -> dict[str, object]:
    return {"name": outcome.name, "ok": outcome.ok, "place": outcome.place, "failures": outcome.failures}


def _tell(outcome: fixed.Outcome) -> None:
    click.echo(f"{'ok    ' if outcome.ok else 'FAILED'} {outcome.name}")
    for failure in outcome.failures:
        click.echo(f"         {failure.place}: expected {failure.expected}\n           {failure.message}")
