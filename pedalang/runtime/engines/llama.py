"""The engine `llama:`: a model in a GGUF file, run inside this process by llama.cpp. The default, with its small model.

One slot, so one request after the other; with `?slots=N` so many at a time, each in a place of its own (`places`). The
tokens that a prompt shares with earlier ones are not computed again. How choices are scored: `scoring`.

**The same request, the same reply.** Scores of this model hang on the order of additions: 0.01 to 0.07 between a prompt
computed at once and one computed in parts, more than many choices differ by. llama.cpp adds in another order for one
token than for many, and splits long contexts over the threads, unless the halves of its cache differ in type. So they
do, and a reply depends neither on what was asked before nor on the number of threads. This holds for small models,
which are kept on the CPU; larger ones run as llama.cpp likes, and repeat themselves for the same requests in order.
Several slots are computed by other code, so there nothing is promised.
"""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import json
import os
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pedalang.runtime import weights
from pedalang.runtime.engines import processor
from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.engines.places import Drawers, Place, Places, Tokens, heads
from pedalang.runtime.engines.scoring import Asking, cached, malformed
from pedalang.runtime.errors import EngineError

SETTINGS, MOST_SLOTS, MOST_CONTEXT = ("slots", "context"), 64, 1 << 20
LARGE_BYTES = 1_500_000_000
"""From this size of file on a model may speak in its own words: about 3,000 million parameters at 4 bits. Smaller ones
say false things about simple mathematics, fluently."""
CONTEXT = 8192
"""Tokens of a prompt and its reply, or what the model was made for, where that is less."""
CONTEXT_OF_SLOTS = 4096
"""The same for each of several slots: memory is set aside for all of them, 23 KiB a token of the embedded model."""
CACHE_MIB = 1024
"""Memory for prompts of other dialogues and roles: about 40,000 tokens of the embedded model."""
THREADS = 2
"""At most, for a small model: its layers are too short for more."""
READS = processor.WAITS
"""The variables of the environment that are read here."""
SECONDS = 60
"""For the model's own answer about tokens and templates."""
TEXTS_KEPT, CHARACTERS_KEPT = 4096, 10_000
"""Texts whose tokens are kept, and how long they may be."""

_PLACE = re.compile("\ue000([0-9]+)\ue001")
"""Where a message's text stands in a template: private characters around its number."""


def open(options: Options) -> Engine:
    """The embedded model, or the GGUF file that the target names. Raises `EngineError` PED1103 for a file that is
    missing, is not the embedded model, or cannot be loaded."""
    if options.target:
        path = Path(options.target)
        if not path.is_file():
            raise EngineError("PED1103", f"there is no model file {path}", help="name a GGUF file: `llama:PATH`")
    else:
        path = _embedded()
    slots = options.number("slots", 1, MOST_SLOTS)
    context = options.number("context", CONTEXT if slots == 1 else CONTEXT_OF_SLOTS, MOST_CONTEXT)
    abilities = Abilities(choose=True, scores=True, schema=True, grammar=True, prefix=True, deterministic=slots == 1,
                          speaks_freely=path.stat().st_size >= LARGE_BYTES, slots=slots, honours=frozenset({"top_p"}),
                          context=context, apart=slots > 1)
    return Llama(_Model(path, options.environment, slots, context), path.name, weights.digest(path), abilities)


def availability() -> Availability:
    if importlib.util.find_spec("xllamacpp") is None:
        return Availability(False, "the library xllamacpp is not installed", "pip install pedalang", "llama:")
    if weights.find() is None:
        return Availability(False, f"{weights.NAME} is not here; other models are `llama:PATH`", weights.FETCH,
                            "llama:model.gguf")
    return Availability(True, f"{weights.NAME} on the CPU; other models are `llama:PATH`", example="llama:")


def _embedded() -> Path:
    path = weights.find()
    if path is None:
        raise EngineError("PED1103", f"the embedded model {weights.NAME} is not installed", help=f"`{weights.FETCH}`")
    weights.verify(path)
    return path


