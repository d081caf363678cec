"""The engine `openai:URL#MODEL`: any server that speaks OpenAI's protocol of chat completions.

    openai:http://localhost:8000/v1#my-model?slots=128&seconds=60

The key is `OPENAI_API_KEY`; it is sent as a header and stands nowhere else. Among short labels (a judge's levels) a
choice is read off the probabilities of the reply's first token, where the server gives them; otherwise the server is
held to a JSON schema that allows nothing but the choices; where it knows no schemas either, it is told in words.
`chat_protocol.py` says what is sent and read, `endpoint/` how a server is reached and how long it is waited for; here
is which way is gone, and what a refusal means.
"""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from msgspec.structs import replace

from pedalang.runtime.engines import chat_protocol
from pedalang.runtime.engines.endpoint import calls
from pedalang.runtime.engines.endpoint.breaker import Breaker
from pedalang.runtime.engines.endpoint.calls import AttemptError, Call, Patience
from pedalang.runtime.engines.endpoint.connections import (
    MOST_BYTES,
    Address,
    Answered,
    Connections,
    NoAnswerError,
    TooLongError,
)
from pedalang.runtime.engines.endpoint.http2 import Http2
from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

KEY = "OPENAI_API_KEY"
READS = (KEY, "SSL_CERT_FILE", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY")
"""The variables of the environment that are read here."""
SLOTS = 64
"""Requests under way at a time."""
SETTINGS = ("slots", "seconds", "attempt_seconds", "attempts", "http")
MOST_SLOTS, MOST_SECONDS, MOST_ATTEMPTS = 4096, 86_400, 100
EXAMPLE = "openai:http://localhost:8000/v1#my-model"

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may be answered."""
_BUSY = frozenset({409, 425, 429})
"""Those of them that a server gives which is well."""
_TOO_LONG = ("context_length", "context length", "context size")
"""What servers say of a prompt that does not fit."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where an engine sends what, and how long it tries."""

    url: str
    model: str
    key: str = ""
    proxy: str | None = None
    trust: ssl.SSLContext | None = None
    """Certificates to trust, in place of the usual ones."""
    slots: int = SLOTS
    http: int = 1
    """Which version of HTTP is spoken where the server offers it: 1 or 2."""
    patience: Patience = field(default_factory=Patience)


def open(options: Options) -> Engine:
    """Raises `EngineError` PED1112 for a target that is not `URL#MODEL`, or a setting that is out of range."""
    url, _, model = options.target.partition("#")
    parts = _split(url)
    if parts is None or not model:
        raise EngineError("PED1112", "the address of an `openai:` engine is not URL#MODEL",
                          help=f"for instance `{EXAMPLE}`")
    if parts.username or parts.password or parts.query:
        raise EngineError("PED1112", "the address of an `openai:` engine holds a password or a query",
                          help=f"an address is recorded: put the key into {KEY}")
    environment = options.environment
    return OpenAI(Settings(url.rstrip("/"), model, _key(environment), _proxy(parts, environment),
                           _trust(environment.get("SSL_CERT_FILE", "")), options.number("slots", SLOTS, MOST_SLOTS),
                           options.number("http", 1, 2), _patience(options)))


def availability() -> Availability:
    if importlib.util.find_spec("httptools") is None:
        return Availability(False, "the library httptools is not installed", "pip install pedalang", EXAMPLE)
    return Availability(True, f"a server with OpenAI's protocol; its key is read from {KEY}", example=EXAMPLE)


class OpenAI:
    """One model of one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._breaker = Breaker()
        self._connections = (Http2 if settings.http == 2 else Connections)(_address(settings))
        self._slots: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None
        self._lists_tokens = self._keeps_schemas = True
        self.name, self.model = f"openai:{settings.url}#{settings.model}", settings.model
        self.abilities = Abilities(choose=True, scores=True, schema=True, speaks_freely=True, slots=settings.slots,
                                   honours=frozenset({"top_p"}), apart=True)

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        if len(requests) == 1:
            return [await self._answered(requests[0])]
        return list(await asyncio.gather(*map(self._answered, requests)))

    async def close(self) -> None:
        await self._connections.close()

    async def _answered(self, request: Request) -> Reply | EngineError:
        """Waits for a slot, which is no part of the call, and then no longer than a call may take."""
        async with self._free():
            call = Call(self.name, request.seed, self._settings.patience, self._breaker)
            try:
                reply = await self._by_ability(call, request)
            except EngineError as error:
                return error
        return reply if call.attempts == 1 else replace(reply, attempts=call.attempts)

    def _free(self) -> asyncio.Semaphore:
        """The slots of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._slots is None or self._slots[0] is not loop:
            self._slots = loop, asyncio.Semaphore(self._settings.slots)
        return self._slots[1]

    async def _by_ability(self, call: Call, request: Request) -> Reply:
        """The reply, in the best way that the server knows. Raises `EngineError`."""
        model = self._settings.model
        if not request.choices and request.schema is None:
            return await self._said(call, request, chat_protocol.words(model, request), chat_protocol.spoken)
        if request.choices and self._lists_tokens and chat_protocol.are_labels(request.choices):
            try:
                return await self._said(call, request, chat_protocol.label(model, request), chat_protocol.read_off)
            except chat_protocol.NoLabelError:
                pass
            except _RefusedError as refused:
                if not refused.of_parameters:
                    raise
                self._lists_tokens = False  # many servers list no tokens, and each says so in its own way
        if self._keeps_schemas:
            try:
                if request.choices:
                    return await self._said(call, request, chat_protocol.choice(model, request), chat_protocol.chosen)
                return await self._said(call, request, chat_protocol.words(model, request), chat_protocol.spoken)
            except _RefusedError as refused:
                if not refused.of_parameters:
                    raise
        read = chat_protocol.matched if request.choices else chat_protocol.formed
        reply = await self._said(call, request, chat_protocol.told(model, request), read)
        self._keeps_schemas = False  # only now: what was refused may have been something else
        return reply

    async def _said(self, call: Call, request: Request, body: dict[str, Any],
                    read: Callable[[Request, chat_protocol.Body], Reply]) -> Reply:
        data = chat_protocol.encoded(body)

        async def attempt(seconds: float) -> Reply:
            answered = await self._sent(data, seconds)
            if answered.status != 200:
                raise self._failure(answered)
            return read(request, chat_protocol.parsed(answered.headers, answered.data))

        return await call.tried(attempt)

    async def _sent(self, data: bytes, seconds: float) -> Answered:
        """One attempt. Raises `EngineError`."""
        try:
            return await self._connections.post(data, seconds)
        except TimeoutError:
            raise AttemptError("PED1104", f"{self.name} did not answer in {seconds:.3g} seconds", "down",
                               help="is it overloaded? play fewer dialogues at a time: `--concurrency`") from None
        except TooLongError:
            raise AttemptError("PED1106", f"the server's reply is longer than {MOST_BYTES} bytes", "up",
                               help="is there a model behind this address?") from None
        except NoAnswerError as error:
            raise AttemptError("PED1104", f"{self.name} cannot be reached: {self._without_key(str(error))}",
                               "absent" if error.absent else "down",
                               help="is the server running, and is the address right?") from None

    def _failure(self, answered: Answered) -> EngineError:
        status, said = answered.status, self._without_key(chat_protocol.reason(answered.data))
        if status in _PASSING:
            after = calls.seconds_to_wait(answered.headers.get("retry-after", ""), answered.headers.get("date", ""))
            return AttemptError("PED1104", f"{self.name} answered {status}: {said}",
                                "up" if status in _BUSY else "down", after=after)
        if any(words in said for words in _TOO_LONG):
            return EngineError("PED1111", f"{self.name} does not take a prompt of this length: {said}",
                               help="show the role fewer turns, or use another model")
        if status in (401, 403):
            return _RefusedError(status, f"{self.name} refused the credentials: {said}",
                                 help=f"set {KEY} to a key that is valid there")
        return _RefusedError(status, f"{self.name} refused the request with {status}: {said}",
                             help="is the model's name right, and the address, up to `/v1`?" if status == 404 else "")

    def _without_key(self, text: str) -> str:
        """A text without the key."""
        return text.replace(self._settings.key, "…") if self._settings.key else text


class _RefusedError(EngineError):
    """A request that this server will never take."""

    def __init__(self, status: int, message: str, *, help: str) -> None:
        super().__init__("PED1108", message, help=help)
        self.of_parameters = status in (400, 422)
        """Whether it may be for something in the request that the server does not know."""


def _address(settings: Settings) -> Address:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": "application/json",
               "User-Agent": "pedalang"}
    if settings.key:
        headers["Authorization"] = f"Bearer {settings.key}"
    return Address(f"{settings.url}/chat/completions", headers, settings.proxy, settings.trust)


