"""The record of a judge that was compared with people, and what it is worth for the question and model at hand.

It is of one question, asked of one model: of any other it says nothing.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from pedalang import rubric
from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.study.agreement import FIGURES, Agreement
from pedalang.study.calibration.maps import Calibration, Identity, calibrated, checked
from pedalang.study.statistics import Estimate

NOT_VALIDATED = "not validated"
KIND = "judges"
"""Of an artefact that holds records."""
FOLDER = "judges"
"""Inside a run's folder, the records of the judges that were compared with people there."""
LIBRARIES = ("krippendorff", "numpy", "scikit-learn", "scipy", "statsmodels")
BY_CHANCE = frozenset(FIGURES) - {"exact", "macro_f1", "lenient_f1"}
"""Figures that are 0 where raters agree by chance alone."""


class Bin(Struct, frozen=True, forbid_unknown_fields=True):
    """Units to which a judge gave about the same value: the mean of it, and the mean of people's with its interval."""

    told: float
    people: float
    n: int
    low: float | None = None
    high: float | None = None


class Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """The agreement over the judgements that are at least so sure: `share` of all."""

    confidence: float
    share: float
    agreement: Agreement


class Compared(Struct, frozen=True, forbid_unknown_fields=True):
    """A judge beside people: figures of agreement by name, the mean square error of its value in 0..1, the calibration
    curve, the coverage curve."""

    figures: dict[str, Agreement]
    error: Estimate
    curve: tuple[Bin, ...] = ()
    coverage: tuple[Kept, ...] = ()


class Validation(Struct, frozen=True, forbid_unknown_fields=True):
    """Of a judge: on which question (its digest) and model, with whose ratings (their digest, how many units, raters,
    groups of dialogues), when, and what came of it, raw and calibrated. `figure` is the one that counts.

    What is told of the calibrated judge is of units that its map has not seen.
    """

    criterion: str
    question: str
    model: str
    date: str
    figure: str
    against: str
    ratings: str
    data: dict[str, str]
    units: int
    groups: int
    raters: int
    missing: int
    raw: Compared
    calibrated: Compared
    constant: Estimate
    """The mean square error of saying of each unit what people say on the whole."""
    gain: Estimate
    """The calibrated judge's error less that one: below 0 where the judge knows something of the unit."""
    method: str
    calibration: Calibration
    cuts: tuple[float, ...] = ()
    """The calibrated values from which on a judge says the next level."""
    errors: dict[str, float] = {}
    left_out: dict[str, str] = {}
    people: Agreement | None = None
    """People with one another, by the same figure."""
    itself: Agreement | None = None
    """The judge with itself, asked again."""


class Standing(Struct, frozen=True):
    """What a record is worth: whether it counts, how that is told, and the record itself where it is of this question
    and model."""

    validated: bool = False
    label: str = NOT_VALIDATED
    validation: Validation | None = None


def question(criterion: rubric.Criterion) -> str:
    """The digest of what a judge is asked: question, levels and their texts, how it is asked, of which parts."""
    assert criterion.judge is not None
    asked = msgspec.structs.replace(criterion.judge, model="", agreement=None)
    return hashlib.sha256(msgspec.json.encode([asked, criterion.units], order="deterministic")).hexdigest()


def standing(criterion: rubric.Criterion, record: Validation | None, models: Sequence[str]) -> Standing:
    """Whether a record is of this question and of the models that answered, and what it says."""
    if record is None:
        return Standing()
    if record.question != question(criterion):
        return Standing(label=f"{NOT_VALIDATED}: its record is of another question")
    others = [model for model in models if model != record.model]
    if others or not models:
        return Standing(label=f"{NOT_VALIDATED}: its record is of the model {record.model}")
    told, fine = _told(record, criterion.judge.agreement if criterion.judge is not None else None)
    return Standing(fine, told, record)


def _told(record: Validation, asked: rubric.Agreement | None) -> tuple[str, bool]:
    found = (record.raw if isinstance(record.calibration, Identity) else record.calibrated).figures[record.figure]
    title = FIGURES[record.figure].title
    if found.value is None:
        return f"{NOT_VALIDATED}: {title} is not defined: {found.why}", False
    between = f" ({found.low:.2f} to {found.high:.2f})" if found.low is not None and found.high is not None else ""
    shown = f"{title} {found.value:.2f}{between}, {found.n} units, {record.date}"
    if asked is not None and asked.at_least is not None and found.value < asked.at_least:
        return f"{NOT_VALIDATED}: less than {asked.at_least:g}: {shown}", False
    if record.figure in BY_CHANCE and (found.low is None or found.low <= 0):
        return f"{NOT_VALIDATED}: no better than chance: {shown}", False
    return f"validated: {shown}", True


def short(fine: bool) -> str:
    """A standing in two words, where there is no room for more."""
    return "validated" if fine else NOT_VALIDATED


def of_these(criteria: Sequence[rubric.Criterion], records: Mapping[str, Validation]) -> dict[str, Validation]:
    """The records that are of the questions of these criteria."""
    return {each.name: records[each.name] for each in criteria
            if each.judge is not None and each.name in records and records[each.name].question == question(each)}


def applied(record: Validation | None, models: Sequence[str], value: float) -> float | None:
    """A judge's value as people would give it; None where no map is for this model."""
    if record is None or (*models,) != (record.model,) or isinstance(record.calibration, Identity):
        return None
    return calibrated(record.calibration, value)


# ---------------------------------------------------------------- kept in a folder


def save(folder: Path, records: Mapping[str, Validation], program: str) -> str:
    """Keeps the records of a program's judges, by criterion; returns the digest of the folder. Raises `DataError`."""
    told = {name: each.calibrated.figures[each.figure].value for name, each in records.items()}
    data = {name: digest for each in records.values() for name, digest in each.data.items()}
    content = msgspec.to_builtins(dict(records))
    return trained.save(folder, trained.Artefact(KIND, ", ".join(records), content, program, data,
                                                 libraries=_libraries(), measures=told))


def load(found: trained.Loaded) -> dict[str, Validation]:
    """The records of a folder. Raises `DataError` PED1316."""
    records: dict[str, Validation] = trained.content(found, KIND, dict[str, Validation])
    try:
        for each in records.values():
            checked(each.calibration)
            if each.figure not in each.raw.figures or each.figure not in each.calibrated.figures \
                    or not {*each.raw.figures, *each.calibrated.figures} <= set(FIGURES):
                raise ValueError(f"it tells no {each.figure[:40]}")
    except ValueError as error:
        raise DataError("PED1316", f"`{found.folder}` holds no record of a judge: {error}") from None
    return records


def own(run: Path) -> dict[str, Validation]:
    """The records in a run's own folder. Raises `DataError`."""
    folder = run / FOLDER
    return load(trained.load(folder)) if (folder / trained.ARTEFACT).is_file() else {}


def _libraries() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in LIBRARIES}
