"""What can be done with the record of a run, besides playing and scoring it: it is verified, brought out, redacted."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from pedalang import api, journal, plan
from pedalang.exchange import exporting, redacting, retelling
from pedalang.exchange.naming import Kind
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import retaking, verifying
from pedalang.runtime.errors import JournalError, RunError
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
        return Verified(digest, scored, events.header.episodes, ended, not _is_redacted(events), found)
    finally:
        events.close()


def _flaws(of: plan.Plan, events: journal.Journal, evaluate: Evaluator) -> Iterator[Flaw]:
    if _is_redacted(events):
        yield from verifying.flaws(of, events, None)
        return
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


def _is_redacted(events: journal.Journal) -> bool:
    return redacting.OPTION in events.header.options


def lines(folder: Path, to: BinaryIO) -> None:
    """Writes a run's dialogues as JSON Lines. Raises `JournalError`, `OSError`."""
    _, events = api.read_run(folder)
    try:
        exporting.to_lines(events, to)
    except journal.JournalFormatError as error:
        raise _unreadable(folder, error) from None
    finally:
        events.close()


def parquet(folder: Path, out: Path) -> list[Path]:
    """Writes a run's tables as Parquet files to a folder, and returns their paths. Raises `RunError`, `OSError`."""
    _, events = api.read_run(folder)
    try:
        return list(exporting.to_parquet(events, out))
    except journal.JournalFormatError as error:
        raise _unreadable(folder, error) from None
    finally:
        events.close()


@dataclass(frozen=True, slots=True)
class Redacted:
    """What was taken out of a run: how many names of each kind."""

    persons: int
    schools: int


def redacted(folder: Path, out: Path, words: redacting.Words, also: Mapping[str, Kind]) -> Redacted:
    """Writes a copy of a run, without names and words, to a folder that holds none; its scores stay, its report is made
    from them. Raises `JournalError` where a run cannot be read, or none written."""
    of, events = api.read_run(folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
        names = redacting.redacted(of, events, out, words, also)
        (out / "plan.json").write_bytes((folder / "plan.json").read_bytes())
        if (folder / api.SCORES_NAME).is_file():
            found = names.without(_without_people(msgspec.json.decode((folder / api.SCORES_NAME).read_bytes()), words))
            found["journal"] = _digest(out)
            (out / api.SCORES_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        if (folder / api.RECORDED / journal.FILE_NAME).is_file():
            redacted(folder / api.RECORDED, out / api.RECORDED, words, also)
    except journal.JournalFormatError as error:
        raise _unreadable(folder, error) from None
    except FileExistsError:
        raise JournalError("PED1210", f"{out} holds a run already", help="name another folder") from None
    except (OSError, sqlite3.Error) as error:
        raise JournalError("PED1202", f"the copy cannot be written: {error}", help="name another folder") from None
    finally:
        events.close()
    return Redacted(names.count("person"), names.count("school"))


def _digest(folder: Path) -> str:
    events = journal.open_journal(folder)
    try:
        return journal.digest(journal.canonical(events))
    finally:
        events.close()


def _unreadable(folder: Path, error: journal.JournalFormatError) -> JournalError:
    return JournalError("PED1210", f"{folder} holds no run that can be read: {error}",
                        help=f"`ped journal verify {folder}` says what is wrong with it")


def _without_people(found: dict[str, Any], words: redacting.Words) -> dict[str, Any]:
    """Scores as JSON with numbers for the names of those who rated; where words are taken out, without those that a
    judge quoted, or said of them."""
    rows = found.get("dialogues", [])
    said = [rated for row in rows for places in row.get("ratings", {}).values() for rated in places.values()]
    raters = {name: f"rater {number}" for number, name in enumerate(sorted({each for one in said for each in one}), 1)}
    for rated in (*said, *(each["people"] for each in found.get("differing", []))):
        levels = {raters.get(name, name): level for name, level in rated.items()}
        rated.clear()
        rated |= levels
    for each in found.get("agreement", []):
        each["raters"] = [raters.get(name, name) for name in each["raters"]]
    for judgement in (one for row in rows for judged in row.get("judged", {}).values() for one in judged):
        if words != "names":
            judgement.pop("quote", None)
            judgement.pop("reason", None)
    return found