def _patience(options: Options) -> Patience:
    seconds = options.number("seconds", round(calls.SECONDS), MOST_SECONDS)
    attempt = options.number("attempt_seconds", round(calls.ATTEMPT_SECONDS), MOST_SECONDS)
    return Patience(seconds, min(attempt, seconds), options.number("attempts", calls.ATTEMPTS, MOST_ATTEMPTS))


def _split(url: str) -> SplitResult | None:
    """The parts of a URL of a server, or None."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and parts.netloc.encode("idna")
    except ValueError:  # a port that is none, a name that no host has
        return None
    return parts if whole else None


def _key(environment: Mapping[str, str]) -> str:
    """Raises `EngineError` PED1108, without the key, for one that no header can hold."""
    key = environment.get(KEY, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise EngineError("PED1108", f"{KEY} holds characters that no key has", help="set it again, without line ends")
    return key


def _trust(path: str) -> ssl.SSLContext | None:
    try:
        return ssl.create_default_context(cafile=path) if path else None
    except OSError as error:
        raise EngineError("PED1112", f"the certificates in {path}, from SSL_CERT_FILE, cannot be read: {error}",
                          help="let it name a PEM file, or leave it empty") from None


def _proxy(parts: SplitResult, environment: Mapping[str, str]) -> str | None:
    """What the usual variables say; never for this machine. Raises `EngineError` PED1112 for what is no HTTP proxy."""
    def variable(name: str) -> str:
        return environment.get(name.upper()) or environment.get(name) or ""

    host = parts.hostname or ""
    direct = [each.strip().lstrip(".") for each in variable("no_proxy").split(",") if each.strip()]
    if host in ("localhost", "::1") or host.startswith("127.") or "*" in direct or any(
            host == each or host.endswith(f".{each}") for each in direct):
        return None
    found = variable(f"{parts.scheme}_proxy")
    if found and _split(found) is None:
        raise EngineError("PED1112", f"the proxy in {parts.scheme.upper()}_PROXY is not the URL of an HTTP proxy",
                          help="set it to one like `http://proxy.example:3128`, or leave it empty")
    return found or None
