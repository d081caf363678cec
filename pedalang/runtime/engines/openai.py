"""The engine `openai:URL#MODEL`: any server that speaks OpenAI's protocol of chat completions.

    openai:http://localhost:8000/v1#my-model

The key is `OPENAI_API_KEY`; it is sent as a header and stands nowhere else. Among short labels (a judge's levels) a
choice is read off the probabilities of the reply's first token, where the server gives them; otherwise the server is
held to a JSON schema that allows nothing but the choices. `chat_protocol.py` says what is sent and read; here are
connections, deadlines and further attempts.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from pedalang.runtime.engines import chat_protocol
from pedalang.runtime.engines.engine import Abilities, Availability, Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

if TYPE_CHECKING:
    import httpx

KEY = "OPENAI_API_KEY"
SLOTS = 64
"""Requests under way at a time."""
SECONDS = 120.0
"""For one attempt, from sending to the last byte."""
ATTEMPTS = 4
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds before the second attempt, doubled for each one after, and the most that a server may ask for."""
MOST_BYTES = 4_000_000
"""Of one reply."""
EXAMPLE = "openai:http://localhost:8000/v1#my-model"

Sleep = Callable[[float], Awaitable[None]]
_Here = tuple[asyncio.AbstractEventLoop, "httpx.AsyncClient", asyncio.Semaphore]
"""The connections that belong to an event loop."""

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may be answered."""
_TOO_LONG = ("context_length", "context length", "context size")
"""What servers say of a prompt that does not fit."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where an engine sends what, and how long it tries. `sleep` waits between attempts, in seconds."""

    url: str
    model: str
    key: str = ""
    proxy: str | None = None
    trust: ssl.SSLContext | None = None
    """Certificates to trust, in place of the usual ones."""
    seconds: float = SECONDS
    attempts: int = ATTEMPTS
    sleep: Sleep = asyncio.sleep


def open(options: Options) -> Engine:
    """Raises `EngineError` PED1112 for a target that is not `URL#MODEL`."""
    url, _, model = options.target.partition("#")
    parts = _split(url)
    if parts is None or not model:
        raise EngineError("PED1112", "the address of an `openai:` engine is not URL#MODEL",
                          help=f"for instance `{EXAMPLE}`")
    if parts.username or parts.password or parts.query:
        raise EngineError("PED1112", "the address of an `openai:` engine holds a password or a query",
                          help=f"an address is recorded: put the key into {KEY}")
    import httpx  # noqa: F401  (where it is missing, that is said now)

    environment = options.environment
    return OpenAI(Settings(url.rstrip("/"), model, _key(environment), _proxy(parts, environment),
                           _trust(environment.get("SSL_CERT_FILE", ""))))


def availability() -> Availability:
    if importlib.util.find_spec("httpx") is None:
        return Availability(False, "the library httpx is not installed", "pip install pedalang", EXAMPLE)
    return Availability(True, f"a server with OpenAI's protocol; its key is read from {KEY}", example=EXAMPLE)


