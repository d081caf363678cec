"""The scores of a run: a versioned JSON document (`scores.json`) of the shape of the classes below."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from pedalang.study.agreement import Agreement
from pedalang.study.effects import Effect
from pedalang.study.failures import Failed
from pedalang.study.gained import Course
from pedalang.study.lengths import Longer
from pedalang.study.statistics import Estimate
from pedalang.study.validated import Validation

VERSION = 1
TOTAL = "total"
BESIDE = "recorded."
"""Before the name of a measure of recorded dialogues shown beside simulated ones."""


BY_NATURE = frozenset({"PED1229", "PED1238"})
"""Codes of what is missing though nothing went wrong: there is nothing to look at, or nobody has rated it yet."""
MOST_MISSING = 0.05
"""The share of dialogues in which a criterion may be missing, where nothing else is said."""


class ScoresError(Exception):
    """A text is no scores document that this version can read."""


class ClauseCount(Struct, frozen=True):
    """In how many dialogues a clause was kept, and in how many not."""

    kept: int
    broken: int
    severity: str


class Contracts(Struct, frozen=True):
    """Broken clauses, counted in every dialogue; `dialogues_broken` have at least one broken hard clause.

    `clauses` are named `CONTRACT.CLAUSE`.
    """

    hard_broken: int = 0
    soft_broken: int = 0
    dialogues_broken: int = 0
    clauses: dict[str, ClauseCount] = {}


class PartScore(Struct, frozen=True):
    """The value of a criterion in one part of a dialogue, from turn `first` to turn `last`, or why it has none."""

    first: int
    last: int
    value: float | None
    missing: str = ""


class Judgement(Struct, frozen=True, omit_defaults=True):
    """What a judge said of a dialogue, or of a part of it up to turn `last`; -1 is the whole. `value` is in 0..1,
    before it is keyed.

    `shares` are those of the labels, in the order of the scale: the mean over `answers` of the probability of each, or
    of whether it was named. Where several labels may hold, it is the share of yes for each. `confidence` is the
    likeliest label's share (of several, the least sure one's). A judgement that has too little of it is `abstained`.
    """

    last: int
    value: float | None = None
    label: str = ""
    """The chosen one; of several, those that hold."""
    shares: tuple[float, ...] = ()
    confidence: float | None = None
    answers: int = 0
    malformed: int = 0
    """Answers that named no label, however often they were asked for."""
    abstained: bool = False
    reason: str = ""
    line: int | None = None
    """The line of the evidence, counted from 1: that of turn 0 is 1."""
    quote: str = ""
    missing: str = ""
    words: int = 0
    """How long it is what was judged: the words of those who teach, or of all where none of them speaks."""
    calibrated: float | None = None
    """The value that people would give, where the judge was calibrated."""


class DialogueScores(Struct, frozen=True):
    """One dialogue: values by name and total in 0..1, how it ended, with code and why where it failed, and for each
    missing criterion its code and why. `parts` has what a criterion on turns, exchanges or segments found in each."""

    episode: int
    values: dict[str, float | None]
    total: float | None
    why: str
    turns: int
    missing: dict[str, str] = {}
    error: str = ""
    parts: dict[str, tuple[PartScore, ...]] = {}
    cell: dict[str, Any] = {}
    """Where it stands in a matrix, as the journal says it, or in the table of an observe."""
    ratings: dict[str, dict[int, dict[str, float]]] = {}
    """For each criterion that people rated, by the key of what was looked at (the last turn of a part, or -1), the
    level that each rater chose."""
    judged: dict[str, tuple[Judgement, ...]] = {}
    """What judges said, by criterion."""


class Cost(Struct, frozen=True):
    """What answers of an engine took. `computed` are the tokens of prompts that were read anew, of `tokens_in`; None
    where an engine does not say. An answer that was kept from before took nothing: it is in `requests` and in `kept`.
    """

    requests: int = 0
    tokens_in: int = 0
    computed: int | None = 0
    tokens_out: int = 0
    kept: int = 0

    def __add__(self, other: Cost) -> Cost:
        known = self.computed is not None and other.computed is not None
        return Cost(self.requests + other.requests, self.tokens_in + other.tokens_in,
                    (self.computed or 0) + (other.computed or 0) if known else None,
                    self.tokens_out + other.tokens_out, self.kept + other.kept)


class Ranked(Struct, frozen=True):
    """A system in comparisons two by two: what it won, and its strength by a Bradley-Terry model with ties. `points` is
    the share that it is expected to win of a comparison with one of the others, a tie as half, with its interval."""

    system: str
    wins: int
    ties: int
    losses: int
    strength: float
    points: float
    low: float | None = None
    high: float | None = None


class Paired(Struct, frozen=True):
    """The comparisons of a criterion, the strongest system first: over `n` pairs, `missing` others have no outcome.
    `ties` are also those in which the two orders disagree. `first` is the share of answers for the dialogue that was
    shown first: a half, where its place does not matter."""

    criterion: str
    model: str
    systems: tuple[Ranked, ...]
    n: int
    missing: int
    ties: int
    first: float | None
    swapped: bool = True


class Judge(Struct, frozen=True):
    """Who judged a criterion; `validated` means compared with people's ratings. Of `judgements` some `abstained`, and
    some are missing for other reasons."""

    model: str
    validated: bool = False
    label: str = "not validated"
    judgements: int = 0
    abstained: int = 0
    missing: int = 0
    cost: Cost = Cost()
    longer: Longer = Longer()
    """What length alone would score."""
    validation: Validation | None = None
    """The record of comparing it with people, where there is one of this question and model."""


class Entry(Struct, frozen=True):
    """One place of a table: a measure over the dialogues of a combination."""

    row: tuple[str, ...]
    column: tuple[str, ...]
    measure: str
    estimate: Estimate


class Table(Struct, frozen=True):
    """A matrix by the axes in its rows and columns, where `criterion` stands for the measures. Entries are in the
    order of the dialogues; the intervals are of this level. Values are shares, whether or not they are told in
    percent."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    entries: tuple[Entry, ...]
    level: float = 0.95
    percent: bool = False


