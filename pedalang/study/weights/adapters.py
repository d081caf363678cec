"""A LoRA adapter as a folder: what is written, and what is checked before anything is loaded. No torch here.

Two files, as PEFT reads them: `adapter_config.json`, of which only a few typed fields are written or accepted, and
`adapter_model.safetensors`, only numbers. The same weights give the same bytes. The base model is named by the SHA-256
of its weights, so that an adapter is never put on another model.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from pedalang import reading
from pedalang.runtime.errors import RunError
from pedalang.runtime.generation.folders import BASE

CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"
MOST_CONFIG, MOST_TENSORS = 100_000, 4_000_000_000
MOST_RANK = 1024
_NAME = re.compile(r"base_model\.model\.(?P<module>[A-Za-z0-9_.]+)\.lora_(?P<side>[AB])\.weight")
_KINDS = ("float32", "float16")

Tensors = Mapping[str, NDArray[Any]]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """All that an adapter of ours says of itself: PEFT's names, values that cannot name anything to be run."""

    r: int
    lora_alpha: int
    target_modules: tuple[str, ...]
    base_model_name_or_path: str
    peft_type: Literal["LORA"] = "LORA"
    task_type: Literal["CAUSAL_LM"] = "CAUSAL_LM"
    bias: Literal["none"] = "none"
    lora_dropout: float = 0.0
    fan_in_fan_out: bool = False
    inference_mode: bool = True

    @property
    def base(self) -> str:
        """SHA-256 of the weights that it changes."""
        return self.base_model_name_or_path.removeprefix(BASE)


def write(folder: Path, config: Config, tensors: Tensors) -> str:
    """Writes an adapter, in place of one that is there; gives the SHA-256 of its weights. Raises `RunError` PED1341 for
    what is none, PED1318 without the library safetensors, `OSError`."""
    _checked(folder, config, tensors)
    whole = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    data = _safetensors().save(whole, {"format": "pt"})
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(msgspec.to_builtins(config), indent=1, sort_keys=True) + "\n"
    for name, content in ((TENSORS, data), (CONFIG, text.encode())):
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)
    return hashlib.sha256(data).hexdigest()


def read(folder: Path, sha256: str = "") -> tuple[Config, dict[str, NDArray[Any]]]:
    """An adapter that `write` wrote. Raises `RunError`: PED1341 for anything else, and for weights that have not the
    digest that is given."""
    try:
        text, data = (reading.regular(folder / name, most)
                      for name, most in ((CONFIG, MOST_CONFIG), (TENSORS, MOST_TENSORS)))
    except OSError as error:
        raise _none(folder, (error.strerror or "it cannot be read").lower()) from None
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise _none(folder, f"`{TENSORS}` was changed: its digest is another one")
    try:
        config = msgspec.json.decode(text, type=Config)
        tensors = _safetensors().load(data)
    except RunError:
        raise
    except Exception as error:  # the library raises what it likes for a file that is not as it should be
        raise _none(folder, str(error)[:200]) from None
    _checked(folder, config, tensors)
    return config, tensors


def _checked(folder: Path, config: Config, tensors: Tensors) -> None:
    """Raises `RunError` PED1341 for settings or tensors that no adapter has."""
    digest = re.fullmatch(r"sha256:[0-9a-f]{64}", config.base_model_name_or_path)
    if digest is None or not 1 <= config.r <= MOST_RANK or not 1 <= config.lora_alpha <= 64 * MOST_RANK or \
            config.lora_dropout or config.fan_in_fan_out or not config.inference_mode:
        raise _none(folder, f"`{CONFIG}` says something that is not written there")
    if not tensors or not config.target_modules or list(config.target_modules) != sorted(set(config.target_modules)):
        raise _none(folder, "it changes nothing, or not in order")
    sides: dict[str, set[str]] = {}
    for name, tensor in tensors.items():
        found = _NAME.fullmatch(name)
        if found is None or found["module"].rpartition(".")[2] not in config.target_modules:
            raise _none(folder, f"`{name[:80]}` is no part of it")
        rank = tensor.shape[0 if found["side"] == "A" else -1] if tensor.ndim == 2 else 0
        if rank != config.r or str(tensor.dtype) not in _KINDS or not np.isfinite(tensor).all():
            raise _none(folder, f"`{name[:80]}` has the form {tensor.dtype} {'x'.join(map(str, tensor.shape))}, or "
                        "holds what is no number")
        sides.setdefault(found["module"], set()).add(found["side"])
    if any(each != {"A", "B"} for each in sides.values()) or \
            {module.rpartition(".")[2] for module in sides} != set(config.target_modules):
        raise _none(folder, "a part of it is missing")


def _none(folder: Path, why: str) -> RunError:
    return RunError("PED1341", f"{folder} is no adapter that was trained here: {why}", help="train it anew")


def _safetensors() -> Any:
    try:
        return importlib.import_module("safetensors.numpy")
    except ModuleNotFoundError:
        raise RunError("PED1318", "arrays are kept by the library safetensors, which is not installed",
                       help="pip install 'pedalang[study]'") from None
