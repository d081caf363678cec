"""What a run is expected to take: some of its dialogues are played and judged beforehand, with answers that are made
up, and their calls and tokens counted; the time is from what earlier runs with the same engines took."""

from __future__ import annotations

import math
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any

from msgspec import structs

from pedalang import journal, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import run as runs
from pedalang.runtime.engines.engine import Abilities, Engine
from pedalang.runtime.episode.state import Level
from pedalang.runtime.errors import JournalError
from pedalang.runtime.pool import Estimate
from pedalang.study import predicates, score
from pedalang.watching.stand_in import Counts, StandIn

TOGETHER = 16
"""So many dialogues are played at first, and then again until that is precise."""
MOST = 64
PRECISE = 0.03
"""The standard error of the calls a dialogue, as a share of them."""
EARLIER = 5
"""So many earlier runs are looked at, the latest."""

Paces = Mapping[tuple[str, bool], journal.Pace]
"""What is known of an engine, by its name and whether it is asked for words."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be played: a run or matrix, its items, and who answers. `judge` is the engine that judges, where it is
    one of the cast's."""

    plan: plan.Plan
    chosen: plan.Run | plan.Matrix
    items: Sequence[Mapping[str, Value]]
    cells: Sequence[Mapping[str, Any]]
    engines: Mapping[str, Engine]
    judge: Engine | None
    seed: int
    concurrency: int | None
    shield: Level
    evaluate: Evaluator


def estimate(work: Work, earlier: Iterable[Path], clock: Callable[[], float]) -> Estimate:
    """From up to 64 dialogues. `earlier` are the folders of other runs, the latest first. Raises `RunError` where the
    run could not begin either, `OSError` where there is no room for this."""
    known = paces({engine.name for engine in work.engines.values()}, earlier)
    counts, count = Counts(), len(work.items)
    order = Random(work.seed).sample(range(count), min(count, MOST))
    if len(order) == count:
        order.sort()
    own, played = math.inf, 0
    while played < len(order) and not (played and _precise(counts, played)):
        begun, numbers = clock(), order[played:played + TOGETHER]
        try:
            _rehearse(work, numbers, counts, known, played)
        except (JournalError, sqlite3.Error) as error:
            raise OSError(str(error)) from None
        played += len(numbers)
        own = min(own, (clock() - begun) / len(numbers) * count)  # the first ones take longer
    share = count / max(1, played)
    asked = {kind: calls * share for kind, calls in counts.calls.items()}
    return Estimate(count, round(sum(asked.values())), round(counts.tokens_in * share),
                    round(counts.tokens_new * share), round(counts.tokens_out * share),
                    _seconds(work, asked, known, own if played else 0.0), played)


def paces(names: set[str], earlier: Iterable[Path]) -> dict[tuple[str, bool], journal.Pace]:
    """What the latest of these runs show of engines; a folder that holds no journal is passed over."""
    found: dict[tuple[str, bool], journal.Pace] = {}
    looked = 0
    for folder in earlier:
        if looked == EARLIER:
            break
        try:
            events = journal.open_journal(folder)
        except (OSError, journal.JournalFormatError):
            continue
        if names & set(events.header.engines.values()):
            looked += 1
            for pace in events.paces():
                found.setdefault((pace.engine, pace.words), pace)
        events.close()
    return found


def _rehearse(work: Work, numbers: Sequence[int], counts: Counts, known: Paces, before: int) -> None:
    """Plays and judges the dialogues of these numbers, all of which are then forgotten."""
    said = {kind: pace.tokens_out for kind, pace in known.items()}
    cast = {who: StandIn.of(who, engine, counts, said) for who, engine in work.engines.items()}
    judge = StandIn.of("judge", work.judge, counts, said) if work.judge else \
        StandIn("judge", "", "judge", Abilities(choose=True, scores=True, prefix=True), counts, said)
    for each in (*cast.values(), judge):
        each.first = before
    of = _without_budget(work.plan, work.chosen)
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        runs.run(of, work.chosen.name, [work.items[at] for at in numbers], cast, seed=work.seed, folder=folder,
                 concurrency=TOGETHER, cells=[work.cells[at] for at in numbers] if work.cells else (),
                 evaluate=work.evaluate, shield=work.shield)
        events = journal.reopen(folder)
        try:
            rubric = of.rubrics[work.chosen.score] if work.chosen.score else plan.Rubric("", work.chosen.flow, ())
            if predicates.asked(of, events.header, rubric) or any(each.judge for each in rubric.criteria):
                score.score(of, events, work.chosen.score, judge, work.evaluate)
        finally:
            events.close()


def _without_budget(of: plan.Plan, chosen: plan.Run | plan.Matrix) -> plan.Plan:
    free = structs.replace(chosen, budget=plan.Budget())
    if isinstance(free, plan.Run):
        return structs.replace(of, runs={**of.runs, free.name: free})
    return structs.replace(of, matrices={**of.matrices, free.name: free})


def _precise(counts: Counts, played: int) -> bool:
    """Whether more dialogues would change little."""
    calls = [*counts.by_dialogue.values()]
    calls += [0] * (played - len(calls))
    return stdev(calls) / math.sqrt(played) <= PRECISE * fmean(calls)


def _seconds(work: Work, asked: Mapping[tuple[str, bool], float], known: Paces, own: float) -> float | None:
    """What the calls take, as many at a time as an engine works on, and the dialogues' own rules, which took `own`.
    None where an engine with a model is not known."""
    engines = {engine.name: engine for engine in work.engines.values()}
    slots = max((engine.abilities.slots for engine in engines.values()), default=1)
    total = own
    for (name, words), calls in asked.items():
        engine = engines.get(name)
        if engine is not None and not engine.model:
            continue
        pace = known.get((name, words)) or known.get((name, not words))
        if engine is None or pace is None:
            return None
        at_once = min(engine.abilities.slots, work.concurrency or slots, len(work.items))
        total += calls * pace.seconds / max(1, at_once)
    return total
