"""What DSPy tunes is what is said; copies are tuned alone; what is saved is loaded, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dspy
import pytest

from pedalang import plan
from pedalang.runtime.errors import RunError
from pedalang.runtime.program import modules

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning")


def test_each_step_has_a_predictor(fractions: plan.Plan, make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    ruled = kit.demo(engine, frozen=[])
    assert [name for name, _ in ruled.named_predictors()] == ["teacher_speech", "student_speech"]
    of = make.lesson(teacher=make.tutor(policy=plan.Policy("model")))
    asked = modules.build(of, "lesson", kit.cast(of, "lesson", engine))
    assert [name for name, _ in asked.named_predictors()] == ["teacher_move", "teacher_speech"]
    assert "add fractions" in ruled.student_speech.signature.instructions


def test_students_are_frozen_but_stand_in_traces(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    program = kit.demo(make.Picks())
    assert [name for name, _ in program.named_predictors()] == ["teacher_speech"]
    assert list(program.dump_state()) == ["teacher_speech"]
    with dspy.context(trace=[]):
        program(problem=kit.PROBLEMS[0], seed=2)
        traced = [predict for predict, _, _ in dspy.settings.trace]
    assert program.predictor("student", "speech") in traced
    assert program.predictor("teacher", "speech") in traced


def test_nobody_unknown_is_frozen(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    with pytest.raises(RunError, match="PED1212"):
        kit.demo(make.Picks(), frozen=["pupil"])




def test_tuned_instructions_take_the_place_of_the_voice(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = kit.demo(engine)
    assert program.voices() == {}
    before = kit.systems(engine, "student", program)
    kit.tune(program.teacher_speech, "You only ask.")
    assert kit.systems(engine, "teacher", program) == {"You only ask."}
    assert kit.systems(engine, "student", program) == before
    assert program.voices() == {"teacher.speech": "You only ask."}


def test_steps_of_one_role_are_tuned_apart(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks(kit.wordy)
    of = make.lesson(teacher=make.tutor(policy=plan.Policy("model"), speak="free"))
    program = modules.build(of, "lesson", kit.cast(of, "lesson", engine))
    kit.tune(program.teacher_move, "Choose well.")
    program(problem=kit.PROBLEMS[0])
    by_purpose = {request.purpose: request.messages[0].text for request in engine.requests
                  if request.messages[0].text != "You learn to add."}
    assert by_purpose == {"move": "Choose well.", "speech": "You teach 1/2 + 1/3."}


def test_what_a_voice_shows_can_be_shown_by_tuned_instructions(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    of = make.lesson()
    program = modules.build(of, "lesson", kit.cast(of, "lesson", engine))
    assert program.teacher_speech.signature.instructions == "You teach {{ problem.a }} + {{ problem.b }}."
    assert kit.systems(engine, "teacher", program) == {"You teach 1/2 + 1/3."}
    kit.tune(program.teacher_speech, "First {{ problem.b }}, {{ then }} {{ problem.a }}.")
    assert kit.systems(engine, "teacher", program) == {"First 1/3, {{ then }} 1/2."}


def test_demonstrations_stand_at_the_end_of_the_voice(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = kit.demo(engine)
    (voice,) = kit.systems(engine, "teacher", program)
    program.teacher_speech.demos = [dspy.Example(said="1/3?", utterance="Why?"), dspy.Example(problem=kit.PROBLEMS[0])]
    assert kit.systems(engine, "teacher", program) == {
        f"{voice}\n\nExamples of how you answer:\n\nYou hear: 1/3?\nYou answer: Why?"}


def test_copies_are_tuned_alone_and_share_their_engines(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = kit.demo(engine)
    for copied in (copy.deepcopy(program), program.deepcopy(), program.reset_copy()):
        kit.tune(copied.teacher_speech, "You only ask.")
        assert kit.systems(engine, "teacher", copied) == {"You only ask."}
        assert kit.systems(engine, "teacher", program) != {"You only ask."}
        assert copied(problem=kit.PROBLEMS[1], seed=5).turns == program(problem=kit.PROBLEMS[1], seed=5).turns
    assert copy.deepcopy(program).teacher_speech.lm.engine is program.teacher_speech.lm.engine


def test_instructions_and_demonstrations_are_saved_and_loaded(make: SimpleNamespace, tmp_path: Path,
                                                              kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = kit.demo(engine)
    kit.tune(program.teacher_speech, "You only ask.")
    said = dspy.Example(conversation=dspy.History(messages=[]), said="1/3?", choices=[], utterance="Why?")
    program.teacher_speech.demos = [said, dspy.Example(problem=kit.PROBLEMS[0])]
    program.save(tmp_path / "tuned.json")
    fresh = kit.demo(engine)
    fresh.load(tmp_path / "tuned.json")
    assert kit.systems(engine, "teacher", fresh) == kit.systems(engine, "teacher", program)
    assert fresh.dump_state() == program.dump_state()
    assert "lm" in fresh.dump_state()["teacher_speech"]


@pytest.mark.parametrize("change", [
    lambda state: state.pop("teacher_speech"),
    lambda state: state["teacher_speech"].pop("signature"),
    lambda state: state["teacher_speech"]["signature"].update(instructions=3),
    lambda state: state["teacher_speech"].update(demos=[{"said": "1/3?"}]),
    lambda state: state.update(teacher_speech=None),
])
def test_what_does_not_fit_is_refused_and_nothing_taken(make: SimpleNamespace, change: Callable[[Any], Any],
                                                        kit: SimpleNamespace) -> None:
    program = kit.demo(make.Picks())
    before = program.dump_state()
    state = json.loads(json.dumps(before))
    state["teacher_speech"]["signature"]["instructions"] = "You only ask."
    change(state)
    with pytest.raises(RunError, match="PED1301"):
        program.load_state(state)
    assert program.dump_state() == before


def test_a_saved_file_sets_nothing_else(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    program = kit.demo(make.Picks())
    state = program.dump_state()
    own = program.teacher_speech.lm
    state["teacher_speech"] |= {"forward": "?", "config": {"n": 9}, "lm": {"model": "openai/other"}}
    program.load_state(state)
    assert "forward" not in vars(program.teacher_speech)
    assert program.teacher_speech.config == {}
    assert program.teacher_speech.lm is own
