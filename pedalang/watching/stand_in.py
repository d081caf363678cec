"""What answers in an engine's place where only the number and size of its requests matter: it picks and speaks by
chance, and notes what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from pedalang import prompt
from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Abilities, Engine, Reply, Request
from pedalang.runtime.engines.random import RandomEngine
from pedalang.runtime.errors import EngineError

FRAME = 4
"""Tokens around each message, about."""
SHARE = 0.5
"""How much of what it may say a model says, where no earlier run shows it."""
WORDS = ("so", "we", "take", "the", "next", "part", "and", "see", "what", "it", "gives", "you", "again")

Said = Mapping[tuple[str, bool], float]
"""How many tokens an engine's answers had on average, by its name and whether it was asked for words."""


class Counts:
    """What requests come to: how many, and their tokens as `prompt.estimated_tokens` counts them. Those of a prompt are
    new after what it begins with like the last one of the same member, or the first one of its dialogue before."""

    def __init__(self) -> None:
        self.calls: dict[tuple[str, bool], int] = {}
        """By an engine's name, and whether it is asked for words."""
        self.by_dialogue: dict[int, int] = {}
        self.tokens_in = self.tokens_new = self.tokens_out = 0
        self._known: dict[str, int] = {}
        self._last: dict[tuple[str, int], tuple[Message, ...]] = {}
        self._first: dict[str, tuple[Message, ...]] = {}

    def call(self, engine: str, dialogue: int, request: Request) -> None:
        """Counts a request."""
        kind = engine, not request.choices
        self.calls[kind] = self.calls.get(kind, 0) + 1
        self.by_dialogue[dialogue] = self.by_dialogue.get(dialogue, 0) + 1

    def read(self, who: str, dialogue: int, messages: tuple[Message, ...], prefix: bool) -> int:
        """Counts and returns the tokens of a prompt; `prefix`: who reads it keeps what prompts begin with."""
        tokens = sum(map(self._tokens, messages))
        before = (self._last.get((who, dialogue), ()), self._first.get(who, ())) if prefix else ((),)
        self.tokens_in += tokens
        self.tokens_new += tokens - max(self._shared(messages, each) for each in before)
        if (who, dialogue) not in self._last:
            self._first[who] = messages
        self._last[who, dialogue] = messages
        return tokens

    def _tokens(self, message: Message) -> int:
        known = self._known.get(message.text)
        if known is None:
            known = self._known[message.text] = prompt.estimated_tokens(message.text)
        return known + FRAME

    def _shared(self, messages: Sequence[Message], before: Sequence[Message]) -> int:
        """The tokens that a prompt begins with as another does."""
        shared = 0
        for message, old in zip(messages, before, strict=False):
            if message != old:
                if message.role == old.role:
                    shared += prompt.estimated_tokens(_beginning(message.text, old.text))
                break
            shared += self._tokens(message)
        return shared


def _beginning(one: str, other: str) -> str:
    """What two texts begin with."""
    differ = (at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return one[:next(differ, min(len(one), len(other)))]


class StandIn:
    """Answers for a member as an engine that can do the same would. Where a model stands behind that, its words show
    what they must; where none does, they are as much by chance as those of `random:`."""

    def __init__(self, who: str, name: str, model: str, abilities: Abilities, counts: Counts,
                 said: Said) -> None:
        self.name, self.model, self._who = name, model, who
        self.abilities = replace(abilities, slots=64)
        self._counts = counts
        self._said = said
        self._chance = RandomEngine()
        self.first = 0
        """The number that the first dialogue has in the counts."""

    @classmethod
    def of(cls, who: str, engine: Engine, counts: Counts, said: Said) -> StandIn:
        """One in the place of an engine."""
        return cls(who, engine.name, engine.model, engine.abilities, counts, said)

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        drawn = await self._chance.answer(requests)
        return [self._counted(request, reply) for request, reply in zip(requests, drawn, strict=True)]

    async def close(self) -> None:
        """There is nothing to close."""

    def _counted(self, request: Request, reply: Reply | EngineError) -> Reply | EngineError:
        if isinstance(reply, EngineError):
            return reply
        if self.model and not request.choices:
            reply = self._obliging(request)
        dialogue = self.first + int(request.key.partition("/")[0] or 0)
        self._counts.call(self.name, dialogue, request)
        if not self.model:
            return reply
        tokens_out = self._chosen(reply.text) if request.choices else reply.tokens_out
        tokens_in = self._counts.read(self._who, dialogue, request.messages, self.abilities.prefix)
        self._counts.tokens_out += tokens_out
        return Reply(reply.text, reply.choice, reply.scores, reply.totals, tokens_in, tokens_out)

    def _chosen(self, text: str) -> int:
        """The tokens of a choice: what the engine counts for one, else those of its text."""
        known = self._said.get((self.name, False))
        return prompt.estimated_tokens(text) if known is None else round(known)

    def _obliging(self, request: Request) -> Reply:
        """Words of about the length that the engine's have, with what they must show."""
        draw = Random(request.seed)
        most = request.max_tokens
        length = max(1, min(most, round(self._said.get((self.name, True), most * SHARE))))
        words = [WORDS[int(draw.random() * len(WORDS))] for _ in range(length)]
        _, told, shown = request.messages[-1].text.rpartition(prompt.MUST_SHOW)
        text = " ".join(words).capitalize() + "."
        return Reply(f"{text} {shown.partition(chr(10))[0].rstrip(')')}" if told else text, tokens_out=length)
