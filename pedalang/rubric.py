"""Rubrics as a plan holds them: criteria, and how each is measured."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from pedalang.expression.nodes import Expr

Kind: TypeAlias = Literal["nominal", "ordinal", "interval"]
Reason: TypeAlias = Literal["", "before", "after"]
Gathered: TypeAlias = Literal["mean", "median", "min", "max", "last"]


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ScaleLevel(_Part, frozen=True):
    """A level of a scale: its label, and what it stands for."""

    value: float
    label: str
    text: str


class Agreement(_Part, frozen=True):
    """How well judgements have to agree, by which figure; `against` is the criterion whose ratings they are compared
    with, or empty for the votes among themselves."""

    metric: str
    at_least: float | None = None
    against: str = ""


class Judge(_Part, frozen=True):
    """A question to a model about a unit, answered on an anchored scale. `desired` are labels of a nominal scale: the
    value is then whether the answer is one of them, or, where `several` labels may hold, the share of them that do.

    `votes` are answers drawn for one judgement; `orders` are orders in which its labels are offered. `reason` says
    whether words are asked for before the level is chosen or after, `limit` how many tokens they have. With `evidence`
    a judgement needs a quote. One whose likeliest label has a share below `abstain` is none.
    """

    ask: Expr
    levels: tuple[ScaleLevel, ...]
    kind: Kind
    model: str = ""
    desired: tuple[str, ...] = ()
    votes: int = 1
    evidence: bool = False
    agreement: Agreement | None = None
    orders: int = 1
    reason: Reason = ""
    limit: int = 80
    several: bool = False
    abstain: float = 0.0
    pairwise: bool = False
    """Whether dialogues of a matrix are compared two by two, besides."""
    temperature: float = 0.0
    """How the model samples, where it does."""
    numbered: bool = False
    """Whether the lines of the transcript bear numbers: those of all judges of a rubric, or of none."""


class Human(_Part, frozen=True):
    """What people say about a unit on an anchored scale: their answers to a question, those that stand in the data
    (`rating`), or both. Of a nominal scale, `desired` are the labels that are worth 1."""

    ask: Expr | None
    levels: tuple[ScaleLevel, ...]
    kind: Kind
    desired: tuple[str, ...] = ()
    rating: Expr | None = None


class Classified(_Part, frozen=True):
    """What a trained classifier says of a unit, of which it reads these features. With labels, the value is how likely
    a desired one is; with a scale, where on it the estimate lies."""

    uses: str
    reads: dict[str, Expr]
    desired: tuple[str, ...] = ()


class Measure(_Part, frozen=True):
    """A computed measure by the name of its file in `study/rubrics/`, with its arguments."""

    name: str
    arguments: dict[str, Expr]


class Units(_Part, frozen=True):
    """What parts of a dialogue a criterion is looked at on, and what their values become: `every` is the length of a
    segment, in turns or in seconds; `when` is looked at after each part's last turn."""

    of: Literal["turn", "exchange", "segment"]
    value: Gathered
    when: Expr | None = None
    every: float = 0.0
    timed: bool = False


class Criterion(_Part, frozen=True):
    """One line of a rubric. Exactly one of `score`, `judge`, `measure`, `contract`, `human`, `model` says how it is
    measured; `units` on which parts of a dialogue, where it is not the whole. A `reverse` one is worth 1 less its
    value; a weight below 0 counts against the total."""

    name: str
    weight: float
    gate: bool = False
    score: Expr | None = None
    judge: Judge | None = None
    measure: Measure | None = None
    contract: str = ""
    cap: float | None = None
    place: str = ""
    human: Human | None = None
    model: Classified | None = None
    units: Units | None = None
    reverse: bool = False


class Rubric(_Part, frozen=True):
    """Criteria over a dialogue; the total is their weighted mean in 0..1, told on `low` to `high`. `flow` gives their
    names meaning."""

    name: str
    flow: str
    criteria: tuple[Criterion, ...]
    place: str = ""
    low: float = 0.0
    high: float = 1.0


def comparable(criteria: tuple[Criterion, ...], rated: Criterion) -> tuple[Criterion, ...]:
    """The judged criteria that answer on the scale of one that people rate, and on the same parts of a dialogue."""
    return tuple(each for each in criteria if each.judge is not None and alike(each, rated))


def alike(one: Criterion, other: Criterion) -> bool:
    """Whether two criteria are answered on the same levels, and on the same parts of a dialogue."""
    first, second = one.judge or one.human, other.judge or other.human
    return first is not None and second is not None and _steps(first.levels) == _steps(second.levels) \
        and _parts(one) == _parts(other)


def _steps(levels: tuple[ScaleLevel, ...]) -> list[tuple[float, str]]:
    return [(level.value, level.label) for level in levels]


def _parts(of: Criterion) -> tuple[str, float, bool]:
    return (of.units.of, of.units.every, of.units.timed) if of.units is not None else ("dialogue", 0.0, False)
