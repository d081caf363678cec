"""One judgement: what is asked for it, one thing after the other, and what comes of the answers.

A judgement is a generator. It yields the questions that it needs answered together, is sent the answers, and returns
what was judged. It neither waits nor knows who answers: an engine is asked in this way, and what a journal holds is
read in this way, so nothing can be read otherwise than it was asked.

    for each vote      the reason, where it comes before; the level, again while the answer names none
    then, once         the reason, where it comes after; the evidence, again where it does not stand there

Each vote has the labels in the next of the orders. Where an engine gives probabilities, and no reason comes first, more
votes than orders would repeat the same ones, and are not asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

from msgspec.structs import replace

from pedalang import plan, prompt
from pedalang.expression.evaluate import Evaluator
from pedalang.journal import Completion
from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Request
from pedalang.runtime.episode import seeds
from pedalang.study import levels, quoting
from pedalang.study.criteria import Missing
from pedalang.study.levels import Answer
from pedalang.study.parts import View
from pedalang.study.quoting import Quote
from pedalang.study.scores import Judgement

T = TypeVar("T")

AGAIN = 2
"""How often a level is asked for again."""
SAID = 200
"""Characters of an answer that is shown again."""
WARMTH = 1.0
"""At which temperature votes are drawn, where the judge's model says none."""
ROUNDED = 6
"""Decimals of shares."""


class Question(NamedTuple):
    """What is asked, and the name under which a journal keeps the answer."""

    step: str
    request: Request


Asking: TypeAlias = Generator[tuple[Question, ...], Mapping[str, Completion], T]
"""Yields questions, is sent the answer to each by its step."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a judge looks at: the view of an episode, for the criterion `name`."""

    name: str
    judge: plan.Judge
    episode: int
    view: View
    evaluator: Evaluator
    seed: int

    def messages(self, order: Sequence[int] = (), label: int | None = None) -> tuple[Message, ...]:
        """The prompt. Raises `EvaluationError`, `Absent` where the question has no value."""
        return prompt.render_judge(self.judge, self.view.turns, self.view.env, self.evaluator, self.view.about, order,
                                   label)

    def question(self, step: str, messages: Sequence[Message]) -> Question:
        """What is asked once, and draws nothing."""
        seed = self.seed if step == self.name else \
            seeds.derived(self.seed, self.episode, self.view.key, "judge", step)
        return Question(step, Request(tuple(messages), seed=seed, purpose="judge",
                                      key=f"{self.episode}/{self.view.key}/judge.{step}"))

    def drawn(self, step: str, messages: Sequence[Message]) -> Question:
        """What is asked for a vote."""
        asked = self.question(step, messages)
        warmth = self.judge.temperature or (WARMTH if self.judge.votes > 1 else 0.0)
        return asked._replace(request=replace(asked.request, temperature=warmth))


def judgement(of: Subject) -> Asking[Judgement]:
    """Raises `EvaluationError`, `Absent` where the question has no value."""
    found = yield from (_several(of) if of.judge.several else _one(of))
    if found.missing or found.abstained:
        return found
    if of.judge.reason == "after":
        why = prompt.with_more(_decided(of, found), _words(of.judge, prompt.REASON_AFTER))
        reason = yield from _told(of, of.question(f"{of.name}#reason", why))
        found = replace(found, reason=reason)
    if not of.judge.evidence:
        return found
    quote = yield from _quoted(of, found)
    if isinstance(quote, str):
        return replace(found, value=None, missing=f"PED1243: the judge's evidence cannot be used: {quote}")
    return replace(found, line=quote.line, quote=quote.text)


# ---------------------------------------------------------------- levels


def _one(of: Subject) -> Asking[Judgement]:
    """One label of the scale."""
    labels = [level.label for level in of.judge.levels]
    polled = yield from _polled(of, of.name, labels, None)
    if polled.found is None:
        return polled.none(of)
    worth = levels.value(of.judge, polled.found)
    if isinstance(worth, Missing):
        return Judgement(of.view.key, missing=str(worth))
    made = Judgement(of.view.key, worth, labels[polled.found.chosen], _rounded(polled.found.shares),
                     round(max(polled.found.shares), ROUNDED), polled.answers, polled.malformed, reason=polled.reason)
    return _sure(of.judge, made)


def _several(of: Subject) -> Asking[Judgement]:
    """Whether each label holds."""
    polls = yield from together([_polled(of, f"{of.name}#label{at + 1}", prompt.YES_NO, at)
                                 for at in range(len(of.judge.levels))])
    lost = next((poll for poll in polls if poll.found is None), None)
    if lost is not None:
        return lost.none(of)
    yes = [poll.found.shares[0] for poll in polls if poll.found is not None]
    holds = [level.label for level, share in zip(of.judge.levels, yes, strict=True) if share >= 0.5]
    made = Judgement(of.view.key, levels.value_of_several(of.judge, yes), ", ".join(holds), _rounded(yes),
                     round(min(max(share, 1 - share) for share in yes), ROUNDED), sum(poll.answers for poll in polls),
                     sum(poll.malformed for poll in polls), reason="\n".join(poll.reason for poll in polls).strip())
    return _sure(of.judge, made)


def _sure(judge: plan.Judge, made: Judgement) -> Judgement:
    """The judgement, or that it abstains."""
    if made.confidence is None or made.confidence >= judge.abstain:
        return made
    return replace(made, value=None, abstained=True,
                   missing=f"PED1242: the judge abstains: `{made.label or 'none'}` has a share of "
                           f"{made.confidence:.0%}, and {judge.abstain:.0%} is wanted")