class Llama:
    """One model, asked by a thread a slot."""

    def __init__(self, model: _Model, file: str, digest: str, abilities: Abilities) -> None:
        self._model = model
        self._threads = ThreadPoolExecutor(abilities.slots, "llama")
        slots = f" slots:{abilities.slots}" if abilities.slots > 1 else ""
        self.name, self.model = f"llama:{file} sha256:{digest[:16]}{slots}", digest
        self.abilities = abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        """As many at a time as there are slots."""
        given_up = threading.Event()
        put = partial(asyncio.get_running_loop().run_in_executor, self._threads)
        try:
            cuts = await asyncio.gather(*(put(self._cut, request) for request in requests))
            begins = heads([cut for cut in cuts if not isinstance(cut, EngineError)])
            return list(await asyncio.gather(*(
                put(self._answered, request, cut, begins, given_up)
                for request, cut in zip(requests, cuts, strict=True))))
        finally:
            given_up.set()

    async def close(self) -> None:
        """Gives the model's memory back; requests after this fail with PED1104."""
        await asyncio.to_thread(self._model.close)

    def _cut(self, request: Request) -> tuple[Tokens, int] | EngineError:
        try:
            return self._prompt(request)
        except EngineError as error:
            return error

    def _answered(self, request: Request, cut: tuple[Tokens, int] | EngineError, begins: Mapping[Tokens, int],
                  given_up: threading.Event) -> Reply | EngineError:
        if isinstance(cut, EngineError):
            return cut
        try:
            with self._model.place(cut[0], begins[cut[0]]) as place:
                asking = Asking(self._model, cut[0], place, given_up)
                return asking.chosen(request) if request.choices else asking.said(request)
        except EngineError as error:
            return error

    def _prompt(self, request: Request) -> tuple[Tokens, int]:
        """The tokens of a chat prompt, and how many of them are the system message's. Only the template's own words
        become control tokens: what looks like one in a message's text is text."""
        messages = [(message.role, message.text) for message in request.messages]
        if not messages or messages[0][0] != "system":
            messages.insert(0, ("system", ""))  # templates put in words of their own where there is none
        pieces = self._model.template(tuple(role for role, _ in messages))
        tokens: list[int] = []
        head = 0
        for piece in pieces:
            tokens += self._model.tokens(messages[piece][1]) if isinstance(piece, int) else piece
            head = len(tokens) if piece == 0 else head
        return tuple(tokens), head


