"""Connections to one address of a server, over HTTP/1.1, kept open between requests. What is sent and what a reply
means is no concern of this file, nor is asking again.

Redirections are not followed, nothing is unpacked, no cookie is kept, no variable is read, and a reply is read up to a
bound.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import certifi

if TYPE_CHECKING:
    import aiohttp

MOST_BYTES = 4_000_000
"""Of one reply."""


class Answered(NamedTuple):
    """What a server sent. The names of headers are compared without regard to case."""

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
    """Where is asked, and how: the headers of each request, the URL of a proxy, the certificates that are trusted in
    place of the usual ones, and how many connections there are at most."""

    url: str
    headers: Mapping[str, str]
    proxy: str | None
    trust: ssl.SSLContext | None
    connections: int


class Connections:
    """Those of the event loop that asks; those of another one cannot be used any more. They end with their loop, where
    nobody closes them before."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._here: tuple[asyncio.AbstractEventLoop, AsyncGenerator[aiohttp.ClientSession]] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def post(self, data: bytes, seconds: float) -> Answered:
        """The reply to some JSON. Raises `TimeoutError` after so many seconds, `NoAnswerError`, `TooLongError`."""
        import aiohttp

        session = self._session
        if session is None or self._here is None or self._here[0] is not asyncio.get_running_loop():
            session = await self._opened()
        try:
            async with asyncio.timeout(seconds), session.post(
                    self._address.url, data=data, allow_redirects=False, proxy=self._address.proxy) as response:
                return Answered(response.status, response.headers, await _read(response.content))
        except aiohttp.ClientConnectorError as error:
            raise NoAnswerError(str(error), absent=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise NoAnswerError(str(error) or type(error).__name__, absent=False) from None

    async def close(self) -> None:
        """Closes them; once is enough."""
        here, self._here, self._session = self._here, None, None
        if here is not None and here[0] is asyncio.get_running_loop():
            await here[1].aclose()

    async def _opened(self) -> aiohttp.ClientSession:
        # An event loop closes the generators that were begun in it, before it ends: so the connections end with it.
        generator = _session(self._address)
        self._session = await anext(generator)
        self._here = asyncio.get_running_loop(), generator
        return self._session


async def _session(address: Address) -> AsyncGenerator[aiohttp.ClientSession]:
    import aiohttp

    trust = address.trust or (not address.url.startswith("https:") or _usual())
    async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=address.connections, ssl=trust), headers=address.headers,
            cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None)) as session:
        yield session


def _usual() -> ssl.SSLContext:
    """The certificates that are trusted where nothing else is said: the same on each machine."""
    return ssl.create_default_context(cafile=certifi.where())


async def _read(content: aiohttp.StreamReader) -> bytes:
    data = await content.readany()
    if content.at_eof():
        return data
    parts, size = [data], len(data)
    while part := await content.readany():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise TooLongError
    return b"".join(parts)
