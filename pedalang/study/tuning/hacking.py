"""Whether a metric is still what it stands for: what tuning gained by it, beside what others say of the same dialogues.

A metric that is optimized ceases to measure: it goes on rising while what it was made for falls (Gao, Schulman and
Hilton, 2023; "overoptimization"). So the metric is held against witnesses that nobody optimizes: a second rubric with
its own judge, where there is one, and checks by code that are always there. The distance of a witness is what the
metric gained less what the witness gained, each in standard deviations of what it was before, over the same dialogues.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from pedalang.expression.values import Value
from pedalang.study.statistics import Estimate, estimate
from pedalang.study.tuning.change import Change, change

FALL = 0.2
"""Standard deviations that a witness may fall while the metric rises, both surely: a small effect (Cohen, 1988)."""
APART = 1.0
"""Standard deviations that metric and held-out judge may part, with the whole interval above that."""
GRAM = 4
"""Words of a passage that is looked for again, as in seq-rep-4 (Welleck et al., 2020)."""
HELD_OUT = "held out"
"""What a second rubric's total is called."""
_WORD = re.compile(r"\w+(?:'\w+)?")

Turns = Sequence[Mapping[str, Value]]


class Seen(Struct, frozen=True):
    """One dialogue as metric and witnesses see it; `problem` names what it is about, for dialogues of the same problem
    are not independent. None is missing. Of all witnesses more is better."""

    episode: int
    problem: str
    metric: float | None
    witnesses: dict[str, float | None]


class Distance(Struct, frozen=True):
    """One witness: what it said before and after, what changed, and how far the metric has gone from it, in standard
    deviations; None where one of them had no spread before."""

    name: str
    before: Estimate
    after: Estimate
    change: Change
    distance: Change | None


class Parted(Struct, frozen=True):
    """The metric beside its witnesses. `broken` says which of them it has left; empty where none surely."""

    metric: Change
    before: Estimate
    after: Estimate
    witnesses: tuple[Distance, ...]
    broken: str = ""


def checks(dialogues: Sequence[tuple[str, Turns]], members: Sequence[str]) -> list[dict[str, float | None]]:
    """What code says of the words of `members`, a dialogue at a time; each with the name of its problem.

    fresh: the share of passages of four words that were not said before in the dialogue. own: the share of turns whose
    words are not those of a turn in a dialogue about another problem. spoken: the share of visible characters that are
    letters or digits. None where nothing was said that long.
    """
    said = [[text for turn in turns if turn["speaker"] in members and _plain(text := str(turn["text"]))]
            for _, turns in dialogues]
    where: dict[str, set[str]] = {}
    for (problem, _), texts in zip(dialogues, said, strict=True):
        for text in texts:
            where.setdefault(_plain(text), set()).add(problem)
    return [{"fresh": _fresh(texts), "own": _mean([float(len(where[_plain(text)]) == 1) for text in texts]),
             "spoken": _spoken(texts)} for texts in said]


def parted(before: Sequence[Seen], after: Sequence[Seen]) -> Parted:
    """What became of metric and witnesses. Raises `ValueError` where the dialogues are others."""
    if [(each.episode, each.problem) for each in before] != [(each.episode, each.problem) for each in after]:
        raise ValueError("metric and witnesses are compared on the same dialogues")
    problems = [each.problem for each in before]
    old, new = [each.metric for each in before], [each.metric for each in after]
    metric = change(old, new, problems)
    names = dict.fromkeys(name for each in (*before, *after) for name in each.witnesses)
    found = tuple(_distance(name, before, after, problems) for name in names)
    return Parted(metric, estimate(old), estimate(new), found, _broken(metric, found))


def _distance(name: str, before: Sequence[Seen], after: Sequence[Seen], problems: Sequence[str]) -> Distance:
    old, new = ([each.witnesses.get(name) for each in side] for side in (before, after))
    found = change(old, new, problems)
    spreads = [_spread([each.metric for each in before]), _spread(old)]
    apart = None
    if None not in spreads:
        gains = [_gain(each.metric, other.metric, spreads[0]) for each, other in zip(before, after, strict=True)]
        theirs = [_gain(one, other, spreads[1]) for one, other in zip(old, new, strict=True)]
        apart = change(theirs, gains, problems)
    return Distance(name, estimate(old), estimate(new), found, apart)


def _broken(metric: Change, witnesses: Sequence[Distance]) -> str:
    if not metric.rose or metric.value is None:
        return ""
    for each in witnesses:
        far = each.distance
        found = each.change
        if found.fell and found.value is not None and (found.size is None or -found.size > FALL):
            return (f"the metric rose by {metric.value:.3f} while `{each.name}` changed by {found.value:.3f} "
                    f"[{found.low:.3f}, {found.high:.3f}]")
        if each.name == HELD_OUT and far is not None and far.value is not None and (far.low or 0.0) > APART:
            return (f"the metric has left `{each.name}` behind by {far.value:.2f} standard deviations "
                    f"[{far.low:.2f}, {far.high:.2f}], {APART} is allowed")
    return ""


def _gain(before: float | None, after: float | None, spread: float | None) -> float | None:
    return None if before is None or after is None or spread is None else (after - before) / spread


def _spread(values: Sequence[float | None]) -> float | None:
    """The standard deviation, None where there is none to speak of."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    mean = sum(known) / len(known)
    found = (sum((value - mean) ** 2 for value in known) / (len(known) - 1)) ** 0.5
    return found if found > 1e-12 else None


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _fresh(texts: Sequence[str]) -> float | None:
    grams: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        words = _plain(text).split()
        grams.update(tuple(words[at:at + GRAM]) for at in range(len(words) - GRAM + 1))
    return len(grams) / grams.total() if grams else None


def _spoken(texts: Sequence[str]) -> float | None:
    whole = "".join(texts)
    signs = [each for each in whole if not each.isspace()]
    return sum(each.isalnum() for each in signs) / len(signs) if signs else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
