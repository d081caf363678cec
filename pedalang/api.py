"""The verbs put together, for the command line and for Python: a program's file, its data, a run, its scores, a report.

Each function is one step on the way; what goes wrong is raised as `RunError`, and nothing is printed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from pedalang import diagnostic, journal, material, plan
from pedalang.exchange import redacting, retelling, transcript
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.material import Items as Items
from pedalang.material import Sources as Sources
from pedalang.material import items as items
from pedalang.material import matrix_items as matrix_items
from pedalang.material import outside as outside
from pedalang.material import run_items as run_items
from pedalang.material import sources as sources
from pedalang.material import work_items as work_items
from pedalang.rating import keeping
from pedalang.rating.items import Item
from pedalang.rating.items import items as items_to_rate
from pedalang.runtime import folder as folders
from pedalang.runtime import run as runs
from pedalang.runtime.cache import Answers
from pedalang.runtime.engines import opening
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import state
from pedalang.runtime.errors import RunError
from pedalang.runtime.pool import Observer
from pedalang.study import brought, failures, gains, matrix, pairwise, predicates, score, scores, validated
from pedalang.study.given import Given, Place, Rating
from pedalang.study.report import data, page

DEFAULT_ENGINE = "llama:"
JUDGE = "judge"
"""Whom an address answers for, besides the cast."""
SCORES_NAME = "scores.json"
RECORDED = "recorded"
"""The folder inside a run's that holds the recorded dialogues shown beside it."""


def engine_uris(of: plan.Plan, flow: plan.Flow, default: str | None, given: Mapping[str, str],
                params: Sequence[Mapping[str, Value]] = ()) -> dict[str, str]:
    """Who answers for each member of the cast: as given, else the default that was asked for, else the role's model,
    else the embedded engine; for a role whose model is a parameter of the flow, one for each model that the items name.
    Raises `RunError` for a name that nobody is cast under."""
    for name in given:
        if name not in flow.cast:
            raise RunError("PED1408", f"nobody is cast as `{name}` in the flow `{flow.name}`",
                           help=diagnostic.did_you_mean(name, flow.cast) or f"the cast is {', '.join(flow.cast)}")
    found: dict[str, str] = {}
    for who, role in flow.cast.items():
        asked = given.get(who) or default
        for key, model in _models_of(flow, who, role.model, params):
            found[key] = asked or (of.models[model].engine if model else DEFAULT_ENGINE)
    return found


def _models_of(flow: plan.Flow, who: str, model: str, params: Sequence[Mapping[str, Value]]) -> list[tuple[str, str]]:
    """What a member's engines are called, and the model of each."""
    if flow.params.get(model) != state.MODEL:
        return [(who, model)]
    default = flow.defaults.get(model)
    own = material.constant(default, flow.place) if default is not None else None
    used = dict.fromkeys(item.get(model, own) for item in params if item.get(model, own))
    return [(state.varied(who, each), each) for each in used] or [(who, "")]


def open_engines(uris: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Engine]:
    """The engines of a cast, each address opened once. `environment` holds the keys. Raises `EngineError`."""
    opened: dict[str, Engine] = {}
    return {who: opened.get(uri) or opened.setdefault(uri, opening.open_engine(uri, environment))
            for who, uri in uris.items()}


@contextmanager
def engines(uris: Mapping[str, str], environment: Mapping[str, str],
            answers: Answers | None = None) -> Iterator[dict[str, Engine]]:
    """The same, closed at the end; behind a cache of answers, where there is one."""
    opened = open_engines(uris, environment)
    try:
        yield _behind(answers, opened) if answers else opened
    finally:
        for engine in {id(each): each for each in opened.values()}.values():
            asyncio.run(engine.close())


def _behind(answers: Answers, opened: Mapping[str, Engine]) -> dict[str, Engine]:
    """Members with the same engine keep the same one, so that it is asked for all of them together."""
    behind = {id(engine): answers.around(engine) for engine in opened.values()}
    return {who: behind[id(engine)] for who, engine in opened.items()}


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


def work_folder(of: plan.Plan, chosen: plan.Run | plan.Matrix | plan.Course) -> Path:
    """Where a run is kept that is given no folder: under `runs`, or where the matrix says."""
    if isinstance(chosen, plan.Matrix) and chosen.save:
        return new_folder(Path(chosen.save).parent, Path(chosen.save).name)
    return new_folder(Path("runs"), f"{of.program}-{chosen.name}")


