"""What goes over the wire: replies in every form that HTTP allows and some that it does not, proxies, certificates."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from pedalang.runtime.engines.endpoint.connections import (
    MOST_BYTES,
    Address,
    Answered,
    Connections,
    NoAnswerError,
    TooLongError,
)

CERTIFICATE = Path(__file__).parent / "localhost.pem"
"""Of `localhost`, for these tests, with its key."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Wire:
    """A server that sends these bytes, one reply a request, and closes where it is given None."""

    def __init__(self, *replies: bytes | None, tls: ssl.SSLContext | None = None) -> None:
        self._replies = list(replies)
        self._tls = tls
        self.heads: list[bytes] = []
        self.connections = 0

    async def served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
                await reader.readexactly(int(length[0].partition(b":")[2]) if length else 0)
                if head.startswith(b"CONNECT"):
                    await self._tunnel(head, reader, writer)
                    break
                reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
                writer.write(reply or b"")
                await writer.drain()
                if not self._replies[0]:
                    break
        writer.close()

    async def _tunnel(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"407" in (self._replies[0] or b""):
            writer.write(self._replies[0] or b"")
            return
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

        async def copied(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while data := await source.read(65536):
                    to.write(data)
            to.close()

        await asyncio.gather(copied(reader, back), copied(there, writer))

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self.served, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()


def connections(port: int, *, proxy: str | None = None, trust: ssl.SSLContext | None = None) -> Connections:
    scheme = "https" if trust else "http"
    return Connections(Address(f"{scheme}://localhost:{port}/v1/100%/chat", {"X-Key": "50%"}, proxy, trust))


def asked(*replies: bytes | None, times: int = 1) -> tuple[list[Answered | Exception], Wire]:
    """What came of so many requests, one after the other, and the server."""
    async def all_of_them() -> tuple[list[Answered | Exception], Wire]:
        found: list[Answered | Exception] = []
        async with Wire(*replies) as wire:
            to = connections(wire.port)
            for _ in range(times):
                try:
                    found.append(await to.post(b"{}", 5))
                except (NoAnswerError, TooLongError, TimeoutError) as error:
                    found.append(error)
            await to.close()
        return found, wire

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("reply", [
    OK,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK,
])
def test_a_reply_in_every_form_and_the_connection_serves_again(reply: bytes) -> None:
    found, wire = asked(reply, times=3)
    assert [(each.status, each.data) for each in found if isinstance(each, Answered)] == [(200, b"hi")] * 3
    assert wire.connections == 1


@pytest.mark.parametrize("replies", [
    (b"HTTP/1.1 200 OK\r\n\r\nhi", None),
    (b"HTTP/1.0 200 OK\r\n\r\nhi", None),
    (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", None),
])
def test_a_reply_that_ends_with_its_connection(replies: tuple[bytes | None, ...]) -> None:
    (found,), _ = asked(*replies)
    assert isinstance(found, Answered)
    assert found.data == b"hi"


def test_what_nobody_asked_for_ends_the_connection() -> None:
    found, wire = asked(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", times=3)
    assert [each.data for each in found if isinstance(each, Answered)] == [b"hi"] * 3
    assert wire.connections == 3


@pytest.mark.parametrize(("replies", "kind"), [
    ((b"SSH-2.0-OpenSSH_9.6\r\n",), NoAnswerError),
    ((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi", None), NoAnswerError),
    ((b"HTTP/1.1 200 OK\r\nContent-Le", None), NoAnswerError),
    ((None,), NoAnswerError),
    ((b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",), NoAnswerError),
    ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",), NoAnswerError),
    ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",), NoAnswerError),
    ((b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,), NoAnswerError),
    ((b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MOST_BYTES + 1),), TooLongError),
])
def test_what_is_no_reply(replies: tuple[bytes | None, ...], kind: type[Exception]) -> None:
    (found,), _ = asked(*replies)
    assert isinstance(found, kind), found
    assert not isinstance(found, NoAnswerError) or not found.absent


def test_what_is_sent() -> None:
    _, wire = asked(OK)
    first, *lines = wire.heads[0].decode().split("\r\n")
    assert first == "POST /v1/100%/chat HTTP/1.1"
    assert lines[:3] == [f"Host: localhost:{wire.port}", "X-Key: 50%", "Content-Length: 2"]


def test_the_first_of_two_headers_counts() -> None:
    (found,), _ = asked(b"HTTP/1.1 429 Slow down\r\nRetry-AFTER: 7\r\nretry-after: 9\r\nContent-Length: 0\r\n\r\n")
    assert isinstance(found, Answered)
    assert (found.status, found.headers["retry-after"]) == (429, "7")


def test_a_server_that_hangs_is_waited_for_so_long() -> None:
    async def asks() -> None:
        async with Wire(b"HTTP/1.1 200 OK\r\n") as wire:
            to = connections(wire.port)
            with pytest.raises(TimeoutError):
                await to.post(b"{}", 0.05)

    asyncio.run(asks())


def test_a_proxy_is_asked_for_the_whole_url() -> None:
    async def asks() -> list[bytes]:
        async with Wire(OK) as proxy:
            to = Connections(Address("http://models.example/v1", {}, f"http://me:p%40ss@localhost:{proxy.port}", None))
            assert (await to.post(b"{}", 5)).data == b"hi"
            await to.close()
            return proxy.heads

    (head,) = asyncio.run(asks())
    assert head.startswith(b"POST http://models.example/v1 HTTP/1.1\r\nHost: models.example\r\n")
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in head


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Those of the server, and of a client that trusts it."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(CERTIFICATE)
    return serving, ssl.create_default_context(cafile=str(CERTIFICATE))


@pytest.mark.parametrize("proxied", [False, True])
def test_encrypted_straight_and_through_a_tunnel(proxied: bool) -> None:
    async def asks() -> tuple[Wire, Wire]:
        serving, trust = contexts()
        async with Wire(OK, tls=serving) as wire, Wire(OK) as proxy:
            to = connections(wire.port, trust=trust, proxy=f"http://localhost:{proxy.port}" if proxied else None)
            assert [(await to.post(b"{}", 5)).data for _ in range(2)] == [b"hi", b"hi"]
            await to.close()
            await asyncio.sleep(0)
            return wire, proxy

    wire, proxy = asyncio.run(asks())
    assert (len(wire.heads), wire.connections) == (2, 1)
    assert wire.heads[0].startswith(b"POST /v1/100%/chat HTTP/1.1\r\n")
    tunnel = f"CONNECT localhost:{wire.port} HTTP/1.1".encode()
    assert [head.split(b"\r\n")[0] for head in proxy.heads] == [tunnel] * proxied


@pytest.mark.parametrize("proxied", [False, True])
def test_a_certificate_that_nobody_vouches_for(proxied: bool) -> None:
    async def asks() -> NoAnswerError:
        serving, _ = contexts()
        async with Wire(OK, tls=serving) as wire, Wire(OK) as proxy:
            to = connections(wire.port, trust=ssl.create_default_context(),
                             proxy=f"http://localhost:{proxy.port}" if proxied else None)
            with pytest.raises(NoAnswerError, match="certificate") as caught:
                await to.post(b"{}", 5)
            assert wire.heads == [], "nothing was sent"
            return caught.value

    assert asyncio.run(asks()).absent


def test_a_proxy_that_refuses() -> None:
    async def asks() -> None:
        async with Wire(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as proxy:
            to = connections(9, trust=ssl.create_default_context(), proxy=f"http://localhost:{proxy.port}")
            with pytest.raises(NoAnswerError, match="407") as caught:
                await to.post(b"{}", 5)
            assert caught.value.absent

    asyncio.run(asks())


def test_connections_end_with_their_loop() -> None:
    async def asks() -> Connections:
        async with Wire(OK) as wire:
            to = connections(wire.port)
            await to.post(b"{}", 5)
            assert [each.is_open for each in to._idle] == [True]
            return to

    assert [each.is_open for each in asyncio.run(asks())._idle] == [False]
