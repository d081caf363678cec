"""GRPO: an adapter learns from whole dialogues, with the rubric as the reward.

Each step plays problems of the training set several times with the weights as they are, as a run of its own, at a
temperature, and learns from which of a problem's dialogues were worth more. Now and then the weights are put to the
test on the dev set; where general ability falls or the metric leaves its witnesses, training ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pedalang import journal
from pedalang.overlay import AS_WRITTEN, Adapter, Tuned
from pedalang.runtime import folder as folders
from pedalang.runtime import recalled
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import RunError
from pedalang.study.tuning import rollouts as played
from pedalang.study.tuning.guarding import Guard
from pedalang.study.tuning.ordering import Ordering, ordering
from pedalang.study.tuning.task import Task
from pedalang.study.weights import lasting
from pedalang.study.weights.lessons import Lesson
from pedalang.study.weights.rollouts import Group, Rollout
from pedalang.study.weights.sampling import Sampled
from pedalang.study.weights.settings import Learnt, Settings

if TYPE_CHECKING:
    from pedalang.study.weights.grpo import Step

STEPS = {"light": 6, "medium": 24, "heavy": 96}
LOOKS = 3
"""How often weights are put to the test on the dev set, the last time at the end."""
GROUP = Group()
RATE = 1e-4
WEIGHTS = "weights"
"""The folder inside a tuning's that adapters lie in."""


def search(task: Task) -> None:
    """Raises `RunError`: PED1340 without the libraries, PED1344 and PED1352 where there is no one model
    that can be trained here."""
    members = task.members("weights")
    model = _model(task, members)
    train = lasting.library("grpo").grpo
    course = _Course(task, members, Guard(task), ordering(task, "random"))
    steps = STEPS[task.chosen.auto]
    settings = Settings(steps=steps, rate=RATE)
    train(model, course.play, course.after, settings, GROUP, task.folder / WEIGHTS, seed=task.seed)


@dataclass
class _Course:
    """A search under way."""

    task: Task
    members: Sequence[str]
    guard: Guard
    order: Ordering

    def play(self, step: int, learnt: Learnt | None) -> list[list[Rollout]]:
        """The dialogues of a step: each problem's one after the other."""
        task = self.task
        problems = self.order.take(GROUP.problems)
        engines = {who: Sampled(engine, GROUP.temperature) if who in self.members else engine
                   for who, engine in task.stage.engines.items()}
        trying = replace(task, stage=replace(task.stage, engines=engines))
        name = f"grpo-{step + 1:03}"
        found = trying.played(self._tuned(learnt), [task.train[each] for each in problems for _ in range(GROUP.times)],
                              name=name, seed=seeds.derived(task.seed, step, -1, "", "grpo"))
        tried = [each for each in problems for _ in range(GROUP.times)]
        self.order.hear(zip(tried, (each.score for each in found), strict=True))
        lessons = dict(_lessons(task, task.folder / played.FOLDER / name, self.members))
        told = [Rollout(played.key(each.item), each.score, lessons.get(each.episode, ())) for each in found]
        return [told[at:at + GROUP.times] for at in range(0, len(told), GROUP.times)]

    def after(self, step: Step, learnt: Learnt) -> None:
        """Puts the weights to the test now and then. Raises `Stopped` where something speaks against them."""
        steps = STEPS[self.task.chosen.auto]
        if step.number % -(-steps // LOOKS) == 0 or step.number == steps:
            reward = "no reward" if step.reward is None else f"reward {step.reward:.3f}"
            self.guard.tried(self._tuned(learnt), how=f"step {step.number}, {reward}")

    def _tuned(self, learnt: Learnt | None) -> Tuned:
        if learnt is None:
            return AS_WRITTEN
        adapter = Adapter(learnt.sha256, learnt.base, learnt.folder)
        return Tuned(weights=dict.fromkeys(self.members, adapter))


def _model(task: Task, members: Sequence[str]) -> Path:
    """The model of those whose weights are tuned. Raises `RunError`: PED1344, PED1352."""
    models = {lasting.trainable(task.stage.engines[who], who) for who in members}
    if len(models) != 1:
        raise RunError("PED1352", f"{_listed(members) or 'nobody'} would learn together, and "
                       + ("each by another model" if models else "`tune:` names no weights"),
                       place=task.chosen.place, help="let one model speak for all whose weights are tuned"
                       if models else "write for example `tune: [Tutor.weights]`")
    return models.pop()


def _listed(members: Sequence[str]) -> str:
    return " and ".join(f"`{who}`" for who in members)


def _lessons(task: Task, folder: Path, members: Sequence[str]) -> Iterator[tuple[int, tuple[Lesson, ...]]]:
    """What members were asked and answered, by dialogue. Of one choice nothing can be learnt."""
    of, events = folders.reading(folder, journal.open_journal)
    try:
        calls = (call for call in recalled.recalled(of, events, task.evaluate)
                 if call.who in members and len(call.choices) != 1)
        for episode, group in groupby(calls, lambda call: call.episode):
            yield episode, tuple(Lesson(call.messages, call.answer.text, not call.choices and
                                        call.answer.finish == "stop") for call in group)
    finally:
        events.close()
