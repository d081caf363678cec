"""A model's folder on this disk, or an adapter's: that it holds weights that can be read safely, and which they are.

Weights are safetensors, which are only numbers; other forms can hold programs, and are refused. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pedalang.runtime import weights
from pedalang.runtime.errors import EngineError

BASE = "sha256:"
"""What stands before the digest of the weights that an adapter was trained for, where it says it by that."""
_CONFIG = "adapter_config.json"
_UNSAFE = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


def model(target: str) -> Path:
    """The folder of a model. Raises `EngineError` PED1103 for one that is not there or not whole."""
    folder = Path(target)
    if folder.is_file():
        raise EngineError("PED1103", f"{target} is a file, not a model's folder",
                          help="a GGUF file is for the engine `llama:`" if folder.suffix == ".gguf" else
                          "name the folder with config.json, tokenizer.json and the weights")
    _has(folder, "a model's", "config.json", "tokenizer.json")
    return folder


def adapter(target: str) -> Path:
    """The folder of a LoRA adapter. Raises `EngineError` PED1103 likewise."""
    folder = Path(target)
    _has(folder, "an adapter's", _CONFIG)
    return folder


def fits(folder: Path, base: str) -> None:
    """Raises `EngineError` PED1342 for an adapter that says which weights it was trained for, where these are others.
    One that names its model otherwise is left to the library."""
    try:
        said = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        named = str(said.get("base_model_name_or_path") or "")
    except (OSError, ValueError, AttributeError):
        return
    if named.startswith(BASE) and named != f"{BASE}{base}":
        raise EngineError("PED1342", f"the adapter in {folder} was trained for the weights {named[:23]}…, and this "
                          f"model's are {BASE}{base[:16]}…",
                          help="name the model that it was trained for, or train it for this one")


def digest(folder: Path) -> str:
    """SHA-256 of a folder's weights: of the one file, or, for several, of their names and hashes. Raises `EngineError`
    PED1103."""
    try:
        each = [(path.name, weights.digest(path)) for path in sorted(folder.glob("*.safetensors"))]
    except OSError as error:
        raise EngineError("PED1103", f"the weights in {folder} cannot be read: {error.strerror}") from None
    if len(each) == 1:
        return each[0][1]
    return hashlib.sha256("".join(f"{name} {found}\n" for name, found in each).encode()).hexdigest()


def caches(environment: Mapping[str, str]) -> Path:
    """Where what is made once is kept."""
    home = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", "~")) / ".cache"
    return Path(home).expanduser() / "pedalang"


def _has(folder: Path, whose: str, *names: str) -> None:
    if not folder.is_dir():
        raise EngineError("PED1103", f"there is no folder {folder}",
                          help=f"name {whose} folder on this machine: nothing is downloaded")
    for name in names:
        if not (folder / name).is_file():
            raise EngineError("PED1103", f"{folder} is not {whose} folder: it has no {name}",
                              help="save it anew with the library that it was trained with")
    if not any(folder.glob("*.safetensors")):
        unsafe = next((path.name for path in sorted(folder.iterdir()) if path.suffix in _UNSAFE), "")
        raise EngineError("PED1103", f"{folder} has no weights as safetensors" + (f", only {unsafe}" if unsafe else ""),
                          help="save them as safetensors: other forms can hold programs, and are not read")
