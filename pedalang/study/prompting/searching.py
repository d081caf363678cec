"""A search by one of DSPy's optimizers, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dspy
from dspy.utils.callback import BaseCallback

from pedalang.overlay import Tuned
from pedalang.runtime.errors import RunError
from pedalang.study.prompting import feedback, places, program
from pedalang.study.prompting.places import Held, Place
from pedalang.study.prompting.playing import Playing
from pedalang.study.prompting.program import Lesson
from pedalang.study.prompting.proposing import Texts
from pedalang.study.prompting.quiet import Quiet
from pedalang.study.prompting.stopping import Stop
from pedalang.study.prompting.writer import Writer
from pedalang.study.tuning.task import Task

THREADS = 8
"""In which DSPy evaluates; what is played is the same with any number."""


MOST_SAID = 300
"""Characters of a mistake of DSPy's that are told."""


@dataclass(frozen=True)
class Search:
    """What an optimizer works with: the program to change, problems to learn from and to be tried on, who writes."""

    task: Task
    lesson: Lesson
    places: tuple[Place, ...]
    playing: Playing
    train: list[dspy.Example]
    dev: list[dspy.Example]
    writer: Writer
    model: dspy.LM
    threads: int

    def metric(self, example: dspy.Example, told: dspy.Prediction, trace: Any = None) -> float:
        """What a dialogue is worth; one without a score is worth nothing to a search."""
        return float(told.score)

    def born(self, parent: Texts, child: Texts) -> None:
        """Notes that texts were made from others."""
        self.playing.born(self._tuned(parent), self._tuned(child))

    def _tuned(self, texts: Texts) -> Tuned:
        return places.tuned(self.playing.first.tuned, self.places, {name: Held(text) for name, text in texts.items()})

    @property
    def good(self) -> float:
        """From which score on a dialogue is an example to others: it is at least as good as the mean was before."""
        return max(self.playing.first.score.value or 0.0, 1e-9)

    def explained(self, example: dspy.Example, told: Any) -> Any:
        """The same with feedback on the dialogue."""
        return dspy.Prediction(score=float(told.score), feedback=self.told(told))

    def reflected(self, example: dspy.Example, told: dspy.Prediction, trace: Any = None, name: str | None = None,
                  pred_trace: Any = None) -> Any:
        """The same with feedback on the turn that is looked at, where one is."""
        if name is None or not pred_trace:
            return float(told.score)
        turn = next((step.turn for step, (_, _, given) in zip(told._steps, trace or [], strict=False)
                     if given is pred_trace[0][2]), None)
        return dspy.Prediction(score=float(told.score), feedback=self.told(told, turn))

    def told(self, told: dspy.Prediction, turn: int | None = None) -> str:
        """Feedback on a dialogue, or on a turn of it."""
        rollout, task = told._rollout, self.task
        score = rollout.score
        looked = feedback.Looked(task.of.rubrics[task.chosen.rubric], task.of.contracts, rollout.dialogue,
                                 rollout.scores)
        return feedback.of_dialogue(looked, score) if turn is None else feedback.of_turn(looked, turn, score)


class _Announced(BaseCallback):
    """Plays a batch when DSPy says that it begins to evaluate it."""

    def __init__(self, playing: Playing) -> None:
        self._playing = playing

    def on_evaluate_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        lesson, examples = inputs.get("program"), inputs.get("devset") or instance.devset
        if isinstance(lesson, Lesson):
            tuned, numbers = lesson.tuned(), [each.number for each in examples]
            self._playing.batch(tuned, numbers)
            self._playing.compared(tuned, numbers)


def searched(task: Task, method: str, optimize: Callable[[Search], Lesson | None], *, worded: bool = False,
             shown: bool = False) -> None:
    """Runs an optimizer, and tries what it comes to. A method that rewrites texts is `worded`, one that picks examples
    is `shown`. Raises what ended the search: `Spent`, `RunError`; PED1330 where nothing that is tuned is of its kind.
    """
    found = _places(task, method, worded, shown)
    quiet = Quiet()
    playing = Playing(task, method, found, quiet)
    writer = Writer(task.writer, task.seed)
    try:
        search = Search(task, Lesson(playing, found), found, playing, program.examples(playing, playing.train),
                        program.examples(playing, playing.dev), writer, writer.model(), THREADS)
        adapter = dspy.ChatAdapter(use_json_adapter_fallback=False)
        with quiet.all(), dspy.context(lm=search.model, adapter=adapter, callbacks=[_Announced(playing)],
                                       max_history_size=0, num_threads=THREADS, trace=None):
            better = optimize(search)
            if better is not None:
                playing.tried(better.tuned())
    except Stop as stop:
        assert stop.__cause__ is not None
        raise stop.__cause__ from None
    except RunError:
        raise
    except Exception as error:
        raise _failed(method, error) from error
    finally:
        writer.close()


def _places(task: Task, method: str, worded: bool, shown: bool) -> tuple[Place, ...]:
    found = tuple(each for each in places.places(task.flow, task.chosen.tune, task.best.tuned)
                  if (worded and each.worded) or (shown and each.shown))
    if not found:
        what = " and ".join([*["texts"] * worded, *["examples"] * shown])
        wanted = "`ROLE.voice` or `MOVE.intent`" if worded else "`ROLE.examples`"
        raise RunError("PED1330", f"`{method}` changes {what}, and `tune:` names none that a model is told",
                       help=f"add {wanted} of somebody whose words or moves are a model's, or choose another method",
                       place=task.chosen.place)
    return found


def _failed(method: str, error: Exception) -> RunError:
    said = " ".join(str(error).split())
    return RunError("PED1331", f"`{method}` could not go on: {type(error).__name__}: {said[:MOST_SAID]}",
                    help="what was found before is kept; try another writer: `--role writer=URI`, or another method")
