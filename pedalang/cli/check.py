"""Find the mistakes of programs before anything is run."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from pathlib import Path

import click

from pedalang import cli, diagnostic
from pedalang.compiler import compile, mending
from pedalang.compiler.compile import Compilation
from pedalang.source import Source


@dataclass(slots=True)
class _Found:
    """What is to be told of all files. `changed` has the new texts beside the old, by path."""

    compilations: list[Compilation] = field(default_factory=list)
    made: list[mending.Made] = field(default_factory=list)
    changed: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def diagnostics(self) -> list[diagnostic.Diagnostic]:
        return [each for found in self.compilations for each in found.diagnostics]


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--fix", is_flag=True, help="Make the fixes that are safe; nothing else in the files changes.")
@click.option("--diff", is_flag=True, help="Write nothing; print what --fix would change.")
@cli.json_option
def command(files: tuple[str, ...], fix: bool, diff: bool, as_json: bool) -> None:
    """Check programs; the exit code is 1 if one has an error. With --fix: if one still has."""
    found = _Found()
    for file in files:
        source, path = cli.read_source(file, as_json=as_json), Path(file)
        if fix or diff:
            _mend(file, source, found)
        else:
            loader = compile.beside(path.parent)
            found.compilations.append(compile.compile_source(source, loader, compile.program_name(path)))
    if not diff:
        for name, (_, new) in found.changed.items():
            cli.write(name, new, as_json=as_json)
    errors = sum(each.severity == "error" for each in found.diagnostics)
    if as_json:
        _tell_programs(found, errors, fix or diff)
    else:
        _tell_people(found, errors, len(files), diff)
    sys.exit(cli.NOT_FINE if errors else cli.FINE)


def _mend(file: str, source: Source, found: _Found) -> None:
    path = Path(file)
    mended = mending.mend(source, compile.beside(path.parent), compile.program_name(path))
    found.compilations.append(mended.compilation)
    found.made += mended.made
    for module, text in mended.texts.items():
        name = str(path.parent.joinpath(*module.split(".")).with_suffix(".ped")) if module else file
        found.changed.setdefault(name, (cli.read_source(name).text, text.text))


def _tell_programs(found: _Found, errors: int, mended: bool) -> None:
    told = {"version": 1, "ok": not errors, "diagnostics": diagnostic.to_json(found.diagnostics)}
    if mended:
        told["fixed"] = [{"code": each.code, "title": each.title, "place": str(each.place)} for each in found.made]
        told["changed"] = list(found.changed)
    cli.print_json(told)


def _tell_people(found: _Found, errors: int, files: int, diff: bool) -> None:
    if diff:
        for name, (old, new) in found.changed.items():
            lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, name)
            click.echo("".join(line if line.endswith("\n") else f"{line}\n" for line in lines), nl=False)
    for each in found.made:
        click.echo(f"{'would fix' if diff else 'fixed'} {each.place}: {each.title} [{each.code}]", err=diff)
    if found.diagnostics:
        click.echo(diagnostic.to_text(found.diagnostics, colour=sys.stdout.isatty()), err=diff)
    warnings = len(found.diagnostics) - errors
    click.echo(f"{_count(files, 'file')} checked: {_count(errors, 'error')}, {_count(warnings, 'warning')}", err=diff)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
