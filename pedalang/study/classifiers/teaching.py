"""Labels asked of a model: each example is put to a teacher as a dialogue is to a judge, and what it says is what the
classifier learns.

Each answer is kept in a file as it comes, a line of JSON, under a hash of who was asked what. What is kept there is not
asked again: not after a kill, not for another way to learn from the same labels.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import math
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from pedalang import plan, reading
from pedalang.exchange.errors import DataError
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.expression.values import Absent
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.errors import RunError
from pedalang.study import judging
from pedalang.study.asking import Subject
from pedalang.study.classifiers.examples import Examples
from pedalang.study.scores import Cost, Judgement

MOST_BYTES = 500_000_000
"""Of a file of labels."""
_line = msgspec.json.Encoder(order="deterministic").encode
Told = Callable[[int, int], None]
"""Is told how many of how many examples have been labelled."""


class Said(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a teacher said of the example at a row, or at a turn of it: a label with the share of each, or where on the
    scale, 0 to 1; or why nothing. `asked` is the hash of who was asked what."""

    asked: str
    row: int
    turn: int
    label: str = ""
    value: float | None = None
    shares: tuple[float, ...] = ()
    reason: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who is asked, where the answers are kept, and who is told how it gets on."""

    engine: Engine
    kept: Path
    evaluate: Evaluator
    told: Told


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a teacher gave: examples with its labels, who it was, what its answers took now, the hash of the labels."""

    examples: Examples
    engine: str
    cost: Cost
    sha256: str


def labelled(of: plan.Classifier, examples: Examples, teacher: Teacher) -> Lesson:
    """The examples as the teacher labels them; those that it does not are left out and counted. Raises `RunError`: the
    engine's own where it answers nothing, PED1370 for a file that holds other things than labels."""
    found, cost = asyncio.run(_all(of, examples, teacher))
    labels = np.asarray([_label(of, each) for each in found], np.float64)
    taught = np.isfinite(labels)
    left_out = Counter(_why(each) for each, known in zip(found, taught, strict=True) if not known)
    kept = dataclasses.replace(examples, people=examples.labels, labels=labels).at(np.flatnonzero(taught))
    missing = {**examples.left_out, **dict(sorted(left_out.items()))}
    text = b"".join(_line(each) + b"\n" for each in found)
    return Lesson(dataclasses.replace(_renumbered(kept), left_out=missing), teacher.engine.name, cost,
                  hashlib.sha256(text).hexdigest())


def _renumbered(examples: Examples) -> Examples:
    """Groups in the order of their first examples, from 0, where some have none any more."""
    known: dict[int, int] = {}
    groups = [known.setdefault(each, len(known)) for each in examples.groups.tolist()]
    return dataclasses.replace(examples, groups=np.asarray(groups, np.intp))


def _label(of: plan.Classifier, said: Said) -> float:
    """The place of a label, or the number on the scale; NaN where nothing was said."""
    if said.missing or said.value is None:
        return math.nan
    if of.scale is not None:
        low, high = of.scale
        return low + said.value * (high - low)
    return float(of.labels.index(said.label)) if said.label in of.labels else math.nan


def _why(said: Said) -> str:
    code = said.missing.partition(":")[0]
    return f"the teacher gave no label ({code})" if code.startswith("PED") else "the teacher gave no label"


# ---------------------------------------------------------------- asking


async def _all(of: plan.Classifier, examples: Examples, teacher: Teacher) -> tuple[list[Said], Cost]:
    """What is said of each example, as it is kept or as the engine answers now."""
    subjects = [_subject(of, examples, at, teacher.evaluate) for at in range(len(examples))]
    keys = [_key(each, teacher.engine) for each in subjects]
    known = _read(teacher.kept)
    left = {key: at for at, key in reversed([*enumerate(keys)]) if key not in known}
    order, cost = sorted(left.values()), Cost()
    failed: dict[str, str] = {}
    for start in range(0, len(order), judging.BATCH):
        part = order[start:start + judging.BATCH]
        found = await judging.judged([subjects[at] for at in part], teacher.engine)
        said = [_said(keys[at], examples.shown[at].row, subjects[at].view.key, each.judgement)
                for at, each in zip(part, found, strict=True) if each.failure is None]
        failures = [each.failure for each in found if each.failure is not None]
        if failures and not said:
            raise failures[0]
        _keep(teacher.kept, said)
        known |= {each.asked: each for each in said}
        failed |= {keys[at]: each.failure.code for at, each in zip(part, found, strict=True) if each.failure}
        cost = sum((each.cost for each in found), cost)
        teacher.told(start + len(part), len(order))
    return [known[key] if key in known else Said(key, -1, -1, missing=failed[key]) for key in keys], cost


def _subject(of: plan.Classifier, examples: Examples, at: int, evaluate: Evaluator) -> Subject:
    assert of.teacher is not None
    shown = examples.shown[at]
    return Subject(of.name, of.teacher, shown.row, shown.view, evaluate, of.seed)


def _key(of: Subject, engine: Engine) -> str:
    """Who is asked what, as a hash: engine and weights, the whole question and how it is asked."""
    try:
        messages = of.messages()
    except (EvaluationError, Absent):
        messages = ()
    return hashlib.sha256(_line([engine.name, engine.model, of.judge, of.seed, messages])).hexdigest()


def _said(key: str, row: int, turn: int, found: Judgement | None) -> Said:
    if found is None:
        return Said(key, row, turn, missing="PED1231")
    return Said(key, row, turn, found.label, found.value, found.shares, found.reason, found.missing)


# ---------------------------------------------------------------- keeping


def _read(path: Path) -> dict[str, Said]:
    """What a file holds, by what was asked; a last line that was cut off is taken away. Raises `DataError` PED1370."""
    if not path.exists():
        return {}
    try:
        *lines, cut = reading.regular(path, MOST_BYTES).split(b"\n")
        if cut:
            os.truncate(path, path.stat().st_size - len(cut))
        return {each.asked: each for each in (msgspec.json.decode(line, type=Said) for line in lines)}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise DataError("PED1370", f"`{path}` holds no labels of a teacher: {why or 'unknown reason'}",
                        help="remove it, or name another folder: `--out DIR`") from None


def _keep(path: Path, said: Sequence[Said]) -> None:
    """Writes lines behind those that are there, and makes sure that they are on the disk."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(b"".join(_line(each) + b"\n" for each in said))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunError("PED1370", f"`{path}` cannot be written: {(error.strerror or 'unknown reason').lower()}",
                       help="name another folder: `--out DIR`") from None
