"""Classifiers of a program trained on its data: the data found, examples made, what is learnt tried out and kept."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from pedalang import material, plan
from pedalang.exchange import dataset, transcript
from pedalang.exchange.utterance import Unreadable
from pedalang.expression import environment
from pedalang.expression.values import Value
from pedalang.study.classifiers import examples, keeping, trial
from pedalang.study.classifiers.examples import Examples, Source
from pedalang.study.classifiers.learning import Fitted
from pedalang.study.classifiers.results import Trained


@dataclasses.dataclass(frozen=True, slots=True)
class Learnt:
    """A trained classifier, what was found of it, and the hash of each file that it learnt from, by its data set."""

    found: Trained
    fitted: Fitted
    data: dict[str, str]


def train(of: plan.Plan, chosen: plan.Classifier, where: material.Sources, environment: Mapping[str, str],
          test: material.Sources | None = None) -> Learnt:
    """Trains a classifier on its data and tries it in folds, or on the rows of `test`. Raises `RunError`."""
    learnt_from, data = _examples(of, chosen, chosen.data, where)
    held_out = None
    if test is not None:
        held_out, _ = _examples(of, chosen, plan.Selection(chosen.data.dataset), test)
    found, fitted = trial.trained(chosen, learnt_from, environment, held_out)
    return Learnt(found, fitted, data)


def keep(of: plan.Plan, learnt: Learnt, folder: Path) -> Trained:
    """Writes a trained classifier to a folder; what was found of it, with where it lies. Raises `DataError`."""
    keeping.keep(folder, learnt.fitted, learnt.found, of, learnt.data)
    return replace(learnt.found, folder=str(folder))


def _examples(of: plan.Plan, chosen: plan.Classifier, selection: plan.Selection,
              where: material.Sources) -> tuple[Examples, dict[str, str]]:
    declared, loaded, bad = _rows(of, selection, where)
    rows = dataset.select(loaded, selection, declared)
    left_out: Counter[str] = Counter(bad)
    sources: list[Source] = []
    for place, row in rows:
        try:
            turns = _turns(loaded.form, loaded.raw[place]) if chosen.unit == "turn" else ()
        except Unreadable as error:
            left_out[f"a row holds no `{loaded.form}` dialogue: {error}"] += 1
            continue
        sources.append(Source(row, turns))
    found = examples.gather(chosen, sources, where.evaluate)
    return dataclasses.replace(found, left_out={**found.left_out, **left_out}), {declared.name: loaded.sha256}


def _rows(of: plan.Plan, selection: plan.Selection,
          where: material.Sources) -> tuple[plan.Dataset, dataset.Loaded, dict[str, int]]:
    """The records, and how many rows make none. Where the place of a row counts, every row has to."""
    if selection.split or selection.sample is not None:
        return *material.read(of, selection, where), {}
    declared = material.declared_as(of, selection, where)
    loaded, bad = dataset.usable(declared, of.records, where.paths[declared.name], where.evaluate)
    return declared, loaded, bad


def _turns(form: str, row: dict[str, Value]) -> Sequence[dict[str, Value]]:
    """The turns of a recorded dialogue, as expressions see them: the speakers are called as they were recorded."""
    return tuple(environment.turn_record(each.speaker, each.text, move=each.move, number=number, start=each.start)
                 for number, each in enumerate(transcript.reader(form)(row)))
