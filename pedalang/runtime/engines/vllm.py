"""The engine `vllm:FOLDER`: a chat model run by vLLM inside this process.

    vllm:                               the embedded model
    vllm:models/qwen3-8b?slots=256

vLLM batches, pages its cache and keeps what prompts begin with; here requests are made into its own, and its answers
into ours. It forces older libraries, so it is installed into an environment of its own; a server of vLLM's is asked by
`openai:` from any. A choice is weighed by the log-probabilities of its own tokens as the end of a prompt.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import itertools
import json
import os
import queue
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pedalang.runtime import weights
from pedalang.runtime.engines import processor
from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.runtime.generation import folders

if TYPE_CHECKING:
    from pedalang.runtime.generation.chat import Chat

SETTINGS = ("context", "dtype", "memory", "slots")
READS = ("HOME", "XDG_CACHE_HOME")
"""The variables of the environment that are read here."""
CONTEXT = 8192
"""Tokens of a prompt and its reply, or what the model was made for, where that is less."""
CPU_SLOTS, GPU_SLOTS = 16, 256
"""Requests answered at a time."""
CPU_GIB = 4
"""For keys and values in a machine's own memory."""
LARGE = 2_500_000_000
"""Parameters from which on a model may speak in its own words."""
DTYPES = ("auto", "bfloat16", "float16", "float32")
DIGITS = 3
"""Decimals of a score."""
FLOOR = -100.0
"""The least log-probability of a token."""
OUTSIDE = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR",
           "VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind",
           "GOMP_SPINCOUNT": processor.SPINS}
"""What vLLM can be told by variables alone: nothing leaves this machine, everything is in this process, and no core is
taken by force. What the user set counts."""


def open(options: Options) -> Engine:
    """The model in the folder that the target names, or the embedded one. Raises `EngineError`: PED1103 for a model
    that is missing or cannot be loaded, PED1112."""
    for name, value in {**OUTSIDE, "VLLM_CPU_KVCACHE_SPACE": str(options.number("memory", CPU_GIB, 4096))}.items():
        os.environ.setdefault(name, value)
    from vllm.platforms import current_platform

    from pedalang.runtime.generation.chat import Chat

    cpu = current_platform.is_cpu()
    folder = folders.model(options.target) if options.target else _embedded(options.environment)
    dtype = options.settings.get("dtype", "float32" if cpu else "auto")
    if dtype not in DTYPES:
        raise EngineError("PED1112", f"the setting `dtype` of an engine is `{dtype}`",
                          help=f"it is one of {', '.join(DTYPES)}")
    slots = options.number("slots", CPU_SLOTS if cpu else GPU_SLOTS, 4096)
    model = _loaded(folder, options, dtype, slots, cpu)
    config = model.llm_engine.model_config
    abilities = Abilities(choose=True, scores=True, schema=True, grammar=True, prefix=True,
                          speaks_freely=_parameters(folder) >= LARGE, slots=slots, context=config.max_model_len,
                          honours=frozenset({"top_p"}), apart=True)
    kind = str(config.dtype).removeprefix("torch.")
    called = folder.resolve().name if options.target else weights.NAME
    return VLLM(_Loop(model.llm_engine), Chat(folder), abilities, f"vllm:{called} {kind}", folders.digest(folder))


def availability() -> Availability:
    if importlib.util.find_spec("vllm") is None:
        return Availability(False, "the library vllm is not installed", "pip install 'pedalang[vllm]', in an "
                            "environment of its own", "vllm:FOLDER")
    return Availability(True, f"{weights.NAME}, or a model's folder with `vllm:FOLDER`", example="vllm:FOLDER")


def _embedded(environment: Mapping[str, str]) -> Path:
    from pedalang.runtime.generation import embedded

    return embedded.folder(folders.caches(environment))


def _loaded(folder: Path, options: Options, dtype: str, slots: int, cpu: bool) -> Any:
    """vLLM's object. Raises `EngineError` PED1103."""
    more: dict[str, Any] = {}
    if "memory" in options.settings and not cpu:
        more["kv_cache_memory_bytes"] = options.number("memory", 1, 4096) << 30
    try:
        return _library().LLM(model=str(folder), dtype=dtype, trust_remote_code=False, load_format="safetensors",
                        max_model_len=min(options.number("context", CONTEXT, 1 << 22), _made_for(folder)),
                        max_num_seqs=slots, enforce_eager=cpu, enable_prefix_caching=True, max_logprobs=-1,
                        use_tqdm_on_load=False, structured_outputs_config={"backend": "guidance"}, **more)
    except Exception as error:  # the library raises what it likes for a model that it does not take
        raise EngineError("PED1103", f"vLLM cannot load {folder}: {str(error)[:300]}",
                          help="is the model of a kind that it knows, and is there memory for it?") from None


