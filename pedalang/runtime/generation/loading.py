"""A model of transformers from a folder, made ready for `Batch`: its weights, its memory, its adapters."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from pedalang.runtime.errors import EngineError
from pedalang.runtime.generation import folders, rows
from pedalang.runtime.generation.rows import Shape

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
CPU_BYTES = 4 << 30
"""For keys and values in a machine's own memory, where nothing else is said."""
ADAPTERS = 8
"""Of those that were used last so many are held in memory."""
CUDA_SHARE = 0.85
"""Of what the weights leave free of a GPU's memory."""


@contextmanager
def quiet() -> Iterator[None]:
    """Without the bars and reports of transformers: of an adapter it reports that all others are missing."""
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        logging.enable_progress_bar()


def device(named: str) -> torch.device:
    """The device of this name; by default a GPU where there is one. Raises `EngineError` PED1112."""
    name = named or ("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    kind, _, number = name.partition(":")
    if kind != "cuda" or not (number or "0").isdecimal():
        raise EngineError("PED1112", f"the setting `device` of an engine is `{name}`",
                          help="it is `cpu`, `cuda`, or one of several GPUs: `cuda:1`")
    if int(number or 0) >= torch.cuda.device_count():
        raise EngineError("PED1112", f"there is no GPU `{name}` here: PyTorch finds {torch.cuda.device_count()}",
                          help="`device=cpu`, or install PyTorch for your GPU")
    return torch.device(name)


def dtype(named: str, on: torch.device) -> torch.dtype:
    """Raises `EngineError` PED1112 for a name that is none."""
    if not named:
        return torch.float32 if on.type == "cpu" else torch.bfloat16
    if named not in DTYPES:
        raise EngineError("PED1112", f"the setting `dtype` of an engine is `{named}`",
                          help=f"it is one of {', '.join(DTYPES)}")
    return DTYPES[named]


@dataclass(slots=True)
class Model:
    """A model that is loaded, and its adapters by name. One thread uses it at a time."""

    network: Any
    shape: Shape
    _known: dict[str, str] = field(default_factory=dict)
    _used: str = ""
    _loaded: int = 0

    @property
    def parameters(self) -> int:
        return sum(each.numel() for each in self.network.parameters())

    @property
    def size(self) -> int:
        """How many tokens it gives probabilities for."""
        return int(self.network.get_output_embeddings().weight.shape[0])

    @property
    def context(self) -> int:
        """Tokens that it was made for, or that its layers look back."""
        config = self.network.config.get_text_config()
        window = config.sliding_window if getattr(config, "use_sliding_window", True) and \
            getattr(config, "sliding_window", None) else config.max_position_embeddings
        return min(int(window), int(config.max_position_embeddings))

    def use(self, adapter: str) -> None:
        """Lets an adapter's weights count, or with no name the model's own. Raises `EngineError` PED1103."""
        if adapter == self._used:
            return
        if not adapter:
            self.network.disable_adapters()
        else:
            if adapter not in self._known:
                self._load(adapter)
            self._known[adapter] = self._known.pop(adapter)
            self.network.enable_adapters()
            self.network.set_adapter(self._known[adapter])
            for old in [*self._known][:-ADAPTERS]:
                self.network.delete_adapter(self._known.pop(old))
        self._used = adapter

    def _load(self, adapter: str) -> None:
        folder = folders.adapter(adapter)
        name = f"adapter{self._loaded}"
        self._loaded += 1
        try:
            with quiet(), warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Already found a `peft_config`")
                self.network.load_adapter(adapter_name=name, peft_config=PeftConfig.from_pretrained(str(folder)),
                                          adapter_state_dict=load_file(folder / "adapter_model.safetensors"))
        except Exception as error:  # the libraries raise what they like for an adapter that does not fit
            raise EngineError("PED1103", f"the adapter in {folder} cannot be loaded: {str(error)[:200]}",
                              help="it must be made for this model") from None
        self.network.eval()
        self._known[adapter] = name
        self._used = adapter


def load(folder: Path, on: torch.device, kind: torch.dtype) -> Model:
    """Raises `EngineError`: PED1103 for weights that cannot be loaded, PED1110 for a model of a kind that cannot be
    played."""
    logging.disable_progress_bar()
    try:
        network: Any = AutoModelForCausalLM.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=kind,
            attn_implementation=rows.ATTENTION)
        network.to(on).eval()
    except Exception as error:  # the libraries raise what they like for a file that is not as it should be
        raise EngineError("PED1103", f"{folder} cannot be loaded as a model: {str(error)[:200]}",
                          help="it must be whole, and of a kind that transformers knows by itself") from None
    finally:
        logging.enable_progress_bar()
    network.requires_grad_(False)
    return Model(network, rows.fitting(network))


def memory(on: torch.device, gibibytes: int | None) -> int:
    """Bytes for keys and values."""
    if gibibytes is not None:
        return gibibytes << 30
    if on.type == "cpu":
        return CPU_BYTES
    free, _ = torch.cuda.mem_get_info(on)
    return int(free * CUDA_SHARE)
