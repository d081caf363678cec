"""Spans: a run, its dialogues, its calls, as the conventions want them, and with nothing in them that somebody said."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from pedalang import api
from pedalang.runtime.pool import Begun
from tests.cli.conftest import Ped, folder, ped  # noqa: F401
from tests.watching.conftest import answer, ending, header

pytest.importorskip("opentelemetry.sdk")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pedalang.watching import otel

DEMO = "fractions/main.ped"


@contextmanager
def receiver() -> Iterator[tuple[str, list[Any]]]:
    """An OTLP receiver on loopback: its address, and the spans that it was sent."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                spans.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


def test_a_run_is_a_tree_of_spans(ped: Ped, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    with receiver() as (address, spans):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        assert ped("run", DEMO, "--engine", "random:", "--out", "run", "--json").code == 0
    _, of = api.read_run(folder / "run")
    calls, turns = of.completions(), of.turns()
    of.close()
    (run,) = [span for span in spans if not span.parent_span_id]
    dialogues = [span for span in spans if span.parent_span_id == run.span_id]
    assert (run.name, len(dialogues)) == ("invoke_workflow demo", 8)
    assert {attributes(span)["gen_ai.conversation.id"] for span in dialogues} == {f"run/{at}" for at in range(8)}
    assert {span.name for span in dialogues} == {"invoke_workflow lesson"}
    asked = [span for span in spans if span.parent_span_id in {each.span_id for each in dialogues}]
    assert len(asked) == len(calls) == len(spans) - 9
    first = attributes(asked[0])
    assert (first["gen_ai.operation.name"], first["gen_ai.provider.name"]) == ("chat", "random")
    assert {"gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"} <= first.keys()
    sent = b"".join(span.SerializeToString() for span in spans)
    assert not [turn.text for turn in turns if turn.text.encode() in sent], "what was said is in no span"
    assert {span.trace_id for span in spans} == {run.trace_id}
    for span in asked:
        parent = next(each for each in dialogues if each.span_id == span.parent_span_id)
        assert parent.start_time_unix_nano <= span.end_time_unix_nano <= parent.end_time_unix_nano


def observed(environment: dict[str, str]) -> tuple[otel.Spans, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    return otel.Spans(exporter, iter(range(10**9, 10**12, 10**9)).__next__, environment), exporter


def test_a_failed_dialogue_is_an_error_with_its_code_and_not_its_message() -> None:
    spans, exporter = observed({})
    spans.began(Begun(Path("runs/demo"), header(1), range(1), 1))
    spans.started(0)
    spans.ended(ending(0, "PED1103"))
    spans.finished(1)
    assert spans.close() == 0
    dialogue, run = exporter.get_finished_spans()
    assert (dialogue.attributes or {})["error.type"] == "PED1103"
    assert dialogue.status.status_code.name == "ERROR"
    assert "no answer" not in dialogue.to_json()
    assert (run.attributes or {})["pedalang.exit_code"] == 1


@pytest.mark.parametrize("wanted", ["true", ""])
def test_what_was_said_is_in_a_span_only_where_it_is_asked_for(wanted: str) -> None:
    spans, exporter = observed({otel.CAPTURE: wanted})
    spans.began(Begun(Path("runs/demo"), header(1), range(1), 1))
    spans.started(0)
    spans.answered(answer(0, 0))
    spans.close()
    call = exporter.get_finished_spans()[0].attributes or {}
    assert ("gen_ai.output.messages" in call) == bool(wanted)
    if wanted:
        (message,) = json.loads(str(call["gen_ai.output.messages"]))
        assert message["parts"] == [{"type": "text", "content": "Well."}]


def test_an_interrupted_run_sends_what_there_is() -> None:
    spans, exporter = observed({})
    spans.began(Begun(Path("runs/demo"), header(2), range(2), 2))
    spans.started(0)
    spans.failed("interrupted")
    spans.close()
    dialogue, run = exporter.get_finished_spans()
    assert dialogue.name == "invoke_workflow lesson"
    assert (run.attributes or {})["error.type"] == "interrupted"


def test_a_call_says_which_server_it_went_to() -> None:
    assert otel._server("https://api.example.org/v1#model") == {"server.address": "api.example.org", "server.port": 443}
    assert otel._server("http://127.0.0.1:8000/v1#m") == {"server.address": "127.0.0.1", "server.port": 8000}
    assert otel._server("model.gguf sha256:0123") == {}


def test_the_library_is_loaded_only_where_an_endpoint_is_set(folder: Path) -> None:  # noqa: F811
    program = ("import sys\nfrom pedalang.cli import main\n"
               f"try: main(['run', {DEMO!r}, '--engine', 'random:', '-n', '1', '--json'])\n"
               "except SystemExit: print('\\n', *(name in sys.modules for name in sys.argv[1:]))")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", program, "opentelemetry", otel.__name__], cwd=folder, check=True,
                          capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines()[-1].split() == ["False", "False"]
