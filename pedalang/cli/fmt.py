"""Bring programs into the house layout; comments and meaning stay."""

from __future__ import annotations

import sys

import click

from pedalang import cli
from pedalang.compiler.syntax import format, parse
from pedalang.diagnostic import Report
from pedalang.source import Source


@click.command("fmt")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Write nothing; the exit code is 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@cli.json_option
def command(files: tuple[str, ...], check: bool, diff: bool, as_json: bool) -> None:
    """Format programs in place; `-` reads stdin and writes stdout. What cannot be read as a program stays as it is."""
    changed: list[str] = []
    told: dict[str, object] = {}
    for file in files:
        source = cli.read_stdin(as_json=as_json) if file == "-" else cli.read_source(file, as_json=as_json)
        new = _formatted(source, as_json)
        if new != source.text:
            changed.append(file)
        if diff:
            click.echo(cli.difference(source.name, source.text, new), nl=False, err=as_json)
        elif file == "-" and as_json:
            told["text"] = new
        elif file == "-" and not check:
            click.echo(new, nl=False)
        elif new != source.text and not check:
            cli.write(file, new, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "ok": not (check and changed), "changed": changed, **told})
    elif not diff:
        done = "would format" if check else "formatted"
        click.echo("".join(f"{done} {file}\n" for file in changed if check or file != "-"), err=True, nl=False)
    sys.exit(cli.NOT_FINE if check and changed else cli.FINE)


def _formatted(source: Source, as_json: bool) -> str:
    report = Report()
    parse.parse(source, report)
    new = None if report.errors else format.format(source)
    if new is None:
        cli.stop(cli.NOT_FINE, report.in_order(), as_json=as_json)
    return new
