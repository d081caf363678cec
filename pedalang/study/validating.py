"""Compares a judge with people, unit by unit, and makes the record of it.

Figures of numbers compare a judge's value, those of levels the level that it chose; once it is calibrated, the level
that it says as often as people do (`choosing.equated`). People who rated the same unit count by their mean, and by the
level nearest to that.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from pedalang import rubric
from pedalang.study import agreement, resampling, validated
from pedalang.study.agreement import FIGURES, Agreement
from pedalang.study.calibration import choosing
from pedalang.study.calibration.choosing import Choice
from pedalang.study.calibration.fitting import Array, Labelled, Unfit
from pedalang.study.statistics import Estimate
from pedalang.study.validated import Bin, Compared, Kept, Validation

ORDERED = ("quadratic_kappa", "exact", "krippendorff_alpha", "gwets_ac2", "macro_f1", "spearman", "pearson", "icc_2_1")
NAMED = ("cohens_kappa", "exact", "krippendorff_alpha", "gwets_ac1", "macro_f1", "spearman")
"""The figures of a record, on scales with an order and without one; the first counts where the program names none."""
BINS = 8
SHARES = tuple(tenth / 10 for tenth in range(10, 0, -1))
"""Of judgements that a coverage curve keeps."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A unit that the judge judged and people rated: its value, the level that it chose and the values that people
    gave, by rater, all in 0..1; how sure the judge was; and what it belongs to."""

    place: tuple[int, int]
    """Episode, and the key of the part."""
    told: float
    chosen: float
    people: Mapping[str, float]
    group: Hashable
    confidence: float | None = None
    again: float | None = None
    """The level that the judge chose when it was asked once more."""


@dataclass(frozen=True)
class Scale:
    """The levels of a criterion as values in 0..1, and what kind of scale they make."""

    levels: tuple[float, ...]
    kind: rubric.Kind

    def nearest(self, values: Array) -> Array:
        """The level nearest to each value; of two that are as near, the lower."""
        steps = np.array(self.levels)
        return steps[np.argmin(np.round(np.abs(values[:, None] - steps), 9), axis=1)]


def scale(judge: rubric.Judge) -> Scale:
    """The scale of a judge; where labels are desired, whether it is one of them."""
    if judge.desired:
        return Scale((0.0, 1.0), "nominal")
    steps = sorted(level.value for level in judge.levels)
    return Scale(tuple((step - steps[0]) / (steps[-1] - steps[0]) for step in steps), judge.kind)


@dataclass(frozen=True)
class Source:
    """Whose ratings: what they are called, and the digests of the data that they came with."""

    against: str
    data: Mapping[str, str]
    model: str
    date: str


def validate(criterion: rubric.Criterion, pairs: Sequence[Pair], missing: int, source: Source) -> Validation:
    """The record of a judge; `missing` units were rated by people and not judged. There is at least one pair."""
    assert criterion.judge is not None
    asked = criterion.judge.agreement
    beside = _Beside(tuple(pairs), scale(criterion.judge), asked.metric if asked is not None else "")
    choice, why = _choice(beside)
    method = next(name for name, kind in _NAMES if isinstance(choice.calibration, kind))
    return Validation(
        criterion.name, validated.question(criterion), source.model, source.date, beside.figures[0], source.against,
        _digest(pairs), dict(source.data), len(pairs), len(set(beside.groups)), len(beside.raters), missing,
        beside.compared(beside.told, beside.chosen),
        beside.compared(choice.held_out, choice.level),
        beside.error(_square(choice.constant - beside.people)),
        beside.error(_square(choice.held_out - beside.people) - _square(choice.constant - beside.people)),
        method, choice.calibration, choice.cuts, choice.errors, choice.left_out | ({"": why} if why else {}),
        beside.among_people(), beside.with_itself())


_NAMES = (("identity", validated.Identity), ("platt", choosing.maps.Platt), ("ordinal", choosing.maps.Ordinal),
          ("isotonic", choosing.maps.Isotonic))


def _choice(beside: _Beside) -> tuple[Choice, str]:
    units = Labelled(beside.told, tuple(tuple(each.people.values()) for each in beside.pairs))
    if beside.scale.kind == "nominal" and len(beside.scale.levels) > 2:
        return choosing.unchanged(units, beside.chosen), "the levels of its scale have no order"
    try:
        return choosing.choose(units, beside.scale.nearest(beside.people), beside.scale.levels, beside.groups), ""
    except Unfit as error:
        return choosing.unchanged(units, beside.chosen), str(error)


def _digest(pairs: Sequence[Pair]) -> str:
    said = sorted([*each.place, rater, value] for each in pairs for rater, value in each.people.items())
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def _square(errors: Array) -> Array:
    return errors * errors


@dataclass(frozen=True)
class _Beside:
    """Units with what a judge and people said, as arrays."""

    pairs: tuple[Pair, ...]
    scale: Scale
    metric: str

    @cached_property
    def told(self) -> Array:
        return np.array([each.told for each in self.pairs])

    @cached_property
    def chosen(self) -> Array:
        return np.array([each.chosen for each in self.pairs])

    @cached_property
    def people(self) -> Array:
        return np.array([math.fsum(each.people.values()) / len(each.people) for each in self.pairs])

    @cached_property
    def groups(self) -> list[Hashable]:
        return [each.group for each in self.pairs]

    @cached_property
    def raters(self) -> list[str]:
        return sorted({rater for each in self.pairs for rater in each.people})

    @cached_property
    def figures(self) -> tuple[str, ...]:
        usual = NAMED if self.scale.kind == "nominal" else ORDERED
        return tuple(dict.fromkeys((self.metric, *usual) if self.metric else usual))

    def compared(self, told: Array, level: Array) -> Compared:
        every = np.ones(len(told), dtype=bool)
        return Compared({name: self._agreement(name, told, level, every) for name in self.figures},
                        self.error(_square(told - self.people)), self._curve(told), self._coverage(told, level))

    def _agreement(self, name: str, told: Array, level: Array, which: np.ndarray) -> Agreement:
        """Of people, who stand first, and the judge, by its value or its level."""
        numbers = FIGURES[name].about == "numbers" and not (
            name == "krippendorff_alpha" and self.scale.kind != "interval")
        people, said = (self.people, told) if numbers else (self.scale.nearest(self.people), level)
        table = np.column_stack([people, said])[which].tolist()
        groups = [group for group, kept in zip(self.groups, which, strict=True) if kept]
        return agreement.agreement(name, table, () if numbers else self.scale.levels, self.scale.kind, groups)

    def error(self, errors: Array) -> Estimate:
        """A mean over units, with its interval over groups."""
        interval = self._interval(errors)
        return Estimate(float(errors.mean()), len(errors), 0, *(interval or (None, None)))

    @cached_property
    def _counts(self) -> tuple[Array, np.ndarray]:
        return resampling.counts(self.groups)

    def _interval(self, values: Array, which: np.ndarray | None = None) -> tuple[float, float] | None:
        """The interval of the mean of some units."""
        counts, cluster = self._counts
        if counts.shape[1] < 2:
            return None
        kept = np.ones(len(values)) if which is None else which.astype(float)
        above = counts @ np.bincount(cluster, kept * values, counts.shape[1])
        below = counts @ np.bincount(cluster, kept, counts.shape[1])
        means = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
        return resampling.middle(means)

    def _curve(self, told: Array) -> tuple[Bin, ...]:
        """Units in the order of the judge's value, in bins of about as many; what is told alike is not parted."""
        edges = np.unique(np.quantile(told, np.linspace(0, 1, BINS + 1)))
        place = np.clip(np.searchsorted(edges, told, side="right") - 1, 0, max(len(edges) - 2, 0))
        found: list[Bin] = []
        for each in range(max(len(edges) - 1, 1)):
            here = place == each
            if here.any():
                interval = self._interval(self.people, here) or (None, None)
                found.append(Bin(float(told[here].mean()), float(self.people[here].mean()), int(here.sum()), *interval))
        return tuple(found)

    def _coverage(self, told: Array, level: Array) -> tuple[Kept, ...]:
        if any(each.confidence is None for each in self.pairs):
            return ()
        sure = np.array([each.confidence for each in self.pairs], dtype=float)
        ordered = np.sort(sure)[::-1]
        least = dict.fromkeys(float(ordered[max(int(np.ceil(share * len(sure))) - 1, 0)]) for share in SHARES)
        name = self.figures[0]
        return tuple(Kept(each, float((sure >= each).mean()), self._agreement(name, told, level, sure >= each))
                     for each in least)

    def among_people(self) -> Agreement | None:
        """People with one another, where a unit has two."""
        if len(self.raters) < 2:
            return None
        table = [[each.people.get(rater) for rater in self.raters] for each in self.pairs]
        return agreement.agreement(self._usable(len(self.raters)), table, self.scale.levels, self.scale.kind,
                                   self.groups)

    def _usable(self, raters: int) -> str:
        return next(name for name in self.figures if raters == 2 or FIGURES[name].about != "truth")

    def with_itself(self) -> Agreement | None:
        """The judge with itself, where it was asked twice."""
        if all(each.again is None for each in self.pairs):
            return None
        table = [[each.chosen, each.again] for each in self.pairs]
        return agreement.agreement(self.figures[0], table, self.scale.levels, self.scale.kind, self.groups)
