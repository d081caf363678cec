"""Equality beyond polynomials: decided by SymPy in a process of its own, and refuted without it."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pedalang.cli import main
from pedalang.diagnostic import Halt
from pedalang.expression.answers import equality, stating

PROGRAM = """pedalang 1
from std.predicates import answers_right_text
move ask {}
role Tutor { moves: [ask] }
student Learner { act answers otherwise {} }
flow lesson {
  cast teacher: Tutor
  cast student: Learner
  phase talk start max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
test "equal" {
  given t: trace([teacher("Hm?"), student("tan(x) cos(x)")])
  expect eventually answers_right_text("sin(x)")
}
"""


@pytest.mark.parametrize(("said", "answer"), [
    ("sin(x)^2 + cos(x)^2 + 2^x", "1 + 2^x"),
    ("ln(a) + ln(b)", "ln(ab)"),
    ("So 2^(x+1) it is.", "2*2^x"),
    ("\\sqrt[3]{8x}", "2\\sqrt[3]{x}"),
])
def test_equal_expressions_are_found(said: str, answer: str) -> None:
    assert stating.states(said, answer)
    assert not stating.reveals(said, answer)


@pytest.mark.parametrize(("said", "answer"), [
    ("sin(x)", "cos(x)"), ("2^x", "x^2"), ("ln(a + b)", "ln(a) + ln(b)"), ("2^x", "2^y"), ("sin(x)", "3x + 6"),
    ("sqrt(x+1)", "sqrt(x) + 1"), ("9^9^9^x", "2^x"), ("x^1000", "2^x"), ("sin(1/0)", "sin(x)"), ("0^(-1)", "2^x"),
    ("exp(exp(exp(99999x)))", "2^x"), ("999999999999999999999x^x", "2^x"),
])
def test_what_differs_is_refuted_without_sympy(said: str, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "run", never)
    assert not stating.states(said, answer)


def test_without_sympy_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    equality.equal.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Halt) as caught:
        stating.states("tan(x) cos(x)", "sin(x)")
    assert caught.value.diagnostic.help == "pip install 'pedalang[symbolic]'"
    assert stating.states("It is sin(x).", "sin(x)")


def test_a_command_ends_with_that_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    equality.equal.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    program = tmp_path / "main.ped"
    program.write_text(PROGRAM, encoding="utf-8")
    told = CliRunner().invoke(main, ["test", str(program)])
    assert told.exit_code == 1
    assert "error[PED1215]" in told.stderr and "pip install 'pedalang[symbolic]'" in told.stderr


def test_a_process_that_takes_too_long_has_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(command: list[str], **_: Any) -> None:
        raise subprocess.TimeoutExpired(command, equality.SECONDS)

    equality.equal.cache_clear()
    monkeypatch.setattr(subprocess, "run", too_long)
    assert not stating.states("tan(x) cos(x)", "sin(x)")
