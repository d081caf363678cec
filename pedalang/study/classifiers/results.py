"""What training found: measures with intervals, beside those of the baseline and their difference; which label was
taken for which. A versioned JSON document of the shape of the classes below.
"""

from __future__ import annotations

from msgspec import Struct

VERSION = 1


class Measured(Struct, frozen=True):
    """A measure over `n` examples, with its 95 % interval; `missing` had no label or could not be read. A value is null
    where the measure is not defined, an interval where too few groups or samples define one."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    missing: int


class OfLabel(Struct, frozen=True):
    """One label: how often it was there and was given, and how well the two agree."""

    label: str
    there: int
    given: int
    precision: float | None
    recall: float | None
    f1: float | None


class Step(Struct, frozen=True):
    """How far a classifier is from its teacher and from people after so many examples, or how that changed since: the
    mean of -ln of the probability that it gives to the label, or of a number the mean absolute error."""

    learnt_from: int
    to_teacher: Measured
    to_people: Measured


class Taught(Struct, frozen=True):
    """What became of a teacher's labels. `people` of the examples bear labels of people too: how well the classifier
    agrees with them, how well its teacher does, and the first less the second. `hacked` is there where it has gone away
    from people while it came nearer to its teacher: how both changed since it was nearest to people."""

    people: int
    with_people: dict[str, Measured]
    teacher_with_people: dict[str, Measured]
    apart: dict[str, Measured]
    curve: tuple[Step, ...] = ()
    hacked: Step | None = None
    teacher: str = ""
    """The engine."""
    requests: int = 0
    """Questions that were asked now; others had been answered before."""
    tokens_in: int = 0
    tokens_out: int = 0
    labels: str = ""
    """SHA-256 of what the teacher said."""


class Trained(Struct, frozen=True):
    """One classifier. `confusion` has a row for each true label and a column for each given one, in the order of
    `labels`; it is empty for a number. `missing` counts what was left out, by its reason. `folds` is 0 where other
    records were held out."""

    method: str
    n: int
    groups: int
    missing: dict[str, int]
    folds: int
    labels: tuple[OfLabel, ...]
    confusion: tuple[tuple[int, ...], ...]
    measures: dict[str, Measured]
    baseline: dict[str, Measured]
    difference: dict[str, Measured]
    baseline_is: str
    """What the baseline is, in words."""
    trained_on: int
    """Examples that the classifier that is kept has learnt from."""
    folder: str = ""
    """Where it was put."""
    taught: Taught | None = None
    """Of one that a teacher taught: all measures above are then of agreement with the teacher."""


class Report(Struct, frozen=True):
    """All classifiers of a command; measures by their own names, which no two classifiers share."""

    measures: dict[str, Measured]
    baseline: dict[str, Measured]
    difference: dict[str, Measured]
    classifiers: dict[str, Trained]
    version: int = VERSION
    ok: bool = True


def report(found: dict[str, Trained]) -> Report:
    """What each found, put together."""
    measures, baseline, difference = ({name: each for one in found.values() for name, each in part(one).items()}
                                      for part in (_measures, _baseline, _difference))
    return Report(measures, baseline, difference, found)


def _measures(of: Trained) -> dict[str, Measured]:
    return of.measures


def _baseline(of: Trained) -> dict[str, Measured]:
    return of.baseline


def _difference(of: Trained) -> dict[str, Measured]:
    return of.difference
