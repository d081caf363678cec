"""The engine `transformers:FOLDER`: a chat model of the library transformers, run by torch on the CPU or a GPU.

    transformers:                       the embedded model, its weights as they are in its GGUF file
    transformers:models/qwen3-8b?slots=256&adapter=adapters/patient

Requests are answered together, and come and go as they like: `generation/batch.py` says how. A choice is weighed by the
log-probability of its own tokens after the prompt, all choices of a request in one pass. A reply depends on its request
and its seed; what else is computed at the same time moves log-probabilities in their last digits.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from pedalang.runtime import weights
from pedalang.runtime.engines import processor
from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.runtime.generation import folders

if TYPE_CHECKING:
    from pedalang.runtime.generation.batch import Answer, Asked, Batch
    from pedalang.runtime.generation.chat import Chat
    from pedalang.runtime.generation.constraint import Constraints, Held

SETTINGS = ("adapter", "context", "device", "dtype", "memory", "slots", "threads")
LARGE = 2_500_000_000
"""Parameters from which on a model may speak in its own words."""
CONTEXT = 8192
"""Tokens of a prompt and its reply, or what the model was made for, where that is less."""
SLOTS = {"cpu": 16, "cuda": 256}
"""Requests answered at a time."""
READ = {"cpu": 512, "cuda": 8192}
"""Tokens of prompts read in one pass, in which all others take a step."""
READS = (*processor.WAITS, "HOME", "XDG_CACHE_HOME")
"""The variables of the environment that are read here."""
DIGITS = 3
"""Decimals of a score."""
FLOOR = -100.0
"""The least log-probability of a token."""
LIBRARIES = ("torch", "transformers", "safetensors", "peft", "gguf")


def open(options: Options) -> Engine:
    """The model in the folder that the target names, or the embedded one. Raises `EngineError`: PED1103 for a model
    that is missing or cannot be loaded, PED1110 for one that attends in a way that is not known here, PED1112."""
    _load(options.environment)
    from pedalang.runtime.generation import loading
    from pedalang.runtime.generation.batch import Batch
    from pedalang.runtime.generation.chat import Chat

    _threads(options.number("threads", processor.cores(), 1024))
    folder = folders.model(options.target) if options.target else _embedded(options.environment)
    device = loading.device(options.settings.get("device", ""))
    chat = Chat(folder)
    model = loading.load(folder, device, loading.dtype(options.settings.get("dtype", ""), device))
    adapter, digest = options.settings.get("adapter", ""), folders.digest(folder)
    if adapter:
        folders.fits(folders.adapter(adapter), digest)
        model.use(adapter)
    asked = options.number("memory", 0, 4096) if "memory" in options.settings else None
    slots = options.number("slots", SLOTS[device.type], 4096)
    context = min(options.number("context", CONTEXT, 1 << 22), model.context)
    ends = chat.ends(model.network.config.eos_token_id, model.network.generation_config.eos_token_id)
    held = _constraints(chat, model.size, ends)
    batch = Batch(model.network, model.shape, ends, slots=slots, memory=loading.memory(device, asked),
                  most=READ[device.type], use=model.use)
    abilities = Abilities(choose=True, scores=True, schema=held is not None, grammar=held is not None, prefix=True,
                          speaks_freely=model.parameters >= LARGE, slots=slots,
                          honours=frozenset({"top_p", "adapter"}), context=context, apart=True,
                          weights=str(folder))
    kind = str(model.shape.dtype).removeprefix("torch.")
    called = folder.resolve().name if options.target else weights.NAME
    return Transformers(batch, chat, held, abilities, f"transformers:{called} {kind}", digest, adapter)


def availability() -> Availability:
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        return Availability(False, f"the library {missing[0]} is not installed", "pip install 'pedalang[transformers]'",
                            "transformers:FOLDER")
    if weights.find() is None:
        return Availability(False, f"{weights.NAME} is not here; other models are `transformers:FOLDER`", weights.FETCH,
                            "transformers:FOLDER")
    return Availability(True, f"{weights.NAME}, or a model's folder with `transformers:FOLDER`; on a GPU where PyTorch "
                        "finds one", example="transformers:FOLDER?slots=64")


class Transformers:
    """One model, asked by its batch's thread."""

    def __init__(self, batch: Batch, chat: Chat, held: Constraints | None, abilities: Abilities, called: str,
                 digest: str, adapter: str) -> None:
        self._batch = batch
        self._chat = chat
        self._held = held
        self._adapter = adapter
        self._digest = digest
        self._adapters: dict[str, str] = {}
        self.abilities = abilities
        self.model = self._weights(adapter)
        self.name = f"{called} sha256:{digest[:16]}" + (f" with {Path(adapter).name} sha256:"
                                                         f"{self._adapters[adapter][:16]}" if adapter else "")

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return list(await asyncio.gather(*map(self._answered, requests)))

    async def close(self) -> None:
        """Gives up what is under way; requests after this fail with PED1104."""
        await asyncio.to_thread(self._batch.close)

    async def _answered(self, request: Request) -> Reply | EngineError:
        try:
            asked = self._asked(request)
            weights = self._weights(asked.adapter)
            answer = await asyncio.wrap_future(self._batch.ask(asked))
            reply = self._chosen(request, asked, answer) if request.choices else self._said(request, asked, answer)
            return reply if weights == self.model else structs.replace(reply, model=weights)
        except EngineError as error:
            return error

    def _asked(self, request: Request) -> Asked:
        """Raises `EngineError`: PED1110 for an empty choice or a form that cannot be kept, PED1111."""
        from pedalang.runtime.generation.batch import Asked

        prompt = self._chat.prompt([(message.role, message.text) for message in request.messages])
        choices = tuple(self._chat.tokens(choice) for choice in request.choices)
        if not all(choices):
            raise EngineError("PED1110", f"choice {choices.index(())} of {len(choices)} is empty",
                              help="only words have a probability: leave the choice out")
        most = self.abilities.context or CONTEXT
        needed = len(prompt) + max(map(len, choices), default=1)
        if needed > most:
            raise EngineError("PED1111", f"the prompt has {len(prompt):,} tokens, the model takes {most:,}",
                              help="show the role fewer turns, or use another model")
        return Asked(prompt, choices, min(request.max_tokens, most - len(prompt)), request.temperature, request.top_p,
                     request.seed, self._stops(request.stop) if request.stop else None,
                     self._form(request), request.adapter or self._adapter)

    def _weights(self, adapter: str) -> str:
        """Which weights answer, with an adapter. Raises `EngineError` PED1103."""
        if not adapter:
            return self._digest
        if adapter not in self._adapters:
            found = folders.adapter(adapter)
            folders.fits(found, self._digest)
            self._adapters[adapter] = folders.digest(found)
        return f"{self._digest}+{self._adapters[adapter]}"

    def _form(self, request: Request) -> Held | None:
        if request.choices or (request.schema is None and not request.grammar):
            return None
        if self._held is None:
            raise EngineError("PED1110", "replies can be held to a form only with the library `llguidance`",
                              help="pip install 'pedalang[constrain]'")
        return self._held.held(request.schema, request.grammar)

    def _stops(self, stop: tuple[str, ...]) -> Callable[[Sequence[int]], bool]:
        return lambda reply: any(each in self._chat.text(reply) for each in stop)

    def _said(self, request: Request, asked: Asked, answer: Answer) -> Reply:
        text = self._chat.text(answer.tokens)
        ends = [text.find(each) for each in request.stop if each in text]
        if ends:
            text = text[: min(ends)]
        if asked.held is not None:
            asked.held.check()
            if not answer.whole:
                raise EngineError("PED1106", f"the reply has a form to keep, and was cut after {asked.most} tokens",
                                  help="allow more tokens, or ask for less")
        return Reply(text, tokens_in=len(asked.prompt), tokens_out=len(answer.tokens),
                     finish="stop" if answer.whole else "length", computed=answer.computed)

    def _chosen(self, request: Request, asked: Asked, answer: Answer) -> Reply:
        totals = [sum(max(FLOOR, weight) for weight in word) for word in answer.weights]
        scores = [round(total / len(word), DIGITS) for total, word in zip(totals, answer.weights, strict=True)]
        picked = scores.index(max(scores))
        return Reply(request.choices[picked], picked, tuple(scores), tuple(round(total, DIGITS) for total in totals),
                     len(asked.prompt), len(asked.weighed[picked]), computed=answer.computed)


def _embedded(environment: Mapping[str, str]) -> Path:
    from pedalang.runtime.generation import embedded

    return embedded.folder(folders.caches(environment))


def _constraints(chat: Chat, size: int, ends: frozenset[int]) -> Constraints | None:
    """What holds replies to a form, where its library is installed."""
    if importlib.util.find_spec("llguidance") is None:
        return None
    from pedalang.runtime.generation.constraint import Constraints

    return Constraints(chat.form, size, ends)


def _load(environment: Mapping[str, str]) -> None:
    """Loads torch."""
    with processor.short_waits(environment):
        import torch  # noqa: F401
        import transformers  # noqa: F401


def _threads(count: int) -> None:
    import torch

    torch.set_num_threads(count)
