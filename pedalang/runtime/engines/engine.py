"""What an engine is: it answers batches of requests, and says what it can do.

A request carries the whole prompt. An engine keeps no dialogue state that would change an answer; caches are its own
affair. Nothing here knows of programs, plans or DSPy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from msgspec import Struct

from pedalang.prompt import Message
from pedalang.runtime.errors import EngineError


class Request(Struct, frozen=True):
    """One thing to answer.

    With `choices` the answer is one of these strings, picked by the probability of its own words after the prompt
    (`scores`: mean log-probability a token). Without, text is generated, by the JSON `schema` or the `grammar` (in
    llguidance's notation) where there is one. `seed` is used wherever something is drawn.
    `adapter` names changed weights to answer with, where the engine's abilities honour that.
    `purpose` says what is asked (`move`, `speech`, `judge`), `key` says for which turn (`episode/turn/step`): scripted
    and replaying engines find their answer by it; the others must ignore both.
    """

    messages: tuple[Message, ...]
    seed: int = 0
    choices: tuple[str, ...] = ()
    max_tokens: int = 80
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    purpose: str = "speech"
    key: str = ""
    grammar: str = ""
    top_p: float | None = None
    adapter: str = ""


class Reply(Struct, frozen=True):
    """The answer to one request.

    `choice` is the index into `choices` (None when text was generated). `scores` has one value a choice: the mean
    log-probability of its tokens, natural logarithm; `totals` the sum; both empty where the engine gives none.
    `finish` is `stop`, or `length` where the reply was cut at `max_tokens`. `computed` are the tokens of the prompt
    that were read anew, where the engine knows: the others it had read before. `attempts` is how often it was asked, 0
    where the answer was kept from before. `model` says which weights answered, where they are not the engine's own.
    """

    text: str
    choice: int | None = None
    scores: tuple[float, ...] = ()
    totals: tuple[float, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    finish: str = "stop"
    computed: int | None = None
    attempts: int = 1
    model: str = ""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an engine can do.

    choose: it picks one of several strings itself. scores: it says with what log-probability. schema: it keeps a JSON
    schema. grammar: it keeps a grammar. prefix: what prompts begin with in common is computed once. deterministic: same
    requests in the same order, same replies. speaks_freely: its own words can be trusted on screen (a large model);
    where false, `speak: either` means grounded. slots: how many requests it works on at a time with profit. honours:
    what else of a model it takes account of (`top_p`, `adapter`). context: how many tokens it reads at most, where it
    knows. apart: a request is answered for itself, and is best handed over alone: none waits for those that were ready
    together with it. weights: the folder of its model, where adapters can be trained for it here.
    """

    choose: bool = False
    scores: bool = False
    schema: bool = False
    grammar: bool = False
    prefix: bool = False
    deterministic: bool = False
    speaks_freely: bool = False
    slots: int = 1
    honours: frozenset[str] = frozenset()
    context: int | None = None
    apart: bool = False
    weights: str = ""


class Engine(Protocol):
    """What `open()` of an engine file returns. `name` is what the journal records (`llama:FILE sha256:…`), `model` says
    which weights answer: their SHA-256, or what a server calls them; empty where there are none."""

    name: str
    model: str
    abilities: Abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        """One answer a request, in order. A failed one is an `EngineError` in the list: the others still count.
        Called again while a call is under way, if both together hold no more than `slots` requests."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether an engine can be used here, and what to do where it cannot."""

    usable: bool
    detail: str = ""
    install: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """How an engine is opened: the address's target and settings, and what only the command line may know.

    `environment` holds the variables that an engine may read (keys); nothing else reads the process's environment.
    """

    target: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str, default: int, most: int) -> int:
        """A setting that is a whole number from 1 to `most`. Raises `EngineError` PED1112 for any other."""
        said = self.settings.get(name)
        if said is None:
            return default
        if not (said.isascii() and said.isdecimal() and len(said) < 10 and 1 <= int(said) <= most):
            raise EngineError("PED1112", f"the setting `{name}` of an engine is `{said}`",
                              help=f"give it a whole number from 1 to {most}")
        return int(said)
