"""What scoring is given beside a plan and a journal: ratings of people, and trained classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pedalang.expression.values import Value
from pedalang.study.validated import Validation


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person said: the value of a level of the criterion's scale."""

    rater: str
    level: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a classifier says of one example: its label, and a probability for each of its labels, which sum to 1; of
    one that estimates a number, that number."""

    label: str
    probabilities: Mapping[str, float]
    number: float | None = None


class Classifier(Protocol):
    """A trained classifier: examples, each a value for every name that it reads, to a prediction each."""

    def __call__(self, examples: Sequence[Mapping[str, Value]], /) -> Sequence[Prediction]: ...


Place = tuple[str, int, int]
"""Criterion, episode, key of what was looked at (`parts.View.key`)."""


@dataclass(frozen=True, slots=True)
class Given:
    """Nothing by default: then what needs it is missing."""

    ratings: Mapping[Place, Sequence[Rating]] = field(default_factory=dict)
    classifiers: Mapping[str, Classifier] = field(default_factory=dict)
    """By the name that the program gives them."""
    judges: Mapping[str, Validation] = field(default_factory=dict)
    """Criterion to the record of its judge."""


NOTHING = Given()
