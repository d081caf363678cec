"""Run a program: dialogues, scores, a report."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn, TypedDict

import click
from click.core import ParameterSource

from pedalang import again, api, cli, courses, plan
from pedalang.diagnostic import Diagnostic
from pedalang.expression.evaluate import Evaluator
from pedalang.journal import FILE_NAME
from pedalang.runtime.cache import Answers
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import state
from pedalang.runtime.errors import RunError
from pedalang.runtime.pool import Estimate, Observer
from pedalang.study import brought
from pedalang.watching import estimate as estimating
from pedalang.watching import progress, words
from pedalang.watching.events import Events
from pedalang.watching.together import Together

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Variables that say where spans are sent."""

Play = Callable[[Observer], object]
"""Plays a run, and tells an observer."""


@click.command("run")
@click.argument("file", metavar="FILE", required=False)
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("-n", "limit", type=click.IntRange(1), metavar="N",
              help="How many rows of those that the run selects, cells of a matrix, or learners of a course.")
@click.option("--engine", metavar="URI", help=f"Who answers for every role; by default {api.DEFAULT_ENGINE}")
@click.option("--role", "roles", multiple=True, metavar="ROLE=URI",
              help="Who answers for one member of the cast, or for `judge`.")
@click.option("--seed", type=click.IntRange(0), metavar="S", help="Of every draw; by default the run's own, else 0.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The run's folder; by default a new one.")
@click.option("--concurrency", type=click.IntRange(1), metavar="K",
              help="Dialogues at a time; by default what the engines do with profit.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with a run that was stopped.")
@click.option("--retry-failed", "retry", type=click.Path(path_type=Path), metavar="DIR",
              help="Try the failed dialogues of a run again, each from the turn that it stopped at.")
@click.option("--from", "leaves", metavar="RUN:EPISODE:TURN",
              help="Leave a dialogue of a run before a turn, and go on from there: with other engines, -n times.")
@click.option("--estimate", is_flag=True, help="Only say what the run is expected to take: calls, tokens, time.")
@click.option("--partly", is_flag=True, help="Play as far as the budget goes, where all is expected to need more.")
@click.option("--events", metavar="FILE", help="Write what happens to a file, or to stdout (-), a JSON object a line.")
@cli.trained_option
@cli.tuned_option
@cli.cache_option
@cli.missing_option
@cli.shield_option
@cli.python_option
@cli.json_option
def command(file: str | None, name: str | None, data: tuple[str, ...], limit: int | None, engine: str | None,
            roles: tuple[str, ...], seed: int | None, out: Path | None, concurrency: int | None, resume: Path | None,
            retry: Path | None, leaves: str | None, estimate: bool, partly: bool, events: str | None,
            trained: tuple[Path, ...], tuned: Path | None, cached: bool | None, missing: float, shield: state.Level,
            python: bool, as_json: bool) -> None:
    """Run the run, matrix or course NAME of FILE: play its dialogues, score them, write a report."""
    asked = _Asked(name, data, limit, engine, roles, seed, out, concurrency, shield, python, as_json, partly,
                   trained, tuned)
    _one_thing(file, resume, retry, leaves, asked)
    if estimate and (resume or retry or leaves):
        cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1404", "an estimate is of a run that has not begun",
                                                help="`ped run FILE --estimate`")], as_json=as_json)
    if as_json and events == "-":
        cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1420", "`--json` and `--events -` both write to stdout",
                                                help="write the events to a file: `--events FILE`")], as_json=as_json)
    try:
        place = again.place(leaves, cli.run_folder) if leaves is not None else None
        run = resume or retry or (place.run if place is not None else None)
        program = again.program_folder(run) if run is not None else Path(file or "").parent
        with api.outside(program, python) as evaluate, cli.answers(cached) as answers:
            if place is not None:
                folder, play = _branched(place, file, asked, evaluate, answers)
            elif run is not None:
                folder, play = _taken_up(run, _going_on(run, retry is not None), concurrency, evaluate, answers)
            else:
                new = _new(file or "", asked, evaluate, answers)
                if estimate:
                    _only_estimated(new, as_json=as_json)
                folder, play = new.folder, new.play
            with cli.interruptible(folder), _watched(events, as_json=as_json) as observer:
                play(observer)
                found = api.settle(folder, os.environ, evaluate, observer, answers)
                code = cli.verdict(found, missing)
                observer.finished(code)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if events != "-":
        cli.show_scores(found, folder, as_json=as_json)
    cli.warn_of_missing(found, missing)
    cli.warn_of_agreement(found)
    sys.exit(code)


@dataclass(frozen=True, slots=True)
class _Asked:
    """How a new run was asked for."""

    name: str | None
    data: tuple[str, ...]
    limit: int | None
    engine: str | None
    roles: tuple[str, ...]
    seed: int | None
    out: Path | None
    concurrency: int | None
    shield: state.Level
    python: bool
    as_json: bool
    partly: bool
    trained: tuple[Path, ...] = ()
    tuned: Path | None = None