class Unpaired(Struct, frozen=True):
    """A key at which one of the two has no value: which one, and why."""

    key: str
    system: str
    why: str


class Mixed(Struct, frozen=True):
    """The difference by a linear mixed model, or why there is none. `icc` is the share of the differences' variance
    that lies between clusters."""

    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    icc: float | None = None
    why: str = ""


class Contrast(Struct, frozen=True):
    """Two systems on one measure: the mean of `first` less `second` over pairs, with the interval and p of the
    sign-flip test, p corrected for all of the family, and effect sizes. `missing` pairs lack one of the two, the first
    of which are named in `unpaired`; `why` says why there is no p."""

    measure: str
    first: str
    second: str
    n: int
    clusters: int
    missing: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    corrected: float | None = None
    g: Effect = Effect(None)
    superiority: Effect = Effect(None)
    bootstrap: tuple[float, float] | None = None
    verdict: Literal["", "higher", "lower", "equivalent", "open"] = ""
    mixed: Mixed | None = None
    unpaired: tuple[Unpaired, ...] = ()
    why: str = ""


class Standing(Struct, frozen=True):
    """A system's place on one measure, by its mean over the `n` keys at which all systems have a value; `missing` are
    the others. Rank 1 has the highest mean; the interval of the rank is by the same samples as that of the mean.
    `first` is the share of them in which it is first, ties shared."""

    measure: str
    system: str
    n: int
    missing: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    first: float | None = None


class Comparisons(Struct, frozen=True):
    """What a matrix compares: systems, which differ in `axes`, on pairs, which are the same in `by`, in clusters, which
    are the same in `cluster`."""

    axes: tuple[str, ...]
    by: tuple[str, ...]
    cluster: tuple[str, ...]
    correction: str
    level: float
    margin: float | None
    contrasts: tuple[Contrast, ...]
    standings: tuple[Standing, ...]


class Agreed(Struct, frozen=True):
    """How well those agree who looked at the same parts on the same scale: a judge with people or with another judge,
    people with one another, the votes of a judge among themselves. `figures` by name; `confusion` is how often the
    first gave a level (row) and the other another (column), by `labels`, where there are two. Where the program says
    how good a figure has to be, it is the one `asked` for; `kept` is None where it has no value."""

    criterion: str
    against: str
    between: Literal["judge and people", "judge and judge", "people", "votes"]
    figures: dict[str, Agreement]
    labels: tuple[str, ...]
    raters: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    asked: str = ""
    at_least: float | None = None
    kept: bool | None = None


