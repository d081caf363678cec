"""A plan of dialogues in which two members of the cast speak freely, turn by turn: one request a turn."""

from __future__ import annotations

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.values import Value

TURNS = 8


def lesson(turns: int = TURNS) -> plan.Plan:
    """Its prompts say `problem N`, with the number of the dialogue."""
    def about(text: str) -> nodes.Text:
        return nodes.Text((nodes.Lit(f"{text} This is problem "), nodes.Attr(nodes.Name("problem"), "n"),
                           nodes.Lit(": a train leaves at 9 and drives 80 kilometres an hour.")))

    tutor = plan.Role("Tutor", "role", about("You are a patient tutor. One idea a turn, one question at most."),
                      speak="free")
    learner = plan.Role("Learner", "student", about("You are a learner of eleven. You say what you think."),
                        speak="free")
    phase = plan.Phase("work", (plan.Turn("teacher"), plan.Turn("student")))
    flow = plan.Flow("lesson", {"problem": "Problem"}, {"teacher": tutor, "student": learner}, {"work": phase}, "work",
                     turns)
    return plan.Plan("lesson", {}, flows={"lesson": flow})


def items(count: int) -> list[dict[str, Value]]:
    """One a dialogue."""
    return [{"problem": {"n": number}} for number in range(count)]
