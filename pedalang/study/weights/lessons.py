"""What weights learn from: prompts as an engine was asked them, with answers that are kept, compared or judged.

The same prompt has the same messages and the same choices. An answer that was one of several choices is weighed by its
own words; one that was generated ends where the model stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pedalang.prompt import Message
from pedalang.runtime.recalled import Call


class Lesson(NamedTuple):
    """A prompt and an answer to it. `ends`: whether the model ended it, by its own sign."""

    messages: tuple[Message, ...]
    answer: str
    ends: bool


class Pair(NamedTuple):
    """Two answers to one prompt, the better first."""

    messages: tuple[Message, ...]
    chosen: str
    rejected: str
    ends: bool


class Verdict(NamedTuple):
    """An answer to a prompt, and whether it is wanted."""

    messages: tuple[Message, ...]
    answer: str
    ends: bool
    wanted: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What was asked of those who learn in one dialogue, in order, about which problem, and what the dialogue is worth.
    None is a score that is missing: nothing is learnt from it."""

    problem: str
    calls: tuple[Call, ...]
    score: float | None


def kept(told: Iterable[Told], least: float = 0.0) -> list[Lesson]:
    """The turns of dialogues that are worth more than the mean of their problem's, and at least `least`; where all of a
    problem's are worth the same, of those that are worth everything (1). A call with one answer only teaches nothing.
    """
    found: dict[Lesson, None] = {}
    for alike in _by_problem(told):
        mean = sum(score for score, _ in alike) / len(alike)
        for score, each in alike:
            if score >= least and (score > mean or score >= 1):
                found |= dict.fromkeys(_lesson(call) for call in _standing(each.calls))
    return list(found)


def pairs(told: Iterable[Told], margin: float = 0.0) -> list[Pair]:
    """Two dialogues about one problem that went the same way until somebody who learns answered differently: there the
    answer of the one that is worth more, by more than `margin`, is the better one."""
    found: dict[Pair, None] = {}
    for alike in _by_problem(told):
        ranked = sorted(alike, key=lambda each: -each[0])
        for place, (score, better) in enumerate(ranked):
            for lower, worse in ranked[place + 1:]:
                parted = _parted(better.calls, worse.calls)
                if score - lower > margin and parted is not None:
                    one, other = parted
                    found[Pair(one.messages, _said(one), _said(other), _ends(one) and _ends(other))] = None
    known = set(found)
    return [each for each in found if each._replace(chosen=each.rejected, rejected=each.chosen) not in known]


def verdicts(told: Iterable[Told], margin: float = 0.0) -> list[Verdict]:
    """All turns of dialogues that are worth more than the mean of their problem's by more than `margin` are wanted, of
    those that are worth less by as much unwanted. A turn that is both is left out."""
    wanted: dict[Lesson, set[bool]] = {}
    for alike in _by_problem(told):
        mean = sum(score for score, _ in alike) / len(alike)
        for score, each in alike:
            if abs(score - mean) > margin:
                for call in _standing(each.calls):
                    wanted.setdefault(_lesson(call), set()).add(score > mean)
    return [Verdict(*lesson, wanted=sides == {True}) for lesson, sides in wanted.items() if len(sides) == 1]


def in_turn(found: Sequence[Verdict]) -> list[Verdict]:
    """Wanted and unwanted in turns, the shorter side again from its beginning: no side outweighs the other, and each
    batch has both."""
    sides = [[each for each in found if each.wanted is side] for side in (True, False)]
    if not all(sides):
        return []
    longest = max(map(len, sides))
    return [side[place % len(side)] for place in range(longest) for side in sides]


def _by_problem(told: Iterable[Told]) -> Iterator[list[tuple[float, Told]]]:
    alike: dict[str, list[tuple[float, Told]]] = {}
    for each in told:
        if each.score is not None:
            alike.setdefault(each.problem, []).append((each.score, each))
    yield from alike.values()


def _parted(one: Sequence[Call], other: Sequence[Call]) -> tuple[Call, Call] | None:
    """The first calls that have the same prompt and other answers, where all before are the same."""
    for mine, yours in zip(one, other, strict=False):
        if (mine.who, mine.messages, mine.choices) != (yours.who, yours.messages, yours.choices):
            return None
        if _said(mine) != _said(yours):
            return mine, yours
    return None


def _standing(calls: Sequence[Call]) -> Iterator[Call]:
    """Without answers that were thrown away, after which the same was asked once more."""
    last = {(call.turn, call.who, call.purpose): call.step for call in calls}
    return (call for call in calls if last[call.turn, call.who, call.purpose] == call.step)


def _lesson(call: Call) -> Lesson:
    return Lesson(call.messages, _said(call), _ends(call))


def _said(call: Call) -> str:
    picked = call.answer.choice
    return call.answer.text if picked is None else call.choices[picked]


def _ends(call: Call) -> bool:
    """What is one of several choices is weighed without an end; what was cut has none."""
    return not call.choices and call.answer.finish == "stop"


def count(found: Sequence[Lesson | Pair | Verdict]) -> Mapping[str, int]:
    """How many there are, and about how many different prompts."""
    return {"lessons": len(found), "prompts": len({each.messages for each in found})}
