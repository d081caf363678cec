"""What two versions of a program differ in is told as texts, each beside what the program says."""

from __future__ import annotations

from pathlib import Path

import pytest

import pedalang
from pedalang import plan
from pedalang.overlay import AS_WRITTEN, Adapter, Demo, Learnt, Tuned, Voice
from pedalang.study.tuning.changes import Change, as_written, changes
from pedalang.study.tuning.differing import Piece

VOICE = "You are a patient maths tutor for eleven-year-olds. One idea a turn, one question at most."


@pytest.fixture(scope="module")
def program() -> plan.Plan:
    return pedalang.compile(Path(__file__).parents[3] / "programs/fractions/main.ped")


def test_each_change_stands_beside_what_the_program_says(program: plan.Plan) -> None:
    tuned = Tuned(
        voices={"teacher.speech": Voice(VOICE.replace("patient", "brisk"), (Demo("1/2 + 1/3?", "How do you start?"),))},
        thresholds={"teacher.policy.1.1": 2}, intents={"teacher.telling": "Say it."})
    found = {change.slot: change for change in changes(AS_WRITTEN, tuned, program, "lesson")}
    assert found["teacher.speech: instructions"].pieces[1:3] == (Piece("gone", "patient"), Piece("new", "brisk"))
    assert found["teacher.policy.1.1"].pieces == (
        Piece("same", "student.stuck >= "), Piece("gone", "3"), Piece("new", "2"))
    assert found["teacher.speech: examples"].pieces == (Piece("new", "1/2 + 1/3?\n→ How do you start?"),)
    assert found["teacher.telling: intent"].pieces[-1] == Piece("new", "Say it.")
    assert len(found) == 4


def test_what_stays_is_no_change(program: plan.Plan) -> None:
    assert changes(AS_WRITTEN, AS_WRITTEN, program, "lesson") == ()
    same = Tuned(voices={"teacher.speech": Voice(VOICE)}, thresholds={"teacher.policy.1.1": 3})
    assert changes(AS_WRITTEN, same, program, "lesson") == ()
    assert changes(same, same) == ()


def test_two_versions_are_compared_without_a_program(program: plan.Plan) -> None:
    one, other = Tuned(thresholds={"teacher.policy.1.1": 2}), Tuned(thresholds={"teacher.policy.1.1": 4})
    assert changes(one, other) == (Change("teacher.policy.1.1", (Piece("gone", "2"), Piece("new", "4"))),)


def test_a_learnt_policy_says_what_counts(program: plan.Plan) -> None:
    learnt = Learnt("better", ("stuck", "phase work"), {"focus": (0.25, -1.0, 0.5), "probing": (0.0, 0.0, 0.0)}, 0.1)
    (found,) = changes(AS_WRITTEN, Tuned(policies={"teacher": learnt}), program, "lesson")
    assert found.slot == "teacher: policy"
    assert "".join(text for sign, text in found.pieces if sign != "gone") == (
        "policy learnt by better, by chance in 10% of its turns\n  focus: stuck +0.25, phase work -1, always +0.5\n"
        "  probing: stuck +0, phase work +0, always +0")


def test_weights_are_told_by_their_digests(program: plan.Plan) -> None:
    tuned = Tuned(weights={"teacher": Adapter("ab" * 32, "cd" * 32)})
    assert changes(AS_WRITTEN, tuned, program, "lesson") == (
        Change("teacher: weights", (Piece("new", "adapter abababababab of weights cdcdcdcdcdcd"),)),)


def test_all_of_a_teacher_can_be_told(program: plan.Plan) -> None:
    told = as_written(program, "lesson")
    assert told["teacher: policy"].splitlines()[:3] == [
        "policy rule", '  telling(step: "both fractions with the same denominator") when student.stuck >= 3',
        '  probing(kind: "first thoughts") when history.turns == 0']
    assert not [slot for slot in told if slot.startswith("student")]
