"""One forward pass for many prompts that are differently far: packed, without padding; each attends to its own row.

A pass is made of pieces. A piece is what comes next in a row: a prompt's tokens, or part of them, or the one token that
was drawn last; and, at a prompt's end, a tree of words that the row does not keep. The model is any causal one of
transformers whose layers attend through its attention interface and see the whole prompt; `fitting` finds out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface

from pedalang.runtime.errors import EngineError
from pedalang.runtime.generation.words import Tree

ATTENTION = "pedalang"
"""The name under which transformers knows this way to attend."""
ROUNDED = 64
"""Rows are made longer by so many tokens at a time."""
_FOREIGN = ("softcap", "s_aux", "position_bias")
"""What attention may be told that changes what it computes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a token takes in the memory of a model: a key and a value in each layer and group of heads."""

    layers: int
    groups: int
    width: int
    dtype: torch.dtype
    device: torch.device

    @property
    def bytes(self) -> int:
        return 2 * self.layers * self.groups * self.width * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Piece:
    """`tokens` of a row after the first `start`, and a tree of words after them."""

    row: int
    start: int
    tokens: Sequence[int]
    words: Tree | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.tokens)


class Rows:
    """Keys and values of the prompts under way, `kept[key or value, layer, row, group, token]`."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.kept = self._empty(0, 0)

    def fit(self, rows: int, length: int) -> None:
        """Makes room for so many rows of so many tokens, and gives back what is far too much."""
        length = -(-length // ROUNDED) * ROUNDED
        has_rows, has_length = self.kept.shape[2], self.kept.shape[4]
        if rows <= has_rows and length <= has_length <= 2 * max(length, 8 * ROUNDED):
            return
        old, self.kept = self.kept, self._empty(max(rows, has_rows), length)
        both = min(has_length, length)
        self.kept[:, :, :has_rows, :, :both] = old[:, :, :, :, :both]

    def put(self, row: int, blocks: Sequence[torch.Tensor]) -> None:
        """Begins a row with what was computed before."""
        if blocks:
            begins = torch.cat(list(blocks), dim=3)
            self.kept[:, :, row, :, : begins.shape[3]] = begins

    def cut(self, row: int, start: int, end: int) -> torch.Tensor:
        return self.kept[:, :, row, :, start:end].clone()

    def move(self, row: int, to: int, length: int) -> None:
        self.kept[:, :, to, :, :length] = self.kept[:, :, row, :, :length]

    def _empty(self, rows: int, length: int) -> torch.Tensor:
        of = self.shape
        return torch.zeros((2, of.layers, rows, of.groups, length, of.width), dtype=of.dtype, device=of.device)


class Pass:
    """A forward pass over some pieces: what the model is told, and how its layers attend."""

    def __init__(self, rows: Rows, pieces: Sequence[Piece]) -> None:
        self._kept = rows.kept
        device = rows.shape.device
        self._single = [piece for piece in pieces if len(piece.tokens) == 1 and piece.words is None]
        self._longer = [piece for piece in pieces if len(piece.tokens) != 1 or piece.words is not None]
        self.pieces = (*self._single, *self._longer)
        tokens: list[int] = []
        positions: list[int] = []
        asked: list[int] = []
        for piece in self.pieces:
            tokens += piece.tokens
            positions += range(piece.start, piece.end)
            asked.append(len(tokens) - 1)
            if piece.words is not None:
                asked += range(len(tokens), len(tokens) + len(piece.words.tokens))
                tokens += piece.words.tokens
                positions += (piece.end + depth for depth in piece.words.depths)
        self.tokens = torch.tensor([tokens], device=device)
        self.positions = torch.tensor([positions], device=device)
        self.asked = torch.tensor(asked, device=device)
        """Whose followers are asked for: of each piece its last token, and those of its tree."""
        self._masks = [_mask(piece).to(device) for piece in self._longer]
        self._at_rows = torch.tensor([piece.row for piece in self._single], dtype=torch.long, device=device)
        self._at = torch.tensor([piece.start for piece in self._single], dtype=torch.long, device=device)
        self._used = max((piece.row for piece in self._single), default=-1) + 1
        self._most = max((piece.end for piece in self._single), default=0)
        ends = torch.ones(self._used, dtype=torch.long, device=device)
        ends[self._at_rows] = self._at + 1
        self._seen = (torch.arange(self._most, device=device) < ends[:, None])[:, None, None]

    def attend(self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
               scale: float | None) -> torch.Tensor:
        """Each token's view of its own row. `query`, `key`, `value`: heads, tokens, width."""
        keys, values = self._kept[0, layer], self._kept[1, layer]
        out = query.new_empty(query.shape[1], query.shape[0], value.shape[-1])
        single = len(self._single)
        if single:
            keys[self._at_rows, :, self._at] = key[:, :single].transpose(0, 1)
            values[self._at_rows, :, self._at] = value[:, :single].transpose(0, 1)
            out[:single] = self._next(query[:, :single].transpose(0, 1), keys, values, scale)
        start = single
        for piece, mask in zip(self._longer, self._masks, strict=True):
            own, end = start + len(piece.tokens), start + mask.shape[0]
            keys[piece.row, :, piece.start : piece.end] = key[:, start:own]
            values[piece.row, :, piece.start : piece.end] = value[:, start:own]
            seen, told = keys[piece.row, :, : piece.end], values[piece.row, :, : piece.end]
            if end > own:
                seen = torch.cat([seen, key[:, own:end]], dim=1)
                told = torch.cat([told, value[:, own:end]], dim=1)
            out[start:end] = _grouped(query[:, start:end], seen, told, mask, scale)
            start = end
        return out

    def _next(self, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scale: float | None) -> torch.Tensor:
        """One token a row: all rows at once, those between that have none as well, so that nothing is copied."""
        groups, heads, width = keys.shape[1], *query.shape[1:]
        asks = query.new_zeros(self._used, heads, width)
        asks[self._at_rows] = query
        found = functional.scaled_dot_product_attention(
            asks.view(self._used, groups, heads // groups, width), keys[: self._used, :, : self._most],
            values[: self._used, :, : self._most], attn_mask=self._seen, scale=scale)
        return found.reshape(self._used, heads, -1)[self._at_rows]


def _grouped(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor,
             scale: float | None) -> torch.Tensor:
    """Attention of several tokens; the heads of a group are put one after the other, so that its keys are not
    copied."""
    heads, count, width = query.shape
    groups = keys.shape[0]
    each = heads // groups
    found = functional.scaled_dot_product_attention(
        query.reshape(1, groups, each * count, width), keys[None], values[None],
        attn_mask=mask.repeat(each, 1), scale=scale)
    return found.view(heads, count, -1).transpose(0, 1)


def _mask(piece: Piece) -> torch.Tensor:
    """Which tokens each token of a piece sees: those before it, and of its tree those that lead to it."""
    own, words = len(piece.tokens), piece.words.tokens if piece.words is not None else ()
    mask = torch.zeros((own + len(words), piece.end + len(words)), dtype=torch.bool)
    mask[:, : piece.end] = torch.ones((own + len(words), piece.end), dtype=torch.bool).tril(piece.start)
    mask[own:, : piece.end] = True
    for index, before in enumerate(piece.words.before if piece.words is not None else ()):
        if before:
            mask[own + index, piece.end :] = mask[own + before - 1, piece.end :]
        mask[own + index, piece.end + index] = True
    return mask


def forward(model: Any, step: Pass) -> torch.Tensor:
    """What comes after the tokens that are asked, as logits."""
    with torch.inference_mode():
        return model(input_ids=step.tokens, position_ids=step.positions, use_cache=False, logits_to_keep=step.asked,
                     pedalang=step).logits[0].float()


def fitting(model: Any) -> Shape:
    """What a model's tokens take. Raises `EngineError` PED1110 for a model that attends in another way."""
    seen: dict[int, torch.Tensor] = {}
    try:
        with torch.inference_mode():
            model(input_ids=torch.zeros((1, 2), dtype=torch.long, device=model.device), use_cache=False,
                  position_ids=torch.arange(2, device=model.device)[None], pedalang=_Probe(seen))
    except (TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise _unfit(model, str(error)) from None
    shapes = {tuple(key.shape) for key in seen.values()}
    if sorted(seen) != list(range(model.config.get_text_config().num_hidden_layers)) or len(shapes) != 1:
        raise _unfit(model, "not all of its layers attend in the same way")
    key = seen[0]
    return Shape(len(seen), key.shape[0], key.shape[2], key.dtype, key.device)


class _Probe:
    """Notes what each layer's keys are like."""

    def __init__(self, seen: dict[int, torch.Tensor]) -> None:
        self._seen = seen

    def attend(self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
               scale: float | None) -> torch.Tensor:
        if key.shape != value.shape:
            raise ValueError("its keys and values are of different widths")
        self._seen[layer] = key
        return query.transpose(0, 1)


def _unfit(model: Any, why: str) -> EngineError:
    return EngineError("PED1110", f"a model of the kind `{model.config.model_type}` cannot be played here: {why[:200]}",
                       help="use a model of plain attention, such as Llama, Qwen, Mistral or SmolLM; or `vllm:`")


def _attend(module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attention_mask: Any,
            scaling: float | None = None, pedalang: Any = None, **more: Any) -> tuple[torch.Tensor, None]:
    foreign = [name for name in _FOREIGN if more.get(name) is not None]
    if foreign or pedalang is None:
        raise ValueError(f"it attends with {', '.join(foreign) or 'what is not handed on'}")
    return pedalang.attend(module.layer_idx, query[0], key[0], value[0], scaling)[None], None


AttentionInterface.register(ATTENTION, _attend)
