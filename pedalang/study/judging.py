"""Asks a model the questions of a rubric's judges, keeps the answers in the journal, and reads judgements out of them.

A judge's completion stands at step `judge.CRITERION`, with `#` and what else it is where more is asked than one level
(`asking`), at turn -1 where it is about the whole dialogue, else at the last turn of the part that it is about. It
counts as the answer to what would be asked now if its prompt is the same; so scoring again asks nothing, and a changed
question is asked anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from pedalang import plan, prompt
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.expression.values import Absent
from pedalang.journal import Completion, Journal
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.runtime.pool import Observer
from pedalang.study import asking, parts
from pedalang.study import dialogue as dialogues
from pedalang.study.asking import Asking, Question, Subject
from pedalang.study.dialogue import Dialogue
from pedalang.study.parts import View
from pedalang.study.scores import Cost, Judgement

BATCH = 32
"""Requests sent together; after each such batch the answers are durable."""
_PREFIX = "judge."

Failures = Mapping[tuple[int, str, int], EngineError]
"""(episode, criterion, key of what was looked at) to why the engine gave no answer."""
Answers = Mapping[tuple[str, int], Completion]
"""(step without `judge.`, key of what was looked at) to what the journal holds of one dialogue."""


class _Under:
    """A judgement under way: its questions that nobody has answered yet."""

    def __init__(self, of: Subject, answered: Answers, engine: str) -> None:
        self.of = of
        self.found: Judgement | None = None
        self.failure: EngineError | None = None
        self._answered, self._engine = answered, engine
        self._asking = asking.judgement(of)
        self._given: dict[str, Completion] = {}
        self._all: list[Completion] = []
        self._questions: tuple[Question, ...] = ()
        self._go(None)

    def open(self) -> list[Question]:
        """What has to be asked now; nothing where it is done."""
        return [each for each in self._questions if each.step not in self._given]

    def take(self, step: str, completion: Completion) -> None:
        """Takes an answer, and goes on where it was the last that was waited for."""
        self._given[step] = completion
        self._all.append(completion)
        if self._questions and not self.open():
            self._go(self._given)

    def stop(self, failure: EngineError) -> None:
        """Gives up: an engine failed."""
        self.failure, self._questions = failure, ()

    def cost(self) -> Cost:
        """What all answers took."""
        return sum(map(_cost, self._all), Cost())

    def _go(self, answers: Mapping[str, Completion] | None) -> None:
        """On to the next question that the journal has no answer to."""
        while True:
            try:
                self._questions = next(self._asking) if answers is None else self._asking.send(answers)
            except StopIteration as done:
                self.found, self._questions = done.value, ()
                return
            except (EvaluationError, Absent):  # what has no value is told when it is scored
                self._questions = ()
                return
            self._given = {each.step: found for each in self._questions
                           if (found := _known(self._answered, self.of, each)) and found.engine == self._engine}
            if self.open():
                return
            answers = self._given


async def ask(events: Journal, flow: plan.Flow, criteria: Sequence[plan.Criterion], engine: Engine,
              evaluate: Evaluator | None = None, observer: Observer | None = None) -> Failures:
    """Asks what this engine has not answered yet, dialogue by dialogue, so that criteria share the transcript.

    Only dialogues that ended are judged. Raises `sqlite3.Error` if the answers cannot be kept.
    """
    observer = observer or Observer()
    observer.judging(events.header.episodes)
    failures: dict[tuple[int, str, int], EngineError] = {}
    coming = _pending(events, flow, criteria, engine, evaluate or Evaluator(), observer)
    under: list[_Under] = []
    while True:
        while sum(len(each.open()) for each in under) < BATCH and (new := next(coming, None)) is not None:
            under.append(new)
        batch = [(each, question) for each in under for question in each.open()][:BATCH]
        if not batch:
            return failures
        failures |= await _answered(events, engine, batch, observer)
        under = [each for each in under if each.open()]


class Judged(NamedTuple):
    """A judgement that is kept nowhere, and what it took; none where the engine failed, or the question has no value.
    """

    judgement: Judgement | None
    cost: Cost = Cost()
    failure: EngineError | None = None


async def judged(subjects: Sequence[Subject], engine: Engine) -> list[Judged]:
    """Judgements that are kept nowhere."""
    all_of = [_Under(subject, {}, engine.name) for subject in subjects]
    while batch := [(each, question) for each in all_of for question in each.open()][:BATCH]:
        replies = await engine.answer([_as_it_can(engine, question.request) for _, question in batch])
        for (under, question), reply in zip(batch, replies, strict=True):
            if isinstance(reply, EngineError):
                under.stop(reply)
            else:
                under.take(question.step, _completion(under.of, question, reply, engine))
    return [Judged(each.found, each.cost(), each.failure) for each in all_of]


class Sent(NamedTuple):
    """A question that stands alone, and under which step of an episode its answer is kept."""

    episode: int
    step: str
    request: Request

    @property
    def place(self) -> tuple[int, str]:
        return self.episode, self.step


async def sent(questions: Sequence[Sent], events: Journal, engine: Engine) -> dict[tuple[int, str], Completion]:
    """The answers to questions, by episode and step: as the journal holds them, else of the engine, and then kept.
    Those that the engine fails have none."""
    found: dict[tuple[int, str], Completion] = {}
    known: dict[int, Answers] = {}
    left: list[Sent] = []
    for each in questions:
        before = known.setdefault(each.episode, recorded(events, each.episode)).get((each.step, parts.WHOLE))
        asked = prompt.digest(each.request.messages, each.request.choices)
        if before is not None and before.prompt == asked and before.engine == engine.name:
            found[each.place] = before
        else:
            left.append(each)
    for start in range(0, len(left), BATCH):
        batch = left[start : start + BATCH]
        for each, reply in zip(batch, await engine.answer([one.request for one in batch]), strict=True):
            if isinstance(reply, Reply):
                found[each.place] = _kept(each.episode, parts.WHOLE, each.step, each.request, reply, engine)
                events.add(found[each.place])
        events.commit()
    return found


def _pending(events: Journal, flow: plan.Flow, criteria: Sequence[plan.Criterion], engine: Engine,
             evaluator: Evaluator, observer: Observer) -> Iterator[_Under]:
    for dialogue in dialogues.read(events, flow):
        known = recorded(events, dialogue.episode) if dialogue.ended else {}
        looked_at = _looked_at(dialogue, criteria, evaluator) if dialogue.ended else ()
        for name, judge, view in looked_at:
            subject = Subject(name, judge, dialogue.episode, view, evaluator, events.header.seed)
            found = _Under(subject, known, engine.name)
            if found.open():
                yield found
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


async def _answered(events: Journal, engine: Engine, batch: Sequence[tuple[_Under, Question]],
                    observer: Observer) -> Failures:
    replies = await engine.answer([_as_it_can(engine, question.request) for _, question in batch])
    failures: dict[tuple[int, str, int], EngineError] = {}
    found: list[Completion] = []
    for (under, question), reply in zip(batch, replies, strict=True):
        of = under.of
        if isinstance(reply, EngineError):
            failures[of.episode, of.name, of.view.key] = reply
            under.stop(reply)
            continue
        found.append(_completion(of, question, reply, engine))
        events.add(found[-1])
        under.take(question.step, found[-1])
    events.commit()
    for answer in found:
        observer.answered(answer)
    return failures


def _as_it_can(engine: Engine, request: Request) -> Request:
    """The request without a form that this engine does not keep: the prompt asks for it in words."""
    return request if request.schema is None or engine.abilities.schema else replace(request, schema=None)


def _completion(of: Subject, question: Question, reply: Reply, engine: Engine) -> Completion:
    return _kept(of.episode, of.view.key, question.step, question.request, reply, engine)


def _kept(episode: int, key: int, step: str, request: Request, reply: Reply, engine: Engine) -> Completion:
    return Completion(
        episode, key, f"{_PREFIX}{step}", prompt.digest(request.messages, request.choices),
        request.seed, reply.text, reply.choice, _numbers(reply.scores), _numbers(reply.totals), reply.tokens_in,
        reply.tokens_out, reply.finish, engine.name, engine.model, attempts=reply.attempts, computed=reply.computed,
    )


def _numbers(found: tuple[float, ...]) -> tuple[float, ...]:
    """All of them, or none where one is infinite or no number: JSON has neither."""
    return found if all(math.isfinite(value) for value in found) else ()


# ---------------------------------------------------------------- what a journal holds


def recorded(events: Journal, episode: int) -> Answers:
    """The judges' answers about a dialogue that the journal holds."""
    return {
        (completion.step.removeprefix(_PREFIX), completion.turn): completion
        for completion in events.completions(episode)
        if completion.step.startswith(_PREFIX)
    }


