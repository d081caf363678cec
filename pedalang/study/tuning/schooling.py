"""Weights tuned in rounds: dialogues played as they are, and again with one other answer each; what came of that is
learnt from; what was learnt is put to the test, and the next round begins with the best.

A dialogue with one other answer is the same up to there, and its learner draws the same numbers after: so the
difference in worth is that answer's (common random numbers, and a rollout's own estimate of an action's advantage).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from pedalang import journal
from pedalang.overlay import Adapter
from pedalang.runtime import folder as folders
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import RunError
from pedalang.runtime.recalled import Call, recalled
from pedalang.study.tuning import rollouts
from pedalang.study.tuning.guarding import Guard
from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.rollouts import Rollout
from pedalang.study.tuning.spending import Stopped
from pedalang.study.tuning.task import Task
from pedalang.study.weights import lasting, settings
from pedalang.study.weights.exploring import Otherwise
from pedalang.study.weights.lasting import Method
from pedalang.study.weights.lessons import Lesson, Pair, Told, Verdict
from pedalang.study.weights.settings import Learnt, Settings

Gathering: TypeAlias = Callable[[Sequence[Told]], Sequence[Lesson | Pair | Verdict]]
"""What is learnt from dialogues."""
ADAPTERS = "weights"
"""The folder inside a tuning's that adapters lie in, each in one of its own."""


def schooled(task: Task, method: Method, gathering: Gathering) -> None:
    """Tunes the weights of each member of whom they are tuned. Raises `RunError`: PED1345 where there is none, PED1344
    for an engine whose weights cannot be trained, PED1343 where nothing was to be learnt at all; `Stopped` where what
    was learnt has cost general ability, or the metric has left its witnesses."""
    members = tuple(learners(task))
    asked = settings.of(task.chosen.auto, task.chosen.settings)
    told: dict[tuple[str, int], list[Told]] = {}
    taught, guard = 0, Guard(task)
    for at in range(asked.rounds):
        for who in members:
            start = task.best
            known = told.setdefault((who, start.number), [])
            known += _rehearsed(task, start, who, at, asked.tries)
            lessons = gathering(known)
            if lessons:
                taught += 1
                learnt = _learnt(task, method, lessons, start, who, at, asked.learning)
                what = f"round {at + 1}: {learnt.lessons} lessons of {len(known)} dialogues"
                _put_to_the_test(guard, start, who, what, learnt)
    if not taught:
        raise RunError("PED1343", f"there is nothing to learn from for `{method}`: no dialogue was better than another "
                       "of its problem", place=task.chosen.place,
                       help="play more dialogues of each problem, or let who learns say more different things")


def learners(task: Task) -> dict[str, Path]:
    """The members whose weights are tuned, and the folders of their models. Raises `RunError`: PED1345 where there is
    none, PED1344 for an engine whose weights cannot be trained."""
    found = {who: lasting.trainable(task.stage.engines[who], who) for who in task.members("weights")}
    if not found:
        raise RunError("PED1345", f"`{task.chosen.name}` tunes no weights, and `{task.chosen.method}` changes nothing "
                       "else", place=task.chosen.place, help="write `tune: [ROLE.weights]`, or take another method")
    return found


def _rehearsed(task: Task, start: Candidate, who: str, at: int, tries: int) -> list[Told]:
    """Dialogues with a candidate, as they go and each so many times with one other answer."""
    name = f"school-{at}-{who}"
    plain = task.played(start.tuned, task.train, name=f"{name}-plain")
    calls = _calls(task, f"{name}-plain", who)
    found = _told(plain, calls)
    for number in range(tries):
        deviations = _deviations(calls, seeds.derived(task.seed, at, number, who, "practice"))
        if not deviations:
            break
        stage = dataclasses.replace(task.stage, engines={
            **task.stage.engines, who: Otherwise(task.stage.engines[who], deviations)})
        other = dataclasses.replace(task, stage=stage)
        played = other.played(start.tuned, task.train, name=f"{name}-other-{number}")
        found += _told(played, _calls(task, f"{name}-other-{number}", who))
    return found


def _deviations(calls: dict[int, list[Call]], seed: int) -> dict[str, int]:
    """In each dialogue one call, at which something else can be said, and a number that draws what."""
    found: dict[str, int] = {}
    for episode, asked in calls.items():
        draws = seeds.drawing(seed, episode, -1, "", "call")
        open_to = [call for call in asked if len(call.choices) != 1]
        if open_to:
            found[open_to[draws.below(len(open_to))].answer.key] = seeds.derived(seed, episode, -1, "", "answer")
    return found


def _calls(task: Task, name: str, who: str) -> dict[int, list[Call]]:
    """What a member was asked in a batch of dialogues, by dialogue."""
    of, events = folders.reading(task.folder / rollouts.FOLDER / name, journal.open_journal)
    found: dict[int, list[Call]] = {}
    try:
        for call in recalled(of, events, task.evaluate):
            if call.who == who:
                found.setdefault(call.episode, []).append(call)
    finally:
        events.close()
    return found


def _told(played: Sequence[Rollout], calls: dict[int, list[Call]]) -> list[Told]:
    return [Told(rollouts.key(each.item), tuple(calls.get(each.episode, ())), each.score) for each in played]


def _learnt(task: Task, method: Method, lessons: Sequence[Lesson | Pair | Verdict], start: Candidate, who: str, at: int,
            how: Settings) -> Learnt:
    before = start.tuned.weights.get(who)
    return lasting.learnt(
        method, lasting.trainable(task.stage.engines[who], who), lessons, how, task.folder / ADAPTERS,
        seed=seeds.derived(task.seed, at, -1, who, "learning"), start=Path(before.folder) if before else None,
        watch=lambda step, loss: task.watcher.learnt(method, step, how.steps, {"loss": loss}))


def _put_to_the_test(guard: Guard, start: Candidate, who: str, what: str, learnt: Learnt) -> None:
    weights = {**start.tuned.weights, who: Adapter(learnt.sha256, learnt.base, learnt.folder)}
    found = guard.tried(replace(start.tuned, weights=weights), parents=(start.number,),
                        how=f"{learnt.method} of `{who}`, {what}, loss {learnt.before:.3f} → {learnt.after:.3f}")
    if found.checked is not None and found.checked.broken:
        raise Stopped(found.checked.broken)
