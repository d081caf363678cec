"""Dialogues that explain a clause are what they are said to be: by the definition of the operators, turn by turn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pedalang import plan
from pedalang.compiler import compile
from pedalang.expression import environment
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.episode import monitor
from pedalang.source import Source
from pedalang.testing.explaining import clauses
from pedalang.testing.explaining.clauses import Dialogue
from pedalang.testing.explaining.course import of_cast, of_flow

PAGE = (Path(__file__).parents[2] / "docs" / "language" / "contracts.md").read_text(encoding="utf-8")
PROGRAM = "pedalang 1\n" + re.findall(r"^```ped\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
CLAUSES = re.findall(r"^```clause\n(.*?)\n", PAGE, re.MULTILINE)


def program(clause: str) -> plan.Plan:
    text = re.sub(r"contract Patience over lesson \{.*?\n\}", f"contract Patience over lesson {{ soft it: {clause} }}",
                  PROGRAM, flags=re.DOTALL)
    found = compile.compile_source(Source("main.ped", text), lambda name: None, "main")
    assert found.plan is not None, [each.message for each in found.diagnostics]
    return found.plan


def verdict(of: plan.Plan, dialogue: Dialogue, *, over: bool) -> tuple[bool, int | None]:
    """By the definition; where the dialogue is not `over`, with turns after it that do nothing."""
    turns = [environment.turn_record(turn.speaker, "", move=turn.does if turn.speaker == "teacher" else "",
                                     act=turn.does if turn.speaker == "student" else "", phase=turn.phase, number=at)
             for at, turn in enumerate(dialogue.turns)]
    correct = [_correct(dialogue, at) for at in range(len(dialogue.turns))]
    if not over:
        turns += [environment.turn_record("nobody", "", number=len(turns))] * 3
        correct += [False] * 3
    states = [{"teacher": {}, "student": {"correct": each}} for each in correct]
    (found,) = monitor.verdicts(of.contracts["Patience"], [*environment.along({}, states[0], turns, states)],
                                Evaluator())
    return found.kept, found.broken_at


def _correct(dialogue: Dialogue, at: int) -> bool:
    """In the flow a student solves who is correct, and is so from then on; elsewhere what is taken to hold is shown."""
    by_rule = dialogue.turns[0].phase != "" and any(turn.does == "solves" for turn in dialogue.turns[:at + 1])
    return by_rule or "student.correct" in dialogue.turns[at].holds


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize("over", [of_flow, of_cast])
def test_each_dialogue_is_what_it_is_said_to_be(clause: str, over: clauses.Over) -> None:
    of = program(clause)
    (found,) = clauses.explained(of.flows["lesson"], of.contracts["Patience"], over)
    assert found.kept
    for dialogue in found.kept:
        assert verdict(of, dialogue, over=not dialogue.settled)[0], dialogue.line
    for dialogue in found.broken:
        assert dialogue.why
        assert verdict(of, dialogue, over=True) == (False, dialogue.lost_at), dialogue.line


@pytest.mark.parametrize("clause", CLAUSES)
def test_other_readings_judge_the_dialogue_otherwise(clause: str) -> None:
    """Whatever comes after a dialogue that is settled; else where it is over."""
    of = program(clause)
    (found,) = clauses.explained(of.flows["lesson"], of.contracts["Patience"])
    for other in found.readings:
        read = program(other.text)
        for over in (True, False) if other.dialogue.settled else (True,):
            assert verdict(of, other.dialogue, over=over)[0] is other.kept, (other.text, other.dialogue.line)
            assert verdict(read, other.dialogue, over=over)[0] is not other.kept, (other.text, other.dialogue.line)


def test_dialogues_are_possible_ones_of_the_flow() -> None:
    of = program("eventually tell")
    (found,) = clauses.explained(of.flows["lesson"], of.contracts["Patience"])
    assert found.kept[0].line == "work: (teacher.ask, student.guesses) x 3, help: teacher.tell"
    assert found.broken[0].line == "work: teacher.ask, student.solves, done: teacher.praise"
    assert found.broken[0].why == "it is over, and a turn was due where `tell` holds"


def test_ways_differ_and_the_shortest_comes_first() -> None:
    of = program("never praise until student.correct")
    (found,) = clauses.explained(of.flows["lesson"], of.contracts["Patience"], of_cast)
    assert [each.line for each in found.broken] == ["teacher.praise"]
    assert found.broken[0].why == "`praise` holds and `student.correct` does not"
    assert [each.line for each in found.kept] == [
        "teacher.ask", "teacher.ask [student.correct]", "teacher.praise [student.correct]"]
    assert [each.settled for each in found.kept] == [False, True, True]


def test_the_readings_of_until() -> None:
    of = program("never praise until student.correct")
    (found,) = clauses.explained(of.flows["lesson"], of.contracts["Patience"], of_cast)
    told = {other.text: other.kept for other in found.readings}
    assert told["never praise until finally student.correct"] is True
    assert told["never (praise until student.correct)"] is True
    assert found.meaning.startswith("`praise` has to wait for `student.correct`, which need not come")


def test_what_the_flow_prevents_is_shown_outside_it() -> None:
    of = program("during help: never praise")
    (found,) = clauses.explained(of.flows["lesson"], of.contracts["Patience"])
    assert found.only_elsewhere
    assert found.broken[0].line == "help: teacher.praise"
