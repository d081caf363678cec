"""Functions in Python beside a program: what they are given and give, and that they are kept within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from pedalang.exchange import functions
from pedalang.exchange.functions import Functions
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.expression.nodes import Extern, Lit, Ratio
from pedalang.expression.values import Value

MINE = """
import fractions, os, sys, time
print("this goes nowhere")
calls = 0
def same(x): return x
def kind(x): return type(x).__name__
def half(x): return fractions.Fraction(x) / 2
def both(x, y): return [x, y]
def count(x):
    global calls
    calls += 1
    print("nor this")
    return calls
def fails(x): raise ValueError("no " + x)
def leaves(x): os._exit(3)
def sleeps(x): time.sleep(60)
def shouts(x): return "x" * 3_000_000
def eats(x): return len(bytearray(8 << 30))
def secret(x): return object()
"""


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Functions]:
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    with Functions(tmp_path) as found:
        yield found


def called(outside: Functions, folder: Path, name: str, gives: str, *given: Value,
           cases: tuple[str, ...] = ()) -> Value:
    function = Extern(f"mine:{name}", functions.known(folder, "mine"), gives, cases, ())
    return outside(function, given)


@pytest.mark.parametrize(("value", "gives"), [
    (3, "Int"), (0.5, "Float"), ("héllo", "Text"), (True, "Bool"), (Fraction(2, 3), "Rational"), ((1, 2), "List[Int]"),
    ({"a": Fraction(1, 2)}, "Map[Text, Rational]"), (None, "Int?"),
])
def test_values_go_out_and_come_back(outside: Functions, tmp_path: Path, value: Value, gives: str) -> None:
    assert called(outside, tmp_path, "same", gives, value) == value


def test_a_fraction_is_a_fraction_and_a_list_is_a_list(outside: Functions, tmp_path: Path) -> None:
    assert called(outside, tmp_path, "kind", "Text", Fraction(1, 2)) == "Fraction"
    assert called(outside, tmp_path, "half", "Rational", 3) == Fraction(3, 2)
    assert called(outside, tmp_path, "both", "List[Text]", "a", "b") == ("a", "b")
    assert called(outside, tmp_path, "same", "Level", "low", cases=("low", "high")) == "low"


def test_one_process_serves_all_calls(outside: Functions, tmp_path: Path) -> None:
    assert [called(outside, tmp_path, "count", "Int", 0) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(("name", "gives", "why"), [
    ("same", "Int", "is to give Int"), ("same", "Level", "is none of"), ("fails", "Text", "ValueError: no x"),
    ("none", "Text", "AttributeError"), ("leaves", "Text", "no answer"), ("shouts", "Text", "more than"),
    ("eats", "Int", "MemoryError"), ("secret", "Text", "no answer"),
])
def test_what_it_cannot_give_has_no_value(outside: Functions, tmp_path: Path, name: str, gives: str, why: str) -> None:
    with pytest.raises(EvaluationError, match=why):
        called(outside, tmp_path, name, gives, "x", cases=("low",) if gives == "Level" else ())
    assert called(outside, tmp_path, "same", "Int", 3) == 3, "the next call is answered"


def test_a_function_has_so_long(outside: Functions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called(outside, tmp_path, "same", "Int", 3)
    monkeypatch.setattr(functions, "SECONDS", 0.2)
    with pytest.raises(EvaluationError, match="seconds"):
        called(outside, tmp_path, "sleeps", "Int", 3)


def test_another_file_than_was_compiled_is_not_run(outside: Functions, tmp_path: Path) -> None:
    function = Extern("mine:same", "0" * 64, "Int", (), ())
    with pytest.raises(EvaluationError, match="not the one"):
        outside(function, [1])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.py").symlink_to(tmp_path / "mine.py")
    assert functions.known(tmp_path / "elsewhere", "mine") == functions.known(tmp_path, "none") == ""


def test_without_leave_nothing_is_run(outside: Functions, tmp_path: Path) -> None:
    function = Extern("mine:half", functions.known(tmp_path, "mine"), "Rational", (), (Lit(3),))
    assert Evaluator(outside)(function, {}) == Fraction(3, 2)
    third = Extern("mine:same", function.sha256, "Rational", (), (Ratio(1, 3),))
    assert Evaluator(outside)(third, {}) == Fraction(1, 3)
    with pytest.raises(EvaluationError, match="may not be run"):
        Evaluator()(function, {})
