"""Find the mistakes of programs before anything is run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pedalang import cli, diagnostic
from pedalang.compiler import compile


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@cli.json_option
def command(files: tuple[str, ...], as_json: bool) -> None:
    """Check programs; the exit code is 1 if one has an error."""
    found: list[diagnostic.Diagnostic] = []
    for file in files:
        source = cli.read_source(file, as_json=as_json)
        path = Path(file)
        found += compile.compile_source(source, compile.beside(path.parent), compile.program_name(path)).diagnostics
    errors = sum(d.severity == "error" for d in found)
    if as_json:
        cli.print_json({"version": 1, "ok": not errors, "diagnostics": diagnostic.to_json(found)})
    else:
        if found:
            click.echo(diagnostic.to_text(found, colour=sys.stdout.isatty()))
        what = "1 file" if len(files) == 1 else f"{len(files)} files"
        click.echo(f"{what} checked: {_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}")
    sys.exit(cli.NOT_FINE if errors else cli.FINE)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else f"no {what}s"
