"""Dialogues of a journal taken once more from their answers; nobody is asked, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import msgspec

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import course as courses
from pedalang.runtime import run as runs
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.episode import turns
from pedalang.runtime.episode.state import begin, initial, of_dialogue, setting
from pedalang.runtime.errors import EngineError, EpisodeError
from pedalang.runtime.session import Voices


class Retaken(NamedTuple):
    """What a journal should say of a dialogue: its beginning, and how it ends where it stands; None where it would go
    on, or cannot."""

    episode: journal.Episode
    ending: journal.Ending | None


Retake: TypeAlias = Callable[[journal.Dialogue], Retaken]
"""Takes a dialogue again. Raises `JournalError` PED1207 where a turn comes out differently."""
Again: TypeAlias = tuple[journal.Episode, Callable[[], turns.Dialogue]]
"""A dialogue before its first turn, and what takes its turns. Raises `EpisodeError`; `JournalError` PED1207."""
Taking: TypeAlias = Callable[[journal.Dialogue, turns.Met], Again]
"""How a dialogue is taken again by whoever wants to know what its turns asked."""


class _Named:
    """Stands for an engine of a run, of which the journal tells the name and whether it spoke freely."""

    def __init__(self, name: str, speaks_freely: bool) -> None:
        self.name, self.model = name, ""
        self.abilities = Abilities(speaks_freely=speaks_freely, honours=frozenset({"top_p", "adapter"}))

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        raise AssertionError(f"{self.name} is not asked")

    async def close(self) -> None: ...


def of_run(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Retake:
    """For a run. Raises `RunError` where its header does not fit its plan."""
    return _retake(_run_taken(of, events, evaluate))


def of_session(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Retake:
    """For a session, of which a person played a member. Raises `RunError` where its header does not fit its plan."""
    return _retake(_session_taken(of, events, evaluate))


def taken(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Taking | None:
    """How dialogues of a run or a session are taken again; None of recorded ones. Raises `RunError` where its header
    does not fit its plan."""
    match events.header.kind:
        case "run":
            return _run_taken(of, events, evaluate)
        case "session":
            return _session_taken(of, events, evaluate)
    return None


def _run_taken(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Taking:
    header = events.header
    here = replace(setting(of, header.run, _engines(events), header.seed, shield=header.options.get("shield", "off")),
                   evaluate=evaluate)
    course = of.courses.get(header.run)
    going = courses.going(course, events) if course is not None else runs.alone
    return lambda known, met: runs.retaken(here, header, known, met, going)


def _session_taken(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Taking:
    header = events.header
    here = replace(setting(of, header.run, _engines(events), header.seed, persons=[header.options.get("person", "")],
                           voices=msgspec.convert(header.options.get("voices", {}), Voices),
                           shield=header.options.get("shield", "off")), evaluate=evaluate)

    def taken(known: journal.Dialogue, met: turns.Met) -> Again:
        item = values.from_json(known.episode.item)
        mine = of_dialogue(here, item)

        def again() -> turns.Dialogue:
            dialogue = turns.Dialogue(mine, begin(mine, 0, item), turns.not_asked, turns.Unwritten(), met)
            dialogue.replay(known.turns, known.completions, known.interventions)
            return dialogue

        return journal.Episode(known.episode.episode, values.to_json(dict(item)),
                               values.to_json(initial(mine, 0, item)), "person"), again

    return taken


def _engines(events: journal.Journal) -> dict[str, _Named]:
    free = events.free_speakers()
    return {who: _Named(name, name in free) for who, name in events.header.engines.items()}


def _retake(taken: Taking) -> Retake:
    def retake(known: journal.Dialogue) -> Retaken:
        expected, again = taken(known, turns.unheeded)
        return Retaken(expected, _ended(again))

    return retake


def _ended(again: Callable[[], turns.Dialogue]) -> journal.Ending | None:
    """How a dialogue ends that is taken again; one that failed fails for what no journal tells, or at its start."""
    try:
        dialogue = again()
        why = dialogue.next()
    except EpisodeError:
        return None
    return dialogue.ending(why) if isinstance(why, str) else None
