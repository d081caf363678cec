"""Make a program of another system's configuration."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pedalang import cli, diagnostic
from pedalang.diagnostic import Diagnostic, Severity


@click.group("import")
def command() -> None:
    """Make a program of another system's configuration."""


@command.command("elmes")
@click.argument("file", metavar="CONFIG")
@click.option("-o", "--out", metavar="FILE", help="Where the program goes; by default beside CONFIG, with its name.")
@cli.json_option
def elmes(file: str, out: str | None, as_json: bool) -> None:
    """Make a program of an ELMES configuration, of either dialect.

    Tells what is wrong in the configuration, by line, and what is not carried over. Data files lie beside the program.
    Nothing is overwritten.
    """
    from pedalang.compiler import compile
    from pedalang.compiler.syntax import format
    from pedalang.exchange.elmes import program
    from pedalang.source import Source

    target = Path(out) if out is not None else Path(file).with_suffix(".ped")
    made = program.convert(cli.read_source(file, as_json=as_json), target.stem)
    if not made.program:
        cli.stop(cli.NOT_FINE, made.found, as_json=as_json)
    written = [target, *(target.parent / name for name in made.files)]
    for path in written:
        if path.exists():
            there = Diagnostic("PED1405", f"`{path}` is there already", help="name another file with `--out`")
            cli.stop(cli.NOT_FINE, [there], as_json=as_json)
    text = format.format(Source(target.name, made.program)) or made.program
    for path, content in zip(written, (text, *made.files.values()), strict=True):
        cli.write(str(path), content, as_json=as_json)
    checked = compile.compile_source(cli.read_source(str(target), as_json=as_json), compile.beside(target.parent),
                                     compile.program_name(target), around=cli.around(target.parent))
    if as_json:
        cli.print_json({"version": 1, "ok": checked.ok, "dialect": made.dialect,
                        "files": [str(each) for each in written],
                        "diagnostics": diagnostic.to_json([*made.found, *checked.diagnostics])})
    else:
        _tell(made.found, written, "0.1.x" if made.dialect == "0.1" else made.dialect)
        if not checked.ok:
            click.echo(diagnostic.to_text(checked.diagnostics, colour=sys.stderr.isatty()), err=True, nl=False)
    sys.exit(cli.FINE if checked.ok else cli.NOT_FINE)


def _tell(found: list[Diagnostic], written: list[Path], dialect: str) -> None:
    def count(severity: Severity) -> int:
        return sum(each.severity == severity for each in found)

    if found:
        click.echo(diagnostic.to_text(found, colour=sys.stderr.isatty()), err=True)
    click.echo(f"ELMES {dialect}: to look at {count('warning')}, not carried over {count('note')}")
    click.echo("written\n" + "\n".join(f"  {each}" for each in written))
    click.echo(f"\ngo on with\n  ped check {written[0]}\n  ped show prompts {written[0]}")
