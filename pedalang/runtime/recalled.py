"""What each turn of a journal was asked. A journal has no prompts: they are made again from plan and answers.

They are those that were sent, byte for byte: the journal has the digest of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pedalang import journal, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.prompt import Message
from pedalang.runtime import retaking
from pedalang.runtime.episode import speaker


class Call(NamedTuple):
    """A question that a turn put to an engine: `purpose` is `move` or `speech`, `step` as in `journal.Completion`.
    `choices` are empty where words were free."""

    episode: int
    turn: int
    who: str
    purpose: str
    step: str
    messages: tuple[Message, ...]
    choices: tuple[str, ...]
    answer: journal.Completion


def recalled(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Iterator[Call]:
    """The calls of all finished turns, dialogue by dialogue, in the order in which they were asked: none of a journal
    of recorded dialogues, nor what judges were asked. One dialogue is in memory at a time. Raises `RunError`: PED1207
    where a dialogue does not come out again, and where the journal does not fit its plan."""
    taken = retaking.taken(of, events, evaluate)
    if taken is None:
        return
    for known in events.each_dialogue():
        yield from of_dialogue(taken, known)


def of_dialogue(taken: retaking.Taking, known: journal.Dialogue) -> list[Call]:
    """Those of one dialogue. Raises as `recalled`."""
    calls: list[Call] = []

    def met(ask: speaker.Ask, answer: journal.Completion) -> None:
        calls.append(Call(answer.episode, answer.turn, ask.who, ask.request.purpose, ask.step, ask.request.messages,
                          ask.request.choices, answer))

    if known.turns:
        _, again = taken(known, met)
        again()
    return calls
