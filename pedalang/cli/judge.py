"""Look at the judges of a run: whether they agree with people, and whether they look at something else."""

from __future__ import annotations

import datetime
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click

from pedalang import again, api, cli, plan, probing
from pedalang.diagnostic import Diagnostic
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.errors import RunError
from pedalang.terminal import audit as shown
from pedalang.watching import progress


@click.group("judge")
def command() -> None:
    """Look at the judges of a run: whether they agree with people, and whether they look at something else."""


@command.command("audit")
@click.argument("run", metavar="RUN|FILE")
@click.argument("criterion", required=False, metavar="[CRITERION]")
@click.option("--role", "roles", multiple=True, metavar="judge=URI", help="Who judges; by default who judged the run.")
@click.option("--against", metavar="CRITERION", default="", help="The criterion that people rated.")
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Of a FILE: a dataset from another file.")
@click.option("-n", "limit", type=click.IntRange(1), default=20, show_default=True, metavar="N",
              help="How many dialogues.")
@cli.cache_option
@cli.python_option
@cli.json_option
def audit(run: str, criterion: str | None, roles: tuple[str, ...], against: str, data: tuple[str, ...], limit: int,
          cached: bool | None, python: bool, as_json: bool) -> None:
    """Ask the judges of RUN about its dialogues in other orders, longer, side by side, and once more.

    In place of a run, FILE is a program whose `observe` says which recorded dialogues are judged. Nothing is written.
    """
    asked = cli.pairs(roles, "--role")
    for who in asked.keys() - {api.JUDGE}:
        cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1408", f"an audit needs nobody for `{who}`",
                                                help="only a judge is asked: `--role judge=URI`")], as_json=as_json)
    wanted = probing.Wanted(criterion or "", limit, asked.get(api.JUDGE, ""), against)
    try:
        with ExitStack() as stack:
            program = run if run.endswith(".ped") else ""
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "run" if program else \
                cli.run_folder(run)
            beside = Path(program).parent if program else again.program_folder(folder)
            evaluate = stack.enter_context(api.outside(beside, python))
            if program:
                _told(program, folder, data, limit, evaluate, python=python, as_json=as_json)
            found = probing.audit(folder, wanted, os.environ, evaluate, stack.enter_context(cli.answers(cached)))
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "ok": True, "audits": {each.criterion: each for each in found}})
    else:
        shown.show(found)


def _told(file: str, folder: Path, data: tuple[str, ...], limit: int, evaluate: Evaluator, *, python: bool,
          as_json: bool) -> None:
    """The recorded dialogues of a program as a run."""
    of = cli.compiled(file, as_json=as_json, python=python).plan
    assert of is not None
    chosen: plan.Observe = cli.pick("observe", of.observes, None, file, as_json=as_json)
    where = api.sources(of, Path(file).parent, cli.pairs(data, "--data"), evaluate)
    api.observe(of, chosen, api.items(of, chosen.flow, chosen.data, where, limit), folder, evaluate=evaluate)


@command.command("validate")
@click.argument("run", metavar="RUN")
@click.argument("criterion", required=False, default="", metavar="[CRITERION]")
@click.option("--against", default="", metavar="CRITERION", help="People's criterion on the same scale; by default the "
              "only one there is.")
@click.option("--ratings", type=click.Path(path_type=Path), metavar="FILE",
              help="People's ratings in a table: episode, rater, level, and perhaps turn and criterion.")
@click.option("--by", default="", metavar="FIELD",
              help="Dialogues whose items have the same value there belong together.")
@click.option("--again", metavar="RUN", help="A run in which the same was judged once more: the judge beside itself.")
@click.option("--date", metavar="DATE", help="The day that the record bears, as 2026-01-31; by default today.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Where the record is kept, for `--trained`; by default in the run's own folder.")
@cli.json_option
def validate(run: str, criterion: str, against: str, ratings: Path | None, by: str, again: str | None, date: str | None,
             out: Path | None, as_json: bool) -> None:
    """Compare the judge of CRITERION in RUN with people, or all its judges; calibrate them; keep the record."""
    from pedalang import validation
    from pedalang.terminal import validation as compared

    if against and ratings is not None:
        cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1404", "`--against` and `--ratings` both say whom to compare with",
                                                help="give one of them")], as_json=as_json)
    folder = cli.run_folder(run)
    asked = validation.Asked(criterion, against, ratings, by, cli.run_folder(again) if again else None,
                             _day(date, as_json=as_json))
    try:
        found = validation.validate(folder, asked, out)
        if out is None:
            with progress.shown(cli.say, time.monotonic, piped=as_json) as observer:
                api.settle(folder, os.environ, observer=observer)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "ok": True, "judges": found})
    else:
        compared.show(found, out, folder)
    sys.exit(cli.FINE)


def _day(given: str | None, *, as_json: bool) -> str:
    if given is None:
        return datetime.datetime.now(datetime.UTC).date().isoformat()
    try:
        return datetime.date.fromisoformat(given).isoformat()
    except ValueError:
        cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1404", f"`--date {given}` is no day",
                                                help="write it as 2026-01-31")], as_json=as_json)
