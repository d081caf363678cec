"""Whether a journal holds what its plan and its answers make: event by event, one dialogue in memory at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from pedalang import journal, plan
from pedalang.runtime.episode.state import VARIED
from pedalang.runtime.errors import RunError
from pedalang.runtime.retaking import Retake

JUDGE = "judge."
_STEPS = re.compile(r"move|speech(\.\w+)?|judge\..+", re.DOTALL)
_encode = msgspec.json.Encoder(order="deterministic").encode


class Flaw(NamedTuple):
    """Something that is wrong with a journal: a code, and what was seen."""

    code: str
    message: str


def flaws(of: plan.Plan, events: journal.Journal, retake: Retake | None) -> Iterator[Flaw]:
    """What is wrong, dialogue by dialogue. One that does not hold together is not taken again; by another plan none
    is, nor without `retake`."""
    if plan.digest(of) != events.header.plan:
        yield Flaw("PED1254", "plan.json is not the plan that the run began with")
        return
    try:
        yield from _numbers(events)
        for known in events.each_dialogue():
            found = [*_structure(known), *_answers(known, events.header)]
            yield from found or (_again(known, retake) if retake else ())
    except journal.JournalFormatError as error:
        yield Flaw("PED1250", str(error))


def _numbers(events: journal.Journal) -> Iterator[Flaw]:
    """Which dialogues there are."""
    wanted = events.header.episodes
    for number in events.numbers():
        if not 0 <= number < wanted:
            yield Flaw("PED1251", f"there are events of a dialogue {number}, and the run has {wanted}")
        elif not events.episodes(number):
            yield Flaw("PED1251", f"dialogue {number} has events and no beginning")
    missing = wanted - sum(1 for number in events.numbers() if 0 <= number < wanted)
    if missing > 0:
        yield Flaw("PED1251", f"{missing} of {wanted} dialogues are missing")


def _structure(known: journal.Dialogue) -> Iterator[Flaw]:
    """Whether the events of a dialogue fit together."""
    number, turns, ending = known.episode.episode, known.turns, known.ending
    if [turn.turn for turn in turns] != list(range(len(turns))):
        yield Flaw("PED1251", f"dialogue {number}: its turns are {', '.join(str(turn.turn) for turn in turns)}")
    failed = ending is not None and ending.why == "failed"
    end = len(turns) + 1 if ending is None or failed else len(turns)
    for answer in known.completions:
        judged = answer.step.startswith(JUDGE)
        if not _STEPS.fullmatch(answer.step):
            yield Flaw("PED1251", f"dialogue {number}: an answer for a step `{answer.step}`, which there is not")
        elif not (-1 <= answer.turn < len(turns) if judged else 0 <= answer.turn < end):
            yield Flaw("PED1251", f"dialogue {number}: an answer for turn {answer.turn}, which there is not")
    for place, done in enumerate(known.interventions):
        before = known.interventions[place - 1] if place else None
        step = before.step + 1 if before is not None and before.turn == done.turn else 0
        if not 0 <= done.turn < len(turns) or done.step != step or turns[done.turn].role != done.role:
            yield Flaw("PED1251", f"dialogue {number}: what the shield did at turn {done.turn} belongs to no turn")
    if failed and not (ending and ending.code and ending.message and not ending.verdicts):
        yield Flaw("PED1253", f"dialogue {number} failed, and nothing says why")


def _answers(known: journal.Dialogue, header: journal.Header) -> Iterator[Flaw]:
    """Whether those answered who should."""
    for answer in known.completions:
        if answer.step.startswith(JUDGE) or not 0 <= answer.turn < len(known.turns):
            continue
        role = known.turns[answer.turn].role
        names = {name for who, name in header.engines.items() if who.partition(VARIED)[0] == role}
        if answer.engine not in names:
            yield Flaw("PED1251", f"dialogue {known.episode.episode}, turn {answer.turn}: {role} was played by "
                       f"{answer.engine}, which the run does not name")
    for answer in known.completions:
        if not re.fullmatch(r"[0-9a-f]{64}", answer.prompt) or min(answer.tokens_in, answer.tokens_out) < 0:
            yield Flaw("PED1251", f"dialogue {known.episode.episode}, turn {answer.turn}: the answer for "
                       f"{answer.step} is none that could be")


def _again(known: journal.Dialogue, retake: Retake) -> Iterator[Flaw]:
    """Whether a dialogue comes out again."""
    number, ending = known.episode.episode, known.ending
    try:
        expected, end = retake(known)
    except RunError as error:
        yield Flaw("PED1252", error.message)
        return
    except (ValueError, TypeError, KeyError, LookupError, ArithmeticError) as error:
        yield Flaw("PED1252", f"dialogue {number} cannot be taken again: {error}")
        return
    if _encode(expected) != _encode(known.episode):
        yield Flaw("PED1252", f"dialogue {number} begins with another state than its item and seed give")
    if ending is not None and ending.why != "failed" and ending != end:
        yield Flaw("PED1253", f"dialogue {number}: {_difference(ending, end)}")


def _difference(ending: journal.Ending, end: journal.Ending | None) -> str:
    if end is None:
        return f"it ended ({ending.why}), and by its turns it would go on"
    for said, found in zip(ending.verdicts, end.verdicts, strict=False):
        if said != found:
            return f"its verdict on {found.contract}.{found.clause} is another one than its turns give"
    return f"it ended ({ending.why}) otherwise than its turns say ({end.why})"
