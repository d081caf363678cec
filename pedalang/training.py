"""Classifiers of a program trained on its data: the data found, examples made, what is learnt tried out and kept."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from pedalang import api, material, plan
from pedalang.exchange import dataset, transcript
from pedalang.exchange.utterance import Unreadable
from pedalang.expression import environment
from pedalang.expression.values import Value
from pedalang.runtime.cache import Answers
from pedalang.study.classifiers import examples, keeping, teaching, trial
from pedalang.study.classifiers.examples import Examples, Source
from pedalang.study.classifiers.learning import Fitted
from pedalang.study.classifiers.results import Trained
from pedalang.study.classifiers.teaching import Lesson, Teacher, Told

TEACHER = "teacher"
"""Under which name the labels of a teacher stand beside the data."""


@dataclasses.dataclass(frozen=True, slots=True)
class Learnt:
    """A trained classifier, what was found of it, and the hash of each file that it learnt from, by its data set."""

    found: Trained
    fitted: Fitted
    data: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """Who teaches where a classifier has a teacher: an engine by its address, else as the program says; where its
    labels are kept, its answers besides, and who is told how it gets on."""

    uri: str | None
    kept: Path
    told: Told
    answers: Answers | None = None


def train(of: plan.Plan, chosen: plan.Classifier, where: material.Sources, environment: Mapping[str, str],
          asked: Asked, test: material.Sources | None = None) -> Learnt:
    """Trains a classifier on its data and tries it in folds, or on the rows of `test`. Raises `RunError`."""
    learnt_from, data = _examples(of, chosen, chosen.data, where)
    held_out = _examples(of, chosen, plan.Selection(chosen.data.dataset), test)[0] if test is not None else None
    if chosen.teacher is None:
        found, fitted = trial.trained(chosen, learnt_from, environment, held_out)
        return Learnt(found, fitted, data)
    with _teacher(of, chosen.teacher, where, environment, asked) as teacher:
        lesson = teaching.labelled(chosen, learnt_from, teacher)
        if held_out is not None:
            held_out = teaching.labelled(chosen, held_out, teacher).examples
    found, fitted = trial.trained(chosen, lesson.examples, environment, held_out)
    return Learnt(_told(found, lesson), fitted, {**data, TEACHER: lesson.sha256})


@contextmanager
def _teacher(of: plan.Plan, judge: plan.Judge, where: material.Sources, environment: Mapping[str, str],
             asked: Asked) -> Iterator[Teacher]:
    uri = asked.uri or (of.models[judge.model].engine if judge.model else api.DEFAULT_ENGINE)
    with api.engines({TEACHER: uri}, environment, asked.answers) as opened:
        yield Teacher(opened[TEACHER], asked.kept, where.evaluate, asked.told)


def _told(found: Trained, lesson: Lesson) -> Trained:
    """What was found, with who taught and what that took."""
    if found.taught is None:
        return found
    cost = lesson.cost
    return replace(found, taught=replace(found.taught, teacher=lesson.engine, requests=cost.requests,
                                         tokens_in=cost.tokens_in, tokens_out=cost.tokens_out, labels=lesson.sha256))


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
            reads = chosen.unit == "turn" or (chosen.teacher is not None and loaded.form)
            turns = _turns(loaded.form, loaded.raw[place]) if reads else ()
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
