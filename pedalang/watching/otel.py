"""A run as OpenTelemetry spans: the run, its dialogues, the calls of engines, by the conventions for generative models.

Loaded where the library is installed and an endpoint is set. No prompt, message of a failure or key is ever in a span;
what engines said only where the user asks for it by the convention's own variable.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.util.types import AttributeValue

from pedalang import journal
from pedalang.runtime.pool import Begun, Observer

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
WAITING = 16_384
"""So many spans wait to be sent at most; what comes then is dropped, and the run goes on."""
PATIENCE = 5
"""Seconds that a request of spans may take, and that the last ones are waited for."""
BILLION = 1_000_000_000


class Spans(Observer):
    """Makes spans of a run. `now` is the time in nanoseconds since 1970; `close` is called at the end."""

    def __init__(self, exporter: SpanExporter, now: Callable[[], int], environment: Mapping[str, str]) -> None:
        self._exporter = _Counting(exporter)
        name = {} if environment.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: "pedalang"}
        self._provider = TracerProvider(resource=Resource.create(name), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter, max_queue_size=WAITING))
        self._tracer = self._provider.get_tracer("pedalang")
        self._now = now
        self._capture = environment.get(CAPTURE, "").lower() == "true"
        self._run: Span | None = None
        self._in_run: Context | None = None
        self._dialogues: dict[int, tuple[Span, Context]] = {}
        self._flow = self._folder = ""

    def close(self) -> int:
        """Ends what is under way, and sends what is left. Returns how many spans could not be sent."""
        for span, _ in self._dialogues.values():
            span.end(self._now())
        self._dialogues = {}
        if self._run is not None:
            self._run.end(self._now())
            self._run = None
        self._provider.force_flush(PATIENCE * 1000)
        self._provider.shutdown()
        return self._exporter.lost

    def failed(self, why: str) -> None:
        """The run cannot go on; `why` is a code, or `interrupted`."""
        if self._run is not None:
            _fail(self._run, why)

    def began(self, run: Begun) -> None:
        """The span that all others are in."""
        of = run.header
        self._flow, self._folder = of.flow, run.folder.name
        self._run = self._tracer.start_span(f"invoke_workflow {of.run}", Context(), start_time=self._now(), attributes={
            "gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": of.run, "pedalang.run": run.folder.name,
            "pedalang.plan": of.plan, "pedalang.seed": of.seed, "pedalang.dialogues": of.episodes,
            "pedalang.dialogues.done": run.before})
        self._in_run = set_span_in_context(self._run)

    def started(self, episode: int) -> None:
        of = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": self._flow}
        span = self._tracer.start_span(f"invoke_workflow {self._flow}", self._in_run, start_time=self._now(),
                                       attributes={**of, **self._which(episode)})
        self._dialogues[episode] = span, set_span_in_context(span)

    def answered(self, answer: journal.Completion) -> None:
        """A span that ends now and is as long as the call was; a judge's stands beside the dialogues."""
        if not answer.attempts:
            return  # nobody was called: a cache had it
        _, parent = self._dialogues.get(answer.episode, (None, self._in_run))
        end = self._now()
        span = self._tracer.start_span(f"chat {answer.model or answer.engine}", parent, SpanKind.CLIENT,
                                       start_time=end - round(answer.seconds * BILLION),
                                       attributes={**self._which(answer.episode), **_call(answer)})
        if self._capture:
            span.set_attribute("gen_ai.output.messages", _message(answer))
        span.end(end)

    def ended(self, ending: journal.Ending) -> None:
        """Ends a dialogue's span, with an error where it failed."""
        span, _ = self._dialogues.pop(ending.episode)
        span.set_attributes({"pedalang.why": ending.why, "pedalang.phase": ending.phase})
        if ending.why == "failed":
            _fail(span, ending.code)
            if ending.place:
                span.set_attribute("pedalang.place", ending.place)
        span.end(self._now())

    def finished(self, code: int) -> None:
        if self._run is not None:
            self._run.set_attribute("pedalang.exit_code", code)

    def _which(self, episode: int) -> dict[str, AttributeValue]:
        return {"gen_ai.conversation.id": f"{self._folder}/{episode}", "pedalang.episode": episode}


class _Counting(SpanExporter):
    """An exporter that counts what another could not send."""

    def __init__(self, of: SpanExporter) -> None:
        self._of = of
        self.lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        done = self._of.export(spans)
        if done is not SpanExportResult.SUCCESS:
            self.lost += len(spans)
        return done

    def shutdown(self) -> None:
        self._of.shutdown()


def opened(now: Callable[[], int], environment: Mapping[str, str]) -> Spans:
    """Spans that are sent to the endpoint that the environment names. The library's own log is kept from the screen."""
    log = logging.getLogger("opentelemetry")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return Spans(OTLPSpanExporter(timeout=PATIENCE), now, environment)


def _call(answer: journal.Completion) -> dict[str, AttributeValue]:
    """What the conventions say of a call."""
    kind, _, target = answer.engine.partition(":")
    found: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": kind, "gen_ai.output.type": "text",
        "gen_ai.request.model": answer.model or answer.engine, "gen_ai.request.seed": answer.seed,
        "gen_ai.response.finish_reasons": (answer.finish,), "gen_ai.usage.input_tokens": answer.tokens_in,
        "gen_ai.usage.output_tokens": answer.tokens_out, "pedalang.turn": answer.turn, "pedalang.step": answer.step,
        "pedalang.attempts": answer.attempts,
    }
    if answer.computed is not None:
        found["gen_ai.usage.cache_read.input_tokens"] = max(0, answer.tokens_in - answer.computed)
    return found | _server(target)


def _server(target: str) -> dict[str, AttributeValue]:
    """The host and port of an engine's address, where it has one."""
    if "://" not in target:
        return {}
    try:
        url = urlsplit(target)
        port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    except ValueError:
        return {}
    return {"server.address": url.hostname or "", **({"server.port": port} if port else {})}


def _message(answer: journal.Completion) -> str:
    part = {"type": "text", "content": answer.text}
    return json.dumps([{"role": "assistant", "parts": [part], "finish_reason": answer.finish}], ensure_ascii=False)


def _fail(span: Span, code: str) -> None:
    span.set_attribute("error.type", code)
    span.set_status(Status(StatusCode.ERROR, code))
