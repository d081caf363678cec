"""What learners gained in a course, as scores tell it."""

from __future__ import annotations

from msgspec import Struct

from pedalang.study.statistics import Estimate

CONTROL = "control"
"""The arm of a course whose lessons come in an order that nobody thought about."""


class Gain(Struct, frozen=True):
    """What the learners of an arm gained on a measure: means before and after, and the mean of what each gained;
    `beyond` is how much more than without a curriculum, learner by learner, None where there is no such arm."""

    arm: str
    measure: str
    before: Estimate
    after: Estimate
    gained: Estimate
    beyond: Estimate | None = None


class Course(Struct, frozen=True):
    """What tests before and after the lessons of a course say. `curriculum` orders the lessons of the first of the
    `arms`; `missing` says in how many of its `tests` a measure has no value."""

    name: str
    curriculum: str
    arms: tuple[str, ...]
    learner: str
    learners: int
    gains: tuple[Gain, ...]
    tests: int
    missing: dict[str, int] = {}
