"""Engines as DSPy meets them: a `dspy.LM` whose engine translates its requests to ours, and our replies back.

A choice travels as the extension `choices`, what the request is for as `purpose` and `key`. Which of the choices was
picked comes back in the response's `provider_data`. Text, temperature, seed, limit and schema have fields of their own;
a setting that our engines do not know is refused, not left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import dspy
from dspy import lm15

from pedalang import prompt
from pedalang.runtime.engines import engine
from pedalang.runtime.errors import EngineError
from pedalang.runtime.program.loop import Loop, Shared

MAX_TOKENS = 1_000
"""Of a text that is no turn and says no limit: a proposal of an optimizer, for example."""

_CONFIG = frozenset({"temperature", "max_tokens", "seed", "stop", "response_format", "extensions"})
_EXTENSIONS = frozenset({"choices", "purpose", "key", "top_p", "adapter", "voiceless"})


ADAPTED = " adapter="
"""What stands in a model's name before the folder of an adapter."""


class Answering:
    """What `dspy.LM` calls, from any thread. Copies of a program share it."""

    supported_params = frozenset({"temperature", "max_tokens", "seed", "stop", "response_format"})

    def __init__(self, shared: Shared, loop: Loop) -> None:
        self._shared = shared
        self._loop = loop
        self.supports_response_schema = shared.abilities.schema

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Raises an error of `lm15`; the engine's own is its cause."""
        return _response(request.model, self._loop.run(self._shared.answer([asked(request)])))

    def __deepcopy__(self, memo: dict[int, Any]) -> Answering:
        return self


class AnsweringLater:
    """The same for callers in an event loop."""

    def __init__(self, shared: Shared, loop: Loop) -> None:
        self._shared = shared
        self._loop = loop

    async def complete(self, request: lm15.Request) -> lm15.Response:
        """Raises as `Answering.complete`."""
        return _response(request.model, await self._loop.later(self._shared.answer([asked(request)])))

    def __deepcopy__(self, memo: dict[int, Any]) -> AnsweringLater:
        return self


def model(shared: Shared, loop: Loop) -> dspy.LM:
    """The language model over an engine. DSPy neither caches its answers nor asks again: engines do what is to be
    done of both."""
    return dspy.LM(shared.name, engine=Answering(shared, loop), async_engine=AnsweringLater(shared, loop), cache=False,
                   num_retries=0)


def adapted(name: str, folder: str) -> str:
    """The name of a model with an adapter: another one than without, by which DSPy knows that weights changed."""
    return f"{name.partition(ADAPTED)[0]}{ADAPTED}{folder}"


def adapter(name: str) -> str:
    """The folder of the adapter that a model's name has; empty where it has none."""
    return name.partition(ADAPTED)[2]


def is_ours(lm: Any) -> bool:
    """Whether one of our engines answers for a language model: only they can choose among words."""
    return isinstance(getattr(lm, "engine", None), Answering)


def asked(request: lm15.Request) -> engine.Request:
    """What our engines are asked. Raises `lm15.UnsupportedFeatureError` for what they cannot be asked."""
    _only_known(request)
    config = request.config
    extensions: dict[str, Any] = config.extensions or {}
    form: dict[str, Any] = config.response_format or {}
    return engine.Request(
        tuple(_messages(request)), config.seed or 0, tuple(extensions.get("choices", ())),
        config.max_tokens or MAX_TOKENS, config.temperature or 0.0, config.stop, form.get("schema"),
        extensions.get("purpose", "speech"), extensions.get("key", ""), top_p=extensions.get("top_p"),
        adapter=extensions.get("adapter", ""))


def asking(name: str, request: engine.Request) -> lm15.Request:
    """The other way: `asked(asking(name, request)) == request` for a request with a prompt."""
    system = request.messages[0] if request.messages[0].role == "system" else None
    messages = request.messages[1:] if system is not None else request.messages
    schema = {"type": "json_schema", "schema": dict(request.schema)} if request.schema is not None else None
    extensions: dict[str, Any] = {"purpose": request.purpose, "key": request.key}
    if request.choices:
        extensions["choices"] = list(request.choices)
    if request.top_p is not None:
        extensions["top_p"] = request.top_p
    if request.adapter:
        extensions["adapter"] = request.adapter
    if system is None:
        extensions["voiceless"] = True
    return lm15.Request(
        name, tuple(_message(message) for message in messages),
        system=(system.text or None) if system is not None else None,
        config=lm15.Config(max_tokens=request.max_tokens, temperature=request.temperature, seed=request.seed,
                           stop=request.stop, response_format=schema, extensions=extensions))


def own_error(error: BaseException) -> EngineError | None:
    """The engine's error that made DSPy raise this one."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, EngineError):
        seen = seen.__cause__
    return seen


def _message(message: prompt.Message) -> lm15.Message:
    return lm15.Message.user(message.text) if message.role == "user" else lm15.Message.assistant(message.text)


def _messages(request: lm15.Request) -> Iterator[prompt.Message]:
    system = request.system
    if (request.config.extensions or {}).get("voiceless"):
        pass
    elif system is None or isinstance(system, str):
        yield prompt.Message("system", system or "")
    else:
        yield prompt.Message("system", "".join(_text(part) for part in system))
    for message in request.messages:
        if message.role not in ("user", "assistant"):
            raise lm15.UnsupportedFeatureError(f"this engine is told nothing by a {message.role} message")
        yield prompt.Message(message.role, "".join(_text(part) for part in message.parts))


def _text(part: Any) -> str:
    if not isinstance(part, lm15.TextPart):
        raise lm15.UnsupportedFeatureError(f"this engine reads text, not {part.type}")
    return part.text


def _only_known(request: lm15.Request) -> None:
    unknown = [field.name for field in dataclasses.fields(request.config)
               if field.name not in _CONFIG and getattr(request.config, field.name) not in (None, ())]
    unknown += sorted(set(request.config.extensions or {}) - _EXTENSIONS)
    if request.tools:
        unknown.append("tools")
    if unknown:
        raise lm15.UnsupportedFeatureError(f"this engine does not know {', '.join(unknown)}")


def _response(name: str, replies: list[engine.Reply | EngineError]) -> lm15.Response:
    (reply,) = replies
    if isinstance(reply, EngineError):
        kind = lm15.ServerError if reply.retryable else lm15.ProviderError
        raise kind(str(reply), provider_code=reply.code) from reply
    return lm15.Response(
        id=None, model=name, message=lm15.Message.assistant(reply.text),
        finish_reason="length" if reply.finish == "length" else "stop",
        usage=lm15.Usage(input_tokens=reply.tokens_in, output_tokens=reply.tokens_out),
        provider_data={"choice": reply.choice})
