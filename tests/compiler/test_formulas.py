"""Clauses of contracts: each temporal word as a plan has it, and the words that atoms are made of."""

from __future__ import annotations

import re

import pytest

from pedalang import plan
from pedalang.compiler import compile
from pedalang.expression import nodes

PROGRAM = """
move ask {}
move tell {}
predicate loud(least: Int = 3) by code { holds: words(turn.text) > least }
type Sum { answer: Float }
role Tutor { moves: [ask, tell] }
student Learner { state { right: Bool = false  stuck: Int = 0 }  act knows when right {}  act guesses otherwise {} }
flow lesson(sum: Sum) {
  cast teacher: Tutor
  cast student: Learner
  phase open start { turn teacher  turn student  -> close }
  phase close final { turn teacher must tell }
}
contract C(sum: Sum) over lesson {
  CLAUSE
}
"""

FORMULAS = """
    always ask                                    always(ask)
    never tell                                    never(tell)
    eventually student.right                      eventually(student.right)
    next ask                                      next(ask)
    first teacher                                 first(teacher speaks)
    last teacher.tell                             last(teacher speaks and tell)
    whenever student.guesses then next ask        whenever(student speaks and guesses, next(ask))
    during open: never tell                       during(phase == open, never(tell))
    at most 2 tell                                at_most 2(tell)
    at least 3 ask                                at_least 3(ask)
    exactly 1 total ask                           exactly 1(ask)
    at most 2 consecutive tell                    at_most 2 consecutive(tell)
    eventually tell within 4 turns                within 4(tell)
    always ask within 4 turns                     always(within 4(ask))
    eventually (tell within 4 turns)              eventually(within 4(tell))
    ask until tell                                until(ask, tell)
    ask until finally tell                        until_finally(ask, tell)
    never tell until ask                          until(not(tell), ask)
    never tell until finally ask                  until_finally(not(tell), ask)
    never (tell until ask)                        never(until(tell, ask))
    never tell before 2 ask                       never(before 2(tell, ask))
    never tell before ask                         never(before 1(tell, ask))
    always ask since tell                         always(since(ask, tell))
    always (ask implies tell)                     always(implies(ask, tell))
    always not tell                               always(not(tell))
    always ask or never tell                      or(always(ask), never(tell))
    always ask and never tell                     and(always(ask), never(tell))
    first ask implies last tell                   implies(first(ask), last(tell))
    first ask or tell                             PED0605
    always (ask or tell)                          always(or(ask, tell))
    never student.stuck > 3                       never(student.stuck > 3)
    always turn.text != "" and never tell         and(always(turn.text != ), never(tell))
    always loud                                   always(words(turn.text) > 3)
    always loud(2)                                always(words(turn.text) > 2)
    never mentions_number(turn.text, sum.answer)  never(mentions_number(turn.text, sum.answer))
    student.right                                 PED0605
    ask or tell                                   PED0605
    eventually student.rigth                      PED0304
    eventually aks                                PED0201
    eventually teacher.aks                        PED0304
    eventually student.stuck                      PED0301
    during opne: never tell                       PED0201
    eventually tell within 4 seconds              PED0313
    at most 2.5 tell                              PED0309
    never tell before 0 ask                       PED0305
"""
ROWS = [re.split(r"\s{2,}", line.strip()) for line in FORMULAS.strip().splitlines()]


def program(clause: str) -> str:
    return PROGRAM.replace("CLAUSE", clause)


def shown(part: plan.Formula | nodes.Expr) -> str:
    """A formula on one line."""
    match part:
        case plan.Op(op, of, number, consecutive):
            size = "" if number is None else f" {number}"
            return f"{op}{size}{' consecutive' * consecutive}({', '.join(map(shown, of))})"
        case plan.Atom(holds):
            return shown(holds)
        case nodes.Binary("or", nodes.Binary("==", nodes.Attr(_, "move"), nodes.Lit(name)), _):
            return str(name)
        case nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "speaker"), nodes.Lit(name)):
            return f"{name} speaks"
        case nodes.Binary(symbol, left, right):
            return f"{shown(left)} {symbol} {shown(right)}"
        case nodes.Attr(of, field):
            return f"{shown(of)}.{field}"
        case nodes.Name(name):
            return name
        case nodes.Lit(value):
            return str(value)
        case nodes.Call(name, arguments):
            return f"{name}({', '.join(map(shown, arguments))})"
    raise AssertionError(part)


@pytest.mark.parametrize(("formula", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_a_formula_is_compiled_as_it_reads(formula: str, expected: str) -> None:
    found = compile.compile_text(program(f"soft c: {formula}"))
    if expected.startswith("PED"):
        assert [each.code for each in found.diagnostics] == [expected]
        return
    assert found.plan is not None, found.diagnostics
    (clause,) = found.plan.contracts["C"].clauses
    assert shown(clause.formula) == expected
    assert clause.text == formula


def test_a_clause_is_soft_unless_it_says_otherwise() -> None:
    made = compile.compile_text(program("a: at most 7 tell hard b: at most 8 tell soft c: at most 9 tell")).plan
    assert made is not None
    assert [clause.severity for clause in made.contracts["C"].clauses] == ["soft", "hard", "soft"]


def test_the_text_of_a_clause_leaves_comments_out() -> None:
    clause = 'a: never // not at all\n    contains(turn.text, "a//b")'
    made = compile.compile_text(program(clause)).plan
    assert made is not None
    assert made.contracts["C"].clauses[0].text == 'never contains(turn.text, "a//b")'


TWO_FLOWS = """
move ask {}
role Tutor { moves: [ask] }
flow one { obeys Calm  cast teacher: Tutor  phase a final { turn teacher } }
flow two { obeys Calm(2)  cast teacher: Tutor  phase a final { turn teacher } }
contract Calm(most: Int = 1) { hard few: at most 1 ask  soft none: never turn.number > most }
"""


def test_a_contract_without_a_flow_is_made_for_each_that_obeys_it() -> None:
    made = compile.compile_text(TWO_FLOWS).plan
    assert made is not None
    assert {name: contract.flow for name, contract in made.contracts.items()} == {"Calm": "one", "Calm@two": "two"}
    assert made.flows["one"].obeys == ("Calm",)
    assert made.flows["two"].obeys == ("Calm@two",)
    assert [shown(contract.clauses[1].formula) for contract in made.contracts.values()] == \
        ["never(turn.number > 1)", "never(turn.number > 2)"]


def test_a_contract_with_two_sets_of_arguments_is_two_contracts() -> None:
    made = compile.compile_text(TWO_FLOWS.replace("obeys Calm(2)", "obeys Calm(2), Calm(3)")).plan
    assert made is not None
    assert {name: shown(contract.clauses[1].formula) for name, contract in made.contracts.items()} == {
        "Calm": "never(turn.number > 1)", "Calm@two": "never(turn.number > 2)", "Calm(3)@two": "never(turn.number > 3)"}
    assert made.flows["two"].obeys == ("Calm@two", "Calm(3)@two")


def test_a_contract_that_no_flow_of_several_obeys_is_said_to_be_unchecked() -> None:
    text = TWO_FLOWS.replace("obeys Calm(2)", "").replace("obeys Calm", "")
    assert [found.code for found in compile.check_text(text)] == ["PED0212"]
