"""Weights tuned from DSPy, in this process: a provider that trains adapters, and a way to tune that keeps the turns of
good dialogues. With `dspy.BetterTogether` prompts and weights are tuned in turns.

DSPy's own fine-tuning reformats prompts and serves models; here what was asked, token for token, is what is learnt, and
the engine that asked it answers with the adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dspy
from dspy.clients.provider import Provider, TrainingJob
from dspy.teleprompt import Teleprompter

from pedalang.runtime.program import lm as models
from pedalang.runtime.program.modules import Answered, Program
from pedalang.study.weights import lasting
from pedalang.study.weights.lessons import Lesson
from pedalang.study.weights.settings import Settings

Metric = Callable[..., float | None]


class Training(TrainingJob):
    """An adapter being learnt."""

    def status(self) -> str:
        return "done" if self.done() else "learning"


class Adapters(Provider):
    """Trains adapters of the model in `model`, under `under`. A language model that has it can be fine-tuned; the new
    one has another name, and the same engine."""

    def __init__(self, model: Path, settings: Settings, under: Path, seed: int = 0) -> None:
        super().__init__()
        self.finetunable = True
        self.TrainingJob = Training
        self.how = {"model": model, "settings": settings, "under": under, "seed": seed}

    def __deepcopy__(self, memo: dict[int, Any]) -> Adapters:
        return self

    @staticmethod
    def finetune(job: TrainingJob, model: str, train_data: list[dict[str, Any]], train_data_format: Any,
                 train_kwargs: dict[str, Any] | None = None) -> str:
        """The name of the model with what was learnt, from where its adapter stood. Raises `RunError`."""
        how, start = train_kwargs or {}, models.adapter(model)
        found = lasting.learnt("sft", how["model"], [each["lesson"] for each in train_data], how["settings"],
                               how["under"], seed=how["seed"], start=Path(start) if start else None)
        return models.adapted(model, found.folder)


class KeptTurns(Teleprompter):
    """Tunes weights: each example is played, by a teacher with the program's prompts where there is one, and the turns
    of those dialogues are learnt that are worth at least `least`, and no less than the mean. Of predictors that are not
    frozen; each language model learns once."""

    def __init__(self, metric: Metric, provider: Adapters, least: float = 0.0) -> None:
        super().__init__()
        self._metric, self._provider, self._least = metric, provider, least

    def compile(self, student: Any, *, trainset: list[dspy.Example], teacher: Any = None,
                valset: list[dspy.Example] | None = None, **_: Any) -> Any:
        """The program with new weights. Raises `RunError`, as `lasting.learnt`."""
        assert isinstance(student, Program), "only a program of pedalang says what was asked"
        tuned = student.deepcopy()
        if teacher is not None:
            assert isinstance(teacher, Program), "only a program of pedalang says what was asked"
            teacher = teacher.deepcopy()
            teacher.load_state(tuned.dump_state())
        kept = self._kept(teacher or tuned, trainset)
        visible = dict(tuned.named_predictors())
        learnt: dict[int, dspy.LM] = {}
        for name, predict in visible.items():
            before = predict.lm or tuned.model(name)
            assert isinstance(before, dspy.LM), "a program's language models are"
            if id(before) not in learnt:
                alike = [other for other, each in visible.items() if (each.lm or tuned.model(other)) is before]
                learnt[id(before)] = self._learnt(before, [each for each in kept if each.step.name in alike])
            predict.lm = learnt[id(before)]
        tuned._compiled = True
        return tuned

    def _kept(self, program: Program, trainset: Sequence[dspy.Example]) -> list[Answered]:
        told = [(program(**example.inputs()), example) for example in trainset]
        scored = [(self._metric(example, found, None), found) for found, example in told]
        known = [float(score) for score, _ in scored if score is not None]
        bar = max(self._least, sum(known) / max(len(known), 1))
        return [each for score, found in scored if score is not None and score >= bar
                for each in found.answers if len(each.request.choices) != 1]

    def _learnt(self, before: dspy.LM, kept: Sequence[Answered]) -> dspy.LM:
        lessons = dict.fromkeys(Lesson(each.request.messages, each.reply.text, not each.request.choices
                                       and each.reply.finish == "stop") for each in kept)
        lm = before.copy(provider=self._provider)
        lm.provider = self._provider
        found = lm.finetune([{"lesson": lesson} for lesson in lessons], None, self._provider.how).result()
        if isinstance(found, Exception):
            raise found
        return found
