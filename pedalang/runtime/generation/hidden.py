"""What a language model makes of texts on its way: the states of two of its layers, as numbers to learn from.

The model is as it is, and nothing of it is changed. Of each layer the mean over a text's tokens is taken. A text is
read by itself, or after other texts: then what it is about, and who spoke before, is in its states. Texts of the same
number of tokens go together, so that nothing is padded, and what begins another text is not read twice: a token's
states depend on what stands before it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from pedalang.runtime.errors import EngineError

MOST_TOKENS = 4_096
"""Of texts that are read one after the other; what is more is left out at the beginning."""
TOGETHER = 2_048
"""Tokens that go through the layers at once."""
DEPTHS = (1 / 3, 2 / 3)
"""Which layers, as parts of the way."""
BETWEEN = "\n"
"""What stands between texts that are read one after the other, and are not empty."""

Tokens: TypeAlias = tuple[int, ...]


class Reader(NamedTuple):
    """A model up to the last of the layers that are looked at, its tokenizer, and which layers these are."""

    network: Any
    tokenizer: Any
    layers: tuple[int, ...]

    @property
    def width(self) -> int:
        return len(self.layers) * int(self.network.config.hidden_size)


class Span(NamedTuple):
    """Where a text's tokens stand among those that were read."""

    tokens: Tokens
    first: int
    end: int


def states(folder: Path, texts: Sequence[str]) -> NDArray[np.float64]:
    """A row for each text, read by itself: the states of the layers, one beside the other. Raises `EngineError` PED1103
    for a folder that holds no such model."""
    return after(folder, [(text,) for text in texts], 1)


def after(folder: Path, rows: Sequence[Sequence[str]], last: int) -> NDArray[np.float64]:
    """Texts that are read one after the other: for each row of them the states of the last ones, each the mean over its
    own tokens; zeros for a text without any. Raises as `states` does."""
    reader = _opened(folder)
    known = {row: _spans(reader.tokenizer, row, last) for row in sorted(set(map(tuple, rows)))}
    spans = dict.fromkeys(span for row in known.values() for span in row if span.end > span.first)
    carriers = _carriers(span.tokens for span in spans)
    wanted: dict[Tokens, list[Span]] = {}
    for span in spans:
        wanted.setdefault(carriers[span.tokens], []).append(span)
    found: dict[Span, NDArray[np.float64]] = {}
    for together in _batches(wanted):
        found |= _means(reader, {tokens: wanted[tokens] for tokens in together})
    parts = [found.get(span, np.zeros(reader.width)) for row in rows for span in known[tuple(row)]]
    return np.asarray(parts, np.float64).reshape(len(rows), last * reader.width)


def _spans(tokenizer: Any, texts: Sequence[str], last: int) -> list[Span]:
    """Where the last texts stand in all of them. A token that belongs to two texts is counted to the second."""
    ends = np.cumsum([len(text) + (len(BETWEEN) if text else 0) for text in texts]) - len(BETWEEN)
    read = tokenizer(BETWEEN.join(filter(None, texts)), return_offsets_mapping=True, add_special_tokens=False)
    tokens = tuple(read["input_ids"])
    begins, stops = np.asarray(read["offset_mapping"], np.intp).reshape(-1, 2).T
    cut = max(len(tokens) - MOST_TOKENS, 0)
    spans: list[Span] = []
    for text, end in list(zip(texts, ends, strict=True))[-last:]:
        inside = np.flatnonzero((stops > end - len(text)) & (begins < end) & bool(text))
        first, stop = (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (cut, cut)
        spans.append(Span(tokens[cut:], max(first - cut, 0), max(stop - cut, 0)))
    return spans


def _carriers(sequences: Iterable[Tokens]) -> dict[Tokens, Tokens]:
    """For each sequence the longest one that begins with it: in order, what begins another stands right before it or
    before others that it begins too."""
    found: dict[Tokens, Tokens] = {}
    after: Tokens = ()
    for tokens in sorted(set(sequences), reverse=True):
        found[tokens] = found[after] if after[:len(tokens)] == tokens and after else tokens
        after = tokens
    return found


def _batches(sequences: Iterable[Tokens]) -> Iterator[list[Tokens]]:
    """Sequences of the same length, so many that they go through the layers at once."""
    by_length: dict[int, list[Tokens]] = {}
    for tokens in sorted(sequences):
        by_length.setdefault(len(tokens), []).append(tokens)
    for length, alike in sorted(by_length.items()):
        step = max(TOGETHER // length, 1)
        yield from (alike[at:at + step] for at in range(0, len(alike), step))


def _means(reader: Reader, wanted: Mapping[Tokens, Sequence[Span]]) -> dict[Span, NDArray[np.float64]]:
    """The states of the layers over each span."""
    with torch.inference_mode():
        every = reader.network(input_ids=torch.tensor(list(wanted)), output_hidden_states=True,
                               use_cache=False).hidden_states
        seen = torch.cat([every[layer] for layer in reader.layers], dim=2)
    return {span: seen[at, span.first:span.end].mean(dim=0).double().numpy()
            for at, spans in enumerate(wanted.values()) for span in spans}


def _opened(folder: Path) -> Reader:
    """Raises `EngineError` PED1103."""
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
    layers = tuple(round(depth * network.config.num_hidden_layers) for depth in DEPTHS)
    network.config.num_hidden_layers = min(max(layers) + 1, network.config.num_hidden_layers)  # the last one is normed
    return Reader(network.eval(), tokenizer, layers)
