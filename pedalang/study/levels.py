"""What answers of a judge come to: a share for each label, the label chosen, the value on the scale's range.

An answer with the log-probabilities of the labels gives each its probability, one without gives all to the label that
it names. The shares of a judgement are the mean over its answers. Each answer had the labels in an order of its own:

    two orders      the scale's own, and the reverse
    more            rotations of the scale's order, evenly apart, each followed by its reverse where the number is even

So over an even number of orders each label stands at the same place on average, and over as many orders as there are
labels (or twice as many) in each place equally often. Nothing is drawn: what is left of an effect of the order is the
same in all dialogues.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pedalang import plan
from pedalang.journal import Completion
from pedalang.study.criteria import Missing
from pedalang.study.scores import Judgement

ALIKE = 9
"""Decimals to which shares are compared."""
TRIM = " \t\n.\"'*"
"""What models put around a label."""


class Answer(NamedTuple):
    """One answer: the share of each label, in the scale's order, the label named, and whether these are probabilities
    of the model."""

    shares: tuple[float, ...]
    chosen: int
    likely: bool


def orders(labels: int, count: int) -> list[tuple[int, ...]]:
    """So many orders of so many labels, each as places in the scale."""
    scale = tuple(range(labels))
    if count % 2 and count <= labels:
        return [_rotated(scale, each * labels // count) for each in range(count)]
    pairs = (count + 1) // 2
    turned = [_rotated(scale, each * labels // pairs if pairs < labels else each) for each in range(pairs)]
    return [order for each in turned for order in (each, each[::-1])][:count]


def _rotated(scale: tuple[int, ...], by: int) -> tuple[int, ...]:
    by %= len(scale)
    return scale[by:] + scale[:by]


def answer(labels: Sequence[str], order: Sequence[int], completion: Completion) -> Answer | None:
    """What a completion says of labels that were offered in an order; None where it names none of them."""
    offered = [labels[at] for at in order]
    found = shares(offered, completion.text, completion.choice, completion.totals)
    if found is None:
        return None
    placed = dict(zip(order, found, strict=True))
    named = _named(offered, completion.text, completion.choice)
    in_order = tuple(placed[at] for at in range(len(labels)))
    return Answer(in_order, _likeliest(in_order, () if named is None else (order[named],)),
                  len(completion.totals) == len(order))


def shares(offered: Sequence[str], text: str, choice: int | None, totals: Sequence[float]) -> tuple[float, ...] | None:
    """The share of each label that was offered: its probability, or all for the one that is named; None for none."""
    if len(totals) == len(offered):
        return tuple(_probabilities(totals))
    named = _named(offered, text, choice)
    return None if named is None else tuple(float(at == named) for at in range(len(offered)))


def _probabilities(totals: Sequence[float]) -> list[float]:
    """Softmax of log-probabilities."""
    most = max(totals)
    weights = [math.exp(total - most) for total in totals]
    whole = math.fsum(weights)
    return [weight / whole for weight in weights]


def _named(offered: Sequence[str], text: str, choice: int | None) -> int | None:
    if choice is not None:
        return choice if 0 <= choice < len(offered) else None
    said = text.strip(TRIM).casefold()
    return next((at for at, label in enumerate(offered) if label.casefold() == said), None)


def together(answers: Sequence[Answer]) -> Answer:
    """The mean of one answer or more. Of labels with the same share the one counts that was named more often, then the
    first of the scale."""
    shares = tuple(math.fsum(each) / len(answers) for each in zip(*(one.shares for one in answers), strict=True))
    return Answer(shares, _likeliest(shares, [one.chosen for one in answers]), all(one.likely for one in answers))


def _likeliest(shares: Sequence[float], named: Sequence[int]) -> int:
    return max(range(len(shares)), key=lambda at: (round(shares[at], ALIKE), named.count(at), -at))


def value(judge: plan.Judge, found: Answer) -> float | Missing:
    """The answer on the scale's range, as 0..1: the level that is expected under the shares on an ordinal or interval
    scale, the level of the chosen label on a nominal one. Where some labels are desired, 1 for one of these and 0 for
    another."""
    if judge.desired:
        return float(judge.levels[found.chosen].label in judge.desired)
    steps = [level.value for level in judge.levels]
    low, high = min(steps), max(steps)
    if low == high:
        return Missing("PED1233", "the scale has only one value")
    level = steps[found.chosen] if judge.kind == "nominal" else \
        math.fsum(share * step for share, step in zip(found.shares, steps, strict=True))
    return min(max((level - low) / (high - low), 0.0), 1.0)


def value_of_several(judge: plan.Judge, yes: Sequence[float]) -> float:
    """The mean share of `yes` over the desired labels."""
    wanted = [share for level, share in zip(judge.levels, yes, strict=True) if level.label in judge.desired]
    return math.fsum(wanted) / len(wanted)


def signal(judge: plan.Judge, judgement: Judgement) -> float | None:
    """What a calibration reads: the value; where one of some labels is desired, the share of these, which says more
    than whether one was chosen."""
    if judgement.value is None or not judge.desired or judge.several or len(judgement.shares) != len(judge.levels):
        return judgement.value
    return min(math.fsum(share for level, share in zip(judge.levels, judgement.shares, strict=True)
                         if level.label in judge.desired), 1.0)
