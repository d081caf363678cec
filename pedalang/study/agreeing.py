"""How well those agree who looked at the same parts of a run's dialogues: a judge with people, people with one another,
a judge with another and with itself; and where a judge and people differ most.

All stands on levels of one scale, as they were chosen. A judge is held against each person's rating, one pair a rating,
and not against a consensus of theirs, so that the figure can be read beside that of people with one another. Intervals
are by whole dialogues.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from msgspec.structs import replace

from pedalang import plan
from pedalang.runtime.errors import RunError
from pedalang.study import agreement
from pedalang.study.agreement import FIGURES, Agreement
from pedalang.study.parts import WHOLE
from pedalang.study.scores import Agreed, DialogueScores, Differing, Judgement, Scores

_USUAL: Mapping[plan.Kind, tuple[str, ...]] = {
    "nominal": ("exact", "cohens_kappa", "krippendorff_alpha", "gwets_ac1"),
    "ordinal": ("exact", "quadratic_kappa", "krippendorff_alpha", "spearman"),
    "interval": ("krippendorff_alpha", "icc_2_1", "pearson", "spearman"),
}
"""What is told of each kind of scale, besides the figure that the program asks for."""
MOST_DIFFERING = 60
Between: TypeAlias = Literal["judge and people", "judge and judge", "people", "votes"]
At: TypeAlias = tuple[int, int]
"""Episode, and key of what was looked at."""


@dataclass(frozen=True, slots=True)
class _Scale:
    levels: tuple[float, ...]
    labels: tuple[str, ...]
    kind: plan.Kind


@dataclass(frozen=True, slots=True)
class _Compared:
    """A table of levels (a row a unit, a column a rater), the dialogue of each row, and the same with a judge's
    expected levels, for figures that are of numbers."""

    rows: Sequence[Sequence[float | None]]
    numbers: Sequence[Sequence[float | None]]
    clusters: Sequence[int]
    raters: tuple[str, ...] = ()


def told(found: Scores, rubric: plan.Rubric,
         work: plan.Run | plan.Observe | plan.Matrix | plan.Course | None) -> Scores:
    """The scores with all that can be said of agreement in them; nothing where nobody rated and nobody voted."""
    asked = work.agreement if isinstance(work, plan.Observe) else None
    rated = [each for each in rubric.criteria if each.human is not None and any(each.name in row.ratings
                                                                               for row in found.dialogues)]
    made: list[Agreed] = [_people(found, each) for each in rated]
    differing: list[Differing] = []
    for judge in rubric.criteria:
        own = judge.judge.agreement if judge.judge is not None else None
        for other in rubric.criteria if judge.judge is not None else ():
            wanted = own if own is not None and own.against == other.name else None
            if other in rated and plan.alike(judge, other):
                wanted = wanted or (asked if asked is not None and asked.against == other.name else None)
                made.append(_pair(found, judge, other, "judge and people", _with_people(found, judge, other), wanted))
                differing += _differing(found, judge, other)
            elif wanted is not None and other.judge is not None and plan.alike(judge, other):
                made.append(_pair(found, judge, other, "judge and judge", _with_judge(found, judge, other), wanted))
        if judge.judge is not None and judge.judge.votes > 1:
            alone = own if own is not None and not own.against else None
            made.append(_pair(found, judge, judge, "votes", _votes(found, judge), alone))
    differing.sort(key=lambda each: (-each.apart, each.criterion, each.episode, each.last))
    known = tuple(each for each in made if any(figure.n for figure in each.figures.values()) or each.asked)
    return replace(found, agreement=known, differing=tuple(differing[:MOST_DIFFERING]))


def below(found: Scores) -> list[Agreed]:
    """The agreements that are lower than the program says they have to be."""
    return [each for each in found.agreement if each.kept is False]


def unknown(found: Scores) -> list[Agreed]:
    """Those that the program asks for and that have no value, though there are ratings."""
    return [each for each in found.agreement
            if each.asked and each.at_least is not None and each.kept is None and each.figures[each.asked].n]


# ---------------------------------------------------------------- what was said


def _scale(of: plan.Criterion) -> _Scale:
    asked = of.judge or of.human
    assert asked is not None
    return _Scale(tuple(each.value for each in asked.levels), tuple(each.label for each in asked.levels), asked.kind)


def _rated(found: Scores, criterion: str) -> dict[At, Mapping[str, float]]:
    return {(row.episode, key): rated for row in found.dialogues
            for key, rated in row.ratings.get(criterion, {}).items()}


def _judgements(found: Scores, criterion: str) -> dict[At, Judgement]:
    return {(row.episode, each.last): each for row in found.dialogues for each in row.judged.get(criterion, ())
            if each.value is not None}


def _chosen(said: Judgement, scale: _Scale) -> float | None:
    return dict(zip(scale.labels, scale.levels, strict=True)).get(said.label)


def _expected(said: Judgement, scale: _Scale) -> float | None:
    """The level that is expected under the shares of all; the chosen one, where they have no order or no shares."""
    if scale.kind == "nominal" or len(said.shares) != len(scale.levels):
        return _chosen(said, scale)
    return sum(share * level for share, level in zip(said.shares, scale.levels, strict=True))


# ---------------------------------------------------------------- tables of levels


def _people(found: Scores, of: plan.Criterion) -> Agreed:
    said = _rated(found, of.name)
    raters = tuple(sorted({rater for rated in said.values() for rater in rated}))
    rows = [[rated.get(rater) for rater in raters] for rated in said.values()]
    return _pair(found, of, of, "people", _Compared(rows, rows, [episode for episode, _ in said], raters), None)


def _with_people(found: Scores, judge: plan.Criterion, people: plan.Criterion) -> _Compared:
    scale, judged = _scale(judge), _judgements(found, judge.name)
    rows: list[list[float | None]] = []
    numbers: list[list[float | None]] = []
    clusters: list[int] = []
    raters: dict[str, None] = {}
    for at, rated in _rated(found, people.name).items():
        said = judged.get(at)
        for rater, level in rated.items():
            raters[rater] = None
            rows.append([_chosen(said, scale) if said is not None else None, level])
            numbers.append([_expected(said, scale) if said is not None else None, level])
            clusters.append(at[0])
    return _Compared(rows, numbers, clusters, tuple(sorted(raters)))


def _with_judge(found: Scores, judge: plan.Criterion, other: plan.Criterion) -> _Compared:
    scale, ours, theirs = _scale(judge), _judgements(found, judge.name), _judgements(found, other.name)
    places = sorted({*ours, *theirs})
    both = [(ours.get(at), theirs.get(at)) for at in places]
    return _Compared([[_chosen(said, scale) if said is not None else None for said in pair] for pair in both],
                     [[_expected(said, scale) if said is not None else None for said in pair] for pair in both],
                     [episode for episode, _ in places])


def _votes(found: Scores, judge: plan.Criterion) -> _Compared:
    """A column a vote. Votes have no names: they are dealt in an order of chance, the same each time."""
    scale = _scale(judge)
    rows: list[list[float | None]] = []
    clusters: list[int] = []
    assert judge.judge is not None
    for at, said in sorted(_judgements(found, judge.name).items()):
        counts = [round(share * said.answers) for share in said.shares]
        whole = all(abs(share * said.answers - count) < 1e-6
                    for share, count in zip(said.shares, counts, strict=True))
        if len(counts) != len(scale.levels) or said.answers < 2 or not whole or sum(counts) != said.answers:
            continue  # shares by probabilities: there are no votes to count
        votes: list[float | None] = [level for level, count in zip(scale.levels, counts, strict=True)
                                     for _ in range(count)]
        votes += [None] * (judge.judge.votes - len(votes))
        random.Random(f"votes {at}").shuffle(votes)
        rows.append(votes)
        clusters.append(at[0])
    return _Compared(rows, rows, clusters)


# ---------------------------------------------------------------- figures


def _pair(found: Scores, one: plan.Criterion, other: plan.Criterion, between: Between, said: _Compared,
          asked: plan.Agreement | None) -> Agreed:
    scale = _scale(one)
    wanted = asked.metric if asked is not None else ""
    figures = {name: _figure(name, said, scale) for name in dict.fromkeys((wanted, *_USUAL[scale.kind])) if name}
    value = figures[wanted].value if wanted else None
    least = asked.at_least if asked is not None else None
    pairs = said.rows if said.rows and len(said.rows[0]) == 2 else ()
    levels = [row for row in pairs if all(each is None or each in scale.levels for each in row)]
    return Agreed(one.name, other.name, between, figures, scale.labels, said.raters,
                  agreement.confusion(levels, scale.levels) if levels else (), wanted, least,
                  None if value is None or least is None else value >= least)


def _figure(name: str, said: _Compared, scale: _Scale) -> Agreement:
    """A figure, or why there is none; a library that is not there is such a reason."""
    rows = said.numbers if FIGURES[name].about == "numbers" and (name != "krippendorff_alpha" or
                                                                 scale.kind == "interval") else said.rows
    if not rows:
        return Agreement(None, 0, 0, figure=name, why="nothing is rated")
    try:
        return agreement.agreement(name, rows, scale.levels, scale.kind, said.clusters)
    except RunError as error:
        return Agreement(None, 0, len(rows), figure=name, raters=len(rows[0]), why=f"{error.message}: {error.help}")


# ---------------------------------------------------------------- where they differ


def _differing(found: Scores, judge: plan.Criterion, people: plan.Criterion) -> Iterable[Differing]:
    """The parts of which a judge's chosen level and the mean of people's differ; on a nominal scale, those where some
    chose another label."""
    scale, judged = _scale(judge), _judgements(found, judge.name)
    span = (max(scale.levels) - min(scale.levels)) or 1.0
    rows = {row.episode: row for row in found.dialogues}
    for at, rated in _rated(found, people.name).items():
        said = judged.get(at)
        level = _chosen(said, scale) if said is not None else None
        if level is None:
            continue
        others = [*rated.values()]
        apart = sum(each != level for each in others) / len(others) if scale.kind == "nominal" else \
            abs(sum(others) / len(others) - level) / span
        if apart > 0:
            first, last = _turns(rows[at[0]], judge.name, at[1])
            yield Differing(at[0], first, last, judge.name, people.name, level, dict(rated), apart)


def _turns(row: DialogueScores, criterion: str, key: int) -> tuple[int, int]:
    if key == WHOLE:
        return 0, row.turns - 1
    return next(((part.first, part.last) for part in row.parts.get(criterion, ()) if part.last == key), (key, key))
