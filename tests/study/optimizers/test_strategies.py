"""A library grows by strategies that help, on other problems too; what does not help is not proposed again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import overlay, plan
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.study.optimizers.strategies import CHARACTERS, Strategy, read, search
from pedalang.study.tuning.spending import Spent, Stopped
from tests.study.optimizers.conftest import MakeTask, Saying

PROGRAM = """pedalang 1
type Sum { a: Int  b: Int  answer: Int = a + b }
dataset sums from "sums.csv" as Sum {
  licence: "CC0-1.0"
  splits: { train: 0..12, dev: 12..20 }
}
move help { intent: "Help." }
role Tutor(sum: Sum) {
  moves: [help]
  policy rule { help() otherwise }
  sees: [sum, history]
  speak: free
  voice: "You teach {{ sum.a }} + {{ sum.b }}."
}
student Learner(sum: Sum) {
  sees: [sum, history]
  speak: grounded
  state { solved: Bool = false }
  on teacher.turn { set solved = solved or contains(turn.text, "dots") }
  act answers { say: ["I get {{ sum.answer + 1 }}."] }
}
flow lesson(sum: Sum) {
  obeys Kind
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase talk max 4 turns { turn teacher  turn student  -> close when student.solved  -> close at max }
  phase close final {}
}
contract Kind over lesson { soft no_again: never (turn.speaker == "teacher" and contains(turn.text, "again")) }
rubric Outcome { criterion solved by code { score: student.solved } }
optimize lesson as better {
  method: strategies
  metric: Outcome.total
  trainset: sums.train
  devset: sums.dev
  tune: [Tutor.voice]
  freeze: [Learner]
  seed: 5
}
"""
PROPOSED = ("Be nicer to them.", "When: the student repeats an answer\nDo: say it louder",
            "When: the student says 1 + 2\nDo: say that it is 3",
            "**When:** The student repeats the same answer.\n\n**Do:** Ask for a picture with dots.")


def speaker(request: Request) -> Reply:
    """Asks for dots where it is told to."""
    return Reply("Show it with dots." if "dots" in request.messages[0].text else "Try again.", tokens_in=50,
                 tokens_out=5)


def writer(request: Request) -> Reply:
    return Reply(PROPOSED[min(request.seed - 5, 3)], tokens_in=100, tokens_out=20)


def test_what_helps_is_kept_and_read_by_people(begin: MakeTask) -> None:
    writing, speaking = Saying(writer), Saying(speaker)
    task = begin(PROGRAM, {"teacher": speaking, "student": speaking}, writing)
    search(task)
    assert [each.how for each in task.kept.candidates] == [
        "as written", "strategy: The student repeats the same answer → Ask for a picture with dots"]
    assert task.best.score.value == 1
    voice = task.best.tuned.voices["teacher.speech"]
    assert voice.instructions == ("You teach {{ sum.a }} + {{ sum.b }}.\n\nWhat has helped, and when:\n"
                                  "- When the student repeats the same answer: Ask for a picture with dots")
    assert overlay.applied(task.of, "lesson", task.best.tuned) != task.of


def test_the_writer_sees_the_moment_and_what_was_tried(begin: MakeTask) -> None:
    writing, speaking = Saying(writer), Saying(speaker)
    search(begin(PROGRAM, {"teacher": speaking, "student": speaking}, writing))
    said = [request.messages[1].text for request in writing.asked]
    assert said[0] == ("Problem: a: 1; b: 2; answer: 3\n\nDialogue:\nteacher: Try again.   <- the moment\n"
                       "student: I get 4.\n\nWorth: 0.00 of 1. Not all was reached of: solved 0.00\n"
                       "Broken promise (soft): never (turn.speaker == \"teacher\" and "
                       "contains(turn.text, \"again\"))")
    assert "known already" not in said[1]
    assert said[3].endswith("Propose another one:\n- the student repeats an answer → say it louder")


def test_a_teacher_whom_a_model_chooses_moves_for_is_told_in_both_steps(begin: MakeTask) -> None:
    def chooser(request: Request) -> Reply:
        return Reply(request.choices[0], choice=0, scores=(0.0, -1.0)) if request.choices else speaker(request)

    model = PROGRAM.replace("move help", 'move wait { intent: "Wait." }\nmove help').replace(
        "moves: [help]\n  policy rule { help() otherwise }", "moves: [help, wait]\n  policy model")
    speaking = Saying(chooser)
    task = begin(model, {"teacher": speaking, "student": speaking}, Saying(writer))
    search(task)
    assert sorted(task.best.tuned.voices) == ["teacher.move", "teacher.speech"]


def test_a_budget_ends_it(begin: MakeTask) -> None:
    writing, speaking = Saying(writer), Saying(speaker)
    task = begin(PROGRAM, {"teacher": speaking, "student": speaking}, writing, budget=plan.Budget(calls=20))
    with pytest.raises(Spent, match="the budget of 20 calls is used up"):
        search(task)
    assert len(task.kept.candidates) == 1


def test_a_writer_that_cannot_write_is_told(begin: MakeTask) -> None:
    speaking = Saying(speaker)
    task = begin(PROGRAM, {"teacher": speaking, "student": speaking})
    with pytest.raises(Stopped, match=r"the writer `saying` wrote no strategy in 6 rounds; name another one"):
        search(task)
    assert len(task.kept.candidates) == 1


@given(st.text())
def test_a_strategy_has_two_halves_of_one_line(text: str) -> None:
    found = read(text)
    assert found is None or all(half and "\n" not in half and len(half) <= CHARACTERS for half in found)


@pytest.mark.parametrize(("text", "found"), [
    ("When: a b.\nDo: c", Strategy("a b", "c")),
    ("Sure!\n- when - a, b\n- do - c d!", Strategy("a, b", "c d!")),
    ("When: a", None), ("Do: c\nWhen: a", None), ("When: \nDo: ", None), (f"When: {'a' * 400}\nDo: c", None),
])
def test_how_models_write_strategies(text: str, found: Strategy | None) -> None:
    assert read(text) == found
