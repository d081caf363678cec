"""Examples: what a classifier reads of each row, or of each turn of recorded dialogues, with its label and group.

What has no label, or none of those that are told apart, is left out and counted, and so is what cannot be read.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pedalang import plan
from pedalang.expression import values
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.expression.values import Absent, Value
from pedalang.study import parts
from pedalang.study.parts import View

Column: TypeAlias = list[str] | NDArray[np.float64]
"""A feature of all examples: texts, or numbers, of which those that are not known are NaN."""
Evaluate = Callable[[plan.Expr, Env], Value]
Turns = Sequence[Mapping[str, Value]]
NO_LEVELS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Source:
    """A row and, where the examples are turns, the recorded dialogue that it holds."""

    row: Mapping[str, Value]
    turns: Turns = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """An example as a teacher sees it: the number of its row, and what is looked at."""

    row: int
    view: View


@dataclass(frozen=True, slots=True)
class Examples:
    """Columns of equal length. `labels` are places among the classifier's labels, or numbers on its scale; `groups` are
    numbered from 0 in the order of their first examples. `left_out` counts, by its reason, what is no example."""

    columns: Mapping[str, Column]
    plain: Mapping[str, Column]
    """What the baseline reads."""
    labels: NDArray[np.float64]
    groups: NDArray[np.intp]
    left_out: Mapping[str, int] = field(default_factory=dict)
    shown: Sequence[Shown] = ()
    """What a teacher is shown of each."""
    people: NDArray[np.float64] | None = None
    """What people said of each, where a teacher said the labels: NaN where they did not."""

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, places: NDArray[np.intp]) -> Examples:
        """Those at some places."""
        return Examples(_chosen(self.columns, places), _chosen(self.plain, places), self.labels[places],
                        self.groups[places], shown=[self.shown[at] for at in places] if self.shown else (),
                        people=self.people[places] if self.people is not None else None)


def _chosen(columns: Mapping[str, Column], places: NDArray[np.intp]) -> dict[str, Column]:
    return {name: column[places] if isinstance(column, np.ndarray) else [column[at] for at in places]
            for name, column in columns.items()}


def _view(env: Env, turns: Turns) -> View:
    """The turn, or the whole dialogue of a row, as a judge looks at it."""
    if "turn" not in env:
        return View(parts.WHOLE, 0, env, turns, (env,))
    last = env["turn"]["number"]
    return View(last, last, env, env["history"], (env,), parts.LAST)


class _LeftOut(Exception):
    """Why something is no example."""


def gather(of: plan.Classifier, sources: Sequence[Source], evaluate: Evaluate) -> Examples:
    """The examples of rows or dialogues, in order."""
    gathered = _Gathered(of, evaluate)
    for number, source in enumerate(sources):
        for env in _environments(of, source):
            gathered.add(env, number, source.turns)
    return gathered.examples()


def _environments(of: plan.Classifier, source: Source) -> Iterator[Env]:
    if of.unit == "row":
        yield {"row": source.row}
        return
    for at, turn in enumerate(source.turns):
        yield {"row": source.row, "turn": turn, "turns": (turn,), "history": tuple(source.turns[:at + 1]),
               "previous": source.turns[at - 1] if at else None}


class _Gathered:
    """Examples while they are found."""

    def __init__(self, of: plan.Classifier, evaluate: Evaluate) -> None:
        self._of, self._evaluate = of, evaluate
        self._read: dict[str, list[Value]] = {each.name: [] for each in of.features}
        self._plain: dict[str, list[Value]] = {each.name: [] for each in of.baseline}
        self._labels: list[float] = []
        self._shown: list[Shown] = []
        self._groups: list[int] = []
        self._known: dict[str, int] = {}
        self._left_out: Counter[str] = Counter()

    def add(self, env: Env, source: int, turns: Turns) -> None:
        """Takes an example in, or counts why it is none; what the classifier is not about is not counted."""
        if not self._about(env):
            return
        try:
            label = self._people(env) if self._of.teacher is not None else self._label(env)
            read = [self._value(each, env) for each in self._of.features]
            plain = [self._value(each, env) for each in self._of.baseline]
        except _LeftOut as error:
            self._left_out[str(error)] += 1
            return
        for column, value in zip((*self._read.values(), *self._plain.values()), (*read, *plain), strict=True):
            column.append(value)
        self._labels.append(label)
        if self._of.teacher is not None:
            self._shown.append(Shown(source, _view(env, turns)))
        self._groups.append(self._known.setdefault(self._group(env, source), len(self._known)))

    def examples(self) -> Examples:
        return Examples(columns(self._of.features, self._read), columns(self._of.baseline, self._plain),
                        np.asarray(self._labels, dtype=np.float64), np.asarray(self._groups, dtype=np.intp),
                        dict(sorted(self._left_out.items())), self._shown)

    def _about(self, env: Env) -> bool:
        """Whether it is an example; what cannot be said does not hold, as in a criterion."""
        if self._of.when is None:
            return True
        try:
            return bool(self._evaluate(self._of.when, env))
        except (EvaluationError, Absent):
            return False

    def _people(self, env: Env) -> float:
        """What people said, as a teacher says it; NaN where they did not, or said something else."""
        levels = {level.label: level.value for level in self._of.teacher.levels} if self._of.teacher is not None else {}
        try:
            return self._label(env, levels)
        except _LeftOut:
            return math.nan

    def _label(self, env: Env, levels: Mapping[str, float] = NO_LEVELS) -> float:
        """The label; a level of a scale may be named where these are its levels."""
        try:
            value = self._evaluate(self._of.label, env) if self._of.label is not None else None
        except (EvaluationError, Absent):
            value = None
        if value is None or (isinstance(value, str) and not value.strip()):
            raise _LeftOut("no label")
        if self._of.scale is not None:
            return _on_scale(levels.get(value, value) if isinstance(value, str) else value, self._of.scale)
        text = values.to_text(value).strip()
        if text not in self._of.labels:
            raise _LeftOut(f"the label `{text[:40]}` is none of those that are told apart")
        return float(self._of.labels.index(text))

    def _value(self, feature: plan.Feature, env: Env) -> Value:
        try:
            value = self._evaluate(feature.value, env)
        except Absent:
            value = None
        except EvaluationError as error:
            raise _LeftOut(f"`{feature.name}` has no value: {error}") from None
        return as_read(feature.kind, value)

    def _group(self, env: Env, source: int) -> str:
        """Examples of a group that is not known are grouped by their row."""
        try:
            value = self._evaluate(self._of.group, env) if self._of.group is not None else None
        except (EvaluationError, Absent):
            value = None
        return f"row {source}" if value is None else f"group {values.to_text(value)}"


def as_read(kind: plan.Reads, value: Value) -> str | float:
    """A value as a classifier reads it: no text is an empty one, and a number that is not known is NaN."""
    if kind == "text":
        return "" if value is None else values.to_text(value)
    try:
        return math.nan if value is None else float(value)
    except (OverflowError, TypeError, ValueError):
        return math.nan


def _on_scale(value: Value, scale: tuple[float, float]) -> float:
    low, high = scale
    if not (isinstance(value, bool) or values.is_number(value)):
        raise _LeftOut("the label is no number")
    number = float(value)
    if not low <= number <= high:
        raise _LeftOut(f"the label {values.to_text(value)} is not on the scale from {low:g} to {high:g}")
    return number


def columns(features: Sequence[plan.Feature], found: Mapping[str, Sequence[Value]]) -> dict[str, Column]:
    """Values by feature, one an example, as a classifier takes them."""
    return {each.name: list(found[each.name]) if each.kind == "text" else np.asarray(found[each.name], np.float64)
            for each in features}
