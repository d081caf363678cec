"""Classifiers as a plan holds them: from which rows or turns they learn, what they read, and how they are measured."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from pedalang.expression.nodes import Expr
from pedalang.rubric import Judge
from pedalang.work import Selection

Reads: TypeAlias = Literal["text", "number"]
"""What a feature is computed from; a truth value counts 1 or 0."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Feature(_Part, frozen=True):
    """Something that a classifier reads: a text, or a number."""

    name: str
    value: Expr
    kind: Reads


class Figure(_Part, frozen=True):
    """A measure of a classifier under a name of its own: `metric` over its labels, those of each group in `merge` taken
    for one; `of` is the label whose figure it is, where it is that of one label."""

    name: str
    metric: str
    merge: tuple[tuple[str, ...], ...] = ()
    of: str = ""


class Method(_Part, frozen=True):
    """How it learns, with what is set of it: numbers, and truth values as 1 or 0."""

    name: str
    options: dict[str, float] = {}


class Classifier(_Part, frozen=True):
    """Learns `label` from what it reads, in rows or in turns of recorded dialogues. `labels` are those that it tells
    apart, in order; with a `scale` (its least and most) it estimates a number instead.

    With a `teacher` it learns what a model says of each example; `label` is then what people said, where they did, and
    may be None. Examples of one `group` are never in two folds. A `plain` baseline is a number that is taken as it is;
    any other is trained by the plain recipe on the same folds.
    """

    name: str
    data: Selection
    unit: Literal["row", "turn"]
    features: tuple[Feature, ...]
    label: Expr | None
    labels: tuple[str, ...]
    measures: tuple[Figure, ...]
    scale: tuple[float, float] | None = None
    when: Expr | None = None
    group: Expr | None = None
    folds: int = 5
    seed: int = 0
    method: Method = Method("tfidf")
    baseline: tuple[Feature, ...] = ()
    plain: bool = False
    place: str = ""
    teacher: Judge | None = None
