"""Asks a model the questions of a rubric's judges, keeps the answers in the journal, and reads levels out of them.

A judge's completion stands at step `judge.CRITERION`, at turn -1 where it is about the whole dialogue, else at the last
turn of the part that it is about. It counts as the answer to what would be asked now if
its prompt is the same; so scoring again asks nothing, and a changed question is asked anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pedalang import plan, prompt
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.expression.values import Absent
from pedalang.journal import Completion, Journal
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.runtime.pool import Observer
from pedalang.study import dialogue as dialogues
from pedalang.study import parts
from pedalang.study.criteria import Missing
from pedalang.study.dialogue import Dialogue
from pedalang.study.parts import View

BATCH = 32
"""Requests sent together; after each such batch the answers are durable."""

Failures = Mapping[tuple[int, str, int], EngineError]
"""(episode, criterion, key of what was looked at) to why the engine gave no answer."""
Answers = Mapping[tuple[str, int], Completion]
"""(criterion, key of what was looked at) to what the journal holds of one dialogue."""
_Pending = tuple[int, str, int, Request]
"""Episode, criterion, key of what is looked at, what is asked."""


async def ask(events: Journal, flow: plan.Flow, criteria: Sequence[plan.Criterion], engine: Engine,
              evaluate: Evaluator | None = None, observer: Observer | None = None) -> Failures:
    """Asks what this engine has not answered yet, dialogue by dialogue, so that criteria share the transcript.

    Only dialogues that ended are judged. Raises `sqlite3.Error` if the answers cannot be kept.
    """
    observer = observer or Observer()
    observer.judging(events.header.episodes)
    failures: dict[tuple[int, str, int], EngineError] = {}
    batch: list[_Pending] = []
    for pending in _pending(events, flow, criteria, engine, evaluate or Evaluator(), observer):
        batch.append(pending)
        if len(batch) == BATCH:
            failures |= await _answered(events, engine, batch, observer)
            batch = []
    if batch:
        failures |= await _answered(events, engine, batch, observer)
    return failures


def _pending(events: Journal, flow: plan.Flow, criteria: Sequence[plan.Criterion], engine: Engine,
             evaluator: Evaluator, observer: Observer) -> Iterator[_Pending]:
    for dialogue in dialogues.read(events, flow):
        known = recorded(events, dialogue.episode) if dialogue.ended else {}
        looked_at = _looked_at(dialogue, criteria, evaluator) if dialogue.ended else ()
        for name, judge, view in looked_at:
            request = question(name, judge, dialogue.episode, view, evaluator, events.header.seed)
            before = known.get((name, view.key))
            if isinstance(request, Missing) or (before and before.engine == engine.name and answers(before, request)):
                continue
            yield dialogue.episode, name, view.key, request
        observer.judged(dialogue.episode)


def _looked_at(dialogue: Dialogue, criteria: Sequence[plan.Criterion],
               evaluator: Evaluator) -> list[tuple[str, plan.Judge, View]]:
    """The judged criteria of a dialogue, each with the parts that it is about: all that read the same turns together,
    and those that read on from there after them, so that a turn is read once."""
    whole = parts.whole(dialogue)
    found: list[tuple[str, plan.Judge, View]] = []
    for criterion in criteria:
        if criterion.judge is None:
            continue
        views: Iterable[View] = (whole,)
        if criterion.units is not None:
            try:
                views = list(parts.views(dialogue, criterion.units, evaluator))
            except parts.NoTimes:
                continue  # scoring says so
        found += [(criterion.name, criterion.judge, view) for view in views]
    return sorted(found, key=lambda each: (each[2].turns[0]["number"] if each[2].turns else 0, len(each[2].turns)))


async def _answered(events: Journal, engine: Engine, batch: Sequence[_Pending], observer: Observer) -> Failures:
    replies = await engine.answer([request for *_, request in batch])
    failures, found = {}, []
    for (episode, criterion, key, request), reply in zip(batch, replies, strict=True):
        if isinstance(reply, EngineError):
            failures[episode, criterion, key] = reply
        else:
            found.append(_completion(episode, criterion, key, request, reply, engine))
            events.add(found[-1])
    events.commit()
    for answer in found:
        observer.answered(answer)
    return failures


def _completion(episode: int, criterion: str, key: int, request: Request, reply: Reply, engine: Engine) -> Completion:
    return Completion(
        episode, key, _step(criterion), prompt.digest(request.messages, request.choices), request.seed, reply.text,
        reply.choice, _numbers(reply.scores), _numbers(reply.totals), reply.tokens_in, reply.tokens_out, reply.finish,
        engine.name, engine.model, attempts=reply.attempts, computed=reply.computed,
    )


def _numbers(found: tuple[float, ...]) -> tuple[float, ...]:
    """All of them, or none where one is infinite or no number: JSON has neither."""
    return found if all(math.isfinite(value) for value in found) else ()


def question(name: str, judge: plan.Judge, episode: int, view: View, evaluator: Evaluator,
             seed: int) -> Request | Missing:
    """What is asked about a dialogue or a part of it, or why it cannot be: the question shows what has no value."""
    try:
        messages = prompt.render_judge(judge, view.turns, view.env, evaluator, view.about)
    except EvaluationError as error:
        return Missing("PED1231", f"the question has no value: {error}")
    except Absent:
        return Missing("PED1231", "the question shows what is none")
    return Request(messages, seed=seed, choices=tuple(level.label for level in judge.levels), purpose="judge",
                   key=f"{episode}/{view.key}/{_step(name)}")


def recorded(events: Journal, episode: int) -> Answers:
    """The judges' answers about a dialogue that the journal holds."""
    prefix = _step("")
    return {
        (completion.step.removeprefix(prefix), completion.turn): completion
        for completion in events.completions(episode)
        if completion.step.startswith(prefix)
    }


