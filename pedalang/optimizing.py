"""An optimization of a program: data found and held apart, engines opened, the search, the best beside the program as
it was on what neither has seen, the artefact.

All that it does lies in one folder. Started again with the same folder it goes the same way, finds what is there, and
goes on where it was stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from pedalang import api, material, plan, reading
from pedalang.overlay import Tuned
from pedalang.runtime import cache
from pedalang.runtime import folder as folders
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.errors import RunError
from pedalang.study import optimizers
from pedalang.study.tuning import control, keeping, ordering, outcome, page, rollouts
from pedalang.study.tuning.artefacts import TUNED as TUNED
from pedalang.study.tuning.ledger import Candidate, Ledger
from pedalang.study.tuning.outcome import Outcome
from pedalang.study.tuning.rivals import rivals
from pedalang.study.tuning.rollouts import Item, Rollout, Stage
from pedalang.study.tuning.spending import Counted, Spending, Stopped
from pedalang.study.tuning.task import AS_WRITTEN, Task, Watcher

HEADER_NAME = "optimization.json"
MONITOR = "monitor"
"""Whom an address answers for, besides the cast and the judge: who judges what the metric is held against."""
WRITER = "writer"
"""Whom an address answers for, besides the cast and the judge: who writes prompts."""
HELD_BACK = 3
"""Where no dev set is named, every so manyth row of the training set is one."""


class Header(Struct, frozen=True):
    """What a folder was begun with: another tuning does not go on in it."""

    plan: str
    name: str
    seed: int
    engines: dict[str, str]
    data: dict[str, str]


@dataclass(frozen=True, slots=True)
class Problems:
    """What dialogues are about, held apart, and the hash of each file that was read."""

    train: Sequence[Item]
    dev: Sequence[Item]
    test: Sequence[Item]
    data: Mapping[str, str]


def optimize(of: plan.Plan, chosen: plan.Optimize, where: material.Sources, uris: Mapping[str, str],
             environment: Mapping[str, str], folder: Path, *, clock: Callable[[], float],
             before: Mapping[str, Tuned] | None = None, watcher: Watcher | None = None,
             warn: Callable[[str], None] = lambda text: None) -> Outcome:
    """Tunes a program into a folder, or goes on there. `uris` answer for the cast, for `judge` and for `writer`;
    `clock` is monotonic, in seconds; what was found `before` is tried first. Raises `RunError`: PED1320 for a folder of
    another tuning, PED1324 for a row that is in two of its sets, PED1325 where there is no such method."""
    told = problems(of, chosen, where)
    try:
        search = optimizers.load(chosen.method)
    except KeyError:
        raise RunError("PED1325", f"there is no method `{chosen.method}`", place=chosen.place,
                       help=f"there is {', '.join(optimizers.names())}") from None
    if chosen.curriculum and chosen.method not in ordering.METHODS:
        raise RunError("PED1360", f"`{chosen.method}` has no use for the curriculum `{chosen.curriculum}`: it looks at "
                       "all problems", place=chosen.place,
                       help=f"leave `curriculum:` out, or tune by {' or '.join(ordering.METHODS)}")
    folder.mkdir(parents=True, exist_ok=True)
    with folders.alone(folder), _opened(of, uris, environment, folder, chosen.budget, warn, clock) as (engines, spent):
        cast = {who: engines[who] for who in of.flows[chosen.flow].cast}
        _begin(folder, Header(plan.digest(of), chosen.name, chosen.seed,
                              {who: each.name for who, each in engines.items()}, dict(told.data)))
        stage = Stage(chosen, cast, engines.get(api.JUDGE), where.evaluate, engines.get(MONITOR))
        kept = Ledger(folder)
        try:
            task = Task(of, chosen, told.train, told.dev, stage, engines[WRITER], spent, kept, folder,
                        page.Growing(watcher or Watcher(), told.data))
            return _searched(task, search, told, before or {})
        finally:
            kept.close()


def loaded(of: plan.Plan, chosen: plan.Optimize, beside: Path) -> dict[str, Tuned]:
    """What was found before: `load:` of the optimization, by its path from the program's folder. Raises `DataError`."""
    if not chosen.load:
        return {}
    folder = next((each for each in (beside / chosen.load / TUNED, beside / chosen.load) if each.is_dir()),
                  beside / chosen.load)
    return {f"from {chosen.load}": keeping.fitting(of, folder).tuned}


def problems(of: plan.Plan, chosen: plan.Optimize, where: material.Sources) -> Problems:
    """The rows of the three sets as the flow's parameters. Raises `DataError`, and `RunError` PED1324 for a row that
    stands in two of them."""
    given = {name: material.constant(expr, chosen.place) for name, expr in chosen.arguments.items()}
    data: dict[str, str] = {}
    found: dict[str, list[Item]] = {}
    for name, selection in (("trainset", chosen.train), ("devset", chosen.dev), ("testset", chosen.test)):
        found[name] = []
        if selection is not None:
            told = material.items(of, chosen.flow, selection, where, row=chosen.row)
            found[name] = [{**item, **given} for item in told.params]
            data |= told.data
    if chosen.dev is None:
        found["devset"] = found["trainset"][::HELD_BACK]
        found["trainset"] = [item for at, item in enumerate(found["trainset"]) if at % HELD_BACK]
    _apart(found, chosen)
    return Problems(found["trainset"], found["devset"], found["testset"], data)