class _Model:
    """llama.cpp's server object, without its logs, and its answers about tokens and templates, which it gives on a
    loopback port under a key of this process."""

    def __init__(self, path: Path, environment: Mapping[str, str], slots: int, context: int) -> None:
        library = _library(environment)
        self._key = os.urandom(16).hex()
        chosen = _parameters(library, path, self._key, slots, context)
        self._places: Places | None = None
        if slots > 1:
            drawers = Drawers()
            chosen.slot_save_path = drawers.path
            self._places = Places(slots, drawers, self._asked, self._read, CACHE_MIB << 20)
        try:
            self._server: Any = library.Server(chosen)
        except RuntimeError:
            raise EngineError("PED1103", f"{path} cannot be loaded as a model",
                              help="it must be a whole GGUF file, of a kind that llama.cpp knows") from None
        self._templates: dict[tuple[str, ...], list[Tokens | int]] = {}
        self._texts: dict[str, Tokens] = {}

    def close(self) -> None:
        self._server = None
        if self._places is not None:
            self._places.close()

    def _open(self) -> Any:
        if self._server is None:
            raise EngineError("PED1104", "the engine is closed")
        return self._server

    def place(self, prompt: Tokens, head: int) -> AbstractContextManager[Place]:
        """Where a prompt is computed. The only slot of a model is asked by one thread."""
        return nullcontext(Place({})) if self._places is None else self._places.taken(prompt, head)

    def _read(self, slot: int, prompt: Tokens) -> int:
        answer = self.complete({"prompt": prompt, "id_slot": slot, "max_tokens": 1, "temperature": 0.0})
        return len(prompt) - cached(answer)

    def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """A completion. Raises `EngineError`."""
        try:
            answer = self._open().handle_completions({**body, "cache_prompt": True})
        except (RuntimeError, ValueError) as error:
            raise _refused(str(error)) from None
        if "error" in answer or "choices" not in answer:
            raise _failure(answer.get("error", answer))
        return answer

    def tokens(self, text: str) -> Tokens:
        """A text cut into tokens, none of them a control token."""
        if (found := self._texts.get(text)) is None:
            found = self._cut(text, control=False, begins=False)
            if len(self._texts) >= TEXTS_KEPT:
                self._texts.clear()
            if len(text) < CHARACTERS_KEPT:
                self._texts[text] = found
        return found

    def template(self, roles: tuple[str, ...]) -> list[Tokens | int]:
        """The chat template for messages of these roles: its own tokens, and between them the messages' numbers."""
        if (found := self._templates.get(roles)) is None:
            messages = [{"role": role, "content": f"\ue000{number}\ue001"} for number, role in enumerate(roles)]
            parts = _PLACE.split(str(self._asked("/apply-template", {"messages": messages}).get("prompt", "")))
            if {int(number) for number in parts[1::2]} != set(range(len(roles))):
                raise EngineError("PED1110", "the model's chat template does not take these messages",
                                  help="use a model that is made for chats, with system messages")
            found = self._templates[roles] = [
                int(part) if place % 2 else self._cut(part, control=True, begins=place == 0)
                for place, part in enumerate(parts)]
        return found

    def _cut(self, text: str, *, control: bool, begins: bool) -> Tokens:
        answer = self._asked("/tokenize", {"content": text, "parse_special": control, "add_special": begins})
        try:
            return tuple(int(token) for token in answer["tokens"])
        except (KeyError, TypeError, ValueError):
            raise malformed(answer) from None

    def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(urlsplit(self._open().listening_address).netloc, timeout=SECONDS)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json",
                                                                "Authorization": f"Bearer {self._key}"})
            answer = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EngineError("PED1104", f"the model does not answer: {error}", retryable=True) from None
        finally:
            connection.close()
        if not isinstance(answer, dict) or "error" in answer:
            raise _failure(answer.get("error") if isinstance(answer, dict) else answer)
        return answer


def _library(environment: Mapping[str, str]) -> Any:
    """llama.cpp's library."""
    with processor.short_waits(environment):
        import xllamacpp
    return xllamacpp


def _parameters(library: Any, path: Path, key: str, slots: int, context: int) -> Any:
    chosen = library.CommonParams()
    chosen.model.path = str(path)
    chosen.verbosity = -1  # standard output and error are the user's
    chosen.warmup = False
    chosen.ui = False
    chosen.api_keys = [key]
    chosen.n_parallel = slots
    chosen.n_ctx = context * slots
    chosen.cache_prompt = True
    chosen.cache_ram_mib = CACHE_MIB if slots == 1 else 0  # several have places
    cores = processor.cores()
    if path.stat().st_size < LARGE_BYTES:
        cores = min(THREADS, cores)
        chosen.n_gpu_layers = 0
        chosen.no_op_offload = chosen.no_kv_offload = True
        chosen.flash_attn_type = library.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
        chosen.cache_type_k = library.ggml_type.GGML_TYPE_F16
        chosen.cache_type_v = library.ggml_type.GGML_TYPE_BF16
    chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = cores
    return chosen


def _failure(error: Any) -> EngineError:
    """What llama.cpp says in place of an answer."""
    if isinstance(error, dict) and error.get("type") == "exceed_context_size_error":
        return EngineError("PED1111", f"the prompt has {error.get('n_prompt_tokens')} tokens, the model takes "
                                      f"{error.get('n_ctx')}", help="show the role fewer turns, open it with a larger "
                                                                   "`context`, or use another model")
    return _refused(str(error.get("message", error)) if isinstance(error, dict) else str(error))


def _refused(why: str) -> EngineError:
    return EngineError("PED1108", f"the model refused the request: {why[:300]}")
