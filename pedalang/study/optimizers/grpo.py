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
from typing import TYPE_CHECKING, Any

from msgspec import structs

from pedalang import journal
from pedalang.overlay import AS_WRITTEN, Adapter, Tuned
from pedalang.runtime import folder as folders
from pedalang.runtime import recalled
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import RunError
from pedalang.study.tuning import rollouts as played
from pedalang.study.tuning import schooling
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
RATE = 1e-4
WHOLE = ("problems", "rank", "alpha", "steps", "times", "tokens")


def search(task: Task) -> None:
    """Raises `RunError`: PED1340 without the libraries, PED1344, PED1345 and PED1352 where there is no one model that
    can be trained here."""
    learners = schooling.learners(task)
    if len({*learners.values()}) > 1:
        names = " and ".join(f"`{who}`" for who in learners)
        raise RunError("PED1352", f"{names} would learn together, and each speaks by another model",
                       place=task.chosen.place, help="let one model speak for all whose weights are tuned")
    settings, group = _settings(task)
    train = lasting.library("grpo").grpo
    course = _Course(task, (*learners,), Guard(task), ordering(task, "random"), settings.steps, group)
    train(next(iter(learners.values())), course.play, course.after, settings, group, task.folder / schooling.ADAPTERS,
          seed=task.seed)


def _settings(task: Task) -> tuple[Settings, Group]:
    """What the program says, and for the rest what its `auto:` stands for."""
    said: dict[str, Any] = {name: int(value) if name in WHOLE else value
                            for name, value in task.chosen.settings.items()}
    group = Group(**{name: value for name, value in said.items() if name in Group._fields})
    usual = Settings(steps=STEPS[task.chosen.auto], rate=RATE)
    return structs.replace(usual, **{name: value for name, value in said.items() if name not in Group._fields}), group


@dataclass
class _Course:
    """A search under way."""

    task: Task
    members: Sequence[str]
    guard: Guard
    order: Ordering
    steps: int
    group: Group

    def play(self, step: int, learnt: Learnt | None) -> list[list[Rollout]]:
        """The dialogues of a step: each problem's one after the other."""
        task = self.task
        problems = self.order.take(self.group.problems)
        engines = {who: Sampled(engine, self.group.temperature) if who in self.members else engine
                   for who, engine in task.stage.engines.items()}
        trying = replace(task, stage=replace(task.stage, engines=engines))
        name = f"grpo-{step + 1:03}"
        tried = [each for each in problems for _ in range(self.group.times)]
        found = trying.played(self._tuned(learnt), [task.train[each] for each in tried], name=name,
                              seed=seeds.derived(task.seed, step, -1, "", "grpo"))
        self.order.hear(zip(tried, (each.score for each in found), strict=True))
        lessons = dict(_lessons(task, task.folder / played.FOLDER / name, self.members))
        told = [Rollout(played.key(each.item), each.score, lessons.get(each.episode, ())) for each in found]
        return [told[at:at + self.group.times] for at in range(0, len(told), self.group.times)]

    def after(self, step: Step, learnt: Learnt) -> None:
        """Puts the weights to the test now and then. Raises `Stopped` where something speaks against them."""
        figures = {"reward": step.reward, "loss": step.loss}
        self.task.watcher.learnt("grpo", step.number, self.steps,
                                 {name: value for name, value in figures.items() if value is not None})
        if step.number % -(-self.steps // LOOKS) == 0 or step.number == self.steps:
            reward = "no reward" if step.reward is None else f"reward {step.reward:.3f}"
            self.guard.tried(self._tuned(learnt), how=f"step {step.number}, {reward}")

    def _tuned(self, learnt: Learnt | None) -> Tuned:
        if learnt is None:
            return AS_WRITTEN
        adapter = Adapter(learnt.sha256, learnt.base, learnt.folder)
        return Tuned(weights=dict.fromkeys(self.members, adapter))


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