class _How(TypedDict):
    """How a new run is played, whatever it is of."""

    seed: int
    folder: Path
    concurrency: int | None
    observer: Observer
    shield: state.Level
    answers: Answers | None
    ready: Callable[[Mapping[str, Engine]], object]
    trained: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _New:
    """A new run: what is played, by whom, and where it is kept."""

    asked: _Asked
    plan: plan.Plan
    chosen: plan.Run | plan.Matrix | plan.Course
    where: api.Sources
    told: api.Items
    uris: Mapping[str, str]
    judge: str
    answers: Answers | None
    folder: Path
    trained: Mapping[str, str]

    @property
    def seed(self) -> int:
        return api.work_seed(self.chosen, self.asked.seed)

    def estimate(self, cast: Mapping[str, Engine]) -> Estimate:
        """What it is expected to take. Raises `RunError`, `OSError`."""
        judge = next((cast[who] for who, uri in self.uris.items() if uri == self.judge), None)
        work = estimating.Work(self.plan, courses.lessons_of(self.chosen), self.told.params, self.told.cells, cast,
                               judge, self.seed, self.asked.concurrency, self.asked.shield, self.where.evaluate)
        return estimating.estimate(work, _earlier(self.folder.parent), time.monotonic)

    def play(self, observer: Observer) -> Path:
        """Says what it is expected to take, and plays it. Raises `RunError`."""
        def expect(cast: Mapping[str, Engine]) -> None:
            with suppress(OSError):  # where there is no room, the run says so itself
                found = self.estimate(cast)
                observer.estimated(found)
                self.afford(found)

        how = _How(seed=self.seed, folder=self.folder, concurrency=self.asked.concurrency, observer=observer,
                   shield=self.asked.shield, answers=self.answers, ready=expect, trained=self.trained)
        if isinstance(self.chosen, plan.Course):
            return courses.play(self.plan, self.chosen, self.where, self.uris, self.judge, os.environ,
                                learners=self.asked.limit, **how)
        return api.play(self.plan, self.chosen, self.told, self.where, self.uris, self.judge, os.environ, **how)

    def afford(self, found: Estimate) -> None:
        """Raises `RunError` PED0906 where its budget is too small for all of it; only says so, where a part will do."""
        beyond = words.beyond(found, self.chosen.budget)
        if beyond and self.asked.partly:
            cli.say(beyond)
        elif beyond:
            raise RunError("PED0906", f"`{self.chosen.name}` costs more than it may: {beyond}", place=self.chosen.place,
                           help="play less with `-n`, allow more, or play as far as the budget goes: `--partly`")


def _new(file: str, asked: _Asked, evaluate: Evaluator, answers: Answers | None) -> _New:
    roles = cli.pairs(asked.roles, "--role")
    of = cli.compiled(file, as_json=asked.as_json, python=asked.python).plan
    assert of is not None
    of = cli.with_tuned(of, asked.tuned, as_json=asked.as_json)
    played = {**of.runs, **of.matrices}
    chosen = cli.pick("run", {**played, **of.courses} if asked.name or not played else played, asked.name, file,
                      as_json=asked.as_json)
    where = api.sources(of, Path(file).parent, cli.pairs(asked.data, "--data"), evaluate, python=asked.python)
    trained = brought.digests(asked.trained)
    brought.measurable(of, chosen.score, trained, os.environ)
    told = courses.items(of, chosen, where, asked.limit)
    judge = api.judge_uri(of, chosen.score, roles.pop(api.JUDGE, asked.engine))
    uris = api.engine_uris(of, of.flows[chosen.flow], asked.engine, roles, told.params)
    return _New(asked, of, chosen, where, told, uris, judge, answers, asked.out or api.work_folder(of, chosen),
                trained)


def _only_estimated(new: _New, *, as_json: bool) -> NoReturn:
    """Says what a run is expected to take, and ends the command. Raises `RunError`."""
    try:
        with api.engines(new.uris, os.environ) as cast:
            found = new.estimate(cast)
    except OSError as error:
        raise RunError("PED1405", f"an estimate needs a little room for temporary files: {error}",
                       help="make some, or set TMPDIR to a folder that has it") from None
    if not as_json:
        click.echo(f"{words.count(found.dialogues, 'dialogue')}; {words.expected(found)}")
        new.afford(found)
        sys.exit(cli.FINE)
    beyond = words.beyond(found, new.chosen.budget)
    cli.print_json({"version": 1, "estimate": found, "beyond": beyond})
    sys.exit(cli.NOT_FINE if beyond and not new.asked.partly else cli.FINE)


def _earlier(folder: Path) -> Iterator[Path]:
    """Runs that lie in a folder, the latest first."""
    found = [(path.stat().st_mtime, path.parent) for path in folder.glob(f"*/{FILE_NAME}")]
    yield from (path for _, path in sorted(found, reverse=True))


def _going_on(folder: Path, retry: bool) -> Callable[..., Path]:
    """What plays more of a run: a course goes on in its own order, and tries nothing again. Raises `RunError`."""
    if courses.is_one(folder) and not retry:
        return courses.resume
    return again.retry if retry else again.resume


