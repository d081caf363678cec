"""Connections to one address of a server, over HTTP/1.1, kept open between requests; straight, or through a proxy.
What is sent and what a reply means is no concern of this file, nor is asking again.

A request costs little here (`docs/decisions/0021-the-http-client.md`): one write, one parser, no pool to walk through.
Redirections are not followed, nothing is unpacked, no cookie is kept, no variable is read, and a reply is read up to a
bound.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

import certifi

if TYPE_CHECKING:
    import httptools

MOST_BYTES = 4_000_000
"""Of one reply."""
MOST_HEAD = 65_536
"""Bytes of it before its body."""
PORTS = {"http": 80, "https": 443}


class Answered(NamedTuple):
    """What a server sent. The names of headers are in lower case; of those that come twice, the first counts."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class NoAnswerError(Exception):
    """Nothing that is a reply came back. `absent`: no connection could be made."""

    def __init__(self, why: str, *, absent: bool) -> None:
        super().__init__(why)
        self.absent = absent


class TooLongError(Exception):
    """A reply of more than `MOST_BYTES`. The rest of it was not read."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where is asked, and how: the headers of each request, the URL of a proxy, and the certificates that are trusted
    in place of the usual ones."""

    url: str
    headers: Mapping[str, str]
    proxy: str | None
    trust: ssl.SSLContext | None


