"""Dialogues played with a candidate: each batch a run like any other, in a folder of its own, scored by the rubric.

So every turn is durable, a batch that was stopped goes on, and `ped report` opens it. Two candidates that play the same
items with the same seed draw the same: what they differ in is not chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import folder as folders
from pedalang.runtime import run as runs
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.errors import RunError
from pedalang.study import dialogue, score
from pedalang.study.scores import DialogueScores
from pedalang.study.tuning.spending import Cost

Item = Mapping[str, Value]
"""What a dialogue is about: the flow's parameters."""
FOLDER = "rollouts"
"""The folder inside a tuning's that holds the dialogues that were played, a run each."""
_MONITOR = "monitor."
"""What stands before the names of the monitor's criteria in a journal."""


def key(item: Item) -> str:
    """By what two items are the same."""
    return msgspec.json.encode(values.to_json(dict(item)), order="deterministic").decode()


@dataclass(frozen=True, slots=True)
class Stage:
    """Who plays and who judges, the same for all candidates."""

    chosen: plan.Optimize
    engines: Mapping[str, Engine]
    judge: Engine | None
    evaluate: Evaluator
    monitor: Engine | None = None
    """Who judges what the metric is held against."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One dialogue. `score` is the metric, None where it has no value (`why` says why), 0 where a hard clause of a
    contract of `reject:` was broken: these are in `rejected`. `tokens` were read and written for it."""

    episode: int
    item: Item
    score: float | None
    rejected: tuple[str, ...]
    broken_hard: int
    broken_soft: int
    values: Mapping[str, float | None]
    tokens: int
    dialogue: dialogue.Dialogue
    scores: DialogueScores
    why: str = ""


def play(of: plan.Plan, stage: Stage, items: Sequence[Item], folder: Path, seed: int) -> tuple[Rollout, ...]:
    """The dialogues of a program about these items, played or gone on with or read from `folder`. Raises `RunError`."""
    of = playable(of, stage.chosen)
    if (folder / journal.FILE_NAME).is_file():
        _go_on(of, stage, folder)
    else:
        runs.run(of, stage.chosen.name, items, stage.engines, seed=seed, folder=folder, evaluate=stage.evaluate)
    return _scored(of, stage, items, folder)


def cost(folder: Path) -> Cost:
    """What the dialogues that are there already have cost; nothing where there are none."""
    if not (folder / journal.FILE_NAME).is_file():
        return Cost()
    _, events = folders.reading(folder, journal.open_journal)
    try:
        return Cost(sum(1 for _ in events.completions()), events.tokens())
    finally:
        events.close()


def playable(of: plan.Plan, chosen: plan.Optimize) -> plan.Plan:
    """The plan with a run of the optimization's name, which scores its rubric and checks what it rejects."""
    checked = tuple(dict.fromkeys((*of.flows[chosen.flow].obeys, *chosen.reject)))
    run = plan.Run(chosen.name, chosen.flow, chosen.train, chosen.rubric, checked, row=chosen.row,
                   arguments=chosen.arguments)
    return replace(of, runs={**of.runs, chosen.name: run})


def _go_on(of: plan.Plan, stage: Stage, folder: Path) -> None:
    there, events = folders.reading(folder, journal.open_journal)
    with_end = {ending.episode for ending in events.endings()}
    complete = len(with_end) == events.header.episodes
    events.close()
    if plan.digest(there) != plan.digest(of):
        raise RunError("PED1320", f"`{folder}` holds dialogues of another program",
                       help="tune into another folder: `--out DIR`")
    if not complete:
        runs.resume(folder, stage.engines, evaluate=stage.evaluate)


def _scored(of: plan.Plan, stage: Stage, items: Sequence[Item], folder: Path) -> tuple[Rollout, ...]:
    rubric = of.rubrics[stage.chosen.rubric]
    judged = any(each.judge for each in rubric.criteria)
    of, events = folders.reading(folder, journal.reopen if judged else journal.open_journal)
    try:
        rows = {row.episode: row for row in score.score(
            of, events, rubric.name, stage.judge if judged else None, stage.evaluate).dialogues}
        tokens: dict[int, int] = {}
        for each in events.completions():
            tokens[each.episode] = tokens.get(each.episode, 0) + each.tokens_in + each.tokens_out
        return tuple(_rollout(stage.chosen, one, rows[one.episode], items[one.episode], tokens.get(one.episode, 0))
                     for one in dialogue.read(events, of.flows[stage.chosen.flow]))
    finally:
        events.close()


def held_out(of: plan.Plan, stage: Stage, folder: Path) -> dict[int, float | None] | None:
    """What the optimization's `monitor:` says of dialogues that were played, by their number; None where it has none.
    Raises `RunError`."""
    chosen = stage.chosen
    if not chosen.monitor:
        return None
    judged = {each.name for each in of.rubrics[chosen.monitor].criteria if each.judge}
    of, events = folders.reading(folder, journal.reopen if judged else journal.open_journal)
    try:
        rows = score.score(_apart(of, chosen.monitor), events, chosen.monitor, stage.monitor if judged else None,
                           stage.evaluate).dialogues
        wanted = chosen.monitor_criterion
        name = _MONITOR + wanted if wanted in judged else wanted
        return {row.episode: row.values.get(name) if wanted else row.total for row in rows}
    finally:
        events.close()


def _apart(of: plan.Plan, name: str) -> plan.Plan:
    """With other names for the rubric's judged criteria: a journal keeps answers by them, and those to the same
    question of the metric's judge are not its own."""
    rubric = of.rubrics[name]
    criteria = tuple(replace(each, name=_MONITOR + each.name) if each.judge else each for each in rubric.criteria)
    return replace(of, rubrics={**of.rubrics, name: replace(rubric, criteria=criteria)})


def _rollout(chosen: plan.Optimize, one: dialogue.Dialogue, row: DialogueScores, item: Item, tokens: int) -> Rollout:
    broken = [verdict for verdict in one.verdicts if not verdict.kept]
    hard = [verdict for verdict in broken if verdict.severity == "hard"]
    rejected = tuple(f"{verdict.contract}.{verdict.clause}" for verdict in hard if verdict.contract in chosen.reject)
    value = row.values.get(chosen.criterion) if chosen.criterion else row.total
    why = row.error or next(iter(row.missing.values()), "") if value is None else ""
    return Rollout(one.episode, item, 0.0 if rejected and value is not None else value, rejected, len(hard),
                   len(broken) - len(hard), row.values, tokens, one, row, why)
