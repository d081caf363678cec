"""Whether a judge looks at something else than it is asked about: probes, each with an effect and a clustered interval.

    position    the labels in the reverse order. Effect: the share of the label offered first, less that of the last
    pairs       two dialogues side by side, in both orders. Effect: the share of the one shown first, less a half
    padding     each turn of those who teach gets a sentence that says nothing. Effect: the value then, less the value
    verbosity   each of these turns says its words twice. Effect: the same
    repeat      asked once more, with other draws. Effect: the mean distance of the two values, without a sign
    own         dialogues that the judge's own model speaks in. Effect: its mean value there, less that of the others;
                where people rated, of what it gives beyond their rating

Position, verbosity and self-preference as biases of model judges: Zheng et al. (2023), Judging LLM-as-a-judge. Effects
are in 0..1 of the scale, their intervals from the bootstrap over dialogues. A judge that answers by chance shows none
of the first four and fails the fifth; one that always gives the same value shows none at all: so its spread stands
beside them.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from msgspec import Struct, structs

from pedalang import plan, prompt
from pedalang.expression import values
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.expression.values import Absent
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study import asking, judging, lengths, levels, parts, resampling
from pedalang.study.asking import Subject
from pedalang.study.dialogue import Dialogue
from pedalang.study.lengths import Longer
from pedalang.study.parts import View
from pedalang.study.scores import Judgement

NEUTRAL = ("Let us stay with this for a moment.", "Take the time that you need for it.", "So that is where we are now.",
           "There is no hurry with any of this.")
"""Sentences that ask nothing and say nothing of the matter."""
TWICE = "In other words:"

Place = tuple[int, int]
"""An episode, and the key of what was looked at."""


class Probe(Struct, frozen=True):
    """An effect over `n` judgements or pairs; None with the reason where it cannot be had. `told` says what else was
    seen."""

    effect: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    told: str = ""
    why: str = ""


class Audit(Struct, frozen=True):
    """The probes of a criterion's judge, over `judgements` of so many dialogues."""

    criterion: str
    model: str
    dialogues: int
    judgements: int
    mean: float | None
    spread: float | None
    """The standard deviation of its values."""
    requests: int
    probes: dict[str, Probe]
    longer: Longer


@dataclass(frozen=True, slots=True)
class Audited:
    """What is looked at: dialogues that ended, what people said of them on the scale of `people` (a level, by place),
    and in which of them the judge's own model speaks."""

    name: str
    criterion: plan.Criterion
    dialogues: Sequence[Dialogue]
    seed: int
    evaluator: Evaluator
    people: Mapping[Place, float] = field(default_factory=dict)
    own: frozenset[int] = frozenset()

    def subjects(self, judge: plan.Judge, change: Callable[[Dialogue], Dialogue] | None = None,
                 seed: int = 0) -> list[Subject]:
        """What the judge is asked about, in the dialogues as they are or changed."""
        found: list[Subject] = []
        for one in self.dialogues:
            seen = change(one) if change is not None else one
            found += [Subject(self.name, judge, one.episode, view, self.evaluator, self.seed + seed)
                      for view in _views(seen, self.criterion, self.evaluator)]
        return found


async def audit(of: Audited, engine: Engine) -> Audit:
    """All probes, one after the other."""
    assert of.criterion.judge is not None
    after = of.criterion.judge.reason == "after"
    judge = structs.replace(of.criterion.judge, evidence=False, abstain=0.0,
                            reason="" if after else of.criterion.judge.reason)
    counted = _Counted(engine)
    plain = await _judged(of.subjects(judge), counted)
    known = {place: each for place, each in plain.items() if each.value is not None}
    probes = {
        "position": await _position(of, judge, counted),
        "pairs": await _pairs(of, judge, counted),
        "padding": _beyond(known, await _judged(of.subjects(judge, _padded), counted)),
        "verbosity": _beyond(known, await _judged(of.subjects(judge, _said_twice), counted)),
        "repeat": await _repeat(of, judge, known, counted),
        "own": _own(of, known),
    }
    size = _sizes(of)
    found = [each.value or 0.0 for each in known.values()]
    longer = lengths.longer(found, [size[place] for place in known], [of.people.get(place) for place in known])
    return Audit(of.name, engine.name, len(of.dialogues), len(known), statistics.fmean(found) if found else None,
                 statistics.stdev(found) if len(found) > 1 else None, counted.requests, probes, longer)


