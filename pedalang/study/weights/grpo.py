"""Group relative policy optimization (Shao et al., 2024) with whole dialogues: TRL's trainer, whose rollout function is
handed in.

Each step takes some problems and plays each of them several times with the weights as they are. A dialogue's reward is
put beside those of the other dialogues about its problem, and all that the model said in it becomes more or less likely
by that. TRL counts rows, not dialogues: each dialogue is laid out as the same number of rows, all with its reward, so
the mean of the rows is the mean of the dialogues. A dialogue without a reward moves nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec
import transformers
from datasets import Dataset
from transformers.trainer_callback import PrinterCallback, TrainerCallback
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from pedalang.study.weights import learning, rollouts
from pedalang.study.weights.learning import Student
from pedalang.study.weights.rollouts import Answered, Group, Rollout, Row
from pedalang.study.weights.settings import Learnt, Settings

MOST_ROWS = 12
"""Rows of one dialogue."""
TOGETHER = {"cpu": 8, "cuda": 64}
"""Rows that go through the network at once, at most."""


class Step(NamedTuple):
    """What a step came to, counted from 1: the mean reward over the dialogues that have one, how many have and have
    none, the loss, and how far the weights have gone from the model as it was, in nats a token (None where TRL does not
    say)."""

    number: int
    reward: float | None
    rewarded: int
    missing: int
    loss: float | None
    kl: float | None


Play: TypeAlias = Callable[[int, Learnt | None], Sequence[Sequence[Rollout]]]
"""Plays the dialogues of a step, counted from 0, with what was learnt up to it: a group for each problem, all of the
same size."""
After: TypeAlias = Callable[[Step, Learnt], object]
"""Looks at a step and at the adapter after it. What it raises ends the training."""


class Trained(NamedTuple):
    """The adapter after the last step, and all steps."""

    learnt: Learnt
    steps: tuple[Step, ...]


def grpo(folder: Path, play: Play, after: After, settings: Settings, group: Group, into: Path, *, seed: int = 0,
         start: Path | None = None) -> Trained:
    """Trains an adapter of the model in `folder`, kept under `into` after each step, in a folder named by all that it
    was learnt from. The same dialogues, settings and seed give the same weights on the same processor. What `play` and
    `after` raise comes through; raises as `learning.sft` besides."""
    with learning.quiet():
        student = learning.opened(folder, settings, seed, start)
        course = _Course(student, play, after, into, (student.base, settings, group, seed))
        trainer = _trainer(student, course, group, seed)
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        return Trained(course.learnt or course.keep(), tuple(course.steps))


class _Course(TrainerCallback):
    """A training under way: plays for it, keeps its weights, and lets others look at them."""

    def __init__(self, student: Student, play: Play, after: After, into: Path, told: object) -> None:
        self.student, self.steps = student, list[Step]()
        self.learnt: Learnt | None = None
        self._play, self._after, self._into = play, after, into
        self._key = hashlib.sha256(msgspec.json.encode(told, order="sorted"))
        self._number = 0
        self._played = self._of_step(None)
        self.rows = min(MOST_ROWS, max([1, *(len(self._rows(each)) for each in self._played)]))

    def rollouts(self, prompts: Sequence[str], trainer: Any) -> dict[str, Any]:
        """TRL's rollout function: as many rows as there are prompts, those of a problem one after the other. Chance is
        seeded after it, for an engine that loads an adapter draws numbers too."""
        if self.learnt is not None:
            self._played = self._of_step(self.learnt)
        transformers.set_seed(self.student.seed + self._number)
        filler = self.student.end
        made = [(row, each) for each in self._played for row in rollouts.even(self._rows(each), self.rows, filler)]
        if len(made) != len(prompts):
            raise ValueError(f"a step has {len(prompts)} rows, and {len(made)} were played")
        return {"prompt_ids": [list(row.prompt) for row, _ in made],
                "completion_ids": [list(row.completion) for row, _ in made], "logprobs": None,
                "env_mask": [list(row.own) for row, _ in made], "worth": [each.reward for _, each in made]}

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
        """TRL tells of a step after it is made, and before the next is begun."""
        if not logs or "loss" not in logs:
            return
        known = [each.reward for each in self._played if each.reward is not None]
        self.steps.append(Step(state.global_step, sum(known) / len(known) if known else None, len(known),
                               len(self._played) - len(known), _figure(logs, "loss"), _figure(logs, "kl")))
        self.learnt = self.keep()
        self._after(self.steps[-1], self.learnt)

    def keep(self) -> Learnt:
        """Keeps the weights as they are now."""
        losses = tuple(each.loss for each in self.steps if each.loss is not None)
        name = f"step-{len(self.steps)}-{self._key.hexdigest()[:12]}"
        return learning.kept(self.student, "grpo", self._into / name,
                             sum(each.rewarded for each in self.steps), sum(each.missing for each in self.steps),
                             (losses[0] if losses else 0.0, losses[-1] if losses else 0.0, losses))

    def _of_step(self, learnt: Learnt | None) -> list[Rollout]:
        found = [each for group in self._play(self._number, learnt) for each in group]
        self._number += 1
        self._key.update(msgspec.json.encode(found))
        return found

    def _rows(self, of: Rollout) -> tuple[Row, ...]:
        student = self.student
        answers = [Answered(tuple(student.prompt(each.messages)), tuple(student.answer(each.answer, each.ends)))
                   for each in of.lessons]
        return rollouts.fitted(rollouts.rows(answers), student.settings.tokens)


def _figure(logs: Mapping[str, Any], name: str) -> float | None:
    return float(logs[name]) if name in logs else None


def _reward(worth: Sequence[float | None], **_: Any) -> list[float | None]:
    return list(worth)


def _trainer(student: Student, course: _Course, group: Group, seed: int) -> GRPOTrainer:
    settings, on = student.settings, next(student.network.parameters())
    each = group.times * course.rows
    whole = group.problems * each
    together = max(size for size in range(1, TOGETHER[on.device.type] + 1) if whole % size == 0)
    with tempfile.TemporaryDirectory() as out, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="You are using 'rollout_func'")
        told = {**learning.arguments(student, out), "num_generations": each, "beta": group.kl,
                "temperature": group.temperature, "gradient_accumulation_steps": whole // together,
                "per_device_train_batch_size": together, "max_completion_length": settings.tokens,
                "shuffle_dataset": False, "remove_unused_columns": False}
        del told["max_length"]
        return GRPOTrainer(
            model=student.network, processing_class=learning.tokenizer(student.folder), reward_funcs=_reward,
            train_dataset=Dataset.from_dict({"prompt": [*map(str, range(settings.steps * group.problems))]}),
            rollout_func=course.rollouts, callbacks=[course], args=GRPOConfig(**told))
