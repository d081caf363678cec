"""What became of a teacher's labels: how well classifier and teacher agree with people, and how far the classifier is
from both, by how many examples it has learnt from.

The distance to labels is the mean of -ln of the probability that the classifier gives to the label (nats); to numbers,
the mean absolute error. A student that comes nearer to its teacher while it goes away from people has begun to learn
the teacher's faults: teacher hacking (Tiapkin et al., 2025), as a metric is hacked that stands for what is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from pedalang import plan
from pedalang.study import resampling
from pedalang.study.classifiers import figures
from pedalang.study.classifiers.examples import Examples
from pedalang.study.classifiers.folds import folds
from pedalang.study.classifiers.learning import Bench
from pedalang.study.classifiers.results import Measured, Step, Taught
from pedalang.study.classifiers.sparse import Numbers, Places

LEVEL = 0.95
SHARES = (1 / 8, 1 / 4, 1 / 2)
"""Parts of what there is to learn from, before all of it."""
_LEAST = 1e-12
"""The least probability that counts."""

Value = tuple[float | None, float | None, float | None]
"""A value with the ends of its interval."""
Figure = Callable[[Places], float | None]
"""A figure of the examples at some places."""


def beside_people(of: plan.Classifier, tried: Examples, given: Numbers) -> Taught:
    """How well what the classifier gives, and what its teacher says, agree with people, where they said something."""
    people = tried.people if tried.people is not None else np.full(len(tried), math.nan)
    known = np.flatnonzero(np.isfinite(people))
    missing = len(tried) - len(known)
    groups, truth = tried.groups[known], people[known]
    own, teacher, apart = {}, {}, {}
    for figure in of.measures:
        measure = figures.measure(figure, of.labels)
        pair = [lambda places, said=said, measure=measure: measure(truth[places], said[places])
                for said in (given[known], tried.labels[known])]
        found = with_difference(groups, pair[0], pair[1])
        for into, value in zip((own, teacher, apart), found, strict=True):
            into[figure.name] = Measured(*value, len(known), missing)
    return Taught(len(known), own, teacher, apart)


def with_difference(groups: Places, one: Figure, other: Figure) -> tuple[Value, Value, Value]:
    """Two figures of examples in groups, and the first less the second; all intervals are from the same samples."""
    everything = np.arange(len(groups))
    whole = (one(everything), other(everything)) if len(groups) else (None, None)
    samples = resampling.samples(groups.tolist()) if len(set(groups.tolist())) > 1 else ()
    drawn = [(one(places), other(places)) for places in samples]
    values = (*whole, _less(*whole))
    columns = [[pair[0] for pair in drawn], [pair[1] for pair in drawn], [_less(*pair) for pair in drawn]]
    found = [_interval(value, column) for value, column in zip(values, columns, strict=True)]
    return found[0], found[1], found[2]


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _interval(value: float | None, drawn: list[float | None]) -> Value:
    low, high = (None if value is None else resampling.middle(drawn, LEVEL)) or (None, None)
    return value, low, high


# ---------------------------------------------------------------- nearer and farther


def curve(of: plan.Classifier, bench: Bench, examples: Examples) -> tuple[tuple[Step, ...], Step | None]:
    """How far the classifier is from its teacher and from people, in folds, after some of the examples, more, and all;
    and how that changed since it was nearest to people, where it has gone away from them since."""
    steps = [*dict(_step(of, bench, examples, share) for share in (*SHARES, 1.0)).items()]  # few groups: equal parts
    people = examples.people if examples.people is not None else np.full(len(examples), math.nan)
    known = np.flatnonzero(np.isfinite(people))
    to_teacher = [distances(of, answers, examples.labels) for _, answers in steps]
    to_people = [distances(of, answers[known], people[known]) for _, answers in steps]
    found = tuple(Step(count, _mean(one, examples.groups), _mean(other, examples.groups[known]))
                  for (count, _), one, other in zip(steps, to_teacher, to_people, strict=True))
    if not len(known):
        return found, None
    best = int(np.argmin([each.mean() for each in to_people]))
    change = Step(found[best].learnt_from, _mean(to_teacher[-1] - to_teacher[best], examples.groups),
                  _mean(to_people[-1] - to_people[best], examples.groups[known]))
    nearer, farther = change.to_teacher.value, change.to_people.low
    return found, change if nearer is not None and farther is not None and nearer < 0 < farther else None


def _step(of: plan.Classifier, bench: Bench, examples: Examples, share: float) -> tuple[int, Numbers]:
    """From how many examples is learnt, in the mean of the folds, and what is said of those that are held out."""
    answers, counts = np.empty((len(examples), max(len(of.labels), 1))), []
    for learnt, held_out in folds(examples.groups, of.folds, of.seed):
        places = _part(learnt, examples.groups, share, of.seed)
        answers[held_out] = bench.held_out(places, held_out)
        counts.append(len(places))
    return round(sum(counts) / len(counts)), answers


def _part(places: Places, groups: Places, share: float, seed: int) -> Places:
    """Whole groups, in an order drawn with the seed, two or more."""
    order = np.random.default_rng(seed).permutation(np.unique(groups[places]))
    return places[np.isin(groups[places], order[:max(math.ceil(share * len(order)), 2)])]


def distances(of: plan.Classifier, answers: Numbers, truth: Numbers) -> Numbers:
    """How far each answer is from what is true, which is known."""
    if not of.labels:
        return np.abs(answers[:, 0] - truth)
    return -np.log(np.maximum(answers[np.arange(len(truth)), truth.astype(np.intp)], _LEAST))


def _mean(values: Numbers, groups: Places) -> Measured:
    """The mean with its interval, by drawing groups."""
    if not len(values):
        return Measured(None, None, None, 0, 0)
    number = np.bincount(groups)
    total = np.bincount(groups, values)
    there = np.flatnonzero(number)
    found: Sequence[float | None] = ()
    if len(there) > 1:
        drawn, _ = resampling.counts(there.tolist())
        found = [float(each) for each in (drawn @ total[there]) / (drawn @ number[there])]
    value, low, high = _interval(float(values.mean()), list(found))
    return Measured(value, low, high, len(values), 0)
