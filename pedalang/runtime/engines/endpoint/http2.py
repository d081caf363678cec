"""Requests to one address over HTTP/2, many at a time on one connection; over HTTP/1.1 where the server offers nothing
else. It costs several times as much as `connections.py`, and is for gateways that allow few connections.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import certifi

from pedalang.runtime.engines.endpoint.connections import MOST_BYTES, Address, Answered, NoAnswerError, TooLongError

if TYPE_CHECKING:
    import httpx


class Http2:
    """The same as `Connections`."""

    def __init__(self, address: Address) -> None:
        import h2.connection  # noqa: F401  (where it is missing, that is said now)
        import httpx  # noqa: F401

        self._address = address
        self._here: tuple[asyncio.AbstractEventLoop, httpx.AsyncClient, AsyncGenerator[httpx.AsyncClient]] | None = None

    async def post(self, data: bytes, seconds: float) -> Answered:
        """As that of `Connections`."""
        import httpx

        try:
            async with asyncio.timeout(seconds):
                client = await self._client()
                async with client.stream("POST", self._address.url, content=data) as response:
                    first = dict(reversed(response.headers.multi_items()))
                    return Answered(response.status_code, first, await _read(response))
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise NoAnswerError(str(error) or type(error).__name__, absent=True) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswerError(str(error) or type(error).__name__, absent=False) from None

    async def close(self) -> None:
        """Closes what is open; once is enough."""
        here, self._here = self._here, None
        if here is not None and here[0] is asyncio.get_running_loop():
            await here[2].aclose()

    async def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._here is None or self._here[0] is not loop:
            generator = _until_closed(self._address)  # ends with its event loop
            self._here = loop, await anext(generator), generator
        return self._here[1]


async def _until_closed(address: Address) -> AsyncGenerator[httpx.AsyncClient]:
    import httpx

    trust = address.trust or ssl.create_default_context(cafile=certifi.where())
    async with httpx.AsyncClient(http2=True, headers=dict(address.headers), proxy=address.proxy, verify=trust,
                                 timeout=None, trust_env=False) as client:
        yield client


async def _read(response: httpx.Response) -> bytes:
    data = bytearray()
    async for part in response.aiter_raw():
        data += part
        if len(data) > MOST_BYTES:
            raise TooLongError
    return bytes(data)
