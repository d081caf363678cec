"""What a model could do before it was tuned, and whether it still can: a small set of questions that have nothing to do
with any program.

Each of the 64 questions of `ability.jsonl` has one right answer and three wrong ones, sixteen questions each about
numbers, words, the world, and plain sense. They are our own, under the project's licence. An answer is weighed by the
mean log-probability of its tokens, as every choice is: so any engine that gives scores can be asked, with an adapter or
without. The loss is that of the right answer, in nats a token; guessing gives a share of .25.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

import msgspec
from msgspec import Struct

from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study.statistics import Estimate, estimate
from pedalang.study.tuning.change import Change, change

VOICE = "Answer the question."
LOSS_ALLOWED = 0.1
"""Nats a token that the right answers may lose on average, with the whole interval above 0, before a run is stopped."""
SHARE_ALLOWED = 0.05
"""Likewise of the share of questions that are answered rightly."""


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """A question with its answers."""

    item: str
    area: str
    ask: str
    right: str
    wrong: tuple[str, ...]


class Answered(Struct, frozen=True):
    """What a model made of one question: 1 for the right answer, else 0; the loss of the right one, in nats a token.
    None where the engine failed or gives no scores, with why."""

    item: str
    right: float | None
    loss: float | None
    why: str = ""


class Kept(Struct, frozen=True):
    """A model before and after, on the same questions. `broken` says what was lost; empty where nothing surely was."""

    before: Estimate
    after: Estimate
    share: Change
    loss: Change
    loss_before: Estimate
    loss_after: Estimate
    areas: dict[str, Change]
    """The share of right answers, by area."""
    broken: str = ""


@lru_cache(1)
def items() -> tuple[Item, ...]:
    """The committed questions."""
    text = resources.files("pedalang.study.tuning").joinpath("ability.jsonl").read_text(encoding="utf-8")
    return tuple(msgspec.json.decode(line, type=Item) for line in text.splitlines())


def measured(engine: Engine, adapter: str = "", of: Sequence[Item] = ()) -> tuple[Answered, ...]:
    """How a model answers, with the weights that `adapter` names. This starts an event loop."""
    return asyncio.run(measured_async(engine, adapter, of))


async def measured_async(engine: Engine, adapter: str = "", of: Sequence[Item] = ()) -> tuple[Answered, ...]:
    """The same in a running event loop."""
    asked = of or items()
    requests = [_request(item, adapter) for item in asked]
    step = max(1, engine.abilities.slots)
    replies: list[Reply | EngineError] = []
    for at in range(0, len(requests), step):
        replies += await engine.answer(requests[at:at + step])
    return tuple(_answered(item, request, reply)
                 for item, request, reply in zip(asked, requests, replies, strict=True))


def kept(before: Sequence[Answered], after: Sequence[Answered]) -> Kept:
    """What became of a model. Raises `ValueError` where the questions are others."""
    if [each.item for each in before] != [each.item for each in after]:
        raise ValueError("a model is compared on the same questions")
    share = change([each.right for each in before], [each.right for each in after])
    loss = change([each.loss for each in before], [each.loss for each in after])
    return Kept(estimate([each.right for each in before]), estimate([each.right for each in after]), share, loss,
                estimate([each.loss for each in before]), estimate([each.loss for each in after]),
                _areas(before, after), _broken(share, loss))


def _request(item: Item, adapter: str) -> Request:
    """The answers stand in the order of the alphabet, so that their places tell nothing."""
    return Request((Message("system", VOICE), Message("user", item.ask)), purpose="ability", adapter=adapter,
                   choices=tuple(sorted((item.right, *item.wrong))), key=f"ability/{item.item}")


def _answered(item: Item, request: Request, reply: Reply | EngineError) -> Answered:
    if isinstance(reply, EngineError):
        return Answered(item.item, None, None, str(reply))
    place = request.choices.index(item.right)
    right = None if reply.choice is None else float(reply.choice == place)
    if len(reply.scores) != len(request.choices):
        return Answered(item.item, right, None, "the engine gives no log-probabilities")
    return Answered(item.item, right, -reply.scores[place])


def _areas(before: Sequence[Answered], after: Sequence[Answered]) -> dict[str, Change]:
    area = {item.item: item.area for item in items()}
    found: dict[str, Change] = {}
    for name in dict.fromkeys(area.get(each.item, "") for each in before):
        pairs = [(one.right, other.right) for one, other in zip(before, after, strict=True)
                 if area.get(one.item, "") == name]
        found[name] = change([one for one, _ in pairs], [other for _, other in pairs])
    return found


def _broken(share: Change, loss: Change) -> str:
    if loss.rose and loss.value is not None and loss.value > LOSS_ALLOWED:
        return (f"general ability fell: right answers lost {loss.value:.2f} nats a token "
                f"[{loss.low:.2f}, {loss.high:.2f}] on {loss.n} questions, {LOSS_ALLOWED} are allowed")
    if share.fell and share.value is not None and share.value < -SHARE_ALLOWED:
        return (f"general ability fell: {-share.value:.0%} fewer right answers "
                f"[{-share.high:.0%}, {-share.low:.0%}] on {share.n} questions, {SHARE_ALLOWED:.0%} are allowed") \
            if share.low is not None and share.high is not None else ""
    return ""
