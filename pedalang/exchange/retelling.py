"""Recorded dialogues told again as turns of a flow: a journal that can be scored and checked like any other.

Each utterance is a turn of the member of the cast that its speaker stands for. What the cast's handlers make of it is
the runtime's business, as where a person speaks; nothing is generated, and no phase or limit of the flow counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from msgspec import structs

from pedalang import journal, plan
from pedalang.exchange import anonymising, speakers
from pedalang.exchange.speakers import Spoken
from pedalang.exchange.utterance import Utterance
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import folder as folders
from pedalang.runtime.episode import speaker, turns
from pedalang.runtime.episode.state import Setting, State, begin, complete
from pedalang.runtime.errors import EpisodeError, JournalError
from pedalang.runtime.retaking import Retake, Retaken

Pair: TypeAlias = tuple[Mapping[str, Value], Sequence[Utterance]]
"""The values of a flow's parameters, and the dialogue that was held about them."""


class Told(NamedTuple):
    """A dialogue as a journal has it: its beginning, and its turns and ending."""

    episode: journal.Episode
    events: list[journal.Event]


def observe(of: plan.Plan, chosen: plan.Observe, pairs: Sequence[Pair], folder: Path, *, seed: int = 0,
            data: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None,
            evaluate: Evaluator | None = None) -> Path:
    """Writes the dialogues of an `observe` to a run's folder, and returns it. `seed` is that of the draws in the cast's
    state, `data` the hashes of the files that the dialogues are from, `options` what scoring needs to know.

    Raises `DataError` for a speaker that nobody is, `RunError` for items that do not fit the flow and where nothing can
    be written; a dialogue whose handlers fail is recorded as failed.
    """
    here = Setting(of, of.flows[chosen.flow], {}, seed, tuple(of.contracts[contract] for contract in chosen.check),
                   evaluate=evaluate or Evaluator())
    for number, (_, utterances) in enumerate(pairs):
        speakers.check(chosen, number, utterances)
    said = [(item, speakers.spoken(chosen, utterances)) for item, utterances in pairs]
    said = anonymising.anonymised(said, chosen.anonymise)
    told = [retold(here, each, number, complete(here, number, item)) for number, (item, each) in enumerate(said)]
    header = journal.Header("observe", plan.digest(of), chosen.name, chosen.flow, seed, len(pairs), {},
                            dict(data or {}), dict(options or {}))
    events = itertools.chain.from_iterable((each.episode, *each.events) for each in told)
    folders.create(folder, of, header, events).close()
    return folder


def retold(here: Setting, said: Sequence[Spoken], number: int, item: Mapping[str, Value]) -> Told:
    """A dialogue. One whose handlers fail ends there, as failed."""
    events: list[journal.Event] = []
    initial: dict[str, dict[str, Value]] = {}
    try:
        state = _outside_phases(begin(here, number, item))
        initial = values.to_json(state.initial)
        for member, utterance, voice in said:
            state, turn = speaker.heard(here, state, member, utterance.text, "recorded", move=utterance.move,
                                        heard_at=speaker.HeardAt(utterance.start, utterance.end, voice))
            events.append(_noted(turn, here.flow))
        events.append(journal.Ending(number, "", "recorded", turns.verdicts(here, state)))
    except EpisodeError as error:
        events.append(turns.failed(number, "", error))
    return Told(journal.Episode(number, values.to_json(dict(item)), initial, "recorded"), events)


def _outside_phases(state: State) -> State:
    return structs.replace(state, phase="", env={**state.env, "phase": ""})


def _noted(turn: journal.Turn, flow: plan.Flow) -> journal.Turn:
    """A move that the role does not have is kept, with a note: no handler and no contract knows it. Where the set of
    moves is open, it was to be expected."""
    role = flow.cast[turn.role]
    if not turn.move or not role.moves or role.open or turn.move in role.moves:
        return turn
    return structs.replace(turn, notes=(*turn.notes, f"{turn.move} is no move of {turn.role}"))


def of_observed(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Retake:
    """What tells the dialogues of such a journal once more. Raises `LookupError` where its header does not fit its
    plan."""
    chosen = of.observes[events.header.run]
    here = Setting(of, of.flows[chosen.flow], {}, events.header.seed,
                   tuple(of.contracts[contract] for contract in chosen.check), evaluate=evaluate)

    def retake(known: journal.Dialogue) -> Retaken:
        said = [Spoken(turn.role, Utterance(turn.role, turn.text, _move(turn), turn.start, turn.end), turn.voice)
                for turn in known.turns]
        number = known.episode.episode
        told = retold(here, said, number, values.from_json(known.episode.item))
        *turns, ending = told.events
        for expected, turn in zip(turns, known.turns, strict=False):
            if expected != turn:
                raise JournalError("PED1207", f"dialogue {number} does not come out again as recorded, at turn "
                                   f"{turn.turn}")
        return Retaken(told.episode, ending if isinstance(ending, journal.Ending) else None)

    return retake


def _move(turn: journal.Turn) -> str:
    """The move as it was recorded, with its case."""
    return ".".join(filter(None, (turn.move, str(turn.arguments.get(plan.CASE, "")))))