def work_seed(chosen: plan.Run | plan.Matrix | plan.Course, given: int | None) -> int:
    """The seed of a run: as given, else its own, else 0."""
    own = None if isinstance(chosen, plan.Matrix) else chosen.seed
    return given if given is not None else own or 0


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


def play(of: plan.Plan, chosen: plan.Run | plan.Matrix, told: Items, where: Sources, uris: Mapping[str, str],
         judge: str, environment: Mapping[str, str], *, seed: int, folder: Path, concurrency: int | None = None,
         observer: Observer | None = None, shield: state.Level = "full", answers: Answers | None = None,
         ready: Callable[[Mapping[str, Engine]], object] | None = None,
         trained: Mapping[str, str] | None = None) -> Path:
    """Plays a run's dialogues into a new folder. Its journal keeps what `resume` and `settle` need: who answers, who
    judges, what was trained, and where the recorded dialogues are that are shown beside it. `shield` as in a run;
    `ready` is called with the engines before the first dialogue. Raises `RunError`."""
    recorded = chosen.beside if isinstance(chosen, plan.Run) else ""
    beside = str(where.paths[of.observes[recorded].data.dataset].resolve()) if recorded else ""
    said = {"engines": dict(uris), "judge": judge, "beside": beside, "python": where.python}
    with engines(uris, environment, answers) as cast:
        judging = next((cast[who] for who, uri in uris.items() if uri == judge), None)
        if judging is not None and _judged(of, chosen.score):
            _forbid_own(of, chosen.name, judging, {who: engine.name for who, engine in cast.items()})
        if ready is not None:
            ready(cast)
        return runs.run(of, chosen.name, told.params, cast, seed=seed, folder=folder, concurrency=concurrency,
                        observer=observer, data=told.data, options=said | brought.option(trained), cells=told.cells,
                        evaluate=where.evaluate, shield=shield)


def observe(of: plan.Plan, chosen: plan.Observe, told: Items, folder: Path, judge: str = "",
            evaluate: Evaluator | None = None, trained: Mapping[str, str] | None = None) -> Path:
    """Recorded dialogues as a run folder; `judge` is who judges them, where it was said. Raises `DataError` for a row
    that holds none."""
    recorded = transcript.dialogues(told.form, told.rows, told.places)
    params = [{name: value for name, value in item.items() if name != plan.GIVEN} for item in told.params]
    return retelling.observe(of, chosen, list(zip(params, recorded, strict=True)), folder,
                             data=told.data, evaluate=evaluate,
                             options=({"judge": judge} if judge else {}) | brought.option(trained))


def read_run(folder: Path) -> tuple[plan.Plan, journal.Journal]:
    """The plan and journal of a run folder, for reading. Raises `JournalError`: PED1210 where there is no run, PED1216
    for one of a later version, PED1223 for one that was stopped before it began."""
    return folders.reading(folder, journal.open_journal)


def reopen_run(folder: Path) -> tuple[plan.Plan, journal.Journal]:
    """The same, to write judges' answers to it."""
    return folders.reading(folder, journal.reopen)


def settle(folder: Path, environment: Mapping[str, str], evaluate: Evaluator | None = None,
           observer: Observer | None = None, answers: Answers | None = None) -> scores.Scores:
    """Scores a played run, recorded dialogues beside it where the program says so; writes `scores.json` and a page.
    Raises `RunError`: PED1206 while another process writes the run."""
    with folders.alone(folder):
        of, events = read_run(folder)
        if redacting.OPTION in events.header.options and (folder / SCORES_NAME).is_file():
            events.close()
            page.write(folder)
            return scores.from_json((folder / SCORES_NAME).read_bytes())
        if _asks(of, events):
            events.close()
            of, events = reopen_run(folder)
        try:
            given = brought.given(of, events.header, Given(
                _ratings(folder, of, events, evaluate or Evaluator()), judges=validated.own(folder)), environment)
            found = _scored(of, events, environment, evaluate, observer, answers, given)
            if events.header.run in of.matrices:
                found = matrix.told(found, events.episodes(), of.matrices[events.header.run])
            if events.header.run in of.observes:
                found = matrix.told_by_fields(found, events.episodes(), of.observes[events.header.run])
            beside = events.header.options.get("beside")
            if beside:
                found = scores.beside(found, _recorded(of, events, Path(beside), folder / RECORDED))
            found = replace(found, failures=failures.grouped(events.endings()),
                            journal=journal.digest(journal.canonical(events)))
        finally:
            events.close()
        folders.write(folder / SCORES_NAME, scores.to_json(found))
        page.write(folder)
        data.write(folder, found)
    return found