def _made_for(folder: Path) -> int:
    """Tokens that a model was made for, by its configuration. Raises `EngineError` PED1103 for one that is none."""
    try:
        said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return int(said.get("text_config", said).get("max_position_embeddings", CONTEXT))
    except (OSError, ValueError, AttributeError, TypeError):
        raise EngineError("PED1103", f"{folder / 'config.json'} is no model's configuration",
                          help="save the model anew with the library that it was trained with") from None


def _parameters(folder: Path) -> int:
    """About how many numbers a model's weights are, at two bytes each."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors")) // 2


@dataclass(frozen=True, slots=True)
class _Job:
    prompt: Sequence[int]
    parameters: Any
    answer: Future[Any]


class _Loop:
    """The thread that vLLM runs in: takes what was asked between two of its steps."""

    def __init__(self, engine: Any) -> None:
        self._engine: Any = engine
        self._asked: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._under_way: dict[str, _Job] = {}
        self._guard = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="pedalang-vllm", daemon=True)
        self._thread.start()

    def ask(self, prompt: Sequence[int], parameters: Any) -> Future[Any]:
        """What vLLM answers. Fails with `EngineError`; a cancelled one is given up."""
        answer: Future[Any] = Future()
        with self._guard:
            if self._closed:
                answer.set_exception(_closed())
            else:
                self._asked.put(_Job(prompt, parameters, answer))
        return answer

    def close(self) -> None:
        with self._guard:
            self._closed = True
            self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        numbers = itertools.count()
        while self._take(numbers):
            given_up = [name for name, job in self._under_way.items() if job.answer.cancelled()]
            try:
                if given_up:
                    self._engine.abort_request(given_up)
                    for name in given_up:
                        del self._under_way[name]
                done = self._engine.step() if self._under_way else []
            except Exception as error:  # whatever the library raises, those who wait are told
                self._fail(_refused(error))
                continue
            for each in done:
                if each.finished and (job := self._under_way.pop(each.request_id, None)) is not None:
                    with suppress(Exception):  # it may have been cancelled just now
                        job.answer.set_result(each)
        self._fail(_closed())
        self._engine = None

    def _take(self, numbers: itertools.count[int]) -> bool:
        """Hands what was asked to vLLM; waits where there is nothing to do. False after the end."""
        wait = not self._under_way
        while wait or not self._asked.empty():
            job = self._asked.get()
            if job is None:
                return False
            wait = False
            name = str(next(numbers))
            try:
                self._engine.add_request(name, {"prompt_token_ids": list(job.prompt)}, job.parameters)
                self._under_way[name] = job
            except Exception as error:  # a request that it does not take says nothing of the others
                _tell(job, _refused(error))
                wait = not self._under_way
        return True

    def _fail(self, error: EngineError) -> None:
        if self._under_way:
            with suppress(Exception):
                self._engine.abort_request(list(self._under_way))
        for job in self._under_way.values():
            _tell(job, error)
        self._under_way.clear()


class VLLM:
    """One model, asked by its loop's thread."""

    def __init__(self, loop: _Loop, chat: Chat, abilities: Abilities, called: str, digest: str) -> None:
        self._loop = loop
        self._chat = chat
        self.abilities = abilities
        self.name, self.model = f"{called} sha256:{digest[:16]}", digest

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return list(await asyncio.gather(*map(self._answered, requests)))

    async def close(self) -> None:
        """Gives up what is under way; requests after this fail with PED1104."""
        await asyncio.to_thread(self._loop.close)

    async def _answered(self, request: Request) -> Reply | EngineError:
        try:
            prompt = self._chat.prompt([(message.role, message.text) for message in request.messages])
            choices = [self._chat.tokens(choice) for choice in request.choices]
            most = self.abilities.context or CONTEXT
            if len(prompt) + max(map(len, choices), default=1) + 1 > most:
                raise EngineError("PED1111", f"the prompt has {len(prompt):,} tokens, the model takes {most:,}",
                                  help="show the role fewer turns, or use another model")
            return await (self._chosen(request, prompt, choices) if choices else self._said(request, prompt))
        except EngineError as error:
            return error

    async def _said(self, request: Request, prompt: Sequence[int]) -> Reply:
        most = min(request.max_tokens, (self.abilities.context or CONTEXT) - len(prompt))
        form = _form(request)
        asked = _library().SamplingParams(
            max_tokens=most, temperature=request.temperature, seed=request.seed % (1 << 63), stop=list(request.stop),
            top_p=1.0 if request.top_p is None else request.top_p, structured_outputs=form)
        answer = await asyncio.wrap_future(self._loop.ask(prompt, asked))
        said = answer.outputs[0]
        cut = said.finish_reason == "length"
        if form is not None and cut:
            raise EngineError("PED1106", f"the reply has a form to keep, and was cut after {most} tokens",
                              help="allow more tokens, or ask for less")
        return Reply(said.text, tokens_in=len(prompt), tokens_out=len(said.token_ids),
                     finish="length" if cut else "stop", computed=_computed(answer, prompt))

    async def _chosen(self, request: Request, prompt: Sequence[int], choices: Sequence[Sequence[int]]) -> Reply:
        if not all(choices):
            raise EngineError("PED1110", f"choice {choices.index(())} of {len(choices)} is empty",
                              help="only words have a probability: leave the choice out")
        if all(len(choice) == 1 for choice in choices):
            weighed, computed = await self._labels(prompt, [choice[0] for choice in choices])
        else:
            found = await asyncio.gather(*(self._weighed(prompt, choice) for choice in choices))
            weighed, computed = [word for word, _ in found], max(count for _, count in found)
        totals = [sum(max(FLOOR, weight) for weight in word) for word in weighed]
        scores = [round(total / len(word), DIGITS) for total, word in zip(totals, weighed, strict=True)]
        picked = scores.index(max(scores))
        return Reply(request.choices[picked], picked, tuple(scores), tuple(round(total, DIGITS) for total in totals),
                     len(prompt), len(choices[picked]), computed=computed)

    async def _labels(self, prompt: Sequence[int], labels: Sequence[int]) -> tuple[list[list[float]], int]:
        """The log-probability of each of some tokens after a prompt, in one request; and the tokens computed."""
        asked = _library().SamplingParams(max_tokens=1, temperature=0.0, detokenize=False,
                                          logprob_token_ids=sorted(set(labels)))
        answer = await asyncio.wrap_future(self._loop.ask(prompt, asked))
        listed = answer.outputs[0].logprobs[0]
        return [[float(listed[label].logprob)] for label in labels], _computed(answer, prompt)

    async def _weighed(self, prompt: Sequence[int], word: Sequence[int]) -> tuple[list[float], int]:
        """The log-probabilities of a word's tokens after a prompt, and how many of the prompt's were computed. What is
        taken from the cache is not weighed, so where that reaches into the word it is asked for without."""
        for anew in (False, True):
            asked = _library().SamplingParams(max_tokens=1, temperature=0.0, detokenize=False, prompt_logprobs=0,
                                              skip_reading_prefix_cache=anew)
            answer = await asyncio.wrap_future(self._loop.ask([*prompt, *word], asked))
            if (answer.num_cached_tokens or 0) < len(prompt):
                break
        places = answer.prompt_logprobs[len(prompt):]
        return [float(place[token].logprob) for place, token in zip(places, word, strict=True)], \
            _computed(answer, prompt)


def _library() -> Any:
    """vLLM, which has the name of this file."""
    return importlib.import_module("vllm")


def _form(request: Request) -> Any:
    """What vLLM holds a reply to."""
    if request.schema is None and not request.grammar:
        return None
    from vllm.sampling_params import StructuredOutputsParams

    return StructuredOutputsParams(json=dict(request.schema)) if request.schema is not None else \
        StructuredOutputsParams(grammar=request.grammar)


def _computed(answer: Any, prompt: Sequence[int]) -> int:
    """Tokens of the prompt that were read anew."""
    return max(0, len(prompt) - (answer.num_cached_tokens or 0))


def _tell(job: _Job, error: EngineError) -> None:
    with suppress(Exception):  # it may have been cancelled just now
        job.answer.set_exception(error)


def _closed() -> EngineError:
    return EngineError("PED1104", "the engine is closed")


def _refused(error: Exception) -> EngineError:
    return EngineError("PED1108", f"vLLM refused the request: {str(error)[:300]}")
