"""Score a run again and write its report again."""

from __future__ import annotations

import os
import sys
import time

import click

from pedalang import api, cli
from pedalang.runtime.errors import RunError
from pedalang.watching import progress


@click.command("report")
@click.argument("run", metavar="RUN")
@cli.cache_option
@cli.json_option
def command(run: str, cached: bool | None, as_json: bool) -> None:
    """Write the report of RUN, a run's folder or its name under runs/."""
    folder = cli.run_folder(run)
    try:
        with cli.answers(cached) as answers, progress.shown(cli.say, time.monotonic, piped=as_json) as observer:
            found = api.settle(folder, os.environ, observer=observer, answers=answers)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    cli.show_scores(found, folder, as_json=as_json)
    sys.exit(cli.FINE)