def _taken_up(folder: Path, again: Callable[..., Path], concurrency: int | None, evaluate: Evaluator,
              answers: Answers | None) -> tuple[Path, Play]:
    """The folder of a run that is there, and what plays more of it."""
    return folder, lambda observer: again(folder, os.environ, concurrency=concurrency, observer=observer,
                                          evaluate=evaluate, answers=answers)


def _branched(place: again.Place, file: str | None, asked: _Asked, evaluate: Evaluator,
              answers: Answers | None) -> tuple[Path, Play]:
    """The folder of a run that leaves another one, and what plays it."""
    of = cli.compiled(file, as_json=asked.as_json, python=asked.python).plan if file is not None else None
    told = click.get_current_context().get_parameter_source("shield") is not ParameterSource.DEFAULT
    folder = asked.out or again.branch_folder(place)
    roles = cli.pairs(asked.roles, "--role")

    def play(observer: Observer) -> object:
        return again.branch(place, asked.engine, roles, os.environ, folder=folder, count=asked.limit or 1,
                            seed=asked.seed, shield=asked.shield if told else None, of=of,
                            concurrency=asked.concurrency, observer=observer, evaluate=evaluate, answers=answers)

    return folder, play


def _one_thing(file: str | None, resume: Path | None, retry: Path | None, leaves: str | None, asked: _Asked) -> None:
    """Stops a command that does not say what to run, or says of a run that goes on how it should be another one."""
    there = [each for each in (resume, retry, leaves) if each is not None]
    fixed = {"--data": asked.data, "--trained": asked.trained, "--tuned": asked.tuned}
    if leaves is None:
        fixed |= {"-n": asked.limit, "--engine": asked.engine, "--role": asked.roles, "--seed": asked.seed,
                  "--out": asked.out}
    wrong = [name for name, said in fixed.items() if there and said not in (None, ())]
    if len(there) > 1 or (file is None and not there) or (file is not None and (resume or retry)):
        found = Diagnostic("PED1404", "say either which file to run, or which run to resume",
                           help="`ped run FILE`, or `ped run` with one of `--resume DIR`, `--retry-failed DIR`, "
                                "`--from RUN:EPISODE:TURN`")
    elif wrong:
        found = Diagnostic("PED1404", f"`{wrong[0]}` cannot be said of a run that is there already",
                           help="leave it out: the run's folder says so")
    else:
        return
    cli.stop(cli.WRONG_COMMAND, [found], as_json=asked.as_json)


@contextmanager
def _watched(events: str | None, *, as_json: bool) -> Iterator[Observer]:
    """Who is told how the run gets on: people, and a file of events where one was asked for."""
    with ExitStack() as stack:
        file = stack.enter_context(_events(events)) if events is not None else None
        spans = stack.enter_context(_spans())
        people = stack.enter_context(progress.shown(cli.say, time.monotonic, piped=as_json or events == "-"))
        yield Together([each for each in (file, spans, people) if each is not None])


@contextmanager
def _events(file: str) -> Iterator[Observer]:
    """Writes events to a file, after those that are there, or to stdout."""
    def refused(why: str) -> None:
        cli.say(f"no more events: `{file}` cannot be written: {why.lower()}; the run goes on")

    with _opened(file) as opened:
        writer = Events(opened, time.monotonic, refused)
        with _told_why(writer.stopped):
            yield writer


@contextmanager
def _told_why(stopped: Callable[[str], None]) -> Iterator[None]:
    """Tells why a run could not go on: a code, or that it was interrupted."""
    try:
        yield
    except RunError as error:
        stopped(error.code)
        raise
    except KeyboardInterrupt:
        stopped("interrupted")
        raise


@contextmanager
def _spans() -> Iterator[Observer | None]:
    """Sends spans where an endpoint is set and the library is installed; else there is nobody."""
    wanted = any(os.environ.get(name) for name in ENDPOINTS) and os.environ.get("OTEL_SDK_DISABLED", "") != "true"
    if not wanted or importlib.util.find_spec("opentelemetry") is None:
        yield None
        return
    try:
        from pedalang.watching import otel
    except ModuleNotFoundError:  # a part of it is there: another program's
        yield None
        return
    spans = otel.opened(time.time_ns, os.environ)
    try:
        with _told_why(spans.failed):
            yield spans
    finally:
        lost = spans.close()
        if lost:
            cli.say(f"{words.count(lost, 'span')} could not be sent to the endpoint that {ENDPOINTS[0]} names")


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    """Raises `RunError` PED1405 for a file that cannot be written or holds something else."""
    if file == "-":
        yield sys.stdout.buffer
        return
    path = Path(file)
    try:
        if path.is_file():
            with path.open("rb") as before:
                if before.read(1) not in (b"", b"{"):
                    raise RunError("PED1405", f"`{file}` holds something else than events", help="name another file")
        opened = path.open("ab")
    except OSError as error:
        raise RunError("PED1405", f"`{file}` cannot be written: {(error.strerror or 'unknown reason').lower()}",
                       help="name another file") from None
    try:
        yield opened
    finally:
        with suppress(OSError):  # a full disk: that was said
            opened.close()
