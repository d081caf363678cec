"""Predicates by judge: what is compiled of a question, where it may be asked, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from pedalang import diagnostic, plan
from pedalang.compiler import compile
from pedalang.expression import nodes

HEAD = """
model grader { engine: llama  weights: "g.gguf" }
move ask {}
role Tutor { moves: [ask] }
student Learner { state { stuck: Int = 0 }  act guesses otherwise {} }
flow lesson {
  cast teacher: Tutor
  cast student: Learner
  phase talk start max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
"""
KIND = """
predicate kind(least: Int = 1) by judge { model: grader  when: words(turn.text) >= least  ask: "{{ turn.text }}?" }
"""


def compiled(text: str) -> plan.Plan:
    made = compile.compile_text(HEAD + text)
    assert made.plan is not None, diagnostic.to_text(made.diagnostics)
    return made.plan


def codes(text: str) -> list[str]:
    return [found.code for found in compile.check_text(HEAD + text)]


def test_a_question_is_kept_with_its_arguments_and_answers() -> None:
    made = compiled(KIND + " contract C { soft a: eventually kind  soft b: never kind(3) }").contracts["C"]
    one, other = (next(plan.judged(clause.formula)) for clause in made.clauses)
    assert made.judged
    assert one.key.startswith("kind:") and one.key != other.key
    assert (one.answers, one.model) == (("yes", "no"), "grader")
    assert one.ask == nodes.Text((nodes.Attr(nodes.Name("turn"), "text"), nodes.Lit("?")))


def test_the_same_question_is_one_question() -> None:
    made = compiled(KIND + " contract C { soft a: eventually kind  soft b: at most 3 kind(1) }").contracts["C"]
    assert len({each.key for clause in made.clauses for each in plan.judged(clause.formula)}) == 1


def test_rubrics_and_tests_may_ask() -> None:
    text = KIND + """
    rubric R on turn { criterion k by code { when: turn.speaker == "teacher"  score: if kind then 1 else 0 } }
    contract C { soft a: eventually kind }
    test "t" { given t: trace([teacher.ask])  expect C rejects t }
    """
    assert codes(text) == []


@pytest.mark.parametrize("text", [
    "move tell { allow when kind }",
    "role Other { act says when kind {} } flow o { cast a: Other phase b final { turn a } }",
    "student S { on self.turn when kind {} act a otherwise {} } flow o { cast a: S phase b final { turn a } }",
])
def test_what_happens_in_a_dialogue_asks_nobody(text: str) -> None:
    if text.startswith("move"):
        text = text + " role Other { moves: [tell] } flow o { cast a: Other phase b final { turn a } }"
    assert codes(f"{KIND} {text}") == ["PED0711"]


WRONG = [("", "PED0702"), ("ask: 3", "PED0301"), ('ask: "{{ trun.text }}"', "PED0201"), ('ask: "?" when: 3', "PED0301"),
         ('ask: "?" labels: [yes]', "PED0705"), ('ask: "?" labels: yes', "PED0705"),
         ('ask: "?" labels: [yes, yes]', "PED0705"),
         ('ask: "?" model: greder', "PED0201"), ('ask: "?" holds: true', "PED0210"), ('ask: "?" ask: "!"', "PED0202")]


@pytest.mark.parametrize(("fields", "code"), WRONG)
def test_what_is_wrong_in_a_question_is_told_once(fields: str, code: str) -> None:
    assert codes(f"predicate warm() by judge {{ {fields} }} contract C {{ soft a: eventually warm }}") == [code]


def test_a_question_waits_for_no_other() -> None:
    text = 'predicate warm() by judge { when: warm  ask: "?" } contract C { soft a: eventually warm }'
    assert codes(text) == ["PED0711"]
