"""SFT, DPO and KTO of an adapter, through TRL's trainers, in this process.

Lessons come as messages and are cut into tokens by the engine's own `Chat`: what is learnt is, token for token, what
the engine is asked. TRL is handed tokens, so its own templates have no part in it. A choice is learnt without an end,
for an engine weighs its own words alone; generated words are learnt with the sign that ends them.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from datasets import Dataset, disable_progress_bars, enable_progress_bars
from huggingface_hub import constants
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from transformers.trainer_callback import PrinterCallback, TrainerCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.kto_config import KTOConfig
from trl.trainer.kto_trainer import KTOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from pedalang.runtime.errors import EngineError, RunError
from pedalang.runtime.generation import folders, loading
from pedalang.runtime.generation.chat import Chat
from pedalang.study.weights import adapters
from pedalang.study.weights.lessons import Lesson, Pair, Verdict
from pedalang.study.weights.settings import Learnt, Settings

MEASURED = 32
"""Of how many lessons the loss is computed before and after."""
ANSWERS = ("chosen_ids", "rejected_ids", "completion_ids")
CONTRAST = "KL_completion_ids"
"""TRL's name for the answer of another prompt that KTO compares with."""


Watch = Callable[[int, float], object]
"""Is told of each step, counted from 1, and its loss."""


def unwatched(step: int, loss: float) -> None:
    """Where nobody looks on."""


class _Pairs(DPOTrainer):
    """TRL's, for lessons that are tokens already."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset


class _Verdicts(KTOTrainer):
    """The same."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset


class _Telling(TrainerCallback):
    """Tells of each step."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
        if logs and "loss" in logs:
            self._watch(state.global_step, float(logs["loss"]))


@dataclass(frozen=True, slots=True)
class Student:
    """A model that learns: its folder, its tokens, the signs that end its answers."""

    folder: Path
    base: str
    chat: Chat
    end: int
    network: Any
    settings: Settings
    seed: int

    def prompt(self, messages: Sequence[tuple[str, str]]) -> list[int]:
        return list(self.chat.prompt(messages))

    def answer(self, text: str, ends: bool) -> list[int]:
        return [*self.chat.tokens(text), *([self.end] if ends else [])]


def sft(folder: Path, lessons: Sequence[Lesson], settings: Settings, into: Path, *, seed: int = 0,
        start: Path | None = None, watch: Watch = unwatched) -> Learnt:
    """Learns answers. `folder` is the model's, `start` an adapter to go on from. Raises `RunError`: PED1343 where there
    is nothing to learn from, PED1341, PED1342; `EngineError` for a model that cannot be loaded."""
    with quiet():
        student = opened(folder, settings, seed, start)
        rows = [{"input_ids": prompt + answer, "completion_mask": [0] * len(prompt) + [1] * len(answer)}
                for each in lessons for prompt, answer in [_cut(student, each)]]
        return _learnt(student, "sft", rows, into, watch, lambda data, out: SFTTrainer(
            model=student.network, args=SFTConfig(**arguments(student, out), completion_only_loss=True),
            train_dataset=data, eval_dataset=_some(data), processing_class=tokenizer(folder)))


def dpo(folder: Path, lessons: Sequence[Pair], settings: Settings, into: Path, *, seed: int = 0,
        start: Path | None = None, watch: Watch = unwatched) -> Learnt:
    """Learns to prefer the better answer of each pair (Rafailov et al. 2023, the sigmoid loss). As `sft` otherwise."""
    with quiet():
        student = opened(folder, settings, seed, start)
        rows = [{"prompt_ids": student.prompt(each.messages), "chosen_ids": student.answer(each.chosen, each.ends),
                 "rejected_ids": student.answer(each.rejected, each.ends)} for each in lessons]
        return _learnt(student, "dpo", rows, into, watch, lambda data, out: _Pairs(
            model=student.network, args=DPOConfig(**arguments(student, out), beta=settings.beta),
            train_dataset=data, eval_dataset=_some(data), processing_class=tokenizer(folder)))


def kto(folder: Path, lessons: Sequence[Verdict], settings: Settings, into: Path, *, seed: int = 0,
        start: Path | None = None, watch: Watch = unwatched) -> Learnt:
    """Learns wanted answers and unlearns unwanted ones (Ethayarajh et al. 2024). As `sft` otherwise."""
    with quiet():
        student = opened(folder, settings, seed, start)
        rows = [{"prompt_ids": prompt, "completion_ids": answer, "label": each.wanted}
                for each in lessons for prompt, answer in [_cut(student, each)]]
        rows = [{**row, CONTRAST: rows[place - 1]["completion_ids"]} for place, row in enumerate(rows)]
        return _learnt(student, "kto", rows, into, watch, lambda data, out: _Verdicts(
            model=student.network, args=KTOConfig(**arguments(student, out), beta=settings.beta),
            train_dataset=data, eval_dataset=_some(data), processing_class=tokenizer(folder)))


def opened(folder: Path, settings: Settings, seed: int, start: Path | None) -> Student:
    """The model with an adapter that learns: that of `start`, or one that changes nothing yet."""
    device = loading.device(settings.device)
    kind = loading.dtype("", device)
    base = folders.digest(folder)
    transformers.set_seed(seed)
    try:
        network: Any = transformers.AutoModelForCausalLM.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=kind)
    except Exception as error:  # the libraries raise what they like for a file that is not as it should be
        raise EngineError("PED1103", f"{folder} cannot be loaded as a model: {str(error)[:200]}",
                          help="it must be whole, and of a kind that transformers knows by itself") from None
    chat = Chat(folder)
    end = min(chat.ends())
    return Student(folder, base, chat, end, _adapted(network.to(device), settings, start, base), settings, seed)


def _adapted(network: Any, settings: Settings, start: Path | None, base: str) -> PeftModel:
    if start is None:
        said = LoraConfig(r=settings.rank, lora_alpha=settings.alpha, target_modules=_targets(network),
                          task_type="CAUSAL_LM")
        return _made(network, said)
    folders.fits(start, base)
    config, tensors = adapters.read(start)
    made = _made(network, LoraConfig(r=config.r, lora_alpha=config.lora_alpha, target_modules=[*config.target_modules],
                                     task_type="CAUSAL_LM"))
    set_peft_model_state_dict(made, {name: torch.from_numpy(each.copy()) for name, each in tensors.items()})
    return made


def _made(network: Any, said: LoraConfig) -> PeftModel:
    made = get_peft_model(network, said)
    assert isinstance(made, PeftModel)
    return made


def _targets(network: Any) -> list[str]:
    """The names of a model's linear layers, all but the last, which gives the words."""
    head = network.get_output_embeddings()
    return sorted({name.rpartition(".")[2] for name, module in network.named_modules()
                   if isinstance(module, torch.nn.Linear) and module is not head})


