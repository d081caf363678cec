"""What a report is made of: the plan, the journal and the scores of one run, joined dialogue by dialogue.

Nothing here knows how a page looks. Turns are read when a panel asks for them, one dialogue at a time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import msgspec

from pedalang import journal as journals
from pedalang import plan as plans
from pedalang.study import scores as scoring
from pedalang.study.scores import DialogueScores, Judge, Scores

Kind = Literal["failed", "hard", "soft", "unfinished", "fine"]
KINDS: tuple[Kind, ...] = ("failed", "hard", "soft", "unfinished", "fine")
"""In the order of reading."""


@dataclass(frozen=True)
class Dialogue:
    """One dialogue: how it ended if it did, and its scores if it has any."""

    number: int
    ending: journals.Ending | None
    scores: DialogueScores | None
    journal: journals.Journal

    @property
    def episode(self) -> journals.Episode:
        """How it began, read anew: of most dialogues a page shows nothing of that."""
        return self.journal.episodes(self.number)[0]

    @cached_property
    def broken(self) -> tuple[journals.Verdict, ...]:
        return tuple(v for v in self.ending.verdicts if not v.kept) if self.ending else ()

    @cached_property
    def kind(self) -> Kind:
        """How it went: the worst that can be said of it."""
        if self.ending is None:
            return "unfinished"
        if self.ending.why == "failed":
            return "failed"
        severities = {verdict.severity for verdict in self.broken}
        return "hard" if "hard" in severities else "soft" if severities else "fine"


@dataclass(frozen=True)
class Evidence:
    """Everything a panel may ask for. `dialogues` are in the order of reading: failures, breaches, the others."""

    plan: plans.Plan
    journal: journals.Journal
    scores: Scores
    scored: bool
    dialogues: tuple[Dialogue, ...]

    @property
    def header(self) -> journals.Header:
        return self.journal.header

    @property
    def flow(self) -> plans.Flow | None:
        return self.plan.flows.get(self.header.flow)

    @property
    def rubric(self) -> plans.Rubric | None:
        return self.plan.rubrics.get(self.scores.rubric)

    @property
    def criteria(self) -> tuple[plans.Criterion, ...]:
        return self.rubric.criteria if self.rubric else ()

    def of(self, kind: Kind) -> list[Dialogue]:
        return [dialogue for dialogue in self.dialogues if dialogue.kind == kind]

    def standing(self, criterion: str) -> Judge | None:
        """Of a criterion that a model judges; `None` for every other."""
        if criterion in self.scores.judges:
            return self.scores.judges[criterion]
        return Judge("") if any(c.name == criterion and c.judge for c in self.criteria) else None

    def judged_without_validation(self) -> list[str]:
        """Names of the criteria that count towards the total though their judge was not compared with people."""
        counted = [c.name for c in self.criteria if c.weight > 0 or c.gate]
        return [name for name in counted if (found := self.standing(name)) and not found.validated]


def gather(plan: plans.Plan, journal: journals.Journal, scores: Mapping[str, Any]) -> Evidence:
    """Joins the three. Scores may be empty (not scored yet). Raises `ScoresError` for scores of another shape."""
    read = _read(scores)
    scored = {dialogue.episode: dialogue for dialogue in (*read.dialogues, *read.tests)}
    alike: dict[Any, Any] = {}
    dialogues = [Dialogue(number, _ending(journal, number, alike), scored.get(number), journal)
                 for number in journal.numbers()]
    dialogues.sort(key=lambda dialogue: (KINDS.index(dialogue.kind), dialogue.number))
    return Evidence(plan, journal, read, bool(scores), tuple(dialogues))


def _ending(journal: journals.Journal, number: int, alike: dict[Any, Any]) -> journals.Ending | None:
    """How a dialogue ended; `alike` are the verdicts of others, for most are the same."""
    found = journal.endings(number)
    if not found:
        return None
    verdicts = tuple(alike.setdefault(verdict, verdict) for verdict in found[0].verdicts)
    return msgspec.structs.replace(found[0], verdicts=alike.setdefault(verdicts, verdicts))


def _read(scores: Mapping[str, Any]) -> Scores:
    if not scores:
        return Scores("", {}, scoring.Contracts(), ())
    version = scores.get("version", scoring.VERSION)
    if version != scoring.VERSION:
        raise scoring.ScoresError(f"scores of version {version}; this is version {scoring.VERSION}")
    try:
        return msgspec.convert(scores, Scores, str_keys=True)
    except msgspec.ValidationError as error:
        raise scoring.ScoresError(f"not scores: {error}") from None


def choose(evidence: Evidence, limit: int) -> list[Dialogue]:
    """At most `limit` dialogues to show, in the order of reading: all, or a sample drawn with the run's seed.

    Every kind gets an equal share of a sample; what one kind does not need goes to the others. So a few failures or
    breaches are all shown, and many do not hide the rest.
    """
    groups = [evidence.of(kind) for kind in KINDS]
    sizes = shares([len(group) for group in groups], limit)
    draw = random.Random(evidence.header.seed)
    return [dialogue for group, size in zip(groups, sizes, strict=True) for dialogue in _sample(group, size, draw)]


def shares(sizes: Sequence[int], limit: int) -> list[int]:
    """As equal as the sizes allow, `limit` in all; the first get what cannot be divided."""
    given = [0] * len(sizes)
    left = min(limit, sum(sizes))
    while left:
        wanting = [at for at, size in enumerate(sizes) if given[at] < size]
        each = max(1, left // len(wanting))
        for at in wanting[:left]:
            more = min(sizes[at] - given[at], each)
            given[at] += more
            left -= more
    return given


def _sample(dialogues: Sequence[Dialogue], size: int, draw: random.Random) -> list[Dialogue]:
    return [dialogues[at] for at in sorted(draw.sample(range(len(dialogues)), size))]
