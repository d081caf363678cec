"""MathDial's `success@k` and `telling@k`: how soon the learner says the answer, and whether the teacher said it first.

A turn matches if a number in it equals the answer within 1e-7; numbers are read after commas are removed, without
signs. With s the place of the first matching learner's turn (counted from 0 among learners' turns, infinite if none),
and t the same among teachers' turns, `success@k` is [s <= k] and `telling@k` is [t <= min(s, k)].
Source: Macina et al. (2023), MathDial, and the evaluation code released with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from pedalang.expression.values import Value
from pedalang.study.dialogue import Dialogue

TOLERANCE = 1e-7
UPTO = 10
MOST = 100
"""The largest k that can be asked for."""

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def measure(dialogue: Dialogue, arguments: Mapping[str, Value]) -> dict[str, float | None]:
    """Both measures for k from 1 to `upto` (10). `answer` is a number, or a text whose last number is meant.

    None without an answer, and for a fraction that is no whole number: the definition reads 5/6 as 5 and 6. Raises
    `ValueError` for an `upto` outside 1..100 and an `answer` of another type.
    """
    upto = arguments.get("upto", UPTO)
    if type(upto) is not int or not 1 <= upto <= MOST:
        raise ValueError(f"`upto` is {upto!r}, not a whole number from 1 to {MOST}")
    ks = range(1, upto + 1)
    answer = _number(arguments.get("answer"))
    if answer is None:
        return {f"{name}@{k}": None for name in ("success", "telling") for k in ks}
    said = _first_match((t["text"] for t in dialogue.turns if t["speaker"] in dialogue.learners), answer)
    told = _first_match((t["text"] for t in dialogue.turns if t["speaker"] not in dialogue.learners), answer)
    success = {f"success@{k}": float(said <= k) for k in ks}
    telling = {f"telling@{k}": float(told <= min(said, k)) for k in ks}
    return {**success, **telling}


def _number(answer: Value) -> float | None:
    match answer:
        case None:
            return None
        case str():
            found = _numbers(answer)
            return found[-1] if found else None
        case Fraction():
            return float(answer) if answer.denominator == 1 else None
        case int() | float() if not isinstance(answer, bool):
            return float(answer)
    raise ValueError(f"`answer` is {answer!r}, not a number")


def _numbers(text: str) -> list[float]:
    return [float(found) for found in _NUMBER.findall(text.replace(",", ""))]


def _first_match(texts: Iterable[str], answer: float) -> float:
    """The place of the first text with the answer, from 0; infinite if there is none."""
    for place, text in enumerate(texts):
        if any(abs(found - answer) < TOLERANCE for found in _numbers(text)):
            return place
    return math.inf
