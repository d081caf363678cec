"""The verbs put together, for the command line and for Python: a program's file, its data, a run, its scores, a report.

Each function is one step on the way; what goes wrong is raised as `RunError`, and nothing is printed.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from pedalang import diagnostic, journal, plan
from pedalang.exchange import dataset, retelling, tables, transcript
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import run as runs
from pedalang.runtime.engines import opening
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError, JournalError, RunError
from pedalang.runtime.pool import Observer
from pedalang.study import predicates, score, scores
from pedalang.study.report import page

DEFAULT_ENGINE = "llama:"
JUDGE = "judge"
"""Whom an address answers for, besides the cast."""
SCORES_NAME = "scores.json"
RECORDED = "recorded"
"""The folder inside a run's that holds the recorded dialogues shown beside it."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a program's data sets lie. The declared hash does not count for those `replaced` by files of the user."""

    paths: Mapping[str, Path]
    replaced: frozenset[str]


@dataclass(frozen=True, slots=True)
class Items:
    """What the dialogues of a run are about: the flow's parameters for each, the rows they came from, the hash."""

    params: list[dict[str, Value]]
    rows: list[dict[str, Value]]
    places: list[int]
    """The rows' own in their file, from 0."""
    dataset: str
    sha256: str


def sources(of: plan.Plan, folder: Path, given: Mapping[str, str]) -> Sources:
    """The paths of all data sets: beside the program, or as given. Raises `RunError` for a name that is none."""
    for name in given:
        if name not in of.datasets:
            raise RunError("PED1407", f"the program has no dataset `{name}`",
                           help=diagnostic.did_you_mean(name, of.datasets)
                           or f"it has {', '.join(of.datasets) or 'none'}")
    paths = {name: Path(given[name]) if name in given else _own(each, folder) for name, each in of.datasets.items()}
    return Sources(paths, frozenset(given))


def _own(declared: plan.Dataset, folder: Path) -> Path:
    """The path of a program's own data. Raises `RunError` where a link leads out of the program's folder."""
    path = folder / declared.path
    if not tables.inside(folder, path):
        raise RunError("PED0812", f"`{declared.path}` leads out of the program's folder", place=declared.place,
                       help=f"say where the data is: `--data {declared.name}=PATH`")
    return path


def items(of: plan.Plan, flow: str, selection: plan.Selection, where: Sources, limit: int | None = None) -> Items:
    """The items that a selection means, of a flow with one parameter that has no default; for a flow that begins in the
    middle of a recorded dialogue, also its turns. Raises `DataError`."""
    declared = of.datasets[selection.dataset]
    if declared.name in where.replaced:
        declared = replace(declared, sha256="")
    loaded = dataset.load(declared, of.records, where.paths[declared.name], Evaluator())
    (param,) = [name for name in of.flows[flow].params if name not in of.flows[flow].defaults]
    chosen = dataset.select(loaded, selection, declared, limit)
    rows, places = [loaded.raw[at] for at, _ in chosen], [at for at, _ in chosen]
    params: list[dict[str, Value]] = [{param: record} for _, record in chosen]
    if of.flows[flow].given is not None and declared.transcripts:
        for item, turns in zip(params, transcript.dialogues(declared.transcripts, rows, places), strict=True):
            item[plan.GIVEN] = tuple({"speaker": turn.speaker, "text": turn.text, "move": turn.move} for turn in turns)
    return Items(params, rows, places, declared.name, loaded.sha256)


def engine_uris(of: plan.Plan, flow: plan.Flow, default: str | None, given: Mapping[str, str]) -> dict[str, str]:
    """Who answers for each member of the cast: as given, else the default that was asked for, else the role's model,
    else the embedded engine. Raises `RunError` for a name that nobody is cast under."""
    for name in given:
        if name not in flow.cast:
            raise RunError("PED1408", f"nobody is cast as `{name}` in the flow `{flow.name}`",
                           help=diagnostic.did_you_mean(name, flow.cast) or f"the cast is {', '.join(flow.cast)}")
    return {who: given.get(who) or default or (of.models[role.model].engine if role.model else DEFAULT_ENGINE)
            for who, role in flow.cast.items()}


def open_engines(uris: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Engine]:
    """The engines of a cast, each address opened once. `environment` holds the keys. Raises `EngineError`."""
    opened: dict[str, Engine] = {}
    return {who: opened.get(uri) or opened.setdefault(uri, opening.open_engine(uri, environment))
            for who, uri in uris.items()}


