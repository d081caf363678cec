"""What a reply is held to: a JSON schema or a grammar, by llguidance, a token at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import llguidance
import torch

from pedalang.runtime.errors import EngineError

_SILENT = 0


class Constraints:
    """Those of one model, by its tokenizer in the JSON of the library `tokenizers`. `size` is how many tokens it gives
    probabilities for."""

    def __init__(self, tokenizer: str, size: int, ends: frozenset[int]) -> None:
        self._size = size
        self._tokenizer = llguidance.LLTokenizer(tokenizer, n_vocab=size, eos_token=sorted(ends))

    def held(self, schema: Mapping[str, Any] | None, grammar: str) -> Held:
        """Raises `EngineError` PED1110 for a schema or grammar that cannot be kept."""
        made = grammar if schema is None else llguidance.LLMatcher.grammar_from_json_schema(json.dumps(dict(schema)))
        held = Held(llguidance.LLMatcher(self._tokenizer, made, log_level=_SILENT), self._size)
        held.check()
        return held


class Held:
    """One reply that is held: says which tokens may come next, and is told which one came."""

    def __init__(self, matcher: Any, size: int) -> None:
        self._matcher = matcher
        self._size = size

    def allowed(self) -> torch.Tensor:
        """A truth value a token."""
        bits = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
        each = bits[:, None].bitwise_right_shift(torch.arange(8, dtype=torch.uint8)).bitwise_and(1)
        return each.flatten()[: self._size].bool()

    def took(self, token: int) -> bool:
        """Whether the reply is whole, so that nothing may follow."""
        self._matcher.consume_token(token)
        return self._matcher.is_stopped()

    def check(self) -> None:
        """Raises `EngineError` PED1110 where the form could not be kept."""
        if self._matcher.is_error():
            raise EngineError("PED1110", f"the reply cannot be held to its form: {self._matcher.get_error()[:200]}",
                              help="make the schema or grammar simpler")