@dataclass(frozen=True, slots=True)
class _Polled:
    """What all votes came to; nothing where half of them or more named no label."""

    found: Answer | None
    answers: int
    malformed: int
    reason: str
    said: str

    def none(self, of: Subject) -> Judgement:
        """The judgement that there is not."""
        return Judgement(of.view.key, answers=self.answers, malformed=self.malformed, missing="PED1233: the judge's "
                         f"answer {self.said[:40]!r} is no level of its scale")


def _polled(of: Subject, step: str, labels: Sequence[str], label: int | None) -> Asking[_Polled]:
    """All votes on one question."""
    judge = of.judge
    orders = levels.orders(len(labels), judge.orders)
    votes = yield from together([_vote(of, step, each, labels, order, label) for each, order in enumerate(orders)])
    if judge.reason == "before" or not all(vote.answer is not None and vote.answer.likely for vote in votes):
        votes += yield from together([_vote(of, step, each, labels, orders[each % len(orders)], label)
                                      for each in range(len(orders), judge.votes)])
    known = [vote.answer for vote in votes if vote.answer is not None]
    lost = [vote.said for vote in votes if vote.answer is None]
    found = levels.together(known) if len(known) > len(lost) else None
    return _Polled(found, len(known), len(lost), _reason(votes, found), lost[0] if lost else "")


@dataclass(frozen=True, slots=True)
class _Vote:
    answer: Answer | None
    reason: str
    said: str


def _reason(votes: Sequence[_Vote], found: Answer | None) -> str:
    """That of the first vote for what was chosen."""
    return next((vote.reason for vote in votes
                 if found is not None and vote.answer is not None and vote.answer.chosen == found.chosen), "")


def _vote(of: Subject, step: str, number: int, labels: Sequence[str], order: Sequence[int],
          label: int | None) -> Asking[_Vote]:
    """One vote: its reason first, where that is asked for, then a level."""
    step = f"{step}#{number + 1}" if number else step
    offered = [labels[at] for at in order]
    messages, reason = of.messages(order, label), ""
    if of.judge.reason == "before":
        first = prompt.with_more(messages, _words(of.judge, prompt.REASON_FIRST))
        reason = yield from _told(of, of.drawn(f"{step}#reason", first))
        messages = prompt.answered(first, reason, prompt.NOW_THE_LEVEL.format(labels=" | ".join(offered)))
    said = ""
    for attempt in range(1 + AGAIN):
        at = f"{step}#again{attempt}" if attempt else step
        asked = of.drawn(at, messages)
        asked = asked._replace(request=replace(asked.request, choices=tuple(offered)))
        completion = (yield (asked,))[at]
        found = levels.answer(labels, order, completion)
        if found is not None:
            return _Vote(found, reason, completion.text)
        said = completion.text[:SAID]
        messages = prompt.answered(messages, said, prompt.LEVEL_AGAIN.format(labels=" | ".join(offered)))
    return _Vote(None, reason, said)


# ---------------------------------------------------------------- reasons and evidence


def _told(of: Subject, asked: Question) -> Asking[str]:
    """A reason."""
    asked = asked._replace(request=replace(asked.request, max_tokens=of.judge.limit))
    return (yield (asked,))[asked.step].text.strip()


def _words(judge: plan.Judge, ask: str) -> str:
    """A token is about three quarters of a word."""
    return ask.format(words=max(1, judge.limit * 3 // 4))


def _decided(of: Subject, found: Judgement) -> tuple[Message, ...]:
    """The prompt in the scale's own order, answered by what was judged, with nothing asked yet."""
    return prompt.answered(of.messages(), found.label or "none", "")


def _quoted(of: Subject, found: Judgement) -> Asking[Quote | str]:
    """A quote that stands in its line, or what is wrong with the second one."""
    turns = of.view.turns
    messages = prompt.with_more(_decided(of, found), prompt.EVIDENCE)
    why = ""
    for step in (f"{of.name}#evidence", f"{of.name}#evidence#again"):
        asked = of.question(step, messages)
        asked = asked._replace(request=replace(asked.request, max_tokens=quoting.TOKENS,
                                               schema=quoting.schema(turns[-1]["number"] + 1 if turns else 1)))
        said = (yield (asked,))[step].text
        quote = quoting.read(said)
        why = quote if isinstance(quote, str) else quoting.wrong(quote, turns)
        if not why:
            return quote
        messages = prompt.answered(messages, said[:SAID], prompt.EVIDENCE_AGAIN.format(why=why))
    return why


# ---------------------------------------------------------------- several at a time


def together(parts: Sequence[Asking[T]]) -> Asking[list[T]]:
    """What several of these return; the questions that they have at a time are asked together."""
    returned: dict[int, T] = {}
    waiting: dict[int, tuple[Question, ...]] = {}

    def go(at: int, answers: Mapping[str, Completion] | None) -> None:
        try:
            waiting[at] = next(parts[at]) if answers is None else parts[at].send(answers)
        except StopIteration as done:
            waiting.pop(at, None)
            returned[at] = done.value

    for at in range(len(parts)):
        go(at, None)
    while waiting:
        answers = yield tuple(question for each in waiting.values() for question in each)
        for at, questions in list(waiting.items()):
            go(at, {question.step: answers[question.step] for question in questions})
    return [returned[at] for at in range(len(parts))]


def _rounded(shares: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(share, ROUNDED) for share in shares)
