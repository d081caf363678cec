"""Bring programs to the newest edition of the language."""

from __future__ import annotations

import sys

import click

from pedalang import cli
from pedalang.compiler import editions
from pedalang.compiler.semantics.modules import EDITION
from pedalang.diagnostic import Report
from pedalang.source import Source


@click.command("migrate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--write", is_flag=True, help="Change the files; without it, only say what would change.")
@cli.json_option
def command(files: tuple[str, ...], write: bool, as_json: bool) -> None:
    """Say for which edition programs are written, and bring them to the newest one."""
    told: list[dict[str, object]] = []
    for file in files:
        source: Source = cli.read_source(file, as_json=as_json)
        report = Report()
        migrated = editions.migrate(source, report)
        if migrated is None:
            cli.stop(cli.NOT_FINE, report.in_order(), as_json=as_json)
        changes = migrated.text != source.text
        if changes and write:
            cli.write(file, migrated.text, as_json=as_json)
        told.append({"file": file, "was": migrated.was, "now": EDITION, "changes": changes})
        if not as_json:
            click.echo(f"{file}: {_said(migrated, changes, write)}")
    if as_json:
        cli.print_json({"version": 1, "ok": True, "files": told})
    sys.exit(cli.FINE)


def _said(migrated: editions.Migrated, changes: bool, write: bool) -> str:
    if not changes:
        return f"edition {EDITION}, the newest: nothing to do"
    done = "" if write else "; --write does it"
    if migrated.was is None:
        return f"says no edition: `pedalang {EDITION}` {'is now' if write else 'belongs in'} its first line{done}"
    return f"edition {migrated.was}: {'now' if write else 'can be'} edition {EDITION}{done}"
