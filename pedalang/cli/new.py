"""Make a folder with a program, its data and a page about both, from a template."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import click

from pedalang import cli, resources
from pedalang.diagnostic import Diagnostic

_NAME = re.compile(r"[^\W\d][\w-]{0,59}")
_TITLE = "# NAME\n"


def templates() -> list[str]:
    """Their names: the folders there are."""
    return sorted(path.name for path in resources.folder("templates").iterdir() if (path / "main.ped").is_file())


@click.command("new")
@click.argument("name", metavar="NAME")
@click.option("--template", type=click.Choice(templates()), default="first", show_default=True,
              help="first: a tutor and a simulated learner; compare: two tutors, one learner; recorded: lessons that "
              "were recorded, with answers; classroom: captions of a class.")
@cli.json_option
def command(name: str, template: str, as_json: bool) -> None:
    """Make the folder NAME with a program that can be checked and run at once."""
    if not _NAME.fullmatch(name):
        found = Diagnostic("PED1411", f"`{name}` cannot name a program",
                           help="begin with a letter; then letters, digits, `_` and `-`, 60 at most")
        cli.stop(cli.WRONG_COMMAND, [found], as_json=as_json)
    files = _made(Path(name), resources.folder("templates") / template, as_json)
    if as_json:
        cli.print_json({"version": 1, "made": [str(file) for file in files]})
    else:
        made = "\n".join(f"  {file}" for file in files)
        click.echo(f"made\n{made}\n\ngo on with\n  cd {name}\n  ped check main.ped\nand see README.md")


def _made(target: Path, template: Path, as_json: bool) -> list[Path]:
    """The files that were made: all, or none. Stops the command where the folder is there already."""
    try:
        target.mkdir()
    except FileExistsError:
        found = Diagnostic("PED1412", f"`{target}` is there already", help="choose another name: nothing was written")
        cli.stop(cli.WRONG_COMMAND, [found], as_json=as_json)
    except OSError as error:
        _failed(target, error, as_json)
    made: list[Path] = []
    try:
        for source in sorted(path for path in template.iterdir() if path.is_file()):
            text = source.read_text(encoding="utf-8")
            made.append(target / source.name)
            made[-1].write_text(text.replace(_TITLE, f"# {target.name}\n", 1), encoding="utf-8")
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        _failed(target, error, as_json)
    return made


def _failed(target: Path, error: OSError, as_json: bool) -> None:
    why = (error.strerror or "unknown reason").lower()
    cli.stop(cli.NOT_FINE, [Diagnostic("PED1405", f"`{target}` cannot be written: {why}")], as_json=as_json)