def _apart(sets: Mapping[str, Sequence[Item]], chosen: plan.Optimize) -> None:
    """Raises `RunError` where a problem is in two sets: what is measured on it would be known by heart."""
    seen: dict[str, str] = {}
    for name, items in sets.items():
        own = {rollouts.key(item): item for item in items}
        for key in own:
            if key in seen:
                raise RunError("PED1324", f"a row of `{name}:` of `{chosen.name}` is in `{seen[key]}:` too: "
                               f"{key[:120]}", place=chosen.place,
                               help="take other rows, or take the double one out of the data")
        seen |= dict.fromkeys(own, name)
        if not items and name != "testset":
            raise RunError("PED1324", f"`{name}:` of `{chosen.name}` has no rows", place=chosen.place,
                           help="select some")


def uris(of: plan.Plan, chosen: plan.Optimize, default: str | None, given: Mapping[str, str]) -> dict[str, str]:
    """Who answers for the cast, for `judge`, `monitor` and `writer`. By default the writer is who speaks for the first
    member that is tuned. Raises `RunError`."""
    flow = of.flows[chosen.flow]
    cast = {who: uri for who, uri in given.items() if who not in (api.JUDGE, MONITOR, WRITER)}
    found = api.engine_uris(of, flow, default, cast)
    rubric = of.rubrics[chosen.rubric]
    if any(each.judge for each in rubric.criteria):
        found[api.JUDGE] = api.judge_uri(of, chosen.rubric, given.get(api.JUDGE))
    if chosen.monitor and any(each.judge for each in of.rubrics[chosen.monitor].criteria):
        found[MONITOR] = api.judge_uri(of, chosen.monitor, given.get(MONITOR))
    owners = {slot.owner for slot in chosen.tune}
    tuned = [who for who, role in flow.cast.items() if role.name in owners or owners & role.moves.keys()]
    found[WRITER] = given.get(WRITER) or found[(tuned or list(flow.cast))[0]]
    return found


@contextmanager
def _opened(of: plan.Plan, uris: Mapping[str, str], environment: Mapping[str, str], folder: Path, budget: plan.Budget,
            warn: Callable[[str], None],
            clock: Callable[[], float]) -> Iterator[tuple[dict[str, Engine], Spending]]:
    """Engines behind the folder's own cache of answers, counted."""
    spent = Spending(budget, clock)
    with cache.opened(folder, warn) as answers:
        opened = api.open_engines(uris, environment)
        try:
            counted = {id(each): Counted(answers.around(each), spent) for each in opened.values()}
            yield {who: counted[id(each)] for who, each in opened.items()}, spent
        finally:
            for engine in {id(each): each for each in opened.values()}.values():
                asyncio.run(engine.close())


def _begin(folder: Path, header: Header) -> None:
    path = folder / HEADER_NAME
    text = msgspec.json.format(msgspec.json.encode(header, order="deterministic"), indent=1) + b"\n"
    if path.exists() and reading.regular(path, 1_000_000) != text:
        raise RunError("PED1320", f"`{folder}` was begun with another program, data, seed or engine",
                       help="tune into another folder: `--out DIR`")
    folders.write(path, text)


def _searched(task: Task, search: optimizers.Search, told: Problems, before: Mapping[str, Tuned]) -> Outcome:
    stopped = ""
    task.watcher.began(task)
    task.tried(AS_WRITTEN, how="as written")
    for how, tuned in before.items():
        task.tried(tuned, how=how)
    try:
        search(task)
    except Stopped as error:
        stopped = str(error)
    task.watcher.finished(stopped)
    plain = None
    if task.chosen.curriculum:
        task.watcher.follows("the same search without the curriculum")
        plain = control.searched(task, search)
    others = {**({control.NAME: plain[1]} if plain else {}), **rivals(task)}
    found = msgspec.structs.replace(
        outcome.so_far(task, told.data), test=_tested(task, task.best, told.test, others), stopped=stopped,
        control=plain[0] if plain else None)
    found = msgspec.structs.replace(found, artefact=_keep(task, task.best, found))
    folders.write(task.folder / outcome.FILE_NAME, outcome.to_json(found))
    folders.write(task.folder / page.FILE_NAME, page.html(found, task.of).encode())
    return found


def _tested(task: Task, best: Candidate, items: Sequence[Item],
            others: Mapping[str, Tuned]) -> outcome.Tested | None:
    """The program as written, the best candidate and its rivals (`others`) on the test set; what that takes is no part
    of the budget."""
    if not items:
        return None

    task.watcher.follows(f"the test, on {len(items):,} problem{'s' * (len(items) != 1)} that no search has seen")

    def played(tuned: Tuned, name: str) -> Sequence[Rollout]:
        folder = task.folder / rollouts.FOLDER / f"test-{name.replace(': ', '-').replace(' ', '-')}"
        return rollouts.play(task.applied(tuned), task.stage, items, folder, task.seed)

    written = played(AS_WRITTEN, "written")
    tuned = written if best.tuned == AS_WRITTEN else played(best.tuned, "tuned")
    return outcome.tested(written, tuned, {name: played(each, name) for name, each in others.items()})


def _keep(task: Task, best: Candidate, found: Outcome) -> str:
    """The artefact; its digest."""
    chosen = task.chosen
    sets = [each.dataset for each in (chosen.train, chosen.dev, chosen.test) if each is not None]
    licences = {name: task.of.datasets[name].licence for name in sets if task.of.datasets[name].licence}
    measures = {"dev": msgspec.to_builtins(best.score)}
    if found.test is not None:
        measures |= {"test": msgspec.to_builtins(found.test.tuned.score),
                     "difference": msgspec.to_builtins(found.test.difference)}
    models = {who: engine.model for who, engine in task.stage.engines.items()}
    content = keeping.content(task.of, chosen.flow, chosen.method, best.tuned, models)
    return keeping.keep(task.folder / TUNED, chosen.name, task.of, content, data=found.data, licences=licences,
                        seed=chosen.seed, measures=measures)