class _Counted:
    """An engine, and how many requests it was sent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.model, self.abilities = engine.name, engine.model, engine.abilities
        self.requests = 0

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.requests += len(requests)
        return await self._engine.answer(requests)

    async def close(self) -> None:
        await self._engine.close()


async def _judged(subjects: Sequence[Subject], engine: Engine) -> dict[Place, Judgement]:
    found = [each.judgement for each in await judging.judged(subjects, engine)]
    return {(of.episode, of.view.key): each for of, each in zip(subjects, found, strict=True) if each is not None}


def _views(one: Dialogue, criterion: plan.Criterion, evaluate: Evaluator) -> list[View]:
    if criterion.units is None:
        return [parts.whole(one)]
    try:
        return list(parts.views(one, criterion.units, evaluate))
    except parts.NoTimes:
        return []


def _sizes(of: Audited) -> dict[Place, int]:
    return {(one.episode, view.key): parts.words(one, view) for one in of.dialogues
            for view in _views(one, of.criterion, of.evaluator)}


# ---------------------------------------------------------------- probes


async def _position(of: Audited, judge: plan.Judge, engine: Engine) -> Probe:
    if judge.several:
        return Probe(why="each label is asked about for itself")
    once = structs.replace(judge, orders=1)
    turned = structs.replace(once, levels=once.levels[::-1])
    own, other = await _judged(of.subjects(once), engine), await _judged(of.subjects(turned), engine)
    both = [place for place in own if place in other and own[place].shares and other[place].shares]
    pulls = [(own[at].shares[0] - own[at].shares[-1] + other[at].shares[0] - other[at].shares[-1]) / 2 for at in both]
    changed = sum(own[at].label != other[at].label for at in both)
    told = f"another label in {changed} of {len(both)}" if both else ""
    if judge.orders > 1:
        told += f"; the criterion averages {judge.orders} orders"
    return _mean(pulls, [episode for episode, _ in both], told)


async def _pairs(of: Audited, judge: plan.Judge, engine: Engine) -> Probe:
    """Each dialogue with the next, by their first parts; whatever they are about."""
    subjects = [each[0] for one in of.dialogues if (each := _first(of, judge, one))]
    requests: list[Request] = []
    for one, other in itertools.pairwise(subjects):
        for pair in ((one, other), (other, one)):
            try:
                ask = values.to_text(of.evaluator(judge.ask, one.view.env))
            except (EvaluationError, Absent):
                return Probe(why="the question has no value")
            requests.append(Request(prompt.render_pair(ask, pair[0].view.turns, pair[1].view.turns), seed=of.seed,
                                    choices=prompt.PAIR, purpose="judge",
                                    key=f"{one.episode}/-1/judge.{of.name}#pair{len(requests)}"))
    replies = await engine.answer(requests) if requests else []
    pulls: list[float] = []
    alike = 0
    for first, second in zip(replies[::2], replies[1::2], strict=True):
        said = [share for each in (first, second) if (share := _first_share(each)) is not None]
        if len(said) == 2:
            pulls.append(sum(said) / 2 - 0.5)
            alike += (said[0] > 0.5) != (said[1] > 0.5)
    told = f"the same one wins in both orders in {alike} of {len(pulls)}" if pulls else ""
    return _mean(pulls, range(len(pulls)), told)


def _first(of: Audited, judge: plan.Judge, one: Dialogue) -> list[Subject]:
    return replace(of, dialogues=(one,)).subjects(judge)[:1]


def _first_share(reply: Reply | Exception) -> float | None:
    """The share of the dialogue that is shown first."""
    if not isinstance(reply, Reply):
        return None
    found = levels.shares(prompt.PAIR, reply.text, reply.choice, reply.totals)
    return found[0] if found is not None else None


def _beyond(plain: Mapping[Place, Judgement], changed: Mapping[Place, Judgement]) -> Probe:
    """How much more a changed copy is worth than what it is a copy of."""
    both = [(place, more) for place in plain if place in changed and (more := changed[place].value) is not None]
    told = f"higher in {sum(more > (plain[at].value or 0.0) for at, more in both)} of {len(both)}" if both else ""
    return _mean([more - (plain[at].value or 0.0) for at, more in both], [episode for (episode, _), _ in both], told)


async def _repeat(of: Audited, judge: plan.Judge, plain: Mapping[Place, Judgement], engine: Engine) -> Probe:
    drawn = structs.replace(judge, temperature=judge.temperature or asking.WARMTH)
    again = await _judged(of.subjects(drawn, seed=1), engine)
    both = [(place, more) for place in plain if place in again and (more := again[place].value) is not None]
    same = sum(again[place].label == plain[place].label for place, _ in both)
    return _mean([abs(more - (plain[at].value or 0.0)) for at, more in both], [episode for (episode, _), _ in both],
                 f"the same label in {same} of {len(both)}" if both else "")


def _own(of: Audited, plain: Mapping[Place, Judgement]) -> Probe:
    controlled = [place for place in plain if place in of.people]
    places = controlled or list(plain)
    given = {at: (plain[at].value or 0.0) - of.people.get(at, 0.0) for at in places}
    mine = np.array([episode in of.own for episode, _ in places], dtype=bool)
    if not places or mine.all() or not mine.any():
        return Probe(why="the judge's own model speaks in all of these dialogues" if places and mine.all() else
                     "the judge's own model speaks in none of these dialogues")
    amounts = np.array([given[at] for at in places])

    def apart(which: resampling.Places) -> float | None:
        here = mine[which]
        if here.all() or not here.any():
            return None
        return float(amounts[which][here].mean() - amounts[which][~here].mean())

    found = resampling.interval([episode for episode, _ in places], apart)
    return Probe(apart(np.arange(len(places))), *(found or (None, None)), len(places),
                 "beyond what people gave" if controlled else "nobody rated these: the dialogues may differ")


def _mean(amounts: Sequence[float], clusters: Sequence[int], told: str) -> Probe:
    if not amounts:
        return Probe(why="there is nothing to compare")
    known = np.array(amounts)
    found = resampling.of_mean(clusters, known)
    return Probe(float(known.mean()), *(found or (None, None)), len(amounts), told)


# ---------------------------------------------------------------- changed copies


def _padded(one: Dialogue) -> Dialogue:
    return _changed(one, lambda number, text: f"{text} {NEUTRAL[number % len(NEUTRAL)]}")


def _said_twice(one: Dialogue) -> Dialogue:
    return _changed(one, lambda number, text: f"{text} {TWICE} {text}")


def _changed(one: Dialogue, how: Callable[[int, str], str]) -> Dialogue:
    """The dialogue with the words changed of those who teach."""
    turns = tuple(turn if turn["speaker"] in one.learners else {**turn, "text": how(turn["number"], turn["text"])}
                  for turn in one.turns)
    return replace(one, turns=turns)
