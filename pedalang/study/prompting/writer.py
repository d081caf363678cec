"""Who writes new prompts, as DSPy and our own proposer ask it. What is asked twice is another draw: the k-th request of
the same words has the k-th seed, whatever thread it comes from."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import dspy
import msgspec
from dspy import lm15

from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.episode import seeds
from pedalang.runtime.program import lm as models
from pedalang.runtime.program.loop import Loop, Shared
from pedalang.study.prompting.stopping import Stop

TEMPERATURE = 0.7
MOST_TOKENS = 1_000
PURPOSE = "prompt"
"""What its requests are for, as an engine is told."""


class Writer:
    """An engine that writes. `complete` is what `dspy.LM` calls; copies of a program share it."""

    supported_params = models.Answering.supported_params

    def __init__(self, engine: Engine, seed: int) -> None:
        self._loop = Loop()
        self._shared = Shared(engine)
        self._answering = models.Answering(self._shared, self._loop)
        self._seed = seed
        self._lock = threading.Lock()
        self._asked: Counter[bytes] = Counter()
        self.name = engine.name
        self.supports_response_schema = engine.abilities.schema

    def model(self) -> dspy.LM:
        """The language model that DSPy asks. It keeps no history: that would be copied with every candidate."""
        return dspy.LM(self.name, engine=self, cache=False, num_retries=0, temperature=TEMPERATURE,
                       max_tokens=MOST_TOKENS)

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Raises `Stop` where the engine fails."""
        words = repr((request.system, request.messages)).encode()
        config = replace(request.config, seed=self._drawn(words), extensions={"purpose": PURPOSE})
        try:
            return self._answering.complete(replace(request, config=config))
        except lm15.LM15Error as error:
            raise Stop from models.own_error(error) or error

    def write(self, messages: tuple[Message, ...]) -> str:
        """What it writes. Raises `Stop` where the engine fails."""
        seed = self._drawn(msgspec.json.encode(messages))
        asked = Request(messages, seed, max_tokens=MOST_TOKENS, temperature=TEMPERATURE, purpose=PURPOSE)
        (reply,) = self._loop.run(self._shared.answer([asked]))
        if not isinstance(reply, Reply):
            raise Stop from reply
        return reply.text

    def close(self) -> None:
        """Ends its thread; the engine is its owner's."""
        self._loop.close()

    def _drawn(self, words: bytes) -> int:
        digest = hashlib.sha256(words).digest()
        with self._lock:
            self._asked[digest] += 1
            return seeds.derived(self._seed, self._asked[digest], -1, digest.hex(), PURPOSE)

    def __deepcopy__(self, memo: dict[int, Any]) -> Writer:
        return self
