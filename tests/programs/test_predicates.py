"""The library's predicates on written dialogues: where each holds."""

from __future__ import annotations

import pytest

from pedalang.compiler import compile
from pedalang.testing import fixed

PROGRAM = """
from std.predicates import leaks, leaks_text, gives_away, answers_right, answers_right_text, states_number
type Sum { question: Text = "What is half of 24?"  answer: Rational = rational(12)  text: Text = "3x + 6" }
move ask {}
role Tutor { moves: [ask] }
student Learner { act answers otherwise {} }
flow lesson(sum: Sum) {
  cast teacher: Tutor
  cast student: Learner
  phase talk start max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
"""


@pytest.mark.parametrize(("holds", "trace"), [
    ("eventually leaks(sum.answer)", 'teacher("It is twelve.")'),
    ("never leaks(sum.answer)", 'teacher("Work out 24/2, the 12th."), student("12")'),
    ("eventually leaks_text(sum.text)", 'teacher("So it is 6 + 3x.")'),
    ("never leaks_text(sum.text)", 'teacher("Expand 3(x + 2).")'),
    ("eventually gives_away(sum.answer)", 'teacher("Take 12."), student("Why?")'),
    ("never gives_away(sum.answer)", 'student("I got a dozen, and then 3."), teacher("Why is 12 on your sheet?")'),
    ("eventually gives_away(sum.answer)", 'student("I got 12, and then 3."), teacher("The answer is 12.")'),
    ("never gives_away(sum.answer, sum.question)", 'teacher("You see the 24?")'),
    ("never gives_away(sum.answer, \"Take 12 eggs.\")", 'teacher("You see the 12?")'),
    ("eventually answers_right(sum.answer)", 'teacher("How many?"), student("24/2 eggs")'),
    ("never answers_right(sum.answer)", 'teacher("12"), student("One twelfth?")'),
    ("eventually answers_right_text(sum.text)", 'student("3(x+2)")'),
    ("never states_number", 'teacher("That one is right."), student("Yes, at 12:30.")'),
    ("eventually states_number", 'student("two thirds")'),
])
def test_where_a_predicate_holds(holds: str, trace: str) -> None:
    said = f"given sum: {{}} given t: trace([{trace}]) expect {holds}"
    made = compile.compile_text(f'{PROGRAM} test "t" {{ {said} }}').plan
    assert made is not None
    assert fixed.run(made, made.tests["t"]).failures == ()


def test_words_are_those_of_the_program_s_language() -> None:
    said = 'given sum: {} given t: trace([teacher("Es sind zwölf.")]) expect eventually leaks(sum.answer)'
    made = compile.compile_text(f'pedalang 1\nlanguage: "de"\n{PROGRAM} test "t" {{ {said} }}').plan
    assert made is not None
    assert fixed.run(made, made.tests["t"]).failures == ()
