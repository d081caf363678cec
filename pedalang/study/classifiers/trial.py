"""How well a classifier does on what it has not seen: in folds, or on records of their own; beside a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from pedalang import plan
from pedalang.runtime.errors import RunError
from pedalang.study.classifiers import distilled, figures, learning
from pedalang.study.classifiers.distilled import Value
from pedalang.study.classifiers.examples import Examples
from pedalang.study.classifiers.folds import folds
from pedalang.study.classifiers.learning import Fitted
from pedalang.study.classifiers.results import Measured, OfLabel, Trained
from pedalang.study.classifiers.sparse import Numbers, Places


@dataclass(frozen=True, slots=True)
class _Tried:
    """Held-out examples with what was said of them."""

    examples: Examples
    given: Numbers
    plain: Numbers


def trained(of: plan.Classifier, examples: Examples, environment: Mapping[str, str],
            test: Examples | None = None) -> tuple[Trained, Fitted]:
    """A classifier that learnt from all examples, and how well it does: on `test`, or in folds of the examples
    themselves. Raises `RunError` PED1302 where there is too little to learn from."""
    enough(of, examples)
    bench = learning.bench(of, examples, environment)
    fitted, _ = bench.fit(np.arange(len(examples)))
    tried = _in_folds(of, examples, bench) if test is None else _on(of, examples, test, fitted, environment)
    found = _told(of, tried, examples, test is None)
    if of.teacher is None:
        return found, fitted
    steps, hacked = distilled.curve(of, bench, examples)
    taught = replace(distilled.beside_people(of, tried.examples, tried.given), curve=steps, hacked=hacked)
    return replace(found, taught=taught), fitted


def enough(of: plan.Classifier, examples: Examples) -> None:
    """Raises `RunError` PED1302 where there is too little to learn from."""
    left = "; ".join(f"{number} left out: {why}" for why, number in examples.left_out.items())
    if of.labels and len(np.unique(examples.labels)) < 2:
        seen = f"all {len(examples)} examples have the same label" if len(examples) else "there are no examples"
        raise RunError("PED1302", f"`{of.name}` has nothing to tell apart: {seen}" + (f" ({left})" if left else ""),
                       place=of.place, help="look at `when:`, `label:` and `labels:`, and at the data")
    if len(np.unique(examples.groups)) < 2:
        raise RunError("PED1302", f"`{of.name}` has {len(examples)} examples in {len(np.unique(examples.groups))} "
                       "groups, and folds need two groups or more" + (f" ({left})" if left else ""), place=of.place,
                       help="look at `group:` and `when:`, or bring more data")


def _in_folds(of: plan.Classifier, examples: Examples, bench: learning.Bench) -> _Tried:
    plain = learning.plain_bench(of, examples) if of.baseline and not of.plain else None
    given, beside = np.empty(len(examples)), np.empty(len(examples))
    for learnt, held_out in folds(examples.groups, of.folds, of.seed):
        given[held_out] = learning.chosen(of, bench.held_out(learnt, held_out))
        beside[held_out] = learning.chosen(of, plain.held_out(learnt, held_out)) if plain is not None \
            else _untrained(of, examples.labels[learnt], examples.at(held_out))
    return _Tried(examples, given, beside)


def _on(of: plan.Classifier, examples: Examples, test: Examples, fitted: Fitted,
        environment: Mapping[str, str]) -> _Tried:
    if not len(test):
        left = "; ".join(f"{number} left out: {why}" for why, number in test.left_out.items())
        raise RunError("PED1302", f"there are no examples to test `{of.name}` on" + (f" ({left})" if left else ""),
                       place=of.place, help="look at `when:` and `label:`, and at the data")
    if of.baseline and not of.plain:
        plain, _ = learning.plain_bench(of, examples).fit(np.arange(len(examples)))
        beside = learning.chosen(of, plain.scores(test.plain, environment))
    else:
        beside = _untrained(of, examples.labels, test)
    return _Tried(test, learning.chosen(of, fitted.scores(test.columns, environment)), beside)


def _untrained(of: plan.Classifier, labels: Numbers, others: Examples) -> Numbers:
    """What needs no training: a number that is taken as it is, the commonest label, the mean."""
    if of.plain:
        return np.asarray(others.plain[of.baseline[0].name], np.float64)
    value = float(np.argmax(np.bincount(labels.astype(np.intp)))) if of.labels else float(labels.mean())
    return np.full(len(others), value)


# ---------------------------------------------------------------- what it comes to


def _told(of: plan.Classifier, tried: _Tried, examples: Examples, in_folds: bool) -> Trained:
    truth, groups = tried.examples.labels, tried.examples.groups
    missing = sum(tried.examples.left_out.values())
    measures, baseline, difference = {}, {}, {}
    for figure in of.measures:
        own, plain, less = _measured(figures.measure(figure, of.labels), tried)
        measures[figure.name], baseline[figure.name], difference[figure.name] = (
            Measured(*each, len(truth), missing) for each in (own, plain, less))
    table = figures.table(truth, tried.given, len(of.labels)) if of.labels else np.zeros((0, 0))
    count = len(np.unique(groups))
    return Trained(
        of.method.name, len(truth), count, dict(tried.examples.left_out), min(of.folds, count) if in_folds else 0,
        _labels(of, table), tuple(tuple(int(each) for each in row) for row in table), measures, baseline, difference,
        _baseline(of), len(examples))


def _measured(measure: Callable[[Numbers, Numbers], float | None], tried: _Tried) -> tuple[Value, Value, Value]:
    """A measure of the classifier, of the baseline where that has a value, and their difference."""
    truth, known = tried.examples.labels, np.isfinite(tried.plain)
    return distilled.with_difference(tried.examples.groups, lambda places: measure(truth[places], tried.given[places]),
                                     lambda places: _where(known, places, measure, truth, tried.plain))


def _where(known: Places, places: Places, measure: Callable[[Numbers, Numbers], float | None], truth: Numbers,
           plain: Numbers) -> float | None:
    there = places[known[places]]
    return measure(truth[there], plain[there])


def _labels(of: plan.Classifier, table: figures.Table) -> tuple[OfLabel, ...]:
    there, given = table.sum(axis=1), table.sum(axis=0)
    return tuple(OfLabel(label, int(there[at]), int(given[at]), figures.OF_LABEL["precision"](table, at),
                         figures.OF_LABEL["recall"](table, at), figures.OF_LABEL["f1"](table, at))
                 for at, label in enumerate(of.labels))


def _baseline(of: plan.Classifier) -> str:
    if not of.baseline:
        return "the commonest label" if of.labels else "the mean"
    names = ", ".join(f"`{each.name}`" for each in of.baseline)
    return f"{names} as it is" if of.plain else f"{names} by tfidf"
