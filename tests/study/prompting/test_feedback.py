"""What a rubric says about a turn: the turn, what came after it, what was lacking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.nodes import Lit
from pedalang.study.dialogue import Dialogue
from pedalang.study.prompting.feedback import Looked, of_dialogue, of_turn
from pedalang.study.scores import DialogueScores, Judgement, PartScore

LEVELS = (plan.ScaleLevel(0, "no", ""), plan.ScaleLevel(1, "yes", ""))
RUBRIC = plan.Rubric("Good", "lesson", (
    plan.Criterion("solved", 2, score=Lit(True)),
    plan.Criterion("kind", 1, judge=plan.Judge(Lit("Is the teacher kind?"), LEVELS, "ordinal")),
    plan.Criterion("talks_much", -1, score=Lit(0)),
    plan.Criterion("asks", 1, score=Lit(0), units=plan.Units("turn", "mean")),
    plan.Criterion("perfect", 3, score=Lit(1)),
))
RULES = plan.Contract("Patience", "lesson", (
    plan.Clause("ask_first", "hard", plan.Atom(Lit(True)), "never tell before 2 ask"),))
TALK = (("teacher", "It is 5."), ("student", "Why?"), ("teacher", "Because."))


def looked(talk: Callable[..., Dialogue], **changed: object) -> Looked:
    verdict = journal.Verdict("Patience", "ask_first", "hard", False, 0)
    values = {"solved": 0.5, "kind": 0.0, "talks_much": 0.2, "asks": 0.25, "perfect": 1.0, "rated": None}
    row = DialogueScores(
        0, values, 0.4, "final", 3,
        parts={"asks": (PartScore(0, 0, 0.0), PartScore(2, 2, 0.5))},
        judged={"kind": (Judgement(-1, 0.0, "no", reason="It tells at once.", quote="It is 5."),)})
    one = replace(talk(*TALK), verdicts=(verdict,), **changed)
    return Looked(RUBRIC, {"Patience": RULES}, one, row)


def test_a_turn_is_told_with_all_that_was_lacking(talk: Callable[..., Dialogue]) -> None:
    assert of_turn(looked(talk), 0, 0.4) == """\
In turn 1 teacher said: “It is 5.”
student then said: “Why?”
The whole dialogue is worth 0.40 of 1.
What was lacking:
- a hard rule was broken by this turn: ask first (never tell before 2 ask)
- solved: 0.50 of 1
- kind: 0.00 of 1. Asked was: Is the teacher kind? The judge says no: “It tells at once.” It points at “It is 5.”
- asks: 0.25 of 1; here 0.00
- talks much: 0.20 of 1, and less is better"""


def test_the_last_turn_has_no_answer_and_a_rule_was_broken_elsewhere(talk: Callable[..., Dialogue]) -> None:
    lines = of_turn(looked(talk), 2, 0.4).splitlines()
    assert lines[1] == "No student said anything after it."
    assert lines[4].startswith("- a hard rule was broken in turn 1:")
    assert "- asks: 0.25 of 1; here 0.50" in lines


def test_what_has_no_score_and_no_end_is_said_to_have_none(talk: Callable[..., Dialogue]) -> None:
    assert of_dialogue(looked(talk), None).startswith("The dialogue could not be scored.")
    failed = of_dialogue(looked(talk, why="failed", message="no words"), None)
    assert failed.startswith("The dialogue came to no end: no words.")


def test_where_all_is_well_nothing_was_lacking(talk: Callable[..., Dialogue]) -> None:
    fine = Looked(plan.Rubric("Good", "lesson", (RUBRIC.criteria[0],)), {}, talk(*TALK),
                  DialogueScores(0, {"solved": 1.0}, 1.0, "final", 3))
    assert of_dialogue(fine, 1.0) == "The whole dialogue is worth 1.00 of 1.\nNothing was lacking."


def test_long_words_are_cut_and_lines_are_one(talk: Callable[..., Dialogue]) -> None:
    fine = Looked(RUBRIC, {}, talk(("teacher", "word \n" * 500)), DialogueScores(0, {}, 1.0, "final", 1))
    first = of_turn(fine, 0, 1.0).splitlines()[0]
    assert first.endswith("…”")
    assert len(first) < 650


def test_a_clause_of_a_question_is_no_expression_s_text() -> None:
    question = nodes.Text((Lit("Is "), nodes.Name("a"), Lit(" right?")))
    judged = plan.Criterion("right", 1, judge=plan.Judge(question, LEVELS, "ordinal"))
    row = DialogueScores(0, {"right": 0.0}, 0.0, "final", 1)
    dialogue = Dialogue(0, {}, {}, (), (), frozenset(), "final")
    assert "Asked was: Is {{ a }} right?" in of_dialogue(Looked(plan.Rubric("R", "f", (judged,)), {}, dialogue, row), 0)
