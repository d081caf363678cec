"""A server of chat completions on the loopback that answers after a while, fails as often as it is told, and knows what
it did to whom. In a thread of a test, or in a process of its own where the client's processor time is measured.

    python -m tests.engines.chat_server --latency 0.05 --faults 0.4

It prints its port, and ends with its standard input. Whose request it is, it reads off the words `problem N` of the
prompt; which attempt it is, it counts; what it does to an attempt hangs on the request and the attempt alone.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args

import msgspec

Fault = Literal["error", "busy", "busy until", "hang", "cut", "no JSON", "no choices", "a page", "10 MB"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
ROOT = Path(__file__).resolve().parents[2]
CODES: dict[str, str] = {"error": "PED1104", "busy": "PED1104", "busy until": "PED1104", "hang": "PED1104",
                         "cut": "PED1104", "no JSON": "PED1107", "no choices": "PED1105", "a page": "PED1107",
                         "10 MB": "PED1106"}
"""What a client has to call each."""
_NUMBER = re.compile(rb"problem (\d+)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_FILL = "Look at the next step together: what would happen if the numbers were smaller? Try it, and tell what you see."
_MOMENT = 1_795_424_400
"""Of the server's clock, which stands still: seconds since 1970."""


class _Message(msgspec.Struct):
    role: str
    content: str


class _Asked(msgspec.Struct):
    messages: list[_Message]
    seed: int


class Told(msgspec.Struct):
    """What the server did: `log` has each request as `DIALOGUE/SEED`, in the order in which they first came, with what
    was done to each of its attempts (`ok`, or a fault); `said` the words that were sent to those that were answered.
    `in_flight` is the mean number of requests between the first and the last, `most` the greatest."""

    log: dict[str, list[str]]
    said: dict[str, str]
    requests: int
    in_flight: float
    most: int
    connections: int


class Chat:
    """What is answered, and what is known of that. All of it belongs to one event loop."""

    def __init__(self, latency: float = 0.0, faults: float = 0.0, seed: int = 0) -> None:
        self.latency, self._faults, self._seed = latency, faults, seed
        self.log: dict[str, list[str]] = {}
        self.said: dict[str, str] = {}
        self.connections = self.requests = 0
        self._now = self._most = 0
        self._area = self._first = self._last = 0.0

    def told(self) -> Told:
        whole = self._last - self._first
        return Told(self.log, self.said, self.requests, self._area / whole if whole else 0.0, self._most,
                    self.connections)

    def count(self, by: int) -> None:
        """One more request in flight, or one less."""
        moment = asyncio.get_running_loop().time()
        self._first = self._first or moment
        self._area += self._now * (moment - (self._last or moment))
        self._now, self._last = self._now + by, moment
        self._most = max(self._most, self._now)
        self.requests += by > 0

    def reply(self, body: bytes) -> tuple[str, Fault | None, bytes]:
        """Whose request it is, what is done to this attempt, and the reply where it is answered."""
        asked = msgspec.json.decode(body, type=_Asked)
        found = _NUMBER.search(body)
        key = f"{int(found[1]) if found else 0}/{asked.seed}"
        attempts = self.log.setdefault(key, [])
        chance = Random(f"{self._seed}/{key}/{len(attempts)}")
        fault = chance.choice(FAULTS) if chance.random() < self._faults else None
        attempts.append(fault or "ok")
        spoken = len(asked.messages)
        text = f"{spoken}. {_FILL} ({hashlib.sha256(body).hexdigest()[:8]})"
        if fault is None:
            self.said[key] = text
        return key, fault, msgspec.json.encode({
            "id": "1", "object": "chat.completion", "model": "stub",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": len(body) // 4, "completion_tokens": len(text) // 4}})


    def gave_up(self, key: str, attempt: int) -> None:
        """The client left before it was answered, which for it is as if the server hung."""
        self.log[key][attempt] = "hang"
        if "ok" not in self.log[key]:
            self.said.pop(key, None)


class Connection(asyncio.Protocol):
    """One connection: requests one after the other."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._read = b""
        self._hung = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._to = transport
        self._chat.connections += 1

    def cut(self) -> None:
        """Ends it, whatever was asked."""
        self._to.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._hung:
            self._chat.count(-1)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, mark, rest = self._read.partition(b"\r\n\r\n")
        if not mark:
            return
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if len(rest) < size:
            return
        self._read = rest[size:]
        if head.startswith(b"GET"):
            self._send(msgspec.json.encode(self._chat.told()))
            return
        self._chat.count(1)
        key, fault, reply = self._chat.reply(rest[:size])
        attempt = len(self._chat.log[key]) - 1
        if fault == "hang":
            self._hung = True
        else:
            asyncio.get_running_loop().call_later(self._chat.latency, self._answer, key, attempt, fault, reply)

    def _answer(self, key: str, attempt: int, fault: Fault | None, reply: bytes) -> None:
        self._chat.count(-1)
        if self._to.is_closing():
            self._chat.gave_up(key, attempt)
            return
        match fault:
            case None:
                self._send(reply)
            case "error":
                self._send(b'{"error": {"message": "out of order"}}', "500 Internal Server Error")
            case "busy":
                self._send(b"{}", "429 Too Many Requests", "Retry-After: 1\r\n")
            case "busy until":
                now, then = (formatdate(_MOMENT + seconds, usegmt=True) for seconds in (0, 1))
                self._send(b"{}", "429 Too Many Requests", f"Date: {now}\r\nRetry-After: {then}\r\n")
            case "cut":
                self._send(reply, said=len(reply) + 10)
                self._to.close()
            case "no JSON":
                self._send(reply[:-20])
            case "no choices":
                self._send(b'{"choices": []}')
            case "a page":
                self._send(b"<html>Sign in</html>", kind="text/html")
            case "10 MB":
                self._send(reply + b" " * 10_000_000)

    def _send(self, data: bytes, status: str = "200 OK", more: str = "", *, kind: str = "application/json",
              said: int = 0) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {said or len(data)}\r\n{more}\r\n"
        self._to.write(head.encode() + data)


@contextmanager
def in_thread(chat: Chat) -> Iterator[str]:
    """The server in a thread of this process: its URL, up to `/v1`."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: Connection(chat), "127.0.0.1", 0, backlog=4096))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def in_process(latency: float = 0.0, faults: float = 0.0, seed: int = 0) -> Iterator[str]:
    """The server in a process of its own: its URL, up to `/v1`."""
    command = [sys.executable, "-m", "tests.engines.chat_server", f"--latency={latency}", f"--faults={faults}",
               f"--seed={seed}"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.stdin.close()
            process.wait(10)


def told(url: str) -> Told:
    """What a server in another process did."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as response:
        return msgspec.json.decode(response.read(), type=Told)


async def _served(chat: Chat) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(chat), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each reply")
    parser.add_argument("--faults", type=float, default=0.0, help="the share of attempts that fail, 0 to 1")
    parser.add_argument("--seed", type=int, default=0, help="which ones do")
    given: Any = parser.parse_args()
    asyncio.run(_served(Chat(given.latency, given.faults, given.seed)))


if __name__ == "__main__":
    main()
