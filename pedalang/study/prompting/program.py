"""One dialogue of a program as a DSPy module, for optimizers: its predictors are the texts that may change. It asks no
language model itself; its dialogues are played as those of any run, and what was asked in them stands in the trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import dspy

from pedalang.overlay import Tuned
from pedalang.runtime.program import signatures
from pedalang.runtime.recalled import Call
from pedalang.study.prompting import places
from pedalang.study.prompting.places import Place
from pedalang.study.prompting.playing import Playing
from pedalang.study.tuning.task import Rollout


class Step(NamedTuple):
    """A call of a dialogue as a predictor's: what it was given, what it gave, in which turn."""

    place: Place
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    turn: int


class Lesson(dspy.Module):
    """A dialogue of teaching: a tutor answers a student turn by turn, and is told how by the instructions of the
    predictors. Its score is that of a rubric over the whole dialogue."""

    def __init__(self, playing: Playing, found: Sequence[Place]) -> None:
        super().__init__()
        self._playing = playing
        self._places = tuple(found)
        for place in found:
            setattr(self, place.name, dspy.Predict(places.signature(place)))

    def forward(self, *, number: int, problem: str = "") -> dspy.Prediction:
        """Plays the dialogue about a problem, by its number. Another rollout of DSPy's is another draw."""
        heard = self._playing.one(self.tuned(), number, self._again())
        told = dspy.Prediction(transcript=_transcript(heard.rollout), score=heard.rollout.score or 0.0)
        told._rollout, told._steps = heard.rollout, []
        if (trace := dspy.settings.trace) is not None:
            for step in _steps(self._places, heard.rollout, self._playing.calls(heard)):
                trace.append((getattr(self, step.place.name), step.inputs, dspy.Prediction(**step.outputs)))
                told._steps.append(step)
        return told

    def tuned(self) -> Tuned:
        """What its predictors hold."""
        return places.tuned(self._playing.first.tuned, self._places, places.held(self._places, self))

    def _again(self) -> int:
        predict = getattr(self, self._places[0].name)
        model = predict.lm or dspy.settings.lm
        return int(model.kwargs.get("rollout_id") or 0) if model is not None else 0


def examples(playing: Playing, numbers: Sequence[int]) -> list[dspy.Example]:
    """Problems as DSPy's examples: by number, and in words for whoever writes prompts."""
    return [dspy.Example(number=number, problem=playing.described(number)).with_inputs("number", "problem")
            for number in numbers]


def _steps(found: Sequence[Place], rollout: Rollout, calls: Sequence[Call]) -> Iterator[Step]:
    """The last call of each turn and purpose: what was asked before it was not said. A move's own words, where what it
    is for may change."""
    last = {(call.turn, call.purpose): call for call in calls}
    turns = rollout.dialogue.turns
    for (turn, purpose), call in last.items():
        inputs = signatures.inputs(call.messages, call.choices)
        given = call.choices[call.answer.choice] if call.answer.choice is not None else turns[turn]["text"]
        move = turns[turn]["move"]
        for place in found:
            if place.who != call.who:
                continue
            if place.kind == "voice" and place.of == purpose and (not place.moves or move in place.moves):
                yield Step(place, inputs, {signatures.OUTPUTS[purpose]: given}, turn)
            elif place.kind == "intent" and purpose == "speech" and place.of == move:
                heard = {name: inputs[name] for name in ("conversation", "said")}
                yield Step(place, heard, {"utterance": given}, turn)


def _transcript(rollout: Rollout) -> str:
    return "\n".join(f"{turn['speaker']}: {turn['text']}" for turn in rollout.dialogue.turns)
