"""What a request costs with one HTTP client or another: processor time, and how many requests are in flight of those
that could be.

    python -m tests.speed.http_clients [REQUESTS]

Each client asks the same server (50 ms a reply, in a process of its own) with 64 connections, one after the other; a
client that is not installed is left out. `sockets` is the floor: asyncio's streams, and nothing that HTTP asks for.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.util import find_spec

import msgspec

from pedalang.runtime.engines.endpoint.connections import Address, Connections
from tests.engines.chat_server import in_process, told

AT_ONCE = 64
LATENCY = 0.05
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": "application/json"}
TURN = "What would happen if the numbers were smaller? Try it with small numbers first, and tell me what you notice. "

Post = Callable[[bytes], Awaitable[object]]
Opened = Callable[[str, AsyncExitStack], Awaitable[Post]]
"""Makes what posts to a URL; what has to be closed is put on the stack."""


def body(turns: int = 4, seed: int = 0) -> bytes:
    """A request in the middle of a dialogue."""
    messages = [{"role": "system", "content": "You are a patient tutor. This is problem 1."},
                *({"role": ("user", "assistant")[turn % 2], "content": TURN} for turn in range(turns))]
    return msgspec.json.encode({"model": "stub", "seed": seed, "temperature": 0.0, "max_tokens": 80,
                                "messages": messages})


async def sockets(url: str, stack: AsyncExitStack) -> Post:
    port = int(url.split(":")[2].partition("/")[0])
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(data: bytes) -> bytes:
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                     % (len(data), data))
        head = await reader.readuntil(b"\r\n\r\n")
        read = await reader.readexactly(int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]))
        idle.append((reader, writer))
        return read

    stack.callback(lambda: [writer.close() for _, writer in idle])
    return post


async def ours(url: str, stack: AsyncExitStack) -> Post:
    connections = Connections(Address(url, HEADERS, None, None))
    stack.push_async_callback(connections.close)
    return lambda data: connections.post(data, 60.0)


async def aiohttp(url: str, stack: AsyncExitStack) -> Post:
    import aiohttp

    session = await stack.enter_async_context(aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=AT_ONCE), headers=HEADERS, cookie_jar=aiohttp.DummyCookieJar()))

    async def post(data: bytes) -> bytes:
        async with session.post(url, data=data) as response:
            return await response.read()

    return post


async def httpcore(url: str, stack: AsyncExitStack) -> Post:
    import httpcore

    pool = await stack.enter_async_context(httpcore.AsyncConnectionPool(
        max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE))
    return lambda data: pool.request("POST", url, content=data, headers=HEADERS)


async def httpx(url: str, stack: AsyncExitStack) -> Post:
    import httpx

    client = await stack.enter_async_context(httpx.AsyncClient(
        timeout=None, trust_env=False, headers=HEADERS,
        limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)))
    return lambda data: client.post(url, content=data)


CLIENTS: dict[str, Opened] = {"sockets": sockets, "ours": ours, "aiohttp": aiohttp, "httpcore": httpcore,
                              "httpx": httpx}


async def asked(opened: Opened, url: str, requests: int, at_once: int = AT_ONCE) -> float:
    """Seconds of processor time a request."""
    data = [body(seed=number) for number in range(at_once)]
    async with AsyncExitStack() as stack:
        post = await opened(f"{url}/chat/completions", stack)

        async def one_after_the_other(number: int) -> None:
            for _ in range(requests // at_once):
                await post(data[number])

        begun = time.process_time()
        await asyncio.gather(*map(one_after_the_other, range(at_once)))
        return (time.process_time() - begun) / (requests // at_once * at_once)


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 2048
    for name, opened in CLIENTS.items():
        if name in ("sockets", "ours") or find_spec(name) is not None:
            with in_process(LATENCY) as url:
                seconds = asyncio.run(asked(opened, url, requests))
                did = told(url)
            print(f"{name:9} {1000 * seconds:7.3f} ms of processor time a request, "
                  f"{did.in_flight / AT_ONCE:4.0%} of {AT_ONCE} in flight", flush=True)


if __name__ == "__main__":
    main()