class OpenAI:
    """One model of one server."""

    abilities = Abilities(choose=True, scores=True, schema=True, speaks_freely=True, slots=SLOTS,
                          honours=frozenset({"top_p"}))

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lists_tokens = True
        self._here: _Here | None = None
        self.name, self.model = f"openai:{settings.url}#{settings.model}", settings.model

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return list(await asyncio.gather(*map(self._answered, requests)))

    async def close(self) -> None:
        here, self._here = self._here, None
        if here is not None and here[0] is asyncio.get_running_loop():
            await here[1].aclose()

    async def _answered(self, request: Request) -> Reply | EngineError:
        model = self._settings.model
        try:
            if not request.choices:
                return await self._tried(request, chat_protocol.words(model, request), chat_protocol.spoken)
            if self._lists_tokens and chat_protocol.are_labels(request.choices):
                try:
                    return await self._tried(request, chat_protocol.label(model, request), chat_protocol.read_off)
                except chat_protocol.NoLabelError:
                    pass
                except _RefusedError as refused:
                    if refused.status not in (400, 422):
                        raise
                    self._lists_tokens = False  # many servers list no tokens, and each says so in its own way
            return await self._tried(request, chat_protocol.choice(model, request), chat_protocol.chosen)
        except EngineError as error:
            return error

    async def _tried(self, request: Request, body: dict[str, Any],
                     read: Callable[[Request, chat_protocol.Body], Reply]) -> Reply:
        """The reply, after as many attempts as it takes. Raises `EngineError`."""
        client, free = self._connections()
        data = json.dumps(body).encode()
        attempt = 0
        while True:
            attempt += 1
            try:
                async with free:
                    return read(request, await self._sent(client, data))
            except EngineError as error:
                if not error.retryable or attempt >= self._settings.attempts:
                    raise
                wait = _wait(request.seed, attempt, error)
            await self._settings.sleep(wait)

    def _connections(self) -> tuple[httpx.AsyncClient, asyncio.Semaphore]:
        """Those of the running event loop; those of another one cannot be used any more."""
        import httpx

        loop = asyncio.get_running_loop()
        if self._here is None or self._here[0] is not loop:
            chosen = self._settings
            headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": "application/json"}
            if chosen.key:
                headers["Authorization"] = f"Bearer {chosen.key}"
            client = httpx.AsyncClient(headers=headers, timeout=None, trust_env=False, proxy=chosen.proxy,
                                       verify=chosen.trust or True, limits=httpx.Limits(max_connections=SLOTS))
            self._here = loop, client, asyncio.Semaphore(SLOTS)
        return self._here[1], self._here[2]

    async def _sent(self, client: httpx.AsyncClient, data: bytes) -> chat_protocol.Body:
        """One attempt. Raises `EngineError`."""
        import httpx

        try:
            async with asyncio.timeout(self._settings.seconds), \
                    client.stream("POST", f"{self._settings.url}/chat/completions", content=data) as response:
                said = await _read(response)
        except TimeoutError:
            raise EngineError("PED1104", f"{self.name} did not answer in {self._settings.seconds:g} seconds",
                              help="is it overloaded? play fewer dialogues at a time: `--concurrency`",
                              retryable=True) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = self._without_key(str(error)) or type(error).__name__
            raise EngineError("PED1104", f"{self.name} cannot be reached: {why}",
                              help="is the server running, and is the address right?", retryable=True) from None
        if response.status_code != 200:
            raise self._failure(response.status_code, response.headers, said)
        return chat_protocol.parsed(response.headers, said)

    def _failure(self, status: int, headers: Mapping[str, str], data: bytes) -> EngineError:
        said = self._without_key(chat_protocol.reason(data))
        if status in _PASSING:
            return _BusyError("PED1104", f"{self.name} answered {status}: {said}", retryable=True,
                              after=_seconds(headers.get("retry-after", "")))
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


class _BusyError(EngineError):
    """A failure that will pass; `after` is how many seconds the server asked to wait."""

    def __init__(self, code: str, message: str, *, retryable: bool, after: float | None) -> None:
        longer = after is not None and after > LONGEST_WAIT
        super().__init__(code, message, retryable=retryable and not longer,
                         help=f"it asks to be left alone for {after:g} seconds" if longer else "")
        self.after = after


class _RefusedError(EngineError):
    """A request that this server will never take; `status` is the server's."""

    def __init__(self, status: int, message: str, *, help: str) -> None:
        super().__init__("PED1108", message, help=help)
        self.status = status


def _split(url: str) -> SplitResult | None:
    """The parts of a URL of a server, or None."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none
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


def _wait(seed: int, attempt: int, error: EngineError) -> float:
    """Seconds before the next attempt: doubled each time and spread over half as much again, by the request's seed."""
    if isinstance(error, _BusyError) and error.after is not None:
        return error.after
    spread = 1 + Random(f"{seed}/{attempt}").random() / 2
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1) * spread)


async def _read(response: httpx.Response) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk
        if len(data) > MOST_BYTES:
            raise EngineError("PED1106", f"the server's reply is longer than {MOST_BYTES} bytes",
                              help="is there a model behind this address?")
    return bytes(data)


def _seconds(retry_after: str) -> float | None:
    """What `Retry-After` asks for, in seconds; dates are not read."""
    return float(retry_after) if retry_after.isdecimal() else None
