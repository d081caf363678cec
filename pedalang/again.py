"""Runs that are there already: gone on with, tried again, left at a turn for another one, looked at, compared.

As in `api`, what goes wrong is raised as `RunError`, and nothing is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from pedalang import api, journal, plan
from pedalang.exchange import redacting
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import folder as folders
from pedalang.runtime import run as runs
from pedalang.runtime.cache import Answers
from pedalang.runtime.episode import state
from pedalang.runtime.errors import JournalError, RunError
from pedalang.runtime.pool import Observer
from pedalang.study import comparison, failures, scores
from pedalang.study.failures import Failed


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
    """Tries the dialogues of a run that failed again, with the engines that it began with. Raises `RunError`: PED1362
    for a course."""
    _no_course(folder)
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
    _no_course(leaves.run)
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


def _no_course(folder: Path) -> None:
    """Raises `RunError` PED1362 for the run of a course."""
    of, events = api.read_run(folder)
    events.close()
    if events.header.run in of.courses:
        raise RunError("PED1362", f"`{events.header.run}` is a course: what came after a dialogue went on from it",
                       help="begin the course anew, or play single problems in a run")


def branch_folder(leaves: Place) -> Path:
    """Where a branch is kept that is given no folder: beside the run that it leaves."""
    return api.new_folder(leaves.run.parent, f"{leaves.run.name}-from-{leaves.episode}-{leaves.turn}")


def _engines(folder: Path) -> dict[str, str]:
    _, events = api.read_run(folder)
    events.close()
    if redacting.OPTION in events.header.options:
        raise folders.no_run(folder, "it is a redacted copy")
    return events.header.options.get("engines", {})


def program_folder(folder: Path) -> Path:
    """Where the Python functions of a run's program lie; of one that was allowed none, the run's own folder. Raises
    `JournalError`."""
    _, events = api.read_run(folder)
    events.close()
    python = str(events.header.options.get("python", ""))
    return Path(python) if python else folder


class Status(Struct, frozen=True):
    """How far a run has come. `running` is whether a process writes it now; then `turns_a_second` is since that process
    began, and `seconds_left` what the rest would take so. `tried_again` counts failed dialogues that were."""

    run: str
    name: str
    running: bool
    scored: bool
    dialogues: int
    ended: int
    under_way: int
    not_begun: int
    failed: tuple[Failed, ...]
    turns: int
    answers: int
    tokens_in: int
    tokens_out: int
    sittings: int = 0
    tried_again: int = 0
    turns_a_second: float | None = None
    seconds_left: float | None = None
    version: int = 1


def status(folder: Path, now: float) -> Status:
    """How far a run has come, whoever writes it; nothing is changed. `now` is in seconds since 1970. Raises
    `RunError`."""
    try:
        running = folders.written_now(folder)
    except OSError as error:
        raise folders.no_run(folder, str(error)) from None
    if running and not (folder / journal.FILE_NAME).exists():
        return Status(str(folder), "", running, False, 0, 0, 0, 0, (), 0, 0, 0, 0)
    _, events = api.read_run(folder)
    try:
        counted, header, sittings = events.counted(), events.header, events.sittings()
        ended = sum(number for _, _, number in counted.ended)
        rate = _rate(counted, sittings, now) if running else None
        return Status(
            str(folder), header.run, running, (folder / api.SCORES_NAME).exists(), header.episodes, ended,
            counted.under_way, header.episodes - ended - counted.under_way, failures.grouped(events.endings()),
            counted.turns, counted.calls, counted.tokens_in, counted.tokens_out, len(sittings), len(events.failures()),
            rate, _left(counted, ended, header.episodes, rate))
    except journal.JournalFormatError as error:
        raise folders.no_run(folder, str(error)) from None
    finally:
        events.close()


def _rate(counted: journal.Counted, sittings: Sequence[journal.Sitting], now: float) -> float | None:
    """Turns a second since the latest process took the run up."""
    if not sittings or now <= sittings[-1].begun:
        return None
    return (counted.turns - sittings[-1].turns) / (now - sittings[-1].begun)


def _left(counted: journal.Counted, ended: int, dialogues: int, rate: float | None) -> float | None:
    """Seconds, if the other dialogues are as long as those that have ended."""
    if not rate or not ended:
        return None
    length = (counted.turns - counted.turns_under_way) / ended
    return max(0.0, length * (dialogues - ended) - counted.turns_under_way) / rate


def compare(here: Path, there: Path) -> comparison.Comparison:
    """Two runs side by side. Raises `RunError`."""
    _, first = api.read_run(here)
    try:
        _, second = api.read_run(there)
        try:
            return comparison.compare(comparison.Compared(first, _scores(here)),
                                      comparison.Compared(second, _scores(there)))
        except journal.JournalFormatError as error:
            raise folders.no_run(here, str(error)) from None
        finally:
            second.close()
    finally:
        first.close()


def _scores(folder: Path) -> scores.Scores | None:
    """Those of a run, if it has any that can be read."""
    try:
        return scores.from_json((folder / api.SCORES_NAME).read_bytes())
    except (OSError, scores.ScoresError):
        return None
