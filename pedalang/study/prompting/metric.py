"""A rubric as a metric of DSPy's: what `Evaluate` and optimizers ask about a dialogue that a program has played."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dspy

from pedalang import journal, plan
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.errors import RunError
from pedalang.study import dialogue, score
from pedalang.study.prompting import feedback
from pedalang.study.prompting.feedback import Looked
from pedalang.study.scores import TOTAL


class Metric:
    """What a dialogue is worth by a rubric's total, or one of its criteria. Where DSPy asks about a predictor, and in
    `explained`, with feedback.

    Called from any thread; dialogues are scored one at a time."""

    def __init__(self, of: plan.Plan, rubric: str, judge: Engine | None = None, criterion: str = TOTAL) -> None:
        """Raises `RunError`: PED1234 for a rubric that the program lacks, PED1333 for a criterion that it lacks and for
        judges without an engine that answers for them."""
        found = of.rubrics.get(rubric)
        self._flow, self._rubric = score.usable(of, found.flow if found else next(iter(of.flows), ""), rubric)
        if criterion not in (TOTAL, *(each.name for each in self._rubric.criteria)):
            raise RunError("PED1333", f"rubric `{rubric}` has no criterion `{criterion}`",
                           help=f"there is {', '.join((TOTAL, *(each.name for each in self._rubric.criteria)))}")
        if judge is None and any(each.judge for each in self._rubric.criteria):
            raise RunError("PED1333", f"rubric `{rubric}` has judges, and nobody answers for them",
                           help="name an engine: `judge=\"llama:\"`")
        self._of = of
        self._judge = judge
        self._criterion = criterion
        self._lock = threading.Lock()

    def __call__(self, example: dspy.Example, told: dspy.Prediction, trace: Any = None, pred_name: str | None = None,
                 pred_trace: Any = None) -> Any:
        """The score from 0 to 1; with the name of a predictor, a score with feedback on the turn that is looked at.
        Raises `RunError` PED1334 for a dialogue that has no score: it is not worth 0, but unknown."""
        looked, value = self._scored(told)
        if pred_name is None:
            return value
        turn = _turn(told, pred_trace)
        said = feedback.of_dialogue(looked, value) if turn is None else feedback.of_turn(looked, turn, value)
        return dspy.Prediction(score=value, feedback=said)

    def explained(self, example: dspy.Example, told: dspy.Prediction, trace: Any = None) -> dspy.Prediction:
        """The score with feedback on the whole dialogue. Raises as a call does."""
        looked, value = self._scored(told)
        return dspy.Prediction(score=value, feedback=feedback.of_dialogue(looked, value))

    def __deepcopy__(self, memo: dict[int, Any]) -> Metric:
        return self

    def _scored(self, told: dspy.Prediction) -> tuple[Looked, float]:
        with self._lock, tempfile.TemporaryDirectory() as folder:
            events = _journal(Path(folder), self._flow, told)
            try:
                (row,) = score.score(self._of, events, self._rubric.name, self._judge, Evaluator()).dialogues
                (one,) = dialogue.read(events, self._flow)
            finally:
                events.close()
        value = row.total if self._criterion == TOTAL else row.values.get(self._criterion)
        if value is None:
            raise RunError("PED1334", "a dialogue has no score: "
                           f"{row.error or next(iter(row.missing.values()), 'nothing gives one')}",
                           help="leave the example out, or score by a criterion that has a value")
        return Looked(self._rubric, self._of.contracts, one, row), value


def _journal(folder: Path, flow: plan.Flow, told: dspy.Prediction) -> journal.Journal:
    """A run of one dialogue, the one that was played."""
    number = told.ending.episode
    events: Sequence[journal.Event] = (
        journal.Episode(number, values.to_json(dict(told.item)), values.to_json(dict(told.initial))), *told.turns,
        *told.interventions, told.ending)
    header = journal.Header("run", "", flow.name, flow.name, 0, 1, dict.fromkeys(flow.cast, ""))
    return journal.create(folder, header, events)


def _turn(told: dspy.Prediction, pred_trace: Any) -> int | None:
    """The turn whose words or move a predictor gave: of several, the one that has most nearly as much before it."""
    if not pred_trace:
        return None
    _, inputs, given = pred_trace[0]
    before = 2 * len(inputs["conversation"].messages)
    said = str(next(iter(dict(given).values()), ""))
    name = said.partition(":")[0].partition(" (")[0].replace(" ", "_")  # a move is offered as `name (case): intent`
    near = [turn.turn for turn in told.turns if said == turn.text or (turn.move and name == turn.move)]
    return min(near, key=lambda turn: abs(turn - before), default=None)