class Connections:
    """Those of the event loop that asks; those of another one cannot be used any more. They end with their loop, where
    nobody closes them before."""

    def __init__(self, address: Address) -> None:
        import httptools  # noqa: F401  (where it is missing, that is said now)

        self._address = address
        self._head = _head(address)
        self._here: tuple[asyncio.AbstractEventLoop, AsyncGenerator[list[_Connection]]] | None = None
        self._idle: list[_Connection] = []
        self._tls: ssl.SSLContext | None = None

    async def post(self, data: bytes, seconds: float) -> Answered:
        """The reply to some JSON. Raises `TimeoutError` after so many seconds, `NoAnswerError`, `TooLongError`."""
        if self._here is None or self._here[0] is not asyncio.get_running_loop():
            await self._begun()
        answer = connection = None
        try:
            async with asyncio.timeout(seconds):
                connection = self._waiting() or await self._connected()
                answer = connection.ask(self._head % len(data) + data)
                answered = await answer
        except BaseException as error:
            if not (isinstance(error, TimeoutError) and connection and answer and _has_come(answer)):
                if connection is not None:
                    connection.abort()
                raise
            answered = answer.result()  # it lay there while this process was busy with others
        if connection.is_open:
            self._idle.append(connection)
        return answered

    async def close(self) -> None:
        """Closes them; once is enough."""
        here, self._here, self._idle = self._here, None, []
        if here is not None and here[0] is asyncio.get_running_loop():
            await here[1].aclose()

    async def _begun(self) -> None:
        # An event loop closes the generators that were begun in it, before it ends: so the connections end with it.
        generator = _until_closed()
        self._idle = await anext(generator)
        self._here = asyncio.get_running_loop(), generator

    def _waiting(self) -> _Connection | None:
        """The connection that was used last: those that are needed seldom grow old, and their server closes them."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    async def _connected(self) -> _Connection:
        to, proxy = urlsplit(self._address.url), urlsplit(self._address.proxy or "")
        connection = _Connection()
        try:
            if proxy.hostname and to.scheme == "https":
                await self._through(proxy, to, connection)
            else:
                first = proxy if proxy.hostname else to
                await asyncio.get_running_loop().create_connection(
                    lambda: connection, first.hostname or "", _port(first), ssl=self._context(first))
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise NoAnswerError(str(error) or type(error).__name__, absent=True) from None
        return connection

    async def _through(self, proxy: SplitResult, to: SplitResult, connection: _Connection) -> None:
        """A tunnel through a proxy that sees nothing of what is sent in it."""
        loop, greeting = asyncio.get_running_loop(), _Greeting()
        transport, _ = await loop.create_connection(lambda: greeting, proxy.hostname or "", _port(proxy),
                                                    ssl=self._context(proxy))
        try:
            target = f"{_ascii(to.hostname or '')}:{_port(to)}"
            transport.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{_proxy_key(proxy)}\r\n".encode())
            said = await greeting.first_line
            if said.split(" ")[1:2] != ["200"]:
                raise OSError(f"the proxy says {said[:60]}")
            inner = await loop.start_tls(transport, connection, self._trusted(), server_hostname=to.hostname)
        except BaseException:
            transport.abort()
            raise
        assert inner is not None
        connection.connection_made(inner)

    def _context(self, to: SplitResult) -> ssl.SSLContext | None:
        """What is trusted there; None where nothing is encrypted."""
        return self._trusted() if to.scheme == "https" else None

    def _trusted(self) -> ssl.SSLContext:
        """Where nothing else is said, the same on each machine."""
        if self._tls is None:
            self._tls = self._address.trust or ssl.create_default_context(cafile=certifi.where())
        return self._tls


def _port(to: SplitResult) -> int:
    return to.port or PORTS[to.scheme]


async def _until_closed() -> AsyncGenerator[list[_Connection]]:
    idle: list[_Connection] = []
    try:
        yield idle
    finally:
        for connection in idle:
            connection.abort()
        await asyncio.sleep(0)


def _has_come(answer: asyncio.Future[Answered]) -> bool:
    return answer.done() and not answer.cancelled() and answer.exception() is None


class _Greeting(asyncio.Protocol):
    """What a proxy says before it lets others talk: the first line of it, once its head is whole."""

    def __init__(self) -> None:
        self.first_line: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self.first_line.done() and (b"\r\n\r\n" in self._read or len(self._read) > MOST_HEAD):
            self.first_line.set_result(self._read.partition(b"\r\n")[0].decode("latin-1"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.first_line.done():
            self.first_line.set_exception(ConnectionResetError("the proxy closed the connection"))


class _Connection(asyncio.Protocol):
    """One connection: a request, its reply, then perhaps the next request."""

    def __init__(self) -> None:
        import httptools

        self._http = httptools
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answered] | None = None
        self.is_open = False

    def ask(self, request: bytes) -> asyncio.Future[Answered]:
        """The reply, in time."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._parser: httptools.HttpResponseParser = self._http.HttpResponseParser(self)
        self._size = 0
        self.on_message_begin()
        if self.is_open:
            self._transport.write(request)
        else:
            self._fail(NoAnswerError("the connection was closed", absent=False))
        return self._answer

    def abort(self) -> None:
        """Ends it, without a word to the server."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.is_open = transport, True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            if self._ends_with_connection() and exc is None:
                self._done()
            else:
                self._fail(NoAnswerError(str(exc or "the connection was cut"), absent=False))

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.abort()  # nobody asked for this
            return
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except (self._http.HttpParserError, self._http.HttpParserUpgrade) as error:
            self._fail(NoAnswerError(f"what came back is not HTTP: {error}", absent=False))
            return
        if self._size > MOST_BYTES:
            self._fail(TooLongError())
        elif self._size > MOST_HEAD and not self._headed:
            self._fail(NoAnswerError("the reply's head is too long", absent=False))
        elif not self.is_open:
            self.abort()  # the reply is whole, and was the last one

    def on_message_begin(self) -> None:
        if self._answer is not None and self._answer.done():
            self.is_open = False  # a second reply to one request
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._headed = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        self._headed = True

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() >= 200:  # the others only announce that there will be one
            self.is_open = self.is_open and self._parser.should_keep_alive()
            self._done()

    def _ends_with_connection(self) -> bool:
        """Whether the reply says nowhere else how long it is."""
        return self._headed and not self._headers.keys() & {"content-length", "transfer-encoding"}

    def _done(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Answered(self._parser.get_status_code(), self._headers, b"".join(self._body)))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.abort()


def _head(address: Address) -> bytes:
    """What each request begins with, but for how long its body is."""
    to = urlsplit(address.url)
    path = quote(to.path or "/", safe="/%:@!$&'()*+,;=~")
    host = _ascii(to.netloc)
    straight = address.proxy is None or to.scheme == "https"
    lines = [f"POST {path if straight else f'http://{host}{path}'} HTTP/1.1", f"Host: {host}",
             *(f"{name}: {value}" for name, value in address.headers.items())]
    text = "\r\n".join(lines) + "\r\n" + ("" if straight else _proxy_key(urlsplit(address.proxy or "")))
    return text.replace("%", "%%").encode("ascii") + b"Content-Length: %d\r\n\r\n"


def _proxy_key(proxy: SplitResult) -> str:
    """The header that says who asks a proxy, where its URL says that."""
    if not proxy.username:
        return ""
    name = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return f"Proxy-Authorization: Basic {base64.b64encode(name.encode()).decode()}\r\n"


def _ascii(host: str) -> str:
    """A host's name as it is sent. Raises `UnicodeError` for one that is too long."""
    return host if host.isascii() else host.encode("idna").decode()
