"""Runs that are there already: gone on with, tried again, left at a turn for another one.

As in `api`, what goes wrong is raised as `RunError`, and nothing is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from pedalang import api, plan
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import run as runs
from pedalang.runtime.cache import Answers
from pedalang.runtime.episode import state
from pedalang.runtime.errors import JournalError, RunError
from pedalang.runtime.pool import Observer


class Place(NamedTuple):
    """A turn of a dialogue of a run."""

    run: Path
    episode: int
    turn: int


def place(said: str, folder: Callable[[str], Path]) -> Place:
    """`RUN:EPISODE:TURN`, where `folder` is that of a run's name. Raises `RunError` PED1404 for anything else."""
    run, *numbers = said.rsplit(":", 2)
    if not run or len(numbers) != 2 or not all(each.isascii() and each.isdecimal() and len(each) < 10
                                               for each in numbers):
        raise RunError("PED1404", f"`--from {said}` is not RUN:EPISODE:TURN",
                       help="for the first run's dialogue 3, from its turn 4 on: `--from runs/demo-1:3:4`")
    return Place(folder(run), int(numbers[0]), int(numbers[1]))


def resume(folder: Path, environment: Mapping[str, str], *, concurrency: int | None = None,
           observer: Observer | None = None, evaluate: Evaluator | None = None,
           answers: Answers | None = None) -> Path:
    """Goes on with a run that was stopped, with the engines that it began with. Raises `RunError`."""
    with api.engines(_engines(folder), environment, answers) as cast:
        return runs.resume(folder, cast, concurrency=concurrency, observer=observer, evaluate=evaluate)


def retry(folder: Path, environment: Mapping[str, str], *, concurrency: int | None = None,
          observer: Observer | None = None, evaluate: Evaluator | None = None,
           answers: Answers | None = None) -> Path:
    """Tries the dialogues of a run that failed again, with the engines that it began with. Raises `RunError`."""
    with api.engines(_engines(folder), environment, answers) as cast:
        return runs.retry(folder, cast, concurrency=concurrency, observer=observer, evaluate=evaluate)


def branch(leaves: Place, default: str | None, given: Mapping[str, str], environment: Mapping[str, str], *,
           folder: Path, count: int = 1, seed: int | None = None, shield: state.Level | None = None,
           of: plan.Plan | None = None, concurrency: int | None = None, observer: Observer | None = None,
           evaluate: Evaluator | None = None,
           answers: Answers | None = None) -> Path:
    """A new run of a dialogue from a turn on, `count` times: the engines are those `given`, else the `default`, else
    those of the run that is left. `of` is a plan that it has to be of. Raises `RunError`: PED1221 where there is no
    such turn, PED1222 for another plan."""
    kept, events = api.read_run(leaves.run)
    header = events.header
    items = [values.from_json(each.item) for each in events.episodes() if each.episode == leaves.episode]
    events.close()
    if of is not None and plan.digest(of) != header.plan:
        raise JournalError("PED1222", f"{leaves.run} is a run of another plan than this file's",
                           help="leave the file out: the run's folder holds its plan")
    given = dict(given)
    judge = given.pop(api.JUDGE, default) or header.options.get("judge")
    uris = api.engine_uris(kept, kept.flows[header.flow], default, given, items)
    if default is None:
        own = header.options.get("engines", {})
        uris = {who: own.get(who, uri) if who.partition(state.VARIED)[0] not in given else uri
                for who, uri in uris.items()}
    options = {**header.options, "engines": uris, "judge": judge, "beside": ""}
    with api.engines(uris, environment, answers) as cast:
        return runs.branch(leaves.run, leaves.episode, leaves.turn, cast, folder=folder, count=count, seed=seed,
                           shield=shield, options=options, concurrency=concurrency, observer=observer,
                           evaluate=evaluate)


def branch_folder(leaves: Place) -> Path:
    """Where a branch is kept that is given no folder: beside the run that it leaves."""
    return api.new_folder(leaves.run.parent, f"{leaves.run.name}-from-{leaves.episode}-{leaves.turn}")


def _engines(folder: Path) -> dict[str, str]:
    _, events = api.read_run(folder)
    events.close()
    return events.header.options.get("engines", {})


def program_folder(folder: Path) -> Path:
    """Where the Python functions of a run's program lie; of one that was allowed none, the run's own folder. Raises
    `JournalError`."""
    _, events = api.read_run(folder)
    events.close()
    python = str(events.header.options.get("python", ""))
    return Path(python) if python else folder
