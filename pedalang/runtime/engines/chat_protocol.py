"""OpenAI's protocol of chat completions: what is sent for a request, and what a reply says. Nothing here connects.

What a server sends is data: typed, bounded by whoever reads it, and of everything else in it nothing is looked at.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError

LABEL_CHARACTERS = 8
"""Choices up to this length, of one word, are read off the first token."""
LISTED = 20
"""First tokens whose probabilities are asked for: what the protocol allows."""
DIGITS = 3
"""Decimals of a score."""
SAID_CHARACTERS = 300
"""Of a server's reason for a refusal."""

_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Listed(Struct):
    token: str
    logprob: float


class _Position(Struct):
    top_logprobs: list[_Listed] = []


class _Positions(Struct):
    content: list[_Position] | None = None


class _Said(Struct):
    content: str | None = None


class _Answer(Struct):
    message: _Said
    finish_reason: str | None = None
    logprobs: _Positions | None = None


class _Usage(Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Body(Struct):
    """What of a server's reply is read."""

    choices: list[_Answer]
    usage: _Usage | None = None


class _Picked(Struct):
    choice: str


class NoLabelError(EngineError):
    """A reply that should begin with one of some labels, and does not."""


def are_labels(choices: Sequence[str]) -> bool:
    """Whether a reply's first token tells which of these it is: short words, none the beginning of another."""
    return all(0 < len(each) <= LABEL_CHARACTERS and not any(map(str.isspace, each)) for each in choices) and not any(
        other.startswith(each) for each in choices for other in choices if other != each)


def words(model: str, request: Request) -> dict[str, Any]:
    """What asks for words, held to the request's schema where it has one."""
    body: dict[str, Any] = {
        "model": model, "seed": request.seed, "temperature": request.temperature, "max_tokens": request.max_tokens,
        "messages": [{"role": message.role, "content": message.text} for message in request.messages]}
    if request.top_p is not None:
        body["top_p"] = request.top_p
    if request.stop:
        body["stop"] = list(request.stop)
    if request.schema is not None:
        body["response_format"] = _held_to("reply", request.schema)
    return body


def label(model: str, request: Request) -> dict[str, Any]:
    """What asks for one of the choices, with the probabilities of the first token."""
    return {**words(model, request), "max_tokens": _longest(request.choices) + 2, "logprobs": True,
            "top_logprobs": LISTED}


def choice(model: str, request: Request) -> dict[str, Any]:
    """What asks for one of the choices, held to a schema that allows nothing else."""
    schema = {"type": "object", "additionalProperties": False, "required": ["choice"],
              "properties": {"choice": {"type": "string", "enum": list(dict.fromkeys(request.choices))}}}
    return {**words(model, request), "max_tokens": _longest(request.choices) + 32,
            "response_format": _held_to("choice", schema)}


def told(model: str, request: Request) -> dict[str, Any]:
    """What asks in words, at the prompt's end, for one of the choices or for JSON of the schema: for servers that keep
    no schema."""
    if request.choices:
        asked = "Answer with one of these lines, word for word, and with nothing else:\n" + "\n".join(request.choices)
    else:
        asked = "Answer with JSON of this schema, and with nothing else:\n" + json.dumps(request.schema)
    body = words(model, replace(request, schema=None))
    last = request.messages[-1] if request.messages else Message("user", "")
    if last.role == "user":
        body["messages"][-1:] = [{"role": "user", "content": f"{last.text}\n\n{asked}".lstrip()}]
    else:
        body["messages"].append({"role": "user", "content": asked})
    return {**body, "max_tokens": _longest(request.choices) + 32} if request.choices else body


def encoded(body: dict[str, Any]) -> bytes:
    """What is sent, as JSON."""
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:  # half of a character, which UTF-8 cannot hold and an escape can
        return json.dumps(body).encode()


def parsed(headers: Mapping[str, str], data: bytes) -> Body:
    """A server's reply. Raises `EngineError`: PED1105 for an empty one, PED1107 for one that is none."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _malformed(f"it is `{kind[:60]}`, not `application/json`")
    if headers.get("content-encoding", "identity") != "identity":
        raise _malformed("it is compressed, which was not asked for")
    try:
        body = msgspec.json.decode(data, type=Body)
    except _BROKEN as error:
        raise _malformed(str(error)) from None
    if not body.choices:
        raise _empty()
    return body


def spoken(request: Request, body: Body) -> Reply:
    """The words of a reply. Raises `EngineError`: PED1105 for none, PED1106 for JSON that was cut."""
    answer, text = _text(body)
    cut = answer.finish_reason == "length"
    if request.schema is not None and cut:
        raise _cut()
    used = body.usage or _Usage()
    return Reply(text, tokens_in=used.prompt_tokens, tokens_out=used.completion_tokens,
                 finish="length" if cut else "stop")


def chosen(request: Request, body: Body) -> Reply:
    """The choice of a reply that was held to them. Raises `EngineError`: PED1106, PED1107 for none of the choices."""
    answer, text = _text(body)
    try:
        word = msgspec.json.decode(text, type=_Picked).choice
    except _BROKEN:
        if answer.finish_reason == "length":
            raise _cut() from None
        word = text.strip()
    if word not in request.choices:
        raise _malformed(f"it chose `{word[:60]}`, which is none of the {len(request.choices)} choices")
    return _choice(request, body, request.choices.index(word), ())


def matched(request: Request, body: Body) -> Reply:
    """The choice that a reply names in words: alone on a line, else the only one that stands anywhere in it, without
    regard to case and to signs around it. Raises `EngineError` PED1107 where that is none, or more than one."""
    _, text = _text(body)
    lines = {_bare(line) for line in text.splitlines()}
    bare = {name: _bare(name) for name in dict.fromkeys(request.choices)}
    named = [name for name in bare if bare[name] in lines] or [name for name in bare if bare[name] in _bare(text)]
    if len(named) != 1:
        raise _malformed(f"`{text.strip()[:60]}` names {len(named)} of the {len(request.choices)} choices")
    return _choice(request, body, request.choices.index(named[0]), ())


def formed(request: Request, body: Body) -> Reply:
    """The words of a reply that was asked in words for JSON. Raises `EngineError`: also PED1107 for what is none."""
    reply = spoken(request, body)
    try:
        msgspec.json.decode(reply.text)
    except _BROKEN as error:
        raise _malformed(f"it is no JSON: {error}") from None
    return reply


def read_off(request: Request, body: Body) -> Reply:
    """The most probable label, by the first token; one that is not listed counts like the least of those that are.
    Raises `NoLabelError` where none is listed."""
    positions = body.choices[0].logprobs
    listed = [each for each in (positions.content[0].top_logprobs if positions and positions.content else [])
              if math.isfinite(each.logprob)]
    shares = dict.fromkeys(request.choices, 0.0)
    for each in listed:
        begins = each.token.strip()
        meant = [name for name in shares if begins and name.startswith(begins)]
        if len(meant) == 1:
            shares[meant[0]] += math.exp(each.logprob)
    if not any(shares.values()):
        raise NoLabelError("PED1107", "the server's reply cannot be used: it lists none of the labels")
    least = min(each.logprob for each in listed)
    scores = tuple(round(math.log(shares[name]) if shares[name] else least, DIGITS) for name in request.choices)
    return _choice(request, body, scores.index(max(scores)), scores)


def reason(data: bytes) -> str:
    """What a server says about its refusal, shortened."""
    try:
        said: Any = msgspec.json.decode(data)
        said = said.get("error", said) if isinstance(said, dict) else said
        said = said.get("message", said) if isinstance(said, dict) else said
    except _BROKEN:
        said = data[:1000].decode("utf-8", "replace")
    return " ".join(str(said).split())[:SAID_CHARACTERS] or "nothing more"


def _malformed(why: str) -> EngineError:
    return EngineError("PED1107", f"the server's reply cannot be used: {why}", retryable=True)


def _choice(request: Request, body: Body, picked: int, scores: tuple[float, ...]) -> Reply:
    used = body.usage or _Usage()
    return Reply(request.choices[picked], picked, scores, scores, used.prompt_tokens, used.completion_tokens)


def _text(body: Body) -> tuple[_Answer, str]:
    answer = body.choices[0]
    if answer.finish_reason == "content_filter":
        raise EngineError("PED1108", "the server withheld its reply: its filter did not let it pass")
    if not answer.message.content or not answer.message.content.strip():
        raise _empty()
    return answer, answer.message.content


def _bare(text: str) -> str:
    """A text in lower case, without what models put around a choice: quotation marks, bullets, stars."""
    return " ".join(text.casefold().split()).strip("\"'`*-•“”„‚‘’«» ")


def _longest(choices: Sequence[str]) -> int:
    """Bytes, which no choice has fewer of than tokens."""
    return max(len(each.encode("utf-8", "replace")) for each in choices)


def _held_to(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": dict(schema)}}


def _empty() -> EngineError:
    return EngineError("PED1105", "the reply is empty", help="try another model", retryable=True)


def _cut() -> EngineError:
    return EngineError("PED1106", "the reply was cut in the middle of its JSON",
                       help="allow more tokens, or ask for less")
