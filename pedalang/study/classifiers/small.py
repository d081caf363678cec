"""Texts as the embedded language model sees them: its states at a third and at two thirds of the way, frozen, on which
a head is trained.

Some dimensions of such states are hundreds of times as large as others and say nothing, so the square roots are taken,
with their signs, and each row is made of length 1. Nothing of that is learnt.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from pedalang.runtime.errors import RunError

WIDTH = 1_152
"""Two layers of 576."""


def embedded(texts: Sequence[str], environment: Mapping[str, str]) -> NDArray[np.float64]:
    """A row of 1,152 numbers for each text; `environment` says where the unpacked model is kept. Raises `RunError`:
    PED1309 where torch or transformers is not installed, PED1103 where the model is not."""
    generation = _library("embedded").folder(_library("folders").caches(environment))
    return evened(_library("hidden").states(generation, texts))


def after(rows: Sequence[Sequence[str]], last: int, environment: Mapping[str, str]) -> NDArray[np.float64]:
    """Texts that are read one after the other: for each row of them 1,152 numbers of each of the last ones. Raises as
    `embedded` does."""
    generation = _library("embedded").folder(_library("folders").caches(environment))
    found = _library("hidden").after(generation, rows, last)
    return evened(found.reshape(-1, WIDTH)).reshape(len(rows), last * WIDTH)


def evened(states: NDArray[np.float64]) -> NDArray[np.float64]:
    """The square roots of the states with their signs, each row of length 1."""
    roots = np.sign(states) * np.sqrt(np.abs(states))
    return roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-12)


def _library(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"pedalang.runtime.generation.{name}")
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "pedalang":
            raise
        raise RunError("PED1309", f"a classifier by `tuned` needs {error.name}, which is not installed",
                       help="pip install 'pedalang[study,transformers]'") from None
