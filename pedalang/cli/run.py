"""Run a program: dialogues, scores, a report."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from pedalang import api, cli, journal, plan
from pedalang.diagnostic import Diagnostic
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import pool
from pedalang.runtime.episode import state
from pedalang.runtime.errors import RunError

NAMED = 20
"""So many dialogues that were not played are named."""


@click.command("run")
@click.argument("file", metavar="FILE", required=False)
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("-n", "limit", type=click.IntRange(1), metavar="N",
              help="How many rows of those that the run selects, or cells of a matrix.")
@click.option("--engine", metavar="URI", help=f"Who answers for every role; by default {api.DEFAULT_ENGINE}")
@click.option("--role", "roles", multiple=True, metavar="ROLE=URI",
              help="Who answers for one member of the cast, or for `judge`.")
@click.option("--seed", type=click.IntRange(0), metavar="S", help="Of every draw; by default the run's own, else 0.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The run's folder; by default a new one.")
@click.option("--concurrency", type=click.IntRange(1), metavar="K",
              help="Dialogues at a time; by default what the engines do with profit.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with a run that was stopped.")
@cli.shield_option
@cli.python_option
@cli.json_option
def command(file: str | None, name: str | None, data: tuple[str, ...], limit: int | None, engine: str | None,
            roles: tuple[str, ...], seed: int | None, out: Path | None, concurrency: int | None, resume: Path | None,
            shield: state.Level, python: bool, as_json: bool) -> None:
    """Run the run or matrix NAME of FILE: play its dialogues, score them, write a report."""
    if (file is None) == (resume is None):
        cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1404", "say either which file to run, or which run to resume",
                                                help="`ped run FILE`, or `ped run --resume DIR`")], as_json=as_json)
    try:
        program = Path(file).parent if file is not None else api.program_folder(resume or Path())
        with api.outside(program, python) as evaluate:
            if file is not None:
                asked = cli.pairs(roles, "--role")
                of = cli.compiled(file, as_json=as_json, python=python).plan
                assert of is not None
                chosen = cli.pick("run", {**of.runs, **of.matrices}, name, file, as_json=as_json)
                where = api.sources(of, program, cli.pairs(data, "--data"), evaluate, python=python)
                folder = _fresh(of, chosen, where, limit, engine, asked, seed, out, concurrency, shield)
            else:
                folder = _resumed(resume or Path(), concurrency, evaluate)
            found = api.settle(folder, os.environ, evaluate)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    cli.show_scores(found, folder, as_json=as_json)
    sys.exit(cli.verdict(found))


def _fresh(of: plan.Plan, chosen: plan.Run | plan.Matrix, where: api.Sources, limit: int | None, engine: str | None,
           roles: dict[str, str], seed: int | None, out: Path | None, concurrency: int | None,
           shield: state.Level) -> Path:
    api.measurable(of, chosen.score)
    told = api.work_items(of, chosen, where, limit)
    judge = api.judge_uri(of, chosen.score, roles.pop(api.JUDGE, engine))
    uris = api.engine_uris(of, of.flows[chosen.flow], engine, roles, told.params)
    folder = out or api.work_folder(of, chosen)
    with Progress(len(told.params)) as observer, cli.interruptible(folder):
        return api.play(of, chosen, told, where, uris, judge, os.environ, seed=api.work_seed(chosen, seed),
                        folder=folder, concurrency=concurrency, observer=observer, shield=shield)


def _resumed(folder: Path, concurrency: int | None, evaluate: Evaluator) -> Path:
    _, events = api.read_run(folder)
    left = events.header.episodes - len(events.endings())
    events.close()
    with Progress(left) as observer, cli.interruptible(folder):
        return api.resume(folder, os.environ, concurrency=concurrency, observer=observer, evaluate=evaluate)


class Progress(pool.Observer):
    """Dialogues and turns as they come: a bar where there is a terminal, else a line every tenth of the way."""

    def __init__(self, total: int) -> None:
        console = Console(stderr=True)
        self._total = total
        self._done = self._turns = self._failed = 0
        self._left: list[int] = []
        self._why = ""
        self._plain = not console.is_terminal
        self._bar = Bar(TextColumn("dialogues"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[turns]}"),
                        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=console,
                        disable=self._plain, transient=True)
        self._task = self._bar.add_task("", total=total, turns="")

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._bar.stop()
        if self._left:
            left = sorted(self._left)
            named = ", ".join(map(str, left[:NAMED])) + (" …" if len(left) > NAMED else "")
            click.echo(f"{len(left)} of {self._total} dialogues were not played, for {self._why}: {named}", err=True)

    def spoke(self, turn: journal.Turn) -> None:
        self._turns += 1
        self._bar.update(self._task, turns=self._said())

    def ended(self, ending: journal.Ending) -> None:
        self._done += 1
        self._failed += ending.why == "failed"
        self._bar.update(self._task, completed=self._done, turns=self._said())
        if self._plain and self._done % max(1, self._total // 10) == 0:
            click.echo(f"{self._done} of {self._total} dialogues, {self._said()}", err=True)

    def left_out(self, episodes: Sequence[int], why: str) -> None:
        self._left += episodes
        self._why = why

    def _said(self) -> str:
        return f"{self._turns} turns" + (f", {self._failed} failed" if self._failed else "")
