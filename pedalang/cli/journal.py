"""Look after the journal of a run: verify it, bring it out, take names out of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from pedalang import again, api, cli, diagnostic, records
from pedalang.diagnostic import Diagnostic
from pedalang.exchange import naming, redacting
from pedalang.runtime.errors import RunError


@click.group("journal")
def command() -> None:
    """Look after the journal of a run: verify it, bring it out, take names out of it."""


@command.command("verify")
@click.argument("run", metavar="RUN")
@cli.python_option
@cli.json_option
def verify(run: str, python: bool, as_json: bool) -> None:
    """Take every dialogue of RUN once more from its answers, and say what does not come out as recorded.

    The exit code is 1 if anything does not. Nobody is asked, and nothing is written.
    """
    folder = cli.run_folder(run)
    try:
        with api.outside(again.program_folder(folder), python) as evaluate:
            found = records.verified(folder, evaluate)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    flaws = [Diagnostic(each.code, each.message, help="`ped explain " + each.code + "`") for each in found.flaws]
    if as_json:
        cli.print_json({"version": 1, "ok": not flaws, "diagnostics": diagnostic.to_json(flaws), "run": str(folder),
                        "digest": found.digest, "scored": found.scored, "dialogues": found.dialogues,
                        "ended": found.ended, "replayed": found.replayed})
    else:
        click.echo(diagnostic.to_text(flaws, colour=sys.stderr.isatty()), err=True, nl=False)
        click.echo(_told(found))
    sys.exit(cli.NOT_FINE if flaws else cli.FINE)


def _told(found: records.Verified) -> str:
    ended = f"{found.ended} of {found.dialogues} dialogues ended"
    if len(found.flaws) == records.MOST:
        return f"{ended}; the first {records.MOST} flaws are shown"
    if found.flaws:
        return f"{ended}; {len(found.flaws)} flaw{'s' * (len(found.flaws) != 1)}"
    taken = "every turn comes out again from its answers" if found.replayed else "its events fit together (redacted)"
    kept = "; it is the journal that was scored" if found.scored else ""
    return f"{ended}; {taken}{kept}\njournal sha256:{found.digest}"


@command.command("export")
@click.argument("run", metavar="RUN")
@click.option("--format", "form", type=click.Choice(("jsonl", "parquet")), default="jsonl", show_default=True,
              help="A dialogue a line, or a file a table.")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH",
              help="The file of the lines, by default stdout; the folder of the tables, by default RUN/parquet.")
def export(run: str, form: str, out: Path | None) -> None:
    """Bring the journal of RUN to other programs: JSON Lines or Parquet."""
    folder = cli.run_folder(run)
    try:
        if form == "parquet":
            for path in records.parquet(folder, out or folder / "parquet"):
                click.echo(str(path))
        elif out is None:
            records.lines(folder, sys.stdout.buffer)
        else:
            with _whole(out) as file:
                records.lines(folder, file)
    except BrokenPipeError:
        raise  # whoever read the lines has enough of them
    except OSError as error:
        cli.stop(cli.NOT_FINE, [Diagnostic("PED1405", f"nothing can be written there: {error}")])
    except RunError as error:
        cli.tell(error)


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file that is there when it is complete."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@command.command("redact")
@click.argument("run", metavar="RUN")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", required=True, help="The folder of the copy.")
@click.option("--text", "words", type=click.Choice(redacting.LEVELS), default="people", show_default=True,
              help="What is taken out: names alone; also what people typed, and students in recordings; or all words.")
@click.option("--name", "persons", multiple=True, metavar="NAME", help="A person's name that may stand there.")
@click.option("--school", "schools", multiple=True, metavar="NAME", help="A school's name that may stand there.")
@cli.json_option
def redact(run: str, out: Path, words: redacting.Words, persons: tuple[str, ...], schools: tuple[str, ...],
           as_json: bool) -> None:
    """Write a copy of RUN without names, numbers that identify, and the words of people.

    Names are found by rules, which miss some: read what is left before you pass it on.
    """
    also: dict[str, naming.Kind] = {**dict.fromkeys(schools, "school"), **dict.fromkeys(persons, "person")}
    try:
        found = records.redacted(cli.run_folder(run), out, words, also)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "run": str(out), **msgspec.to_builtins(found)})
    else:
        click.echo(f"{out}: {found.persons} persons and {found.schools} schools were found. Read what is left before "
                   "you pass it on.")
