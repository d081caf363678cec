"""What can be done with the record of a run, besides playing and scoring it: it is verified, brought out, redacted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pedalang import api, journal, plan
from pedalang.exchange import retelling
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import retaking, verifying
from pedalang.runtime.errors import RunError
from pedalang.runtime.retaking import Retake
from pedalang.runtime.verifying import Flaw
from pedalang.study import scores

MOST = 100
"""So many flaws are told of a journal."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a journal came to: `digest` is empty where it has no canonical form, `scored` where no scores say which
    journal they are of; `replayed` is false for a redacted one, whose words are not those that were answered."""

    digest: str
    scored: str
    dialogues: int
    ended: int
    replayed: bool
    flaws: list[Flaw]


def verified(folder: Path, evaluate: Evaluator) -> Verified:
    """Whether a run's journal holds what its plan and answers make. Raises `JournalError` where there is no run."""
    of, events = api.read_run(folder)
    try:
        found = list(itertools.islice(_flaws(of, events, evaluate), MOST))
        digest, scored = "", _scored(folder)
        try:
            digest = journal.digest(journal.canonical(events))
        except journal.JournalFormatError as error:
            found = found or [Flaw("PED1250", str(error))]
        if digest and scored and digest != scored:
            found.append(Flaw("PED1255", f"the journal changed after it was scored: it was {scored[:12]}…, and is "
                              f"{digest[:12]}…"))
        ended = 0 if any(each.code == "PED1250" for each in found) else events.ended()
        return Verified(digest, scored, events.header.episodes, ended, True, found)
    finally:
        events.close()


def _flaws(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Iterator[Flaw]:
    try:
        retake = _retake(of, events, evaluate)
    except journal.JournalFormatError as error:
        yield Flaw("PED1250", str(error))
        return
    except (RunError, LookupError, ValueError) as error:
        yield Flaw("PED1254", f"the journal is of something that its plan has not: {error}")
        return
    yield from verifying.flaws(of, events, retake)


def _retake(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Retake:
    match events.header.kind:
        case "run":
            return retaking.of_run(of, events, evaluate)
        case "session":
            return retaking.of_session(of, events, evaluate)
        case _:
            return retelling.of_observed(of, events, evaluate)


def _scored(folder: Path) -> str:
    """The digest of the journal that a run's scores are of; empty where nothing says it."""
    try:
        return scores.from_json((folder / api.SCORES_NAME).read_bytes()).journal
    except (OSError, scores.ScoresError):
        return ""
