"""The engine `ray:INNER`: another engine, opened in many worker processes of a Ray cluster.

    ray:INNER                                   a cluster of this machine alone, or the one that RAY_ADDRESS names
    ray:?workers=4&cpus=2#INNER                 the same, with settings
    ray://HOST:PORT?workers=8&gpus=1#INNER      a cluster, by the address of its Ray Client server

INNER is everything after the first `#`, its own `?` included. Dialogues are played here, and written here: what
travels is prompts and answers, as MessagePack. The workers are Ray actors.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from pedalang.runtime.engines import opening
from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.engines.workers import Answer, LostError, Who, Workers
from pedalang.runtime.errors import EngineError

EXAMPLE = "ray:?workers=2#llama:"
SETTINGS = None
"""The address is read here: a `?` after the first `#` belongs to the engine inside."""
OWN_SETTINGS = ("workers", "cpus", "gpus", "wait")
READS = ("RAY_ADDRESS",)

MOST_WORKERS = 1024
WAIT = 600
"""Seconds until the workers have to be there: a large model takes minutes to load."""
CLOSING = 5.0
"""Seconds that workers have to close their engines."""
CALLS = 4096
"""Calls that an actor works on at a time; what its engine works on at a time is known here, and kept to."""
UNCOUNTED = 1 << 16
"""Cores of a cluster of our own, as Ray counts them: the engines of several roles share this machine's."""
STORE_BYTES = 128 << 20
"""Memory of a cluster of our own for what is too large for a message."""
SHOWN = 300
"""Characters of what Ray says that are shown."""

