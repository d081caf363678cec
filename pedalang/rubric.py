"""Rubrics as a plan holds them: criteria, and how each is measured."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from pedalang.expression.nodes import Expr


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ScaleLevel(_Part, frozen=True):
    """A level of a scale: its label, and what it stands for."""

    value: float
    label: str
    text: str


class Judge(_Part, frozen=True):
    """A question to a model about a dialogue, answered on an anchored scale."""

    ask: Expr
    levels: tuple[ScaleLevel, ...]
    kind: Literal["nominal", "ordinal", "interval"]
    model: str = ""


class Measure(_Part, frozen=True):
    """A computed measure by the name of its file in `study/rubrics/`, with its arguments."""

    name: str
    arguments: dict[str, Expr]


class Criterion(_Part, frozen=True):
    """One line of a rubric. Exactly one of `score`, `judge`, `measure`, `contract` says how it is measured."""

    name: str
    weight: float
    gate: bool = False
    score: Expr | None = None
    judge: Judge | None = None
    measure: Measure | None = None
    contract: str = ""
    cap: float | None = None
    place: str = ""


class Rubric(_Part, frozen=True):
    """Criteria over a whole dialogue; the total is their weighted mean in 0..1. `flow` gives their names meaning."""

    name: str
    flow: str
    criteria: tuple[Criterion, ...]
    place: str = ""