def answers(completion: Completion, request: Request) -> bool:
    """Whether a recorded answer is to this very question."""
    return completion.prompt == prompt.digest(request.messages, request.choices)


def value(judge: plan.Judge, completion: Completion) -> float | Missing:
    """The answer on the scale's range, as 0..1: the level expected under the probabilities of the labels, where the
    engine gave them and levels can be averaged (ordinal and interval scales); otherwise the level chosen. Where some
    labels are desired, 1 for one of these and 0 for another."""
    if judge.desired:
        answer = _chosen(judge, completion)
        return _no_level(completion) if answer is None else float(judge.levels[answer].label in judge.desired)
    steps = [level.value for level in judge.levels]
    low, high = min(steps), max(steps)
    if low == high:
        return Missing("PED1233", "the scale has only one value")
    if len(completion.totals) == len(steps) and judge.kind != "nominal":
        level = math.fsum(share * step for share, step in zip(_probabilities(completion.totals), steps, strict=True))
    else:
        chosen = _chosen(judge, completion)
        if chosen is None:
            return _no_level(completion)
        level = steps[chosen]
    return min(max((level - low) / (high - low), 0.0), 1.0)


def _no_level(completion: Completion) -> Missing:
    return Missing("PED1233", f"the judge's answer {completion.text[:40]!r} is no level of its scale")


def _probabilities(totals: Sequence[float]) -> list[float]:
    """Softmax of log-probabilities."""
    most = max(totals)
    weights = [math.exp(total - most) for total in totals]
    whole = math.fsum(weights)
    return [weight / whole for weight in weights]


def _chosen(judge: plan.Judge, completion: Completion) -> int | None:
    if completion.choice is not None:
        return completion.choice if 0 <= completion.choice < len(judge.levels) else None
    said = completion.text.strip(" \t\n.\"'*").casefold()
    return next((at for at, level in enumerate(judge.levels) if level.label.casefold() == said), None)


def _step(criterion: str) -> str:
    return f"judge.{criterion}"
