"""The units that a judge judged and people rated, out of the scores of a run."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pedalang import plan
from pedalang.journal import Episode
from pedalang.runtime.errors import RunError
from pedalang.study import levels
from pedalang.study.parts import WHOLE
from pedalang.study.scores import Judgement, Scores
from pedalang.study.validating import Pair, scale

Ratings = Mapping[tuple[int, int], Mapping[str, float]]
"""Episode and key of a part to the level that each rater chose."""


class Pairs(NamedTuple):
    """What both said, and how many units people rated that the judge did not judge."""

    found: list[Pair]
    missing: int


def pairs(of: Scores, criterion: plan.Criterion, said: Ratings, groups: Mapping[int, Hashable],
          again: Scores | None = None) -> Pairs:
    """The units of a judged criterion that people rated. Dialogues of one group belong together; `again` are scores of
    a run in which the judge was asked once more."""
    assert criterion.judge is not None
    told, second = _judgements(of, criterion.name), _judgements(again, criterion.name) if again is not None else {}
    found: list[Pair] = []
    missing = 0
    for place, people in said.items():
        judgement = told.get(place)
        signal = levels.signal(criterion.judge, judgement) if judgement is not None else None
        if judgement is None or signal is None:
            missing += 1
            continue
        said_by = {rater: value(criterion.judge, level) for rater, level in people.items()}
        found.append(Pair(place, signal, _chosen(criterion.judge, judgement, signal), said_by,
                          groups.get(place[0], place[0]), judgement.confidence, _again(criterion.judge, second, place)))
    return Pairs(found, missing)


def _chosen(judge: plan.Judge, judgement: Judgement, signal: float) -> float:
    """The level that the judge chose; where several may hold, the one nearest to its value."""
    level = next((each.value for each in judge.levels if each.label == judgement.label), None)
    if judge.several or level is None:
        return float(scale(judge).nearest(np.array([signal]))[0])
    return value(judge, level)


def _again(judge: plan.Judge, second: Mapping[tuple[int, int], Judgement], place: tuple[int, int]) -> float | None:
    judgement = second.get(place)
    signal = levels.signal(judge, judgement) if judgement is not None else None
    return None if judgement is None or signal is None else _chosen(judge, judgement, signal)


def value(judge: plan.Judge, level: float) -> float:
    """A level that a rater chose, in 0..1 as the judge's value is."""
    if judge.desired:
        return float(any(each.value == level and each.label in judge.desired for each in judge.levels))
    steps = [each.value for each in judge.levels]
    return (level - min(steps)) / (max(steps) - min(steps))


def _judgements(of: Scores, criterion: str) -> dict[tuple[int, int], Judgement]:
    return {(row.episode, each.last): each for row in of.dialogues for each in row.judged.get(criterion, ())}


def ratings(of: Scores, rated: str) -> Ratings:
    """What people said by a criterion of theirs."""
    return {(row.episode, key): said for row in of.dialogues for key, said in row.ratings.get(rated, {}).items()}


def against(rubric: plan.Rubric, criterion: plan.Criterion, name: str) -> plan.Criterion:
    """The criterion by which people rated what a judge judges: the one that was named, or the only one that can be
    compared. Raises `RunError` PED1471."""
    rated = [each for each in rubric.criteria if each.human is not None]
    fits = [each for each in rated if criterion in plan.comparable((criterion,), each)]
    chosen = [each for each in rated if each.name == name] if name else fits
    if len(chosen) == 1 and chosen[0] in fits:
        return chosen[0]
    known = ", ".join(f"`{each.name}`" for each in fits)
    if name and not chosen:
        what = f"`{name}` is no criterion of `{rubric.name}` that people rate"
    elif name:
        what = f"`{name}` is rated on another scale, or on other parts, than `{criterion.name}` is judged on"
    else:
        what = f"more than one criterion could be compared with `{criterion.name}`" if fits else \
            f"people rate nothing in `{rubric.name}` that `{criterion.name}` could be compared with"
    raise RunError("PED1471", what, place=criterion.place,
                   help=f"`--against NAME`, with one of {known}" if known else
                   "add a `criterion … by human` on the same scale, or give `--ratings FILE`")


def grouped(episodes: Sequence[Episode], field: str) -> dict[int, Hashable]:
    """The dialogues that belong together: those whose items have the same value in a field. Raises `RunError` PED1474
    for one whose item lacks it."""
    found: dict[int, Hashable] = {}
    for each in episodes:
        held = [item[field] for item in (each.item, *each.item.values()) if isinstance(item, dict) and field in item]
        if not held:
            names = sorted({name for item in each.item.values() if isinstance(item, dict) for name in item})
            raise RunError("PED1474", f"what dialogue {each.episode} is about has no field `{field}`",
                           help=f"it has {', '.join(names)}" if names else "leave `--by` out")
        found[each.episode] = str(held[0])
    return found


def of_rows(rows: Sequence[Mapping[str, object]], judge: plan.Judge, criterion: str) -> Ratings:
    """Ratings out of the rows of a file: `episode`, `rater`, `level`, and where they are about parts `turn`, where they
    are of several criteria `criterion`. Raises `RunError` PED1473 with the first row that is none."""
    found: dict[tuple[int, int], dict[str, float]] = {}
    for number, row in enumerate(rows, 1):
        if row.get("criterion") not in (None, "", criterion):
            continue
        try:
            place = int(str(row["episode"])), int(str(row.get("turn") or WHOLE))
            said = _level(judge, str(row["level"]))
        except KeyError as error:
            raise RunError("PED1473", f"row {number} has no column {error}",
                           help="the columns are episode, rater, level, and perhaps turn and criterion") from None
        except ValueError as error:
            raise RunError("PED1473", f"row {number}: {error}",
                           help=f"the levels are {', '.join(each.label for each in judge.levels)}") from None
        if said is not None:
            found.setdefault(place, {})[str(row.get("rater") or "people")] = said
    return found


def _level(judge: plan.Judge, said: str) -> float | None:
    word = said.strip().casefold()
    for each in judge.levels:
        if word in (each.label.casefold(), f"{each.value:g}"):
            return each.value
    if word:
        raise ValueError(f"`{said[:40]}` is no level of the scale")
    return None
