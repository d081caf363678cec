"""What the tests of engines share: a server on the loopback that answers as told, a dialogue, and one small model."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pedalang.prompt import Message
from pedalang.runtime.engines import llama
from pedalang.runtime.engines.engine import Engine, Options, Reply, Request
from pedalang.runtime.errors import EngineError

TALK = (
    Message("system", "You are a patient tutor of fractions. You ask one question at a time."),
    Message("user", "What is 1/2 + 1/3?"),
    Message("assistant", "What do you think, and how did you find it?"),
    Message("user", "I think it is 2/5."),
)
SAYINGS = ("How did you get 2/5?", "How big is 2/5, next to 1/2?", "Draw a bar and cut it in 6 parts.")
LEVELS = ("1", "2", "3", "4", "5")


def asked(**told: Any) -> Request:
    """A request about the dialogue."""
    return Request(**{"messages": TALK, "max_tokens": 12, **told})


def answers(engine: Engine, *requests: Request) -> list[Reply | EngineError]:
    return asyncio.run(engine.answer(requests))


def replied(engine: Engine, request: Request) -> Reply:
    (found,) = answers(engine, request)
    assert isinstance(found, Reply), found
    return found


def failed(engine: Engine, request: Request) -> EngineError:
    (found,) = answers(engine, request)
    assert isinstance(found, EngineError), found
    return found


@dataclass
class Response:
    """What the server sends. `hang` keeps it from answering until the test is over."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    hang: bool = False


Behaviour = Callable[[dict[str, Any]], Response]
"""What the server answers to the JSON that it was sent."""


def says(text: str | None, finish: str = "stop", **more: Any) -> Response:
    """A completion with this text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish, **more}
    return Response(json.dumps({
        "id": "1", "object": "chat.completion", "choices": [choice],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}}).encode())


def lists(*tokens: tuple[str, float]) -> dict[str, Any]:
    """The probabilities of a reply's first token."""
    listed = [{"token": token, "logprob": value, "bytes": None} for token, value in tokens]
    return {"logprobs": {"content": [{"token": tokens[0][0], "logprob": tokens[0][1], "top_logprobs": listed}]}}


def well_behaved(body: dict[str, Any]) -> Response:
    """Words that depend on the request alone; the first of the choices; even levels."""
    if "response_format" in body:
        allowed = body["response_format"]["json_schema"]["schema"]["properties"]["choice"]["enum"]
        return says(json.dumps({"choice": allowed[0]}))
    if body.get("logprobs"):
        return says("3", **lists(*((level, -1.6) for level in LEVELS)))
    return says(f"I read {len(body['messages'][-1]['content'])} characters.")


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class Stub:
    """A server on the loopback: its behaviours one after the other, the last of them from then on."""

    def __init__(self) -> None:
        self.behaviours: list[Behaviour] = [well_behaved]
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.most_at_once = 0
        self.now = 0
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def then(self, *behaviours: Behaviour | Response) -> None:
        self.behaviours = [each if callable(each) else (lambda body, each=each: each) for each in behaviours]

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def respond(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Response:
        with self._guard:
            self.now += 1
            self.most_at_once = max(self.most_at_once, self.now)
            self.seen.append(body)
            self.headers.append(headers)
            behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        response = behaviour(body) if path == "/v1/chat/completions" else Response(b"{}", 404)
        if response.hang:
            self._over.wait(30)
        with self._guard:
            self.now -= 1
        return response

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                response = stub.respond(self.path, {k.lower(): v for k, v in self.headers.items()}, sent)
                try:
                    (self.send_response_only if "Date" in response.headers else self.send_response)(response.status)
                    for name, value in response.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(response.body)))
                    self.end_headers()
                    self.wfile.write(response.body)
                except OSError:
                    self.close_connection = True  # the client did not wait

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is printed."""

        return Handler


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    yield server
    server.close()


@pytest.fixture(scope="session")
def small_model() -> Iterator[Engine]:
    """The embedded model, loaded once."""
    engine = llama.open(Options())
    yield engine
    asyncio.run(engine.close())


def keyed(requests: Sequence[Request]) -> list[Request]:
    """The requests, each as that of a turn of its own."""
    return [Request(each.messages, each.seed, each.choices, each.max_tokens, each.temperature, each.stop, each.schema,
                    each.purpose, f"0/{turn}/{each.purpose}") for turn, each in enumerate(requests)]
