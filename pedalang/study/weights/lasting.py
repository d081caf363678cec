"""Learning that is done once: what came of it lies in a folder named by all that it depends on, and is found there by
whoever asks for the same again, also after a kill. The libraries that learn are loaded only where there is something to
do."""

from __future__ import annotations

import hashlib
import importlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Literal

import msgspec

from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.errors import RunError
from pedalang.runtime.generation import folders
from pedalang.study.weights import adapters
from pedalang.study.weights.lessons import Lesson, Pair, Verdict
from pedalang.study.weights.settings import Learnt, Settings

RECORD = "learnt.json"
Method = Literal["sft", "dpo", "kto"]


def learnt(method: Method, model: Path, lessons: Sequence[Lesson | Pair | Verdict], settings: Settings, under: Path, *,
           seed: int = 0, start: Path | None = None,
           watch: Callable[[int, float], object] = lambda step, loss: None) -> Learnt:
    """An adapter of the model in `model`, in a folder under `under`; `start` is one to go on from, `watch` is told of
    each step and its loss. Raises `RunError`: PED1340 without the libraries, PED1343 for nothing to learn from, PED1341
    and PED1342 for a `start` that is none or of another model; `EngineError` for a model that cannot be loaded."""
    base = folders.digest(folders.model(str(model)))
    began = hashlib.sha256((start / adapters.TENSORS).read_bytes()).hexdigest() if start is not None else ""
    told = [method, base, began, seed, settings, lessons]
    key = hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:16]
    found = known(under / key)
    if found is not None:
        return found
    making = under / f".{key}"
    shutil.rmtree(making, ignore_errors=True)
    done = _teaching(method)(model, lessons, settings, making, seed=seed, start=start, watch=watch)
    (making / RECORD).write_bytes(msgspec.json.encode(msgspec.structs.replace(done, folder="")) + b"\n")
    making.replace(under / key)
    return msgspec.structs.replace(done, folder=str(under / key))


def known(folder: Path) -> Learnt | None:
    """What was learnt there; None where nothing was, or not to its end."""
    try:
        found = msgspec.json.decode((folder / RECORD).read_bytes(), type=Learnt)
        adapters.read(folder, found.sha256)
    except (OSError, msgspec.DecodeError, RunError):
        return None
    return msgspec.structs.replace(found, folder=str(folder))


def trainable(engine: Engine, who: str) -> Path:
    """The folder of the weights that an engine answers with. Raises `RunError` PED1344 where it has none here."""
    if not engine.abilities.weights:
        raise RunError("PED1344", f"the weights of `{who}` are to be tuned, and its engine {engine.name} has none that "
                       "can be trained here", help=f"`--role {who}=transformers:` takes the embedded model, "
                       f"`--role {who}=transformers:FOLDER` another one")
    return Path(engine.abilities.weights)


def _teaching(method: Method) -> Callable[..., Learnt]:
    return vars(library("learning"))[method]


def library(name: str) -> ModuleType:
    """A module of this folder that needs the libraries that train. Raises `RunError` PED1340 where they are missing."""
    try:
        return importlib.import_module(f"pedalang.study.weights.{name}")
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "pedalang":
            raise
        seen = f"with the library `{error.name}`, which is not installed" if isinstance(error, ModuleNotFoundError) \
            else f"by libraries that cannot be loaded: {error}"
        raise RunError("PED1340", f"weights are trained {seen}", help="pip install 'pedalang[train]'") from None
