"""What a language model makes of texts on its way: the states of two of its layers, as numbers to learn from.

The model is as it is, and nothing of it is changed. Of each layer the mean over a text's tokens is taken; texts of the
same number of tokens go together, so that nothing is padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from pedalang.runtime.errors import EngineError

MOST_TOKENS = 512
TOGETHER = 2_048
"""Tokens that go through the layers at once."""
DEPTHS = (1 / 3, 2 / 3)
"""Which layers, as parts of the way."""


def states(folder: Path, texts: Sequence[str]) -> NDArray[np.float64]:
    """A row for each text: the states of the layers, one beside the other. Raises `EngineError` PED1103 for a folder
    that holds no such model."""
    network, tokenizer = _opened(folder)
    known = sorted(set(texts))
    tokens = {text: tokenizer(text, truncation=True, max_length=MOST_TOKENS)["input_ids"] or [tokenizer.eos_token_id]
              for text in known}
    by_length: dict[int, list[str]] = {}
    for text in known:
        by_length.setdefault(len(tokens[text]), []).append(text)
    found: dict[str, NDArray[np.float64]] = {}
    for length, alike in by_length.items():
        step = max(TOGETHER // length, 1)
        for at in range(0, len(alike), step):
            part = alike[at:at + step]
            found |= dict(zip(part, _means(network, [tokens[text] for text in part]), strict=True))
    return np.asarray([found[text] for text in texts], np.float64)


def _means(network: Any, tokens: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    with torch.inference_mode():
        layers = network(input_ids=torch.tensor(tokens), output_hidden_states=True, use_cache=False).hidden_states
    chosen = [layers[round(depth * (len(layers) - 1))].mean(dim=1) for depth in DEPTHS]
    return torch.cat(chosen, dim=1).double().numpy()


def _opened(folder: Path) -> tuple[Any, Any]:
    logging.disable_progress_bar()
    try:
        network: Any = AutoModel.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False,
                                                 use_safetensors=True, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as error:  # the libraries raise what they like for a file that is not as it should be
        raise EngineError("PED1103", f"{folder} cannot be loaded as a model: {str(error)[:200]}",
                          help="it must be whole, and of a kind that transformers knows by itself") from None
    finally:
        logging.enable_progress_bar()
    return network.eval(), tokenizer
