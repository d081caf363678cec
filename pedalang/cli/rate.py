"""Let people rate the dialogues of a run: make sheets, and read them back."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import NoReturn

import click

from pedalang import again, api, cli, reading
from pedalang.diagnostic import Diagnostic
from pedalang.expression.evaluate import Evaluator
from pedalang.rating import keeping, label_studio, page, returned, sheets, tables
from pedalang.rating.items import Item
from pedalang.runtime import folder as folders
from pedalang.runtime.errors import RunError
from pedalang.study import agreeing
from pedalang.watching import progress

RATER = "rater"
OVERLAP = 0.2


@click.command("rate")
@click.argument("run", metavar="RUN")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--read", "back", is_flag=True, help="Read the FILEs that raters sent back, and score the run again.")
@click.option("--rater", metavar="NAME", help="Who rates, or who rated files that do not say.")
@click.option("--raters", metavar="A,B,C", help="Who rate: the items are shared among them.")
@click.option("--overlap", callback=cli.share, metavar="SHARE",
              help="How many of the items two of the raters rate, so that they can be compared; by default 20%.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only so many items, drawn by chance.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Where the orders come from.")
@click.option("--criterion", "criteria", multiple=True, metavar="NAME", help="Ask only about this criterion.")
@click.option("--label-studio", "studio", is_flag=True, help="Also write tasks and a configuration for Label Studio.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The folder of the sheets; by default "
                                                                            "`rating` in the run's folder.")
@cli.python_option
@cli.json_option
def command(run: str, files: tuple[str, ...], back: bool, rater: str | None, raters: str | None, overlap: float | None,
            sample: int | None, seed: int, criteria: tuple[str, ...], studio: bool, out: Path | None, python: bool,
            as_json: bool) -> None:
    """Make sheets on which people rate the dialogues of RUN, blind and in an order of chance; or read them back."""
    folder = cli.run_folder(run)
    if bool(files) != back:
        _wrong("there is nothing to read" if back else f"`{files[0]}` is given, and nothing says what to do with it",
               "`ped rate RUN --read FILE...` reads sheets back", as_json)
    try:
        with api.outside(again.program_folder(folder), python) as evaluate:
            items = _items(folder, criteria, evaluate, as_json=as_json)
            if back:
                _read(folder, files, items, rater or "", evaluate, as_json=as_json)
                return
            if overlap is not None and raters is None:
                _wrong("`--overlap` is for several raters", "name them: `--raters A,B,C`", as_json)
            names = _names(rater, raters, as_json=as_json)
            drawn = sheets.drawn(items, sample, seed)
            made = sheets.shared(drawn, names, OVERLAP if overlap is None else overlap, seed)
            written = _written(out or folder / "rating", made, drawn if studio else [])
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "ok": True, "items": len(drawn), "files": [str(each) for each in written],
                        "raters": {each.rater: len(each.items) for each in made}})
        return
    _told(made, len(drawn), written, run)


def _items(folder: Path, criteria: tuple[str, ...], evaluate: Evaluator, *, as_json: bool) -> list[Item]:
    """What can be rated. Stops the command where that is nothing."""
    with folders.alone(folder):
        found = api.rated_items(folder, evaluate)
    asked = {question.criterion: None for item in found for question in item.questions}
    if not asked:
        cli.stop(cli.NOT_FINE, [Diagnostic(
            "PED1460", f"nothing in {folder} is to be rated by people",
            help="the rubric needs a criterion by human with `ask:`, and the run a dialogue that ended")],
            as_json=as_json)
    for name in criteria:
        if name not in asked:
            _wrong(f"people are not asked about `{name}`", f"they are asked about {', '.join(asked)}", as_json,
                   "PED1460")
    return sheets.about(found, criteria)


def _names(rater: str | None, raters: str | None, *, as_json: bool) -> list[str]:
    names = [each.strip() for each in raters.split(",")] if raters is not None else [rater or RATER]
    if rater is not None and raters is not None:
        _wrong("`--rater` and `--raters` are both given", "name one rater, or several", as_json)
    for name in names:
        if not returned.named(name):
            _wrong(f"`{name}` is no rater's name", "write names of letters, divided by commas", as_json, "PED1465")
    if len({_file(name) for name in names}) < len(names):
        _wrong("two raters have one name", "give each a name of their own", as_json, "PED1465")
    return names


def _written(folder: Path, made: list[sheets.Sheet], studio: list[Item]) -> list[Path]:
    """Writes a page and a table for each rater. Raises `RunError` PED1405."""
    contents = {}
    for sheet in made:
        contents[f"{_file(sheet.rater)}.html"] = page.written(sheet)
        contents[f"{_file(sheet.rater)}.csv"] = tables.written(sheet)
    for number, project in enumerate(label_studio.projects(studio), 1):
        contents[f"label-studio-{number}.xml"] = project.config
        contents[f"label-studio-{number}.json"] = project.tasks
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = next((name for name in contents if (folder / name).exists()
                      and (folder / name).read_bytes() != contents[name]), None)
        if there is not None:
            raise RunError("PED1466", f"`{folder / there}` is there already, and is another sheet",
                           help="somebody may have filled it in: name another folder, `--out DIR`")
        for name, data in contents.items():
            folders.write(folder / name, data)
    except OSError as error:
        raise RunError("PED1405", f"sheets cannot be written to {folder}: {error.strerror or error}",
                       help="name another folder: `--out DIR`") from None
    return [folder / name for name in contents]


def _file(rater: str) -> str:
    """A file's name for a rater's sheet."""
    return re.sub(r"[^\w.-]+", "_", rater).strip("._").casefold() or RATER


def _told(made: list[sheets.Sheet], items: int, written: list[Path], run: str) -> None:
    twice = sum(len(each.items) for each in made) - items
    click.echo(f"{items} {'item' if items == 1 else 'items'} to rate" + (f", {twice} of them by two raters" if twice
                                                                        else ""))
    for sheet in made:
        click.echo(f"  {sheet.rater}: {len(sheet.items)}")
    for path in written:
        click.echo(str(path))
    click.echo(f"open a page in a browser, or a CSV in a spreadsheet; then: ped rate {run} --read FILE...")


def _read(folder: Path, files: tuple[str, ...], items: list[Item], rater: str, evaluate: Evaluator, *,
          as_json: bool) -> None:
    """Keeps what raters sent, scores the run again, and says how well they agree. Nothing is kept where anything is
    wrong."""
    said = [each for file in files for each in _sent(file, rater)]
    found = returned.checked(said, items)
    if found.wrong:
        cli.stop(cli.NOT_FINE, returned.told(found.wrong), as_json=as_json)
    with folders.alone(folder):
        merged = keeping.merged(keeping.load(folder), found.kept)
        keeping.save(folder, merged.all)
    cli.say(f"{merged.new} new ratings, {merged.changed} changed, {merged.same} as before, {found.open} left open")
    with progress.shown(cli.say, time.monotonic, piped=as_json) as observer:
        scored = api.settle(folder, os.environ, evaluate, observer)
    cli.show_scores(scored, folder, as_json=as_json)
    cli.warn_of_agreement(scored)
    sys.exit(cli.NOT_FINE if agreeing.below(scored) else cli.FINE)


def _sent(file: str, rater: str) -> list[returned.Said]:
    """What a file says. Raises `RunError` PED1461."""
    try:
        data = reading.regular(Path(file))
    except OSError as error:
        raise RunError("PED1461", f"`{file}` cannot be read: {error.strerror or error}",
                       help="name a sheet that a rater sent back") from None
    form = label_studio if label_studio.is_export(data) else tables
    return [*form.read(data, file, rater)]


def _wrong(message: str, help: str, as_json: bool, code: str = "PED1404") -> NoReturn:
    cli.stop(cli.WRONG_COMMAND, [Diagnostic(code, message, help=help)], as_json=as_json)