class Differing(Struct, frozen=True):
    """A part of a dialogue of which a judge and people said different things, by `apart` of the scale's range: the
    levels that they chose, the judge's and the people's. `first` and `last` are turns."""

    episode: int
    first: int
    last: int
    criterion: str
    against: str
    judge: float
    people: dict[str, float]
    apart: float


class Scores(Struct, frozen=True):
    """`measures` by name: criteria, what computed measures gave, then `total`; each with its 95 % interval. All are in
    0..1 but what measures gave; `range` is what the rubric tells its total on."""

    rubric: str
    measures: dict[str, Estimate]
    contracts: Contracts
    dialogues: tuple[DialogueScores, ...]
    judges: dict[str, Judge] = {}
    range: tuple[float, float] = (0.0, 1.0)
    scales: dict[str, tuple[float, float]] = {}
    """Criterion to the lowest and the highest level of the scale that it is answered on: worth 0 and 1, so that scales
    of other lengths can stand in one mean."""
    table: Table | None = None
    comparisons: Comparisons | None = None
    pairs: tuple[Paired, ...] = ()
    """Dialogues of a matrix compared two by two."""
    failures: tuple[Failed, ...] = ()
    """The dialogues that failed, by code and place."""
    agreement: tuple[Agreed, ...] = ()
    course: Course | None = None
    """Of a course; all other fields but `tests` are about its lessons."""
    tests: tuple[DialogueScores, ...] = ()
    """Those before and after the lessons of a course."""
    differing: tuple[Differing, ...] = ()
    """Where judges and people differ, the most different first."""
    version: int = VERSION
    journal: str = ""
    """SHA-256 of the canonical form of the journal that was scored, with its judges' answers."""


def to_json(scores: Scores) -> bytes:
    """Indented for people, in the rubric's order. The same scores give the same bytes."""
    return msgspec.json.format(msgspec.json.encode(scores), indent=2) + b"\n"


def from_json(data: bytes | str) -> Scores:
    """Reads scores. Raises `ScoresError` for anything that is no scores document of this version."""
    try:
        scores = msgspec.json.decode(data, type=Scores)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise ScoresError(f"not scores: {error}") from None
    if scores.version != VERSION:
        raise ScoresError(f"scores of version {scores.version}; this is version {VERSION}")
    return scores


class Lack(NamedTuple):
    """A criterion that has no value in `missing` of `of` dialogues that ended, though it could have had one."""

    criterion: str
    missing: int
    of: int


def lacking(scores: Scores, most: float = MOST_MISSING) -> list[Lack]:
    """The criteria that are missing in more than a share of the dialogues that did not fail."""
    ended = [row for row in scores.dialogues if row.why != "failed"]
    counts = Counter(name for row in ended for name, why in row.missing.items()
                     if why.partition(":")[0] not in BY_NATURE)
    return [Lack(name, count, len(ended)) for name, count in counts.items() if count > most * len(ended)]


def told_on(scores: Scores, name: str) -> str:
    """A mean as people know it, `71.3 on 0 to 100`: the total on the range of its rubric, a criterion on its scale;
    empty where that is 0 to 1, or there is no value."""
    found = scores.measures.get(name)
    low, high = scores.range if name == TOTAL else scores.scales.get(name, (0.0, 1.0))
    if found is None or found.value is None or (low, high) == (0.0, 1.0):
        return ""
    return f"{low + found.value * (high - low):.4g} on {low:g} to {high:g}"


def mixed(scores: Scores) -> bool:
    """Whether a total is of criteria that are not all told on one scale."""
    return TOTAL in scores.measures and len(set(scores.scales.values())) > 1


def beside(scores: Scores, recorded: Scores) -> Scores:
    """The scores with the measures of recorded dialogues beside them, as `recorded.NAME`."""
    shown = {BESIDE + name: found for name, found in recorded.measures.items()}
    return msgspec.structs.replace(scores, measures=scores.measures | shown)
