"""`ped repl`: lines in, answers out; mistakes are told with their codes, and the next line is read."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pedalang.compiler import compile
from pedalang.compiler.asked import Names
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.source import Source
from tests.cli.conftest import PROGRAMS, Outcome, Ped

DEMO = "fractions/main.ped"


def asked(ped: Ped, *lines: str, file: str = DEMO) -> Outcome:
    return ped("repl", file, input="\n".join(lines))


def test_expressions_have_values_and_types(ped: Ped) -> None:
    outcome = asked(ped, "problem", "problem.a + problem.b", "", "parts(problem)", "student.mastery >= 0.2",
                    '"{{ problem.a }} \\"of\\" it"',
                    "student.attempt", "[n * n for n in 1..4]", "history", ":quit", "1/0")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        '{ id: "p05", a: 5/8, b: 1/4, answer: 7/8 } : Problem', "7/8 : Rational", "8 : Int", "true : Bool",
        '"5/8 \\"of\\" it" : Text', "none : Rational?", "[1, 4, 9] : List[Int]", "[] : History"]


def test_types_names_rows_and_help(ped: Ped) -> None:
    outcome = asked(ped, ":type problem.a", ":row", ":row 3", "problem.id", ":names", ":help")
    lines = outcome.out.splitlines()
    assert lines[0] == "Rational"
    assert lines[1].startswith('row 1 of 8: problem: { id: "p05"')
    assert lines[3] == '"p09" : Text'
    assert {"problem : Problem", "teacher : Role", "history : History"} <= set(lines)
    assert "rewriting" in outcome.out and ":prompts ROLE" in outcome.out


def test_another_row_and_other_data(ped: Ped, folder: Path) -> None:
    (folder / "mine.csv").write_text("a,b\n40,2\n1,1\n")
    outcome = ped("repl", "first/main.ped", "--data", "sums=mine.csv", "--row", "2",
                  input="sum.answer\n:row 1\nsum.answer")
    assert outcome.out.splitlines() == ["2 : Int", "row 1 of 2: sum: { a: 40, b: 2, answer: 42 }", "42 : Int"]


def test_prompts_are_those_that_are_sent(ped: Ped) -> None:
    outcome = asked(ped, ":row 2", ":prompts teacher")
    assert "[system]\nYou are a patient maths tutor" in outcome.out
    assert "[one of]\n  What is " in outcome.out
    assert asked(ped, ":prompts student").out.startswith("── 0/1/speech")


@pytest.mark.parametrize(("line", "code"), [
    ("prblem", "PED0201"), ("1 +", "PED0106"), ("1 / 0", "PED1201"), ('problem.a + "x"', "PED0301"),
    (":row 99", "PED1409"),
    (":row x", "PED1404"), (":prompts techer", "PED1408"), (":nams", "PED1401"), ("MathDial", "PED0208"),
    ("(" * 3000, "PED0103"), ("9" * 5000, "PED0305"), ("[[a, b] for a in 1..9999]", "PED0201"),
])
def test_a_mistake_is_told_and_the_next_line_is_read(ped: Ped, line: str, code: str) -> None:
    outcome = asked(ped, line, "1 + 1")
    assert outcome.code == 1
    assert outcome.err.startswith(f"error[{code}]: "), outcome.err[:300]
    assert outcome.out == "2 : Int\n"


def test_near_names_are_offered(ped: Ped) -> None:
    assert "did you mean `problem`?" in asked(ped, "problm").err


def test_a_program_without_a_run_has_its_declarations(ped: Ped, folder: Path) -> None:
    (folder / "plain.ped").write_text("enum Mood { case calm \"Calm.\" case cross \"Cross.\" }\n"
                                      "def twice(n: Int) -> Int = 2 * n\n")
    outcome = asked(ped, "twice(21)", "calm", ":row", ":names", file="plain.ped")
    assert outcome.out.splitlines() == ["42 : Int", '"calm" : Mood', "the program has no run, so there are no rows",
                                        "Mood twice"]
    assert asked(ped, ":prompts teacher", file="plain.ped").err.startswith("error[PED1403]")


def test_a_wrong_program_or_missing_data_ends_it(ped: Ped, folder: Path) -> None:
    (folder / "slip.ped").write_text("let a = b\n")
    assert asked(ped, "1", file="slip.ped").code == 1
    (folder / "fractions" / "sums.csv").unlink()
    assert asked(ped, "1").err.startswith("error[PED080")


def test_bytes_that_are_no_text_are_answered(ped: Ped) -> None:
    assert ped("repl", DEMO, input=b"1 + \xff\n2".decode("latin-1")).out == "2 : Int\n"  # type: ignore[arg-type]


def test_large_values_are_bounded(ped: Ped) -> None:
    outcome = asked(ped, "[a for a in 1..10000]", "[[b for b in 1..1000] for a in 1..1000]")
    assert len(outcome.out) < 2_100 and "…" in outcome.out
    assert outcome.err.startswith("error[PED1201]")


NAMES: dict[str, Names] = {}


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(
    ["problem", ".a", "1", "+", "(", ")", '"{{', '}}"', "student", "history", "[", "]", "for x in", "calm", "parts(",
     "if", "then", "else", "none", "??", "rewriting(problem)"]), max_size=10).map(" ".join)))
def test_any_line_has_an_answer(line: str) -> None:
    if not NAMES:
        path = PROGRAMS / "fractions" / "main.ped"
        found = compile.compile_source(Source("main.ped", path.read_text()), compile.beside(path.parent), "fractions")
        NAMES["demo"] = Names(found, "lesson")
    answer = NAMES["demo"].ask(line)
    assert (answer.expr is None) == any(each.severity == "error" for each in answer.diagnostics)
    if answer.expr is not None:
        with contextlib.suppress(EvaluationError):
            Evaluator()(answer.expr, {})
