"""Score recorded dialogues by a program's rubric; nothing is generated."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from pedalang import api, cli, plan
from pedalang.diagnostic import Diagnostic
from pedalang.exchange import speakers as speaking
from pedalang.runtime.errors import RunError
from pedalang.study import brought
from pedalang.watching import progress


@click.command("observe")
@cli.file_argument
@cli.name_argument
@click.option("--transcripts", metavar="PATH",
              help="The recorded dialogues, a file or a folder of files; by default the dataset's own.")
@click.option("--speaker", "speakers", multiple=True, metavar="LABEL=MEMBER",
              help="Whom of the cast a speaker of the recordings stands for; `otherwise` means all others.")
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("--role", "roles", multiple=True, metavar="judge=URI", help="Who judges.")
@click.option("-n", "limit", type=click.IntRange(1), metavar="N", help="How many dialogues of those that are selected.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The run's folder; by default a new one.")
@cli.trained_option
@cli.missing_option
@cli.python_option
@cli.json_option
def command(file: str, name: str | None, transcripts: str | None, speakers: tuple[str, ...], data: tuple[str, ...],
            roles: tuple[str, ...], limit: int | None, out: Path | None, trained: tuple[Path, ...],
            missing: float, python: bool,
            as_json: bool) -> None:
    """Score the recorded dialogues of the observe NAME of FILE, and write a report."""
    of = cli.compiled(file, as_json=as_json, python=python).plan
    assert of is not None
    chosen: plan.Observe = cli.pick("observe", of.observes, name, file, as_json=as_json)
    given, asked = cli.pairs(data, "--data"), cli.pairs(roles, "--role")
    for who in asked.keys() - {api.JUDGE}:
        cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1408", f"recorded dialogues need nobody for `{who}`",
                                                help="only a judge is asked: `--role judge=URI`")], as_json=as_json)
    if transcripts is not None:
        given[chosen.data.dataset] = transcripts
    try:
        chosen = speaking.named(of, chosen, cli.pairs(speakers, "--speaker"))
        kept = brought.digests(trained)
        brought.measurable(of, chosen.score, kept, os.environ)
        folder = out or api.new_folder(Path("runs"), f"{of.program}-{chosen.name}")
        with api.outside(Path(file).parent, python) as evaluate:
            told = api.items(of, chosen.flow, chosen.data, api.sources(of, Path(file).parent, given, evaluate), limit)
            api.observe(of, chosen, told, folder, asked.get(api.JUDGE, ""), evaluate, kept)
            with progress.shown(cli.say, time.monotonic, piped=as_json) as observer:
                found = api.settle(folder, os.environ, evaluate, observer)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    cli.show_scores(found, folder, as_json=as_json)
    cli.warn_of_missing(found, missing)
    cli.warn_of_agreement(found)
    sys.exit(cli.verdict(found, missing))
