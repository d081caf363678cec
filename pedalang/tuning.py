"""Tuning as a plan holds it: what is tuned, by which figure, on which rows; learners' ways through many problems."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct

from pedalang.expression.nodes import Expr
from pedalang.work import Budget, Selection


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Range(NamedTuple):
    """What a number of a method may be, both bounds with it."""

    low: float
    high: float
    whole: bool = True


_OF_WEIGHTS = {"rounds": Range(1, 100), "tries": Range(1, 100), "rank": Range(1, 1024), "alpha": Range(1, 65536),
               "rate": Range(1e-8, 1, False), "steps": Range(1, 1_000_000), "batch": Range(1, 4096),
               "tokens": Range(16, 1 << 22)}
_BETA = {"beta": Range(0, 100, False)}
SETTINGS: dict[str, dict[str, Range]] = {
    "sft": _OF_WEIGHTS, "dpo": _OF_WEIGHTS | _BETA, "kto": _OF_WEIGHTS | _BETA,
    "grpo": {name: _OF_WEIGHTS[name] for name in ("rank", "alpha", "rate", "steps", "tokens")} | {
        "problems": Range(1, 4096), "times": Range(2, 4096), "temperature": Range(0.01, 10, False),
        "kl": Range(0, 100, False)}}
"""The numbers of each method that a program may set, where it has any."""


class Slot(_Part, frozen=True):
    """Something of a program that can be tuned, or is left as it is: a part of a role, a move or a model, by the name
    that it is declared under. Without a part, all of it."""

    kind: Literal["role", "move", "model"]
    owner: str
    part: Literal["", "voice", "intent", "examples", "thresholds", "policy", "weights"] = ""


class Optimize(_Part, frozen=True):
    """What is tuned in a flow, and how. What is better has a higher `criterion` of `rubric` (the total where none is
    named) in the dialogues about the rows of `dev`; it is looked for with those of `train`, and measured once on those
    of `test`. Where a hard clause of a contract of `reject` breaks, a dialogue is worth nothing. `features` are what a
    learnt policy looks at besides what it always sees, as its role sees it. `monitor` is a rubric that nobody
    optimizes, and `monitor_criterion` one of its criteria, empty for its total: it is held against the metric."""

    name: str
    flow: str
    method: str
    rubric: str
    train: Selection
    tune: tuple[Slot, ...]
    criterion: str = ""
    dev: Selection | None = None
    test: Selection | None = None
    row: str = ""
    arguments: dict[str, Expr] = {}
    frozen: tuple[Slot, ...] = ()
    reject: tuple[str, ...] = ()
    budget: Budget = Budget()
    seed: int = 0
    auto: Literal["light", "medium", "heavy"] = "light"
    curriculum: str = ""
    features: dict[str, Expr] = {}
    monitor: str = ""
    monitor_criterion: str = ""
    save: str = ""
    load: str = ""
    place: str = ""
    settings: dict[str, float] = {}
    """Numbers of the method, by their names in `SETTINGS`."""


class Curriculum(_Part, frozen=True):
    """In which order problems come. `by` is the field of a problem that the order reads, `across` a second one; `after`
    says which values of the first have to be mastered before one. `settings` are numbers of the order."""

    name: str
    order: str
    data: Selection
    by: str = ""
    seed: int | None = None
    place: str = ""
    across: str = ""
    after: dict[str, tuple[str, ...]] = {}
    settings: dict[str, float] = {}


class Course(_Part, frozen=True):
    """A learner's way through many problems: `lessons`, each a dialogue of `flow`, and tests before and after them. The
    member `learner` begins each as it ended the one before, in the variables of `keep` (in all, where none is named).
    `learners` go this way, each from a beginning of its own; or one for each row of `people`, which gives the parameter
    `person`. There are as many lessons as there are rows, or `length`.
    """

    name: str
    flow: str
    lessons: Selection
    learner: str = ""
    pretest: Selection | None = None
    posttest: Selection | None = None
    score: str = ""
    curriculum: str = ""
    row: str = ""
    arguments: dict[str, Expr] = {}
    seed: int | None = None
    budget: Budget = Budget()
    place: str = ""
    learners: int = 1
    keep: tuple[str, ...] = ()
    length: int | None = None
    check: tuple[str, ...] = ()
    people: Selection | None = None
    person: str = ""
