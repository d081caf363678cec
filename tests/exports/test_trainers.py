"""TRL's trainers learn from what is brought out: a few steps each, on a model of a few thousand random weights. Runs
where they are installed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests import late, tiny
from tests.exports.conftest import Export, rows

trl, datasets = (late.library(name, "train") for name in ("trl", "datasets"))

STEPS = 2


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.model(tmp_path_factory.mktemp("tiny") / "llama"))


@pytest.fixture
def read(export: Export, tmp_path: Path) -> Any:
    """A form as `datasets` reads it."""
    datasets.disable_progress_bars()

    def loaded(form: str) -> Any:
        return datasets.load_dataset("json", data_files=str(export(form, name=form).paths[0]), split="train",
                                     cache_dir=str(tmp_path / "cache"))

    return loaded


def settings(kind: Any, folder: Path, **more: Any) -> Any:
    return kind(output_dir=str(folder / "learnt"), max_steps=STEPS, per_device_train_batch_size=2, learning_rate=1e-3,
                logging_steps=1, save_strategy="no", report_to=[], use_cpu=True, bf16=False, disable_tqdm=True,
                seed=1, **more)


def losses(trainer: Any) -> list[float]:
    trainer.train()
    return [each["loss"] for each in trainer.state.log_history if "loss" in each]


@pytest.mark.parametrize("form, name", [("sft", "SFT"), ("dpo", "DPO"), ("kto", "KTO")])
def test_trainers_learn_from_examples(form: str, name: str, model: str, read: Any, tmp_path: Path) -> None:
    kind, config = getattr(trl, f"{name}Trainer"), getattr(trl, f"{name}Config")
    trainer = kind(model, args=settings(config, tmp_path, max_length=512), train_dataset=read(form))
    found = losses(trainer)
    assert len(found) == STEPS and all(math.isfinite(loss) and loss > 0 for loss in found)


def test_what_sft_reads_is_the_prompt_as_it_was_sent(model: str, read: Any, tmp_path: Path, export: Export) -> None:
    """The trainer's own tokens, written out again, are the messages of the prompt and the words that were said."""
    trainer = trl.SFTTrainer(model, args=settings(trl.SFTConfig, tmp_path, max_length=None), train_dataset=read("sft"))
    read_back = trainer.processing_class.decode(trainer.train_dataset[1]["input_ids"])
    first = rows(export("sft", name="again"))[1]
    assert read_back == "".join(f"<|start|>{each['role']}\n{each['content']}<|end|>\n"
                                for each in [*first["prompt"], *first["completion"]])


def test_prompts_are_answered_anew_and_rewards_see_what_stands_beside_them(model: str, read: Any,
                                                                           tmp_path: Path) -> None:
    seen: list[str] = []

    def reward(completions: list[Any], key: list[str], item: list[str], value: list[float],
               **more: Any) -> list[float]:
        assert len(key) == len(item) == len(value) == len(completions)
        seen.extend(key)
        return [float(len(each[0]["content"])) for each in completions]

    given = read("grpo")
    trainer = trl.GRPOTrainer(model, reward_funcs=reward, train_dataset=given,
                              args=settings(trl.GRPOConfig, tmp_path, num_generations=2, max_completion_length=6))
    trainer.train()
    assert set(seen) <= set(given["key"]) and len(seen) == 2 * STEPS
