"""A run as examples to learn from: what its cast was asked, what came of it, and what the dialogue was worth.

Here it is found; which of it is kept, and in which form, is a format's affair (`exports`).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from pedalang import journal, plan
from pedalang.prompt import Message
from pedalang.runtime.episode import words
from pedalang.runtime.recalled import Call
from pedalang.study.scores import TOTAL, DialogueScores, Scores


class Asked(NamedTuple):
    """What a member of the cast was asked in a turn (`purpose` is `move` or `speech`), and what came of it.

    `said` is the chosen move, or the words of the turn; empty where another move was made in the end than the one that
    was asked about. `withheld` are words that answered the same and were not said: they broke a clause, or did not show
    what they had to.
    """

    episode: int
    turn: int
    who: str
    purpose: str
    messages: tuple[Message, ...]
    choices: tuple[str, ...]
    said: str
    withheld: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.episode}/{self.turn}/{self.purpose}"


@dataclass(frozen=True, slots=True)
class Played:
    """A dialogue. `problem` is the same for all that are about the same item; `value` is what it scored, None where
    that is missing; `broken` are the hard clauses that it did not keep, by their full names."""

    known: journal.Dialogue
    problem: str
    asked: tuple[Asked, ...]
    value: float | None
    broken: tuple[str, ...]
    scores: DialogueScores | None = None

    @property
    def worth(self) -> float | None:
        """Its value, and nothing where a hard clause was broken."""
        return 0.0 if self.broken and self.value is not None else self.value

    @property
    def ended(self) -> bool:
        """Whether it came to an end of its own."""
        return self.known.ending is not None and self.known.ending.why != "failed"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is wanted of a run: examples of these members of the cast, by this criterion, of dialogues worth at least so
    much, in pairs that differ by more than `margin`."""

    who: tuple[str, ...]
    criterion: str = TOTAL
    at_least: float | None = None
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is brought out. `each` goes through its dialogues, one in memory at a time, each time it is called."""

    name: str
    plan: plan.Plan
    events: journal.Journal
    begun: float
    """When, in seconds since 1970; 0 where nothing says it."""
    scores: Scores | None
    sought: Sought
    each: Callable[[], Iterator[Played]]

    @property
    def header(self) -> journal.Header:
        return self.events.header

    @property
    def flow(self) -> plan.Flow:
        return self.plan.flows[self.header.flow]


def played(known: journal.Dialogue, calls: Iterable[Call], flow: plan.Flow, sought: Sought,
           scored: Mapping[int, DialogueScores]) -> Played:
    """A dialogue, with what those who are sought were asked in it."""
    found = scored.get(known.episode.episode)
    value = None if found is None else found.total if sought.criterion == TOTAL else found.values.get(sought.criterion)
    verdicts = known.ending.verdicts if known.ending is not None else ()
    broken = tuple(f"{each.contract}.{each.clause}" for each in verdicts if each.severity == "hard" and not each.kept)
    return Played(known, problem(known.episode), tuple(_asked(known, calls, flow, sought.who)), value, broken, found)


def problem(episode: journal.Episode) -> str:
    """Names the item of a dialogue: 16 hexadecimal digits, the same for the same item."""
    return hashlib.sha256(msgspec.json.encode(episode.item, order="deterministic")).hexdigest()[:16]


def teachers(flow: plan.Flow) -> tuple[str, ...]:
    """The members of the cast that are no students."""
    return tuple(name for name, role in flow.cast.items() if role.kind != "student")


def _asked(known: journal.Dialogue, calls: Iterable[Call], flow: plan.Flow, who: tuple[str, ...]) -> Iterator[Asked]:
    turns = {turn.turn: turn for turn in known.turns}
    for (number, purpose), some in itertools.groupby(calls, lambda call: (call.turn, call.purpose)):
        first, *more = some
        if first.who not in who:
            continue
        turn = turns[number]
        done = [each for each in known.interventions if each.turn == number]
        said = "" if any(each.kind == "words replaced" and each.move != turn.move for each in done) else \
            first.answer.text if purpose == "move" else turn.text
        withheld = () if purpose == "move" or first.choices else \
            _withheld([first, *more], turn.text, flow, flow.cast[first.who])
        yield Asked(first.episode, number, first.who, purpose, first.messages, first.choices, said, withheld)


def _withheld(calls: Iterable[Call], said: str, flow: plan.Flow, role: plan.Role) -> tuple[str, ...]:
    """The words that were generated and not said, as they would have been."""
    found = (words.cleaned(call.answer.text, flow, role, role.limit)[0] for call in calls if not call.choices)
    return tuple(dict.fromkeys(text for text in found if text and text != said))


def chat(messages: Iterable[Message]) -> list[dict[str, str]]:
    """Messages as chat models and their trainers have them."""
    return [{"role": each.role, "content": each.text} for each in messages]


def answered(text: str) -> list[dict[str, str]]:
    """An answer in the same form."""
    return [{"role": "assistant", "content": text}]
