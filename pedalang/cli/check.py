"""Find the mistakes of programs before anything is run."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from msgspec import Struct, field

from pedalang import cli, diagnostic, sarif
from pedalang.compiler import compile, mending
from pedalang.compiler.compile import Compilation
from pedalang.source import Source


class _Found(Struct):
    """What is to be told of all files: `paths` says where a source lies, `changed` has the new texts beside the old."""

    diagnostics: list[diagnostic.Diagnostic] = field(default_factory=list)
    paths: dict[Source, str] = field(default_factory=dict)
    made: list[mending.Made] = field(default_factory=list)
    changed: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        return sum(each.severity == "error" for each in self.diagnostics)


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--fix", is_flag=True, help="Make the fixes that are safe; nothing else in the files changes.")
@click.option("--diff", is_flag=True, help="Write nothing; print what --fix would change.")
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True,
              help="How to tell what was found; sarif is SARIF 2.1.0, for code hosts and editors.")
@cli.python_option
@cli.json_option
def command(files: tuple[str, ...], fix: bool, diff: bool, form: str, python: bool, as_json: bool) -> None:
    """Check programs; the exit code is 1 if one has an error. With --fix: if one still has."""
    form = "json" if as_json else form
    found = _Found()
    for file in files:
        source = cli.read_source(file, as_json=form == "json")
        _add(file, _mended(file, source, found) if fix or diff else _checked(file, source, python), found)
    if not diff:
        for name, (_, new) in found.changed.items():
            cli.write(name, new, as_json=form == "json")
    if form == "text":
        _tell_people(found, len(files), diff)
    elif form == "json":
        _tell_programs(found, fix or diff)
    else:
        cli.print_json(sarif.log(found.diagnostics, lambda source: found.paths.get(source, source.name)))
    sys.exit(cli.NOT_FINE if found.errors else cli.FINE)


def _checked(file: str, source: Source, python: bool) -> Compilation:
    path = Path(file)
    return compile.compile_source(source, compile.beside(path.parent), compile.program_name(path),
                                  around=cli.around(path.parent, python=python))


def _mended(file: str, source: Source, found: _Found) -> Compilation:
    path = Path(file)
    mended = mending.mend(source, compile.beside(path.parent), compile.program_name(path))
    found.made += mended.made
    for module, new in mended.texts.items():
        name = _path(file, module)
        found.changed.setdefault(name, (cli.read_source(name).text, new.text))
    return mended.compilation


def _add(file: str, compilation: Compilation, found: _Found) -> None:
    found.diagnostics += compilation.diagnostics
    found.paths |= {module.source: _path(file, name) for name, module in compilation.modules.items()}


def _path(file: str, module: str) -> str:
    """Where a module of a program lies."""
    return str(Path(file).parent.joinpath(*module.split(".")).with_suffix(".ped")) if module else file


def _tell_programs(found: _Found, mended: bool) -> None:
    told = {"version": 1, "ok": not found.errors, "diagnostics": diagnostic.to_json(found.diagnostics)}
    if mended:
        told["fixed"] = [{"code": each.code, "title": each.title, "place": str(each.place)} for each in found.made]
        told["changed"] = list(found.changed)
    cli.print_json(told)


def _tell_people(found: _Found, files: int, diff: bool) -> None:
    if diff:
        for name, (old, new) in found.changed.items():
            click.echo(cli.difference(name, old, new), nl=False)
    for each in found.made:
        click.echo(f"{'would fix' if diff else 'fixed'} {each.place}: {each.title} [{each.code}]", err=diff)
    if found.diagnostics:
        click.echo(diagnostic.to_text(found.diagnostics, colour=sys.stdout.isatty()), err=diff)
    counted = _count(found.errors, "error"), _count(len(found.diagnostics) - found.errors, "warning")
    click.echo(f"{_count(files, 'file')} checked: {', '.join(counted)}", err=diff)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
