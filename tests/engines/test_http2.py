"""HTTP/2 where it is offered, HTTP/1.1 where not."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("h2", reason="pip install 'pedalang[openai]'")

import h2.config
import h2.connection
import h2.events

from pedalang.runtime.engines import openai
from pedalang.runtime.engines.endpoint.connections import MOST_BYTES, Address, NoAnswerError, TooLongError
from pedalang.runtime.engines.endpoint.http2 import Http2
from pedalang.runtime.engines.engine import Options
from tests.engines.test_connections import CERTIFICATE, OK, Wire, contexts


class Speaker(asyncio.Protocol):
    """A server of HTTP/2: it answers once as many requests are open as were asked for, all of them together."""

    def __init__(self, together: int, reply: bytes, seen: list[dict[str, str]]) -> None:
        self._together, self._reply, self._seen = together, reply, seen
        self._open: list[int] = []
        self._left: dict[int, bytes] = {}

    def connection_made(self, transport: Any) -> None:
        self._to = transport
        self._said = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self._said.initiate_connection()
        self._to.write(self._said.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._said.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self._seen.append({_text(name): _text(value) for name, value in event.headers or ()})
            elif isinstance(event, h2.events.StreamEnded):
                self._open.append(event.stream_id or 0)
        if len(self._open) >= self._together:
            for stream in self._open:
                self._said.send_headers(stream, [(":status", "200"), ("retry-after", "7"), ("Retry-After", "9")])
                self._left[stream] = self._reply
            self._open = []
        for stream, left in list(self._left.items()):
            size = min(self._said.local_flow_control_window(stream), self._said.max_outbound_frame_size, len(left))
            while size and left:
                self._said.send_data(stream, left[:size], end_stream=size == len(left))
                left = left[size:]
                size = min(self._said.local_flow_control_window(stream), self._said.max_outbound_frame_size, len(left))
            self._left[stream] = left
        self._left = {stream: left for stream, left in self._left.items() if left}
        self._to.write(self._said.data_to_send())


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


async def served(together: int, reply: bytes, seen: list[dict[str, str]]) -> tuple[asyncio.Server, Http2]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(Path(CERTIFICATE))
    tls.set_alpn_protocols(["h2"])
    server = await asyncio.get_running_loop().create_server(lambda: Speaker(together, reply, seen), "127.0.0.1", 0,
                                                            ssl=tls)
    port = server.sockets[0].getsockname()[1]
    return server, Http2(Address(f"https://localhost:{port}/v1/chat", {"X-Key": "k"}, None, contexts()[1]))


def test_many_requests_go_over_one_connection() -> None:
    async def asks() -> tuple[list[bytes], list[dict[str, str]]]:
        seen: list[dict[str, str]] = []
        server, to = await served(8, b"hi", seen)
        found = await asyncio.gather(*(to.post(b"{}", 10) for _ in range(8)))
        await to.close()
        await to.close()
        server.close()
        assert {each.headers["retry-after"] for each in found} == {"7"}
        return [each.data for each in found], seen

    said, seen = asyncio.run(asks())
    assert said == [b"hi"] * 8
    assert {(each[":method"], each[":path"], each["x-key"]) for each in seen} == {("POST", "/v1/chat", "k")}


def test_a_reply_is_read_up_to_a_bound() -> None:
    async def asks() -> None:
        server, to = await served(1, b" " * (MOST_BYTES + 100_000), [])
        with pytest.raises(TooLongError):
            await to.post(b"{}", 30)
        server.close()

    asyncio.run(asks())


def test_a_server_that_speaks_only_the_older_one() -> None:
    async def asks() -> bytes:
        serving, trust = contexts()
        async with Wire(OK, tls=serving) as wire:
            to = Http2(Address(f"https://localhost:{wire.port}/v1", {}, None, trust))
            found = await to.post(b"{}", 10)
            await to.close()
            return found.data

    assert asyncio.run(asks()) == b"hi"


def test_nobody_there_and_nobody_who_answers() -> None:
    async def asks() -> NoAnswerError:
        async with Wire(OK) as wire:
            to = Http2(Address(f"http://localhost:{wire.port}/v1", {}, None, None))
        with pytest.raises(NoAnswerError) as caught:
            await to.post(b"{}", 10)
        async with Wire(b"HTTP/1.1 200 OK\r\n") as wire:
            slow = Http2(Address(f"http://localhost:{wire.port}/v1", {}, None, None))
            with pytest.raises(TimeoutError):
                await slow.post(b"{}", 0.05)
        return caught.value

    assert asyncio.run(asks()).absent


def test_it_is_spoken_where_it_is_asked_for() -> None:
    for told, kind in (({}, "Connections"), ({"http": "2"}, "Http2")):
        engine = openai.open(Options("https://localhost:1/v1#tutor", {}, told))
        assert isinstance(engine, openai.OpenAI)
        assert type(engine._connections).__name__ == kind
