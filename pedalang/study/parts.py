"""A dialogue as a criterion looks at it: the whole, or its turns, exchanges or segments one by one.

    turn        each turn
    exchange    what one speaker says and what another answers: two rows of turns, each of one speaker. They do not
                overlap; a last row that nobody answers is in none
    segment     rows of as many turns, or of as many seconds from the first turn on; the last may be shorter

What the values of the parts become (`gathered`): their mean, median, least, most, or the last one. A mean or median is
over the parts that have a value; the others need all.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pedalang import plan
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent, Value
from pedalang.study import dialogue as dialogues
from pedalang.study.dialogue import Dialogue

WHOLE = -1
"""The key of a whole dialogue; a part has the number of its last turn."""


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: `env` is the environment after it, `turns` what a judge reads, `trace` the environments after
    each of its turns, `key` the number of its last turn. `about` says for a judge which of the turns are meant."""

    key: int
    first: int
    env: Env
    turns: Sequence[Mapping[str, Value]]
    trace: Sequence[Env]
    about: str = ""


LAST = "The question is about the last turn."
"""What a judge of a turn is told."""


class NoTimes(Exception):
    """A dialogue cannot be cut by time: a turn of it has none."""


def whole(dialogue: Dialogue) -> View:
    """The dialogue after its last turn."""
    return View(WHOLE, 0, dialogues.final(dialogue), dialogue.turns, dialogues.trace(dialogue))


def views(dialogue: Dialogue, units: plan.Units, evaluate: Evaluator) -> Iterator[View]:
    """The parts that a criterion is about, in order. Raises `NoTimes`."""
    trace = dialogues.trace(dialogue)
    for first, last in _cut(dialogue.turns, units):
        turns = dialogue.turns[first : last + 1]
        previous = dialogue.turns[first - 1] if first else None
        env = {**trace[last], "turns": turns, "previous": previous}
        if _about(units.when, env, evaluate):
            shown = turns if units.of == "segment" else dialogue.turns[: last + 1]
            yield View(last, first, env, shown, trace[first : last + 1], _meant(units, len(turns)))


def _about(when: plan.Expr | None, env: Env, evaluate: Evaluator) -> bool:
    """Whether a criterion is about a part; what cannot be said does not hold, as in a contract."""
    if when is None:
        return True
    try:
        return bool(evaluate(when, env))
    except (EvaluationError, Absent):
        return False


def _meant(units: plan.Units, turns: int) -> str:
    if units.of == "segment":
        return ""
    return LAST if turns == 1 else f"The question is about the last {turns} turns."


def _cut(turns: Sequence[Mapping[str, Value]], units: plan.Units) -> list[tuple[int, int]]:
    """The first and last turn of each part."""
    if units.of == "turn":
        return [(at, at) for at in range(len(turns))]
    if units.of == "exchange":
        rows = _rows([turn["speaker"] for turn in turns])
        return [(begins[0], answers[1]) for begins, answers in zip(rows[::2], rows[1::2], strict=False)]
    if not units.timed:
        return _rows([at // int(units.every) for at in range(len(turns))])
    starts = [turn["start"] for turn in turns]
    if None in starts:
        raise NoTimes
    return _rows([int((start - starts[0]) // units.every) for start in starts])


def _rows(keys: Sequence[Value]) -> list[tuple[int, int]]:
    """Where each longest row of one key begins and ends."""
    found: list[tuple[int, int]] = []
    for _, row in groupby(range(len(keys)), key=lambda at: keys[at]):
        places = list(row)
        found.append((places[0], places[-1]))
    return found


def words(dialogue: Dialogue, view: View) -> int:
    """How many words those who teach say in a part; all words where none of them speaks."""
    turns = view.env.get("turns", view.turns)
    taught = [turn for turn in turns if turn["speaker"] not in dialogue.learners]
    return sum(len(turn["text"].split()) for turn in taught or turns)


def gathered(how: plan.Gathered, values: Sequence[float | None]) -> float | None:
    """One value for those of the parts, in order; None where there is none to be had."""
    known = [value for value in values if value is not None]
    if not known or (how in ("min", "max", "last") and len(known) < len(values)):
        return None
    match how:
        case "mean":
            return math.fsum(known) / len(known)
        case "median":
            return statistics.median(known)
        case "min":
            return min(known)
        case "max":
            return max(known)
    return known[-1]