_ADDRESS = re.compile(r"(?://(?P<at>[^/?#@]+:\d+))?(?:\?(?P<settings>[^#]*))?#(?P<inner>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Where:
    """What an address says. `workers` is None for as many as there is room for."""

    address: str
    """Of a cluster; empty for one of our own."""
    inner: str
    workers: int | None
    cpus: int
    gpus: int
    wait: int


def open(options: Options) -> Engine:
    """Raises `EngineError`: PED1101 and PED1112 for what the address says, PED1131 where the cluster is not to be had,
    PED1132 where the workers differ, and what the engine inside says."""
    asked = where(options)
    ray = _library(asked)
    own = not ray.is_initialized()
    if own:
        _connect(ray, asked)
    crew = _Crew(ray, asked, opening.variables(asked.inner, options.environment))
    try:
        return Workers(crew.first(), crew.hire, ray.shutdown if own else _nothing)
    except BaseException:
        if own:
            ray.shutdown()
        raise


def availability() -> Availability:
    if importlib.util.find_spec("ray") is None:
        return Availability(False, "the library ray is not installed", "pip install 'pedalang[ray]'", EXAMPLE)
    return Availability(True, "another engine on the workers of a Ray cluster", example=EXAMPLE)


def where(options: Options) -> Where:
    """What an address says. Raises `EngineError` PED1101, PED1112."""
    target = options.target
    found = _ADDRESS.fullmatch(target) if target[:1] in ("", "?", "#", "/") else None
    if found is None and target[:1] in ("", "?", "#", "/"):
        raise EngineError("PED1112", f"`ray:{target}` does not say which engine the workers open",
                          help=f"for instance `{EXAMPLE}`, or `ray://10.0.0.1:10001?gpus=1#vllm:/models/x`")
    inner = found["inner"] if found else target
    opening.known(inner)
    if inner.partition(":")[0] == "ray":
        raise EngineError("PED1112", "a worker of `ray:` cannot be `ray:` again", help="name the engine itself")
    said = opening.settings("ray", found["settings"] or "" if found else "", OWN_SETTINGS)
    numbers = Options(settings=said)
    workers = numbers.number("workers", 0, MOST_WORKERS) or None
    at = f"ray://{found['at']}" if found and found["at"] else options.environment.get("RAY_ADDRESS", "")
    return Where(at, inner, workers, numbers.number("cpus", 1, 1024), numbers.number("gpus", 0, 64),
                 numbers.number("wait", WAIT, 86_400))


# ----------------------------------------------------------------------------------------------------- the cluster


def _library(at: Where) -> Any:
    """Ray. It is told how a cluster of our own is to be by the only way there is, which it reads when it is loaded: it
    listens on the loopback alone, answers nobody who does not know its token, and sends no statistics. What the user
    set counts. A program that has loaded Ray before has Ray's own ways."""
    if not at.address and "ray" not in sys.modules:
        for name, value in (("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0"), ("RAY_USAGE_STATS_ENABLED", "0"),
                            ("RAY_AUTH_MODE", "token"), ("RAY_AUTH_TOKEN", os.urandom(24).hex())):
            os.environ.setdefault(name, value)
    import ray

    return ray


def _connect(ray: Any, at: Where) -> None:
    """Raises `EngineError` PED1131, and `ImportError` where Ray's client is not installed."""
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if at.address:
            ray.init(address=at.address, **quiet)
        else:
            ray.init(address="local", num_cpus=UNCOUNTED, include_dashboard=False, object_store_memory=STORE_BYTES,
                     _system_config={"prestart_worker_first_driver": False}, **quiet)
    except (ConnectionError, TimeoutError, RuntimeError, ValueError, OSError) as error:
        raise EngineError("PED1131", f"the Ray cluster {at.address or 'of this machine'} is not to be had: "
                                     f"{_brief(error)}",
                          help="is it running, with the same versions of Ray and Python? `ray status` there says so",
                          retryable=True) from None
    _silence(ray, at)


def _silence(ray: Any, at: Where) -> None:
    """Ray prints on stdout that a worker died, whatever it is told about logs; what stands there is a command's own."""
    if at.address.startswith("ray://"):
        ray.util.client.ray.get_context().client_worker.log_client.disable_logs()
    else:
        ray._private.worker.print_to_stdstream = _nothing


def _nothing(*ignored: Any, **named: Any) -> None:
    """A connection that others made is not ended; what Ray has to say is not said."""


class _Crew:
    """Hires workers: actors, each with an engine of its own."""

    def __init__(self, ray: Any, at: Where, environment: Mapping[str, str]) -> None:
        self._ray = ray
        self._where = at
        self._orders = msgspec.msgpack.encode(_Orders(at.inner, dict(environment)))
        self._actor = ray.remote(num_cpus=at.cpus, num_gpus=at.gpus, max_concurrency=CALLS, max_restarts=0,
                                 max_task_retries=0, scheduling_strategy="SPREAD")(Held)

    def first(self) -> list[_Remote]:
        """All workers at the beginning. Raises `EngineError`."""
        ray, actors = self._ray, [self._actor.remote() for _ in range(self._where.workers or self._room())]
        opened = [actor.open.remote(self._orders) for actor in actors]
        try:
            return [_Remote(ray, actor, _who(told)) for actor, told in
                    zip(actors, ray.get(opened, timeout=self._where.wait), strict=True)]
        except ray.exceptions.GetTimeoutError:
            there, _ = ray.wait(opened, num_returns=len(opened), timeout=0)
            seen = f"{len(there)} of {len(opened)} workers were there after {self._where.wait} s"
            raise self._no_room(seen) from None
        except ray.exceptions.RayError as error:
            raise EngineError("PED1131", f"a worker cannot be started: {_brief(error)}",
                              help="is pedalang, with what the engine needs, on all machines?") from None

    async def hire(self) -> _Remote:
        """One more worker. Raises `EngineError`, `LostError`."""
        actor = self._actor.remote()
        worker = _Remote(self._ray, actor, _NOBODY)
        try:
            async with asyncio.timeout(self._where.wait):
                worker.who = _who(await worker.called(actor.open, self._orders))
        except BaseException as error:
            worker.end()
            if isinstance(error, TimeoutError):
                raise LostError(f"no other was there after {self._where.wait} s") from None
            raise
        return worker

    def _room(self) -> int:
        """How many workers fit. Raises `EngineError` PED1131 where none does."""
        cores, gpus = self._has()
        fit = [int(cores // self._where.cpus)] + ([int(gpus // self._where.gpus)] if self._where.gpus else [])
        if min(fit) < 1:
            raise self._no_room("no worker fits")
        return min(MOST_WORKERS, *fit)

    def _has(self) -> tuple[float, float]:
        """The cores and GPUs of the cluster."""
        has = self._ray.cluster_resources()
        cores = has.get("CPU", 0)
        return cores if self._where.address else min(cores, os.cpu_count() or 1), has.get("GPU", 0)

    def _no_room(self, seen: str) -> EngineError:
        cores, gpus = self._has()
        return EngineError("PED1131", f"{seen}: the cluster has {cores:g} CPUs and {gpus:g} GPUs, a worker takes "
                                      f"{self._where.cpus} and {self._where.gpus}",
                           help="ask for fewer with `workers`, or for smaller ones with `cpus` and `gpus`")


# ----------------------------------------------------------------------------------------------------- a worker, here


class _Remote:
    """A worker as it is seen from here."""

    def __init__(self, ray: Any, actor: Any, who: Who) -> None:
        self._ray, self._actor, self.who = ray, actor, who

    async def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """Raises `LostError`."""
        try:
            asked = msgspec.msgpack.encode(requests)
        except UnicodeEncodeError:
            return await self._one_by_one(requests)
        return _answers(await self.called(self._actor.answer, asked))

    async def dismiss(self) -> None:
        with suppress(LostError, TimeoutError):
            async with asyncio.timeout(CLOSING):
                await self.called(self._actor.close)
        self.end()

    def end(self) -> None:
        """Ends its process."""
        with suppress(self._ray.exceptions.RayError, ConnectionError, RuntimeError):
            self._ray.kill(self._actor)

    async def called(self, method: Any, *arguments: bytes) -> Any:
        """What a method of the actor gives. Raises `LostError` where the actor is no more, or out of reach."""
        exceptions = self._ray.exceptions
        reference = None
        try:
            reference = method.remote(*arguments)
            return await asyncio.wrap_future(reference.future())
        except asyncio.CancelledError:
            if reference is not None:
                with suppress(exceptions.RayError, ConnectionError, RuntimeError):
                    self._ray.cancel(reference)
            raise
        except exceptions.RayTaskError:
            raise
        except (exceptions.RayError, ConnectionError) as error:
            raise LostError(_brief(error)) from None

    async def _one_by_one(self, requests: Sequence[Request]) -> list[Answer]:
        """Where a request holds what no text can hold, it fails, and the others are answered."""
        sound = [each for each in requests if _is_text(each)]
        replies = iter(_answers(await self.called(self._actor.answer, msgspec.msgpack.encode(sound))))
        return [next(replies) if _is_text(each) else
                EngineError("PED1108", "a prompt holds half a character, which cannot be sent") for each in requests]


def _is_text(request: Request) -> bool:
    try:
        msgspec.msgpack.encode(request)
    except UnicodeEncodeError:
        return False
    return True


def _brief(error: BaseException) -> str:
    """What Ray says, in a line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:SHOWN]


# ----------------------------------------------------------------------------------------------------- what travels


class _Orders(Struct, frozen=True):
    """What a worker is to open, with the variables that this engine reads. They are sent to it and to nobody else."""

    inner: str
    environment: dict[str, str]


class _Failure(Struct, frozen=True):
    code: str
    message: str
    help: str
    retryable: bool

    @staticmethod
    def of(error: EngineError) -> _Failure:
        return _Failure(error.code, error.message, error.help, error.retryable)

    def error(self) -> EngineError:
        return EngineError(self.code, self.message, help=self.help, retryable=self.retryable)


class _Told(Struct, frozen=True):
    """What a worker says when it has opened its engine, or could not."""

    who: Who | None = None
    failure: _Failure | None = None


class _Answered(Struct, frozen=True, array_like=True):
    reply: Reply | None = None
    failure: _Failure | None = None


_NOBODY = Who("", "", Abilities())
_TOLD = msgspec.msgpack.Decoder(_Told)
_ASKED = msgspec.msgpack.Decoder(list[Request])
_ANSWERED = msgspec.msgpack.Decoder(list[_Answered])


def _who(data: bytes) -> Who:
    """Raises `EngineError`: the worker's."""
    told = _TOLD.decode(data)
    if told.who is None:
        raise (told.failure or _Failure("PED1131", "a worker opened no engine", "", False)).error()
    return told.who


def _answers(data: bytes) -> list[Answer]:
    return [each.reply or (each.failure or _Failure("PED1107", "a worker's answer is empty", "", False)).error()
            for each in _ANSWERED.decode(data)]


# ----------------------------------------------------------------------------------------------------- a worker, there


class Held:
    """The actor: an engine in a process of its own."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    async def open(self, orders: bytes) -> bytes:
        """What was opened, or why nothing was."""
        said = msgspec.msgpack.decode(orders, type=_Orders)
        try:
            self._engine = await asyncio.to_thread(opening.open_engine, said.inner, said.environment)
        except EngineError as error:
            return msgspec.msgpack.encode(_Told(failure=_Failure.of(error)))
        return msgspec.msgpack.encode(_Told(Who(self._engine.name, self._engine.model, self._engine.abilities)))

    async def answer(self, asked: bytes) -> bytes:
        """The answers to requests, in their order."""
        assert self._engine is not None
        try:
            found = await self._engine.answer(_ASKED.decode(asked))
        except EngineError as error:
            found = [error] * len(_ASKED.decode(asked))
        return msgspec.msgpack.encode([_Answered(each) if isinstance(each, Reply) else
                                       _Answered(failure=_Failure.of(each)) for each in found])

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.close()