def _known(answers: Answers, of: Subject, question: Question) -> Completion | None:
    """The recorded answer to this very question."""
    found = answers.get((question.step, of.view.key))
    sent = question.request
    return found if found is not None and found.prompt == prompt.digest(sent.messages, sent.choices) else None


class Read(NamedTuple):
    """A judgement, as its recorded answers make it, by which engines, and what they took."""

    judgement: Judgement
    engines: tuple[str, ...] = ()
    cost: Cost = Cost()


def read(of: Subject, answers: Answers, failures: Failures) -> Read:
    """What was judged, or why there is no judgement."""
    failure = failures.get((of.episode, of.name, of.view.key))
    if failure is not None:
        return Read(Judgement(of.view.key, missing=f"{failure.code}: the judge's engine failed: {failure.message}"))
    used: list[Completion] = []
    try:
        found = _gone_through(of, answers, used)
    except EvaluationError as error:
        found = Judgement(of.view.key, missing=f"PED1231: the question has no value: {error}")
    except Absent:
        found = Judgement(of.view.key, missing="PED1231: the question shows what is none")
    return Read(found, tuple(dict.fromkeys(each.engine for each in used)), sum(map(_cost, used), Cost()))


def _gone_through(of: Subject, answers: Answers, used: list[Completion]) -> Judgement:
    """Puts the recorded answers to the questions, one after the other. Raises `EvaluationError`, `Absent`."""
    steps: Asking[Judgement] = asking.judgement(of)
    given: dict[str, Completion] | None = None
    while True:
        try:
            questions = next(steps) if given is None else steps.send(given)
        except StopIteration as done:
            return done.value
        given = {}
        for each in questions:
            found = _known(answers, of, each)
            if found is None:
                other = (each.step, of.view.key) in answers
                return Judgement(of.view.key, missing="PED1232: the judge was asked another question before, and not "
                                 "this one" if other else "PED1232: the judge has not been asked")
            given[each.step] = found
            used.append(found)


def _cost(of: Completion) -> Cost:
    return Cost(1, of.tokens_in, of.computed, of.tokens_out, int(of.attempts == 0))
