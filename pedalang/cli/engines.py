"""List the engines: which are usable here, and what to install for the others."""

from __future__ import annotations

import click

from pedalang import cli
from pedalang.runtime.engines import opening


@click.command("engines")
@cli.json_option
def command(as_json: bool) -> None:
    """List the engines that can answer here."""
    found = opening.available()
    if as_json:
        cli.print_json({"version": 1, "engines": [
            {"name": name, "usable": each.usable, "detail": each.detail, "install": each.install,
             "example": each.example} for name, each in found]})
        return
    width = max(len(name) for name, _ in found)
    for name, each in found:
        click.echo(f"{name:<{width}}  {'usable' if each.usable else 'not usable':<10}  {each.detail}")
        for what, text in (("install", each.install), ("example", each.example)):
            if text:
                click.echo(f"{'':<{width}}  {'':<10}  {what}: {text}")
