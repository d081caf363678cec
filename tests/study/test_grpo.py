"""GRPO with whole dialogues: rows of tokens, and a model of a few thousand random weights whose reward rises. The
second part runs where torch, peft and trl are installed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pedalang.prompt import Message
from pedalang.runtime.engines import opening, scripted
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.study.tuning.spending import Stopped
from pedalang.study.weights import rollouts
from pedalang.study.weights.lessons import Lesson
from pedalang.study.weights.rollouts import Answered, Group, Rollout, Row
from pedalang.study.weights.sampling import Sampled
from pedalang.study.weights.settings import Learnt, Settings
from tests import tiny

MOVES = ("ask how they think", "tell them the sum", "say nothing")
TOKENS = st.lists(st.integers(0, 9), min_size=1, max_size=5).map(tuple)


# ---------------------------------------------------------------- rows


def test_prompts_that_begin_with_the_one_before_are_one_row() -> None:
    first = Answered((1, 2, 3), (4, 5))
    second = Answered((1, 2, 3, 4, 5, 6, 7), (8,))
    assert rollouts.rows([first, second]) == (Row((1, 2, 3), (4, 5, 6, 7, 8), (1, 1, 0, 0, 1)),)


def test_a_prompt_that_begins_otherwise_is_a_row_by_itself() -> None:
    assert rollouts.rows([Answered((1, 2), (3,)), Answered((1, 9, 3), (4,))]) == (
        Row((1, 2), (3,), (1,)), Row((1, 9, 3), (4,), (1,)))


def test_nothing_is_learnt_from_an_answer_without_words() -> None:
    assert rollouts.rows([Answered((1, 2), ())]) == ()


@given(st.lists(st.tuples(TOKENS, TOKENS), max_size=6))
def test_each_answer_is_learnt_once_after_what_it_was_asked_with(told: list[tuple[tuple[int, ...], tuple[int, ...]]]
                                                                 ) -> None:
    answers = [Answered(*each) for each in told]
    learnt = []
    for row in rollouts.rows(answers):
        whole = row.prompt + row.completion
        own = (0,) * len(row.prompt) + row.own
        starts = [at for at in range(len(whole)) if own[at] and not own[at - 1]]
        learnt += [(whole[:at], own[at:]) for at in starts]
    assert sum(len(each.answer) for each in answers) == sum(sum(row.own) for row in rollouts.rows(answers))
    assert {prompt for prompt, _ in learnt} <= {each.prompt for each in answers}


def test_a_dialogue_is_as_many_rows_as_the_others() -> None:
    three = tuple(Row((number,), (number,), (1,)) for number in range(3))
    assert rollouts.even(three, 2, 7) == (three[0], three[1])
    assert rollouts.even(three[:1], 3, 7) == (three[0], Row((7,), (7,), (0,)), Row((7,), (7,), (0,)))


def test_a_row_that_is_too_long_loses_its_end_and_then_its_beginning() -> None:
    row = Row((1, 2, 3, 4), (5, 6, 7), (0, 0, 1))
    assert rollouts.fitted([row], 5) == (Row((3, 4), (5, 6, 7), (0, 0, 1)),)
    assert rollouts.fitted([row], 3) == (), "what was the model's own is gone"


# ---------------------------------------------------------------- an engine that draws


def test_choices_are_drawn_in_proportion_to_what_the_engine_thinks_of_them() -> None:
    sure = scripted.from_function(lambda request: Reply(request.choices[0], 0, (-0.1, -1.2, -9.0)))
    asks = [Request((Message("user", "?"),), seed=seed, choices=MOVES) for seed in range(400)]
    taken = [reply.choice for reply in asyncio.run(Sampled(sure, 1.0).answer(asks)) if isinstance(reply, Reply)]
    again = [reply.choice for reply in asyncio.run(Sampled(sure, 1.0).answer(asks)) if isinstance(reply, Reply)]
    cold = [reply.choice for reply in asyncio.run(Sampled(sure, 0.01).answer(asks)) if isinstance(reply, Reply)]
    assert taken == again
    assert [taken.count(place) for place in range(3)] == pytest.approx([300, 100, 0], abs=25), "e^-0.1 to e^-1.2"
    assert set(cold) == {0}


def test_words_are_asked_for_at_the_temperature() -> None:
    asked: list[float] = []

    def script(request: Request) -> str:
        asked.append(request.temperature)
        return "Hm."

    engine = Sampled(scripted.from_function(script, "scripted:x"), 0.8)
    asyncio.run(engine.answer([Request((), temperature=0.0), Request((), temperature=1.2)]))
    assert asked == [0.8, 1.2]
    assert engine.name == "scripted:x sampled at 0.8", "its answers are not those of the engine itself"


# ---------------------------------------------------------------- a model that learns


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for library in ("torch", "peft", "trl"):
        pytest.importorskip(library)
    return tiny.model(tmp_path_factory.mktemp("tiny") / "llama")


@pytest.fixture(scope="module")
def engine(model: Path) -> Iterator[Engine]:
    found = opening.open_engine(f"transformers:{model}?threads=1", {})
    yield found
    asyncio.run(found.close())


class Talk:
    """Dialogues of two moves of a tutor, about problems that differ in a number; the better, the oftener it asks."""

    system, answer = "You teach.", "Hm."

    def __init__(self, engine: Engine, group: Group) -> None:
        self._engine = Sampled(engine, group.temperature)
        self._group = group

    def __call__(self, step: int, learnt: Learnt | None) -> list[list[Rollout]]:
        problems = [f"I think that {step} + {place} is {step}." for place in range(self._group.problems)]
        told = [(Message("system", self.system), Message("user", problem)) for problem in problems
                for _ in range(self._group.times)]
        lessons: list[tuple[Lesson, ...]] = [()] * len(told)
        for turn in range(2):
            asks = [self.asked(messages, (step * 2 + turn) * 1000 + at, learnt.folder if learnt else "")
                    for at, messages in enumerate(told)]
            for at, reply in enumerate(asyncio.run(self._engine.answer(asks))):
                assert isinstance(reply, Reply), reply
                lessons[at] += (Lesson(told[at], reply.text, not asks[at].choices and reply.finish == "stop"),)
                told[at] = (*told[at], Message("assistant", reply.text), Message("user", self.answer))
        return [[Rollout(problem, sum(map(self.worth, lessons[at])) / 2, lessons[at])
                 for at in range(place * self._group.times, (place + 1) * self._group.times)]
                for place, problem in enumerate(problems)]

    def asked(self, messages: tuple[Message, ...], seed: int, adapter: str) -> Request:
        return Request(messages, seed=seed, choices=MOVES, adapter=adapter)

    def worth(self, lesson: Lesson) -> float:
        return float(lesson.answer == MOVES[0])


GROUP = Group(problems=2, times=8, kl=0.01)
SETTINGS = Settings(rank=4, alpha=8, rate=0.03, steps=6)
MARGIN = 0.25
"""By how much the mean reward of the last two steps is above that of the first, in which nothing has been learnt."""


def test_the_reward_rises_and_nobody_is_told(model: Path, engine: Engine, tmp_path: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub.utils import _telemetry

    from pedalang.study.weights import grpo

    monkeypatch.setattr(_telemetry, "_start_telemetry_thread", lambda: pytest.fail("TRL tells its makers"))
    found = grpo.grpo(model, Talk(engine, GROUP), lambda step, learnt: None, SETTINGS, GROUP, tmp_path, seed=1)
    rewards = [step.reward or 0.0 for step in found.steps]
    assert [step.number for step in found.steps] == list(range(1, 7))
    assert sum(rewards[-2:]) / 2 - rewards[0] > MARGIN, rewards
    assert found.steps[0].kl == 0, "nothing has changed yet"
    assert (found.steps[-1].kl or 0) > 0
    assert len(list(tmp_path.iterdir())) == 6, "what was learnt is kept after each step"


def test_training_ends_where_somebody_raises_and_goes_the_same_way_again(model: Path, engine: Engine,
                                                                         tmp_path: Path) -> None:
    import torch

    from pedalang.study.weights import grpo

    told: dict[str, list[grpo.Step]] = {"first": [], "again": []}
    for name, steps in told.items():
        def until(step: grpo.Step, learnt: Learnt, steps: list[grpo.Step] = steps) -> None:
            steps.append(step)
            torch.rand(len(told["again"]) + 1)  # as an engine does that loads an adapter
            if step.number == 2:
                raise Stopped("enough")

        with pytest.raises(Stopped, match="enough"):
            grpo.grpo(model, Talk(engine, GROUP), until, SETTINGS, GROUP, tmp_path / name, seed=1)
    assert len(told["first"]) == 2 and told["first"] == told["again"]
    first, again = ({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
                    for name in told)
    assert first == again, "the same weights, in folders of the same names"
    assert len([path for path in first if path.suffix == ".safetensors"]) == 2


def test_dialogues_without_a_reward_move_nothing(model: Path, engine: Engine, tmp_path: Path) -> None:
    from pedalang.study.weights import adapters, grpo

    def play(step: int, learnt: Learnt | None) -> list[list[Rollout]]:
        return [[each._replace(reward=None) for each in group] for group in Talk(engine, GROUP)(step, learnt)]

    found = grpo.grpo(model, play, lambda step, learnt: None, structs.replace(SETTINGS, steps=1), GROUP,
                      tmp_path, seed=1)
    _, tensors = adapters.read(Path(found.learnt.folder))
    assert not any(tensor.any() for name, tensor in tensors.items() if "lora_B" in name)
    assert (found.steps[0].reward, found.steps[0].rewarded, found.steps[0].missing) == (None, 0, 16)


class Asking(Talk):
    """Dialogues in free words; the better, the fewer words the tutor needs."""

    system, answer = "You are a tutor. You answer in one short sentence.", "I am not sure."

    def asked(self, messages: tuple[Message, ...], seed: int, adapter: str) -> Request:
        return Request(messages, seed=seed, max_tokens=24, adapter=adapter)

    def worth(self, lesson: Lesson) -> float:
        return 1 - min(len(lesson.answer.split()), 20) / 20


@pytest.mark.full
def test_six_steps_on_the_embedded_model(tmp_path: Path) -> None:
    """Two problems, four dialogues of two turns each, a step."""
    from pedalang.study.weights import grpo

    engine = opening.open_engine("transformers:", dict(os.environ))
    group = Group(problems=2, times=4)
    try:
        found = grpo.grpo(Path(engine.abilities.weights), Asking(engine, group), lambda step, learnt: None,
                          Settings(steps=6, rate=2e-4, tokens=512), group, tmp_path, seed=1)
    finally:
        asyncio.run(engine.close())
    assert len(found.steps) == 6
    assert all(step.rewarded == 8 for step in found.steps)
    assert found.steps[0].kl == pytest.approx(0, abs=1e-4)
    assert (found.steps[-1].kl or 0) > 1e-4, "the weights have moved"
    assert sum(step.reward or 0 for step in found.steps[3:]) > sum(step.reward or 0 for step in found.steps[:3])
