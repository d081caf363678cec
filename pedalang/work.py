"""Work as a plan holds it: selections of data, runs, observes, matrices, and what they may cost."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from pedalang.expression.nodes import Expr
from pedalang.rubric import Agreement


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Selection(_Part, frozen=True):
    """Rows of a data set: a split (or all), then `sample` of them drawn with `seed`, in the file's order. With
    `stratify`, a field of the record, each of its values keeps its share."""

    dataset: str
    split: str = ""
    sample: int | None = None
    seed: int = 0
    stratify: str = ""


class Budget(_Part, frozen=True):
    """What work may cost: tokens read and written by engines, seconds, US dollars, calls of engines. Where one is used
    up, no dialogue begins any more."""

    tokens: int | None = None
    wall: float | None = None
    usd: float | None = None
    calls: int | None = None


class Run(_Part, frozen=True):
    """What belongs together: a flow, its data, how it is scored, what must hold, what is shown beside it. A row gives
    the flow's parameter `row`, `arguments` give others; each row is played `repeat` times."""

    name: str
    flow: str
    data: Selection
    score: str = ""
    check: tuple[str, ...] = ()
    beside: str = ""
    place: str = ""
    row: str = ""
    arguments: dict[str, Expr] = {}
    seed: int | None = None
    repeat: int = 1
    budget: Budget = Budget()


class Comparison(_Part, frozen=True):
    """Which dialogues of a matrix are pairs, and how systems are compared by them. The axes that are not in `by` make a
    system; dialogues that are the same in `by` are a pair, and pairs that are the same in `cluster` are not taken for
    independent. `measures` are the criteria of the family, or the total; all where none stand. `margin` is the
    difference that does not matter, where one was said."""

    by: tuple[str, ...]
    cluster: tuple[str, ...]
    measures: tuple[str, ...] = ()
    correction: Literal["holm", "none"] = "holm"
    model: Literal["", "mixed"] = ""
    margin: float | None = None


class Table(_Part, frozen=True):
    """How a matrix or an observe is told: means by axes, or by fields of the rows, where `criterion` stands for the
    measures. With `resamples` the intervals are by bootstrap, at a `level` from 0 to 1; whole clusters are drawn, the
    dialogues that are the same in `cluster`. `compare` says how systems of a matrix are compared, where they are."""

    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    resamples: int | None = None
    level: float = 0.95
    cluster: tuple[str, ...] = ()
    compare: Comparison | None = None
    percent: bool = False
    """Whether means are told as percentages."""


class Observe(_Part, frozen=True):
    """Recorded dialogues, told as if they were turns of `flow`, scored and checked like simulated ones."""

    name: str
    flow: str
    data: Selection
    speakers: dict[str, str]
    """A recorded speaker's label to a member of the cast."""
    score: str = ""
    check: tuple[str, ...] = ()
    place: str = ""
    row: str = ""
    """The parameter of the flow that a row gives."""
    report: Table | None = None
    agreement: Agreement | None = None
    otherwise: str = ""
    """The member that all other labels stand for, or empty where there may be none."""
    anonymise: tuple[str, ...] = ()
    """What is replaced in all that is told, of `names`, `schools`, `numbers`."""


class Axis(_Part, frozen=True):
    """What is varied in a matrix: values of an expression, models by their names, seeds, or rows of a data set."""

    name: str
    kind: Literal["values", "models", "seeds", "rows"]
    over: Expr | None = None
    rows: Selection | None = None


class Matrix(_Part, frozen=True):
    """A flow played with all combinations of its axes, but those that an `exclude` holds for. The first axis varies
    slowest; `arguments` are computed from the axes' values by their names. `self_judging` says whether a model may
    judge dialogues that it speaks in."""

    name: str
    flow: str
    axes: tuple[Axis, ...]
    arguments: dict[str, Expr]
    exclude: tuple[Expr, ...] = ()
    score: str = ""
    check: tuple[str, ...] = ()
    report: Table = Table()
    budget: Budget = Budget()
    save: str = ""
    self_judging: Literal["allow", "forbid"] = "allow"
    place: str = ""
    swap_order: bool = True
    """Whether pairs are shown to a judge in both orders."""
