"""Explain a code such as PED0401: what it means, an example, and what to do."""

from __future__ import annotations

import click

from pedalang import cli, resources
from pedalang.diagnostic import Diagnostic, did_you_mean


@click.command("explain")
@click.argument("code", metavar="CODE")
@cli.json_option
def command(code: str, as_json: bool) -> None:
    """Print the page of CODE."""
    folder = resources.folder("diagnostics")
    known = sorted(page.stem for page in folder.glob("PED*.md"))
    wanted = code.upper()
    if wanted not in known:
        cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1406", f"there is no code `{code}`",
                                                help=did_you_mean(wanted, known))], as_json=as_json)
    text = (folder / f"{wanted}.md").read_text(encoding="utf-8")
    if as_json:
        cli.print_json({"version": 1, "code": wanted, "text": text})
    else:
        click.echo(text, nl=False)
