"""Fixed traces: what contracts and formulas make of them, and what is told of a test that fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pedalang.cli import main
from pedalang.compiler import compile
from pedalang.testing import fixed

PROGRAM = """
type Sum { a: Int  b: Int  answer: Int = a + b }
move ask {}
move tell {}
role Tutor { moves: [ask, tell] }
student Learner(sum: Sum) {
  state { correct: Bool = false  half: Int = sum.answer  luck: Prob = draw uniform(0, 1) }
  on self.turn { set correct = true }
  act guesses otherwise {}
}
predicate says_it(answer: Int) by code { holds: mentions_number(turn.text, answer) }
flow lesson(sum: Sum) {
  cast teacher: Tutor
  cast student: Learner(sum)
  phase talk start max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
contract Patience(sum: Sum) over lesson {
  hard ask_first: never tell before 2 ask
  soft no_leak: never says_it(sum.answer) until student.correct
}
"""


def outcome(text: str) -> list[tuple[str, str]]:
    made = compile.compile_text(f'{PROGRAM} test "t" {{ given sum: {{ a: 2, b: 3 }} {text} }}').plan
    assert made is not None
    return [(each.expected, each.message) for each in fixed.run(made, made.tests["t"]).failures]


def test_a_contract_accepts_what_keeps_every_clause() -> None:
    patient = "given t: trace([teacher.ask, student, teacher.ask, student, teacher.tell])"
    assert outcome(f"{patient} expect Patience accepts t") == []
    assert outcome(f"{patient} expect Patience rejects t") == [("Patience rejects t", "every clause is kept")]


def test_it_is_told_which_clause_is_broken_where() -> None:
    text = 'given t: trace([teacher.ask, student("5?"), teacher.tell])'
    assert outcome(f"{text} expect Patience rejects t") == []
    assert outcome(f"{text} expect Patience accepts t") == [
        ("Patience accepts t", "the clause `ask_first` is broken at turn 2; the clause `no_leak` is broken at turn 1")]


def test_no_handler_runs_and_the_trace_says_what_the_state_is() -> None:
    assert outcome("given t: trace([student, student]) expect never student.correct") == []
    assert outcome("given t: trace([student(correct: true), teacher]) expect always student.correct") == []
    assert outcome("given t: trace([teacher, student(half: student.half - 1)]) expect last student.half == 4") == []
    assert outcome("given t: trace([teacher]) expect never student.luck >= 0") == [], "what is drawn has no value"


def test_a_formula_holds_of_every_trace() -> None:
    text = "given t: trace([teacher.ask]) given u: trace([teacher.ask, teacher.tell]) given v: trace([])"
    assert outcome(f"{text} expect always ask") == [("always ask", "it does not hold of `u` at turn 1")]
    assert outcome("given v: trace([]) expect eventually ask") == [("eventually ask", "it does not hold of `v`")]


def test_phases_last_until_another_is_named() -> None:
    text = "given t: trace([teacher, teacher, teacher.ask(phase: done), teacher])"
    assert outcome(f"{text} expect during talk: at most 2 teacher  expect during done: first ask") == []


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "main.ped"
    path.write_text(f"""{PROGRAM}
test "good" {{ given t: trace([teacher.ask]) expect always ask }}
test "bad" {{
  given t: trace([teacher.tell])
  expect first ask
}}
""", encoding="utf-8")
    return path


def ped(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["test", *map(str, arguments)], catch_exceptions=False)


def test_the_command_tells_people_and_programs(program: Path) -> None:
    told = ped(program)
    assert told.exit_code == 1
    assert told.stdout.splitlines() == [
        "ok     good", "FAILED bad", "         main.ped:26:3: expected first ask",
        "           it does not hold of `t` at turn 0", "2 tests, 1 failed"]
    one = ped(program, "good")
    assert (one.exit_code, one.stdout.splitlines()[-1]) == (0, "1 test, none failed")
    assert ped(program, "--json").stdout.startswith('{"version":1,"ok":false,"tests":[{"name":"good","ok":true,')


def test_a_test_that_is_not_there_is_a_wrong_command(program: Path) -> None:
    wrong = ped(program, "god")
    assert wrong.exit_code == 2
    assert "did you mean `good`?" in wrong.stderr