def _cut(student: Student, lesson: Lesson | Verdict) -> tuple[list[int], list[int]]:
    return student.prompt(lesson.messages), student.answer(lesson.answer, lesson.ends)


def _size(row: Mapping[str, Any]) -> int:
    """The tokens of a lesson's longest text."""
    if "input_ids" in row:
        return len(row["input_ids"])
    return len(row["prompt_ids"]) + max(len(row[name]) for name in ANSWERS if name in row)


def _learnt(student: Student, method: str, rows: Sequence[Mapping[str, Any]], into: Path, watch: Watch,
            trainer: Callable[[Dataset, str], Any]) -> Learnt:
    fitting = [dict(row) for row in rows if _size(row) <= student.settings.tokens]
    if not fitting:
        raise RunError("PED1343", f"there is nothing to learn from for `{method}`" + (
            f": all {len(rows)} lessons are longer than {student.settings.tokens} tokens" if rows else
            ": no dialogue was better than another of its problem"),
            help="play more dialogues of each problem, or let who learns say more different things")
    with tempfile.TemporaryDirectory() as out:
        learns = trainer(Dataset.from_list(fitting), out)
        learns.remove_callback(PrinterCallback)
        learns.add_callback(_Telling(watch))
        before = float(learns.evaluate()["eval_loss"])
        learns.train()
        after = float(learns.evaluate()["eval_loss"])
        losses = tuple(float(each["loss"]) for each in learns.state.log_history if "loss" in each)
    return kept(student, method, into, len(fitting), len(rows) - len(fitting), (before, after, losses))


def kept(student: Student, method: str, into: Path, lessons: int, left_out: int,
          went: tuple[float, float, tuple[float, ...]]) -> Learnt:
    """Writes what was learnt; `went` are the losses before, after and on the way."""
    network = student.network
    said = network.peft_config["default"]
    tensors = {name: each.detach().to("cpu", torch.float32).numpy()
               for name, each in get_peft_model_state_dict(network).items()}
    config = adapters.Config(said.r, said.lora_alpha, tuple(sorted(said.target_modules)),
                             f"{folders.BASE}{student.base}")
    digest = adapters.write(into, config, tensors)
    on = next(network.parameters()).device
    return Learnt(str(into), digest, student.base, method, lessons, left_out, *went,
                  torch.cuda.get_device_name(on) if on.type == "cuda" else on.type)


def _some(data: Dataset) -> Dataset:
    return data.select(range(min(MEASURED, len(data))))


def tokenizer(folder: Path) -> Any:
    """TRL pads with it, and nothing else."""
    found: Any = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    found.pad_token = found.pad_token or found.eos_token
    return found


def arguments(student: Student, out: str) -> dict[str, Any]:
    """What the three trainers are told alike. Nothing is saved by them, and nobody is told anything."""
    settings = student.settings
    on = next(student.network.parameters())
    return {"output_dir": out, "per_device_train_batch_size": settings.batch, "max_steps": settings.steps,
            "per_device_eval_batch_size": settings.batch, "learning_rate": settings.rate,
            "lr_scheduler_type": "linear", "logging_steps": 1, "save_strategy": "no", "report_to": [],
            "disable_tqdm": True, "use_cpu": on.device.type == "cpu", "bf16": on.dtype == torch.bfloat16,
            "gradient_checkpointing": on.device.type != "cpu", "max_length": None, "seed": student.seed,
            "data_seed": student.seed, "dataloader_num_workers": 0, "log_level": "error"}


@contextmanager
def quiet() -> Iterator[None]:
    """Without the libraries' bars and lines: what is worth saying is said by who asked. TRL would tell its makers of
    each training, over the network; it does not."""
    level, told = logging.getLogger("trl").level, constants.HF_HUB_DISABLE_TELEMETRY
    constants.HF_HUB_DISABLE_TELEMETRY = True
    disable_progress_bars()
    logging.getLogger("trl").setLevel(logging.ERROR)
    try:
        with loading.quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        constants.HF_HUB_DISABLE_TELEMETRY = told
        enable_progress_bars()
        logging.getLogger("trl").setLevel(level)
