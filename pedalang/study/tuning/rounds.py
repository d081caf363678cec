"""A choice of moves learnt round by round: dialogues are played with what was learnt and some chance, a policy is
fitted to all that was played, and the policy without chance is tried on the dev set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from pedalang import cues, plan
from pedalang.overlay import Learnt, Tuned
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import RunError
from pedalang.study.tuning import choices, rollouts
from pedalang.study.tuning.choices import Choice, Table, Weights
from pedalang.study.tuning.ordering import Ordering, ordering
from pedalang.study.tuning.rollouts import Rollout
from pedalang.study.tuning.task import Task

ROUNDS = {"light": 4, "medium": 8, "heavy": 16}
"""By `auto:`."""
EXPLORE = 0.25
"""In which share of the turns of a later round a move is made by chance; in the first round in all."""
MOST = 400
"""Dialogues of a round, where there are as many problems."""

Fit: TypeAlias = Callable[[Table], Weights]
"""Makes a policy of choices."""


def learnt(task: Task, fit: Fit) -> None:
    """Learns the policies of all members whose policy is tuned, together. Raises what `task` raises; `RunError`
    PED0914 where nobody has a choice, PED0915 where there is nothing to learn from."""
    known = {who: cues.known(task.flow, who, task.chosen.features) for who in task.members("policy")}
    _check(task, known)
    policies = {who: by_chance(task, who) for who in known}
    played: dict[str, list[Sequence[Choice]]] = {who: [] for who in known}
    parent, order = 0, ordering(task, "fixed")
    for number in range(ROUNDS[task.chosen.auto]):
        name = f"round-{number}"
        exploring = {who: replace(each, explore=each.explore or EXPLORE) for who, each in policies.items()}
        found = _round(task, Tuned(policies=exploring), name, number, order)
        scores = {each.episode: each.score for each in found}
        for who, own in known.items():
            part = choices.gathered(task.folder / rollouts.FOLDER / name, who, own, scores, task.evaluate)
            played[who].append(part)
            policies[who] = _fitted(task, who, own, choices.joined(played[who]), fit)
        count = sum(len(part) for parts in played.values() for part in parts)
        parent = task.tried(Tuned(policies=dict(policies)), parents=(parent,),
                            how=f"round {number + 1}: a policy fitted to {count:,} choices").number


def by_chance(task: Task, who: str) -> Learnt:
    """A policy that makes any move that may be made, each as often."""
    return Learnt(task.chosen.name, (), dict.fromkeys(task.flow.cast[who].moves, (0.0,)), explore=1.0)


def _round(task: Task, tuned: Tuned, name: str, number: int, order: Ordering) -> tuple[Rollout, ...]:
    """The dialogues of a round, about the problems that come next."""
    problems = order.take(min(len(task.train), MOST))
    found = task.played(tuned, [task.train[each] for each in problems], name=name,
                        seed=seeds.derived(task.seed, number, -1, "", "round"))
    order.hear(zip(problems, (each.score for each in found), strict=True))
    return found


def _fitted(task: Task, who: str, own: Sequence[plan.Cue], found: Sequence[Choice], fit: Fit) -> Learnt:
    if not found:
        raise RunError("PED0915", f"there is nothing to learn the policy of `{who}` from: no dialogue with a choice of "
                       "moves has a score", place=task.chosen.place,
                       help="see what failed with `ped report` of a folder in `rollouts`")
    return choices.as_learnt(task.chosen.name, own, fit(Table(found)))


def _check(task: Task, known: dict[str, tuple[plan.Cue, ...]]) -> None:
    for who in known:
        if not cues.contested(task.flow, who):
            raise RunError("PED0914", f"`{who}` has one move at most in each of its turns, and nothing to choose",
                           place=task.flow.cast[who].place,
                           help="let a turn allow several: `turn teacher may { a, b }`")