def rated_items(folder: Path, evaluate: Evaluator) -> list[Item]:
    """What people can rate in a run. Raises `RunError`: PED1467 for a redacted copy, whose words are others."""
    of, events = read_run(folder)
    try:
        if redacting.OPTION in events.header.options:
            raise RunError("PED1467", f"{folder} is a redacted copy, and keeps the scores that it came with",
                           help="have the run itself rated")
        rubric = _rubric(of, events)
        return items_to_rate(of, events, of.rubrics[rubric], evaluate) if rubric else []
    finally:
        events.close()


def _ratings(folder: Path, of: plan.Plan, events: journal.Journal,
             evaluate: Evaluator) -> Mapping[Place, Sequence[Rating]]:
    """What people said on sheets about a run that is open."""
    kept, rubric = keeping.load(folder), _rubric(of, events)
    if not kept.ratings or not rubric:
        return {}
    return keeping.by_place(kept, items_to_rate(of, events, of.rubrics[rubric], evaluate))


def _asks(of: plan.Plan, events: journal.Journal) -> bool:
    """Whether scoring a run asks a judge."""
    rubric = _rubric(of, events)
    scored = of.rubrics[rubric] if rubric else plan.Rubric("", events.header.flow, ())
    return bool(predicates.asked(of, events.header, scored)) or any(each.judge for each in scored.criteria)


def _rubric(of: plan.Plan, events: journal.Journal) -> str:
    named = plan.work(of, events.header.run)
    return named.score if named is not None else ""


def _scored(of: plan.Plan, events: journal.Journal, environment: Mapping[str, str],
            evaluate: Evaluator | None, observer: Observer | None, answers: Answers | None,
            given: Given) -> scores.Scores:
    rubric, course = _rubric(of, events), of.courses.get(events.header.run)

    def by(engine: Engine | None) -> scores.Scores:
        if course is None:
            return score.score(of, events, rubric, engine, evaluate, observer, given)
        return gains.scored(of, events, course, lambda program, episodes: score.score(
            program, events, rubric, engine, evaluate, observer, given, episodes))

    if not _asks(of, events):
        return by(None)
    judge = judge_uri(of, rubric, events.header.options.get("judge"))
    with engines({JUDGE: judge}, environment, answers) as opened:
        _forbid_own(of, events.header.run, opened[JUDGE], events.header.engines)
        found = by(opened[JUDGE])
        chosen = of.matrices.get(events.header.run)
        if chosen is None or not rubric:
            return found
        pairs = asyncio.run(pairwise.compared(chosen, events, of.flows[chosen.flow], of.rubrics[rubric].criteria,
                                              found.dialogues, opened[JUDGE], evaluate or Evaluator()))
        return replace(found, pairs=pairs)


def _judged(of: plan.Plan, rubric: str) -> bool:
    return bool(rubric) and any(each.judge for each in of.rubrics[rubric].criteria)


def _forbid_own(of: plan.Plan, run: str, judge: Engine, speaking: Mapping[str, str]) -> None:
    """Raises `RunError` PED0907 where a matrix forbids that a model judges itself, and one of these engines, by their
    names, has the judge's model. What has no model judges nobody's words as its own."""
    chosen = of.matrices.get(run)
    if chosen is None or chosen.self_judging != "forbid" or not judge.model:
        return
    own = [who for who, name in speaking.items()
           if name == judge.name or name.endswith((f"#{judge.model}", f":{judge.model}"))]
    if own:
        raise RunError("PED0907", f"{judge.name} would judge dialogues that it speaks in, as `{own[0]}`",
                       help="let another model judge: `--role judge=URI`", place=chosen.place)


def _recorded(of: plan.Plan, events: journal.Journal, path: Path, folder: Path) -> scores.Scores:
    """The scores of the recorded dialogues of the same problems."""
    chosen = of.observes[of.runs[events.header.run].beside]
    played = of.runs[events.header.run]
    told = items(of, chosen.flow, played.data, Sources({chosen.data.dataset: path}, frozenset({chosen.data.dataset})),
                 events.header.episodes // played.repeat, row=played.row)
    if not (folder / journal.FILE_NAME).exists():
        observe(of, chosen, told, folder)
    _, recorded = read_run(folder)
    try:
        return score.score(of, recorded, chosen.score)
    finally:
        recorded.close()
