"""What people said of a dialogue or a part of it, as the value of a criterion: each rater's level, and their mean on
the scale's range.

Ratings stand in the data (`rating:` of a criterion), or were given on sheets. One that is no level of the scale is
refused, and where nobody rated there is no value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pedalang import plan
from pedalang.expression import values
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent, Value
from pedalang.study.criteria import Missing
from pedalang.study.given import Rating

UNRATED = "PED1238"
DATA = "data"
"""Whose rating it is, where the data have one and do not say whose."""


def level(scale: Sequence[plan.ScaleLevel], kind: plan.Kind, said: Value) -> float | None:
    """The level that a label, or the number of a level, means; None where there is no such. On an interval scale a
    number between two levels is one too."""
    if isinstance(said, str):
        word = said.strip().casefold()
        for each in scale:
            if word in (each.label.casefold(), f"{each.value:g}"):
                return each.value
        return None
    if isinstance(said, bool) or not values.is_number(said) or not math.isfinite(said):
        return None
    number = float(said)
    steps = [each.value for each in scale]
    if kind == "interval" and min(steps) <= number <= max(steps):
        return number
    return next((step for step in steps if values.equal(step, number)), None)


def in_data(human: plan.Human, env: Env, evaluate: Evaluator) -> tuple[Rating, ...] | Missing:
    """The ratings that stand in the data; of several raters in a list, as `rater 1`, `rater 2`. Who gave none is left
    out."""
    if human.rating is None:
        return ()
    try:
        said = evaluate(human.rating, env)
    except EvaluationError as error:
        return Missing("PED1231", f"the rating has no value: {error}")
    except Absent:
        return ()
    named = said if isinstance(said, dict) else {DATA: said} if not isinstance(said, tuple) else \
        {f"rater {number}": each for number, each in enumerate(said, 1)}
    found: list[Rating] = []
    for rater, each in named.items():
        if each is None or each == "":
            continue
        rated = level(human.levels, human.kind, each)
        if rated is None:
            known = ", ".join(f"`{one.label}`" for one in human.levels)
            return Missing("PED1256", f"the rating `{_shown(each)}` is none of the scale: {known}")
        found.append(Rating(rater, rated))
    return tuple(found)


def value(human: plan.Human, rated: Sequence[Rating]) -> float | Missing:
    """The mean of the raters on the scale's range, as 0..1; where some labels are desired, the share of the raters who
    chose one of them."""
    if not rated:
        return Missing(UNRATED, "nobody has rated it")
    if human.desired:
        wanted = {each.value for each in human.levels if each.label in human.desired}
        return sum(each.level in wanted for each in rated) / len(rated)
    steps = [each.value for each in human.levels]
    low, high = min(steps), max(steps)
    if low == high:
        return Missing("PED1233", "the scale has only one value")
    return (math.fsum(each.level for each in rated) / len(rated) - low) / (high - low)


def _shown(said: Value) -> str:
    try:
        text = values.to_text(said)
    except (Absent, TypeError):
        text = repr(said)
    return text if len(text) <= 40 else f"{text[:39]}…"
