"""Tests in programs: how traces and expectations are compiled, and what is said of those that are wrong."""

from __future__ import annotations

import pytest

from pedalang import diagnostic, plan
from pedalang.compiler import compile
from pedalang.expression import nodes

HEAD = """
type Sum { a: Int  b: Int  tag: Text?  answer: Int = a + b }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0" }
move ask {}
move tell {}
role Tutor { moves: [ask, tell]  state { calm: Int in 0..3 = 3 } }
student Learner { state { correct: Bool = false  luck: Prob = draw uniform(0, 1) }  act guesses otherwise {} }
flow lesson(sum: Sum) {
  cast teacher: Tutor
  cast student: Learner
  phase talk start max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
contract Calm(most: Int = 1) { hard few: at most most_asks ask }
contract Reads(sum: Sum) { hard right: always turn.number < sum.answer }
""".replace("at most most_asks ask", "at most 3 ask  soft none: never turn.number > most")


def compiled(text: str) -> plan.Test:
    made = compile.compile_text(f'{HEAD} test "t" {{ {text} }}')
    assert made.plan is not None, diagnostic.to_text(made.diagnostics)
    return made.plan.tests["t"]


def codes(text: str, kind: str = "test") -> list[str]:
    """What is wrong, but for what the flow makes of the clauses."""
    beside = ("PED0606", "PED0609")
    found = compile.check_text(f'{HEAD} {kind} "t" {{ {text} }}')
    return [each.code for each in found if each.code not in beside]


def test_the_turns_of_a_trace() -> None:
    made = compiled("""
    given t: trace([teacher.ask("Why?", phase: talk, calm: 2), student, repeat([teacher.tell, student.guesses], 2)])
    expect Calm accepts t
    """)
    told = (plan.Heard("teacher", "tell"), plan.Heard("student", "guesses"))
    assert made.traces["t"] == (
        plan.Heard("teacher", "ask", "Why?", "talk", {"calm": nodes.Lit(2)}), plan.Heard("student"), *told, *told)
    (expected,) = made.expects
    assert (expected.contract, expected.trace, expected.accepts, expected.text) == ("Calm", "t", True, "Calm accepts t")


def test_a_contract_with_arguments_is_one_of_its_own() -> None:
    made = compiled("given t: trace([teacher])  expect Calm(0) rejects t  expect Calm accepts t")
    assert [(each.contract, each.accepts) for each in made.expects] == [("Calm", False), ("Calm(1)", True)]


T = "given t: trace([teacher]) "
WRONG = [
    ("", "PED0702"), (T, "PED0702"), ("expect always teacher", "PED0702"),
    ("given t: trace([teecher]) expect Calm accepts t", "PED0201"),
    ("given t: trace([teacher.asks]) expect Calm accepts t", "PED0201"),
    ("given t: trace([teacher.ask(clam: 2)]) expect Calm accepts t", "PED0304"),
    ("given t: trace([teacher.ask(calm: 9)]) expect Calm accepts t", "PED0305"),
    ("given t: trace([teacher.ask(calm: true)]) expect Calm accepts t", "PED0301"),
    ("given t: trace([student(said: [])]) expect Calm accepts t", "PED0304"),
    ("given t: trace([teacher.ask(phase: walk)]) expect Calm accepts t", "PED0201"),
    ("given t: trace([teacher.ask(3)]) expect Calm accepts t", "PED0309"),
    ("given t: trace([3]) expect Calm accepts t", "PED0309"),
    ("given t: trace(teacher) expect Calm accepts t", "PED0307"),
    ("given t: trace([repeat(teacher)]) expect Calm accepts t", "PED0307"),
    ("given t: trace([repeat(teacher, 1_001)]) expect Calm accepts t", "PED0305"),
    ("given t: trace([repeat(teacher, -1)]) expect Calm accepts t", "PED0309"),
    (T + "given t: trace([student]) expect Calm accepts t", "PED0202"),
    (T + "expect Calm accepts u", "PED0201"), (T + "expect Clam accepts t", "PED0201"),
    (T + "expect Tutor accepts t", "PED0208"), (T + "expect eventually sing", "PED0201"),
    (T + "expect Reads accepts t", "PED0307"), (T + "expect always sum.answer > 1", "PED0307"),
    (T + "given sum: { a: 1 } expect Reads accepts t", "PED0307"),
    (T + "given sum: { a: 1, b: 2, c: 3 } expect Reads accepts t", "PED0304"),
    (T + "given sum: { a: 1, b: true } expect Reads accepts t", "PED0301"),
    (T + "given sum: 3 expect Reads accepts t", "PED0301"), (T + "given other: 3 expect Calm accepts t", "PED0201"),
    (T + "flow: lessen expect Calm accepts t", "PED0201"), (T + "runs: 3 expect Calm accepts t", "PED0210"),
    (T + "forall sum in sums expect Calm accepts t", "PED0210"),
]


@pytest.mark.parametrize(("text", "code"), WRONG)
def test_what_is_wrong_in_a_test_is_told_once(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_a_test_of_several_flows_says_which() -> None:
    second = "flow other { cast teacher: Tutor  phase a final { turn teacher } }"
    text = T + "expect always teacher"
    assert "PED0702" in [found.code for found in compile.check_text(f'{HEAD} {second} test "t" {{ {text} }}')]
    made = compile.compile_text(f'{HEAD} {second} test "t" {{ flow: other  {text} }}').plan
    assert made is not None
    assert made.tests["t"].flow == "other"


PROPERTIES = [
    ("forall sum in sums.sample(3, seed: 1)  forall student in any(Learner)  runs: 20  expect eventually teacher", []),
    ("forall sum in sums  expect Calm accepts t", ["PED0210"]), ("forall sum in sums", []),
    ("forall some in sums  expect always teacher", ["PED0201"]),
    ("forall sum in any(Learner)  expect always teacher", ["PED0302"]),
    ("forall student in any(Learned)  expect always teacher", ["PED0201"]),
    ("forall sum in [1, 2]  expect always teacher", ["PED0301", "PED0301"]),
    ("runs: some  expect always teacher", ["PED0309"]),
    ("model: big  expect always teacher", ["PED0201"]), ("expect always teechar", ["PED0201"]),
    ("forall sum in sums  forall sum in sums  expect always teacher", ["PED0202"]),
]


@pytest.mark.parametrize(("text", "found"), PROPERTIES)
def test_a_property_is_checked(text: str, found: list[str]) -> None:
    assert codes(text, "property") == found