@contextmanager
def engines(uris: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[dict[str, Engine]]:
    """The same, closed at the end."""
    opened = open_engines(uris, environment)
    try:
        yield opened
    finally:
        for engine in {id(each): each for each in opened.values()}.values():
            asyncio.run(engine.close())


def cast_engines(of: plan.Plan, flow: plan.Flow, default: str | Engine | None, given: Mapping[str, str | Engine],
                 environment: Mapping[str, str]) -> dict[str, Engine]:
    """The engines of a cast from addresses and engines that are open already. Raises `RunError`."""
    asked = {who: given.get(who, default) for who in flow.cast}
    ready = {who: each for who, each in asked.items() if each is not None and not isinstance(each, str)}
    uris = engine_uris(of, flow, default if isinstance(default, str) else None,
                       {who: each if isinstance(each, str) else "" for who, each in given.items()})
    return {**open_engines({who: uri for who, uri in uris.items() if who not in ready}, environment), **ready}


def named(kind: str, known: Mapping[str, object], name: str) -> str:
    """The name of a declaration, or that of the only one. Raises `RunError` PED1403."""
    if name in known or (not name and len(known) == 1):
        return name or next(iter(known))
    what = f"no {kind} named `{name}`" if name else f"more than one {kind}" if known else f"no {kind}"
    raise RunError("PED1403", f"the program declares {what}",
                   help=diagnostic.did_you_mean(name, known) or (f"there is: {', '.join(known)}" if known else ""))


def new_folder(root: Path, stem: str) -> Path:
    """A folder for a run that is not there yet: `runs/fractions-demo-1`, or the next number."""
    number = 1
    while (root / f"{stem}-{number}").exists():
        number += 1
    return root / f"{stem}-{number}"


def judge_uri(of: plan.Plan, rubric: str, given: str | None) -> str:
    """Who judges: as asked for, else the model that the rubric's judges and the predicates of contracts name, else the
    embedded engine. Raises `RunError` where they name different models."""
    judges = [each.judge for each in of.rubrics[rubric].criteria if each.judge] if rubric else []
    asked = [each for contract in of.contracts.values() for clause in contract.clauses
             for each in plan.judged(clause.formula)]
    named = sorted({judge.model for judge in (*judges, *asked) if judge.model})
    if given is None and len(named) > 1:
        raise RunError("PED1410", f"the judges of `{rubric}` name more than one model: {', '.join(named)}",
                       help="say who judges this time: `--role judge=URI`")
    return given or (of.models[named[0]].engine if named else DEFAULT_ENGINE)


def measurable(of: plan.Plan, rubric: str) -> None:
    """Raises `RunError` for a rubric whose total could be had in no dialogue: a criterion that counts in it, or is its
    gate, cannot be measured yet."""
    for each in of.rubrics[rubric].criteria if rubric else ():
        if (each.human or each.model) and (each.weight or each.gate):
            by = "human" if each.human else "model"
            raise RunError("PED0901", f"`{each.name}` counts in the rubric `{rubric}`, and a criterion by {by} cannot "
                           "be measured yet", place=each.place, help="give it `weight 0`, and take `gate` away")


def play(of: plan.Plan, chosen: plan.Run, told: Items, where: Sources, uris: Mapping[str, str], judge: str,
         environment: Mapping[str, str], *, seed: int, folder: Path, concurrency: int | None = None,
         observer: Observer | None = None) -> Path:
    """Plays a run's dialogues into a new folder. Its journal keeps what `resume` and `settle` need: who answers, who
    judges, and where the recorded dialogues are that are shown beside it. Raises `RunError`."""
    beside = str(where.paths[of.observes[chosen.beside].data.dataset].resolve()) if chosen.beside else ""
    options = {"engines": dict(uris), "judge": judge, "beside": beside}
    with engines(uris, environment) as cast:
        return runs.run(of, chosen.name, told.params, cast, seed=seed, folder=folder, concurrency=concurrency,
                        observer=observer, data={told.dataset: told.sha256}, options=options)


class Sent(NamedTuple):
    """What was sent to an engine, and for which member of the cast (or the judge)."""

    who: str
    request: Request


class _Recording:
    """An engine that notes what it is asked for a member before another answers."""

    def __init__(self, who: str, engine: Engine, sent: list[Sent]) -> None:
        self._who, self._engine, self._sent = who, engine, sent
        self.name, self.abilities = engine.name, engine.abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self._sent += [Sent(self._who, request) for request in requests]
        return await self._engine.answer(requests)

    async def close(self) -> None:
        await self._engine.close()


def rehearse(of: plan.Plan, chosen: plan.Run, item: dict[str, Value], uri: str, environment: Mapping[str, str], *,
             seed: int) -> list[Sent]:
    """What a run sends to engines in the dialogue about one item, judges included, in order. Nothing is kept. Raises
    `RunError`."""
    sent: list[Sent] = []
    with engines({"": uri}, environment) as opened, tempfile.TemporaryDirectory() as folder:
        cast = {who: _Recording(who, opened[""], sent) for who in of.flows[chosen.flow].cast}
        runs.run(of, chosen.name, [item], cast, seed=seed, folder=Path(folder))
        _, events = read_run(Path(folder))
        score.score(of, events, chosen.score, _Recording(JUDGE, opened[""], sent))
        events.close()
    return sent


def resume(folder: Path, environment: Mapping[str, str], *, concurrency: int | None = None,
           observer: Observer | None = None) -> Path:
    """Goes on with a run that was stopped, with the engines that it began with. Raises `RunError`."""
    _, events = read_run(folder)
    uris = events.header.options.get("engines", {})
    events.close()
    with engines(uris, environment) as cast:
        return runs.resume(folder, cast, concurrency=concurrency, observer=observer)


def observe(of: plan.Plan, chosen: plan.Observe, told: Items, folder: Path) -> Path:
    """Recorded dialogues as a run folder. Raises `DataError` for a row that holds none."""
    form = of.datasets[chosen.data.dataset].transcripts
    recorded = transcript.dialogues(form, told.rows, told.places)
    params = [{name: value for name, value in item.items() if name != plan.GIVEN} for item in told.params]
    return retelling.observe(of, chosen.name, list(zip(params, recorded, strict=True)), folder,
                             data={told.dataset: told.sha256})


def read_run(folder: Path) -> tuple[plan.Plan, journal.Journal]:
    """The plan and journal of a run folder. Raises `JournalError` PED1210."""
    try:
        return plan.from_json((folder / "plan.json").read_bytes()), journal.open_journal(folder)
    except (OSError, plan.PlanError, journal.JournalFormatError) as error:
        raise JournalError("PED1210", f"{folder} holds no run: {error}",
                           help="name the folder of a run, as it was printed when the run began") from None


def settle(folder: Path, environment: Mapping[str, str]) -> scores.Scores:
    """Scores a run that has been played, sets recorded dialogues beside it where the program says so, and writes
    `scores.json` and `report.html`."""
    of, events = read_run(folder)
    try:
        found = _scored(of, events, environment)
        beside = events.header.options.get("beside")
        if beside:
            found = scores.beside(found, _recorded(of, events, Path(beside), folder / RECORDED))
    finally:
        events.close()
    (folder / SCORES_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    page.write(folder)
    return found


def _scored(of: plan.Plan, events: journal.Journal, environment: Mapping[str, str]) -> scores.Scores:
    named: Any = (of.observes if events.header.kind == "observe" else of.runs).get(events.header.run)
    rubric = named.score if named is not None else ""
    scored = of.rubrics[rubric] if rubric else plan.Rubric("", events.header.flow, ())
    if not predicates.asked(of, events.header, scored) and not any(each.judge for each in scored.criteria):
        return score.score(of, events, rubric)
    with engines({JUDGE: judge_uri(of, rubric, events.header.options.get("judge"))}, environment) as opened:
        return score.score(of, events, rubric, opened[JUDGE])


def _recorded(of: plan.Plan, events: journal.Journal, path: Path, folder: Path) -> scores.Scores:
    """The scores of the recorded dialogues of the same problems."""
    chosen = of.observes[of.runs[events.header.run].beside]
    told = items(of, chosen.flow, of.runs[events.header.run].data,
                 Sources({chosen.data.dataset: path}, frozenset({chosen.data.dataset})), events.header.episodes)
    if not (folder / journal.FILE_NAME).exists():
        observe(of, chosen, told, folder)
    _, recorded = read_run(folder)
    try:
        return score.score(of, recorded, chosen.score)
    finally:
        recorded.close()
