"""Values: equality has laws, JSON keeps them, texts show them; and what the functions make of tricky texts."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.expression import values
from pedalang.expression.functions import FUNCTIONS

NUMBERS = st.one_of(st.integers(-10**400, 10**400), st.fractions(), st.floats(allow_nan=False, allow_infinity=False))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=10))
KEYS = st.one_of(st.sampled_from(["ratio", "record", "a"]), st.text(max_size=5))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(
    st.lists(inner, max_size=4).map(tuple), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=12)


@given(VALUES)
def test_json_keeps_a_value(value: Any) -> None:
    again = values.from_json(json.loads(json.dumps(values.to_json(value))))
    assert again == value
    assert type(again) is type(value)


@given(VALUES)
def test_a_value_equals_itself(value: Any) -> None:
    assert values.equal(value, value)


@given(VALUES, VALUES)
def test_equality_does_not_depend_on_the_side(left: Any, right: Any) -> None:
    assert values.equal(left, right) == values.equal(right, left)


@given(st.one_of(st.integers(), st.fractions()), st.one_of(st.integers(), st.fractions()))
def test_exact_numbers_are_equal_only_if_they_are(left: Any, right: Any) -> None:
    assert values.equal(left, right) == (left == right)


@given(SCALARS, NUMBERS)
def test_no_truth_value_or_text_equals_a_number(value: Any, number: Any) -> None:
    if isinstance(value, bool | str) or value is None:
        assert not values.equal(value, number)


def test_a_float_is_equal_within_the_tolerance() -> None:
    assert values.equal(0.1 + 0.2, Fraction(3, 10))
    assert not values.equal(0.3, Fraction(3, 10) + Fraction(1, 10**6))
    assert not values.equal(10**400, 1.0)


@pytest.mark.parametrize("broken", [{"ratio": [1, 0]}])
def test_a_broken_fraction_is_refused(broken: Any) -> None:
    with pytest.raises(ValueError, match="denominator 0"):
        values.from_json(broken)


SHOWN = [
    ("a", "a"), (12, "12"), (12.0, "12"), (0.25, "0.25"), (1 / 3, "0.3333333333"), (Fraction(10, 12), "5/6"),
    (Fraction(4, 2), "2"), (True, "yes"), (False, "no"), ((1, "b"), "1, b"), ({"a": 1, "b": (2, 3)}, "a: 1, b: 2, 3"),
    (1e20, "1e+20"), (-0.5, "-0.5"), ((), ""),
]


@pytest.mark.parametrize(("value", "text"), SHOWN)
def test_how_a_value_reads(value: Any, text: str) -> None:
    assert values.to_text(value) == text


@pytest.mark.parametrize("value", [None, (1, None), {"a": None}])
def test_none_cannot_be_shown(value: Any) -> None:
    with pytest.raises(values.Absent):
        values.to_text(value)


TRICKY = [
    # text, numbers, fractions and numbers
    ("1,200", "1200", "1200"),
    ("1/2", "1 2", "1/2"),
    ("-3", "-3", "-3"),
    ("−3 and −1/2", "-3 -1 2", "-3 -1/2"),
    ("12.0", "12", "12"),
    ("3/0", "3 0", ""),
    ("5-3=2", "5 3 2", "5 3 2"),
    ("(4)-2 and x-1", "4 2 1", "4 2 1"),
    (".5", "0.5", "1/2"),
    ("1 1/2", "1 1 2", "1 1/2"),
    ("3 / 4", "3 4", "3/4"),
    ("1,2345", "1 2345", "1 2345"),
    ("$1,000,000.50!", "1000000.5", "2000001/2"),
    ("It is 7.", "7", "7"),
    ("12/06/2024", "12 6 2024", ""),
    ("3/4.5", "3 4.5", ""),
    ("٣ + ١/٢", "3 1 2", "3 1/2"),
    ("no number, not even ½", "", ""),
    ("9" * 400, "", ""),
    ("1/" + "9" * 400, "1", ""),
    ("2nd of 10%", "2 10", "2 10"),
]


@pytest.mark.parametrize(("text", "numbers", "rationals"), TRICKY, ids=[case[0][:20] for case in TRICKY])
def test_numbers_in_texts(text: str, numbers: str, rationals: str) -> None:
    assert [values.to_text(found) for found in FUNCTIONS["numbers"].python(text)] == numbers.split()
    assert [values.to_text(found) for found in FUNCTIONS["rationals"].python(text)] == rationals.split()


@given(st.fractions(max_denominator=10**6))
def test_a_fraction_is_found_in_what_it_is_shown_as(value: Fraction) -> None:
    assert FUNCTIONS["rationals"].python(f"It is {values.to_text(value)}.") == (value,)
    assert FUNCTIONS["rational"].python(values.to_text(value)) == value


@given(st.text(alphabet="0123456789-−/., ()a\n½٣"))
def test_any_text_has_numbers_or_none(text: str) -> None:
    assert all(abs(number) < float("inf") for number in FUNCTIONS["numbers"].python(text))
    assert all(isinstance(number, Fraction) for number in FUNCTIONS["rationals"].python(text))


MENTIONS = [
    ("I got 5/6.", Fraction(5, 6), True), ("I got 10/12.", Fraction(5, 6), True), ("5/6", 5, False), ("5/6", 6, False),
    ("It costs 1,200.", 1200, True), ("It costs 1,200.", 200, False), ("0.5", Fraction(1, 2), True),
    ("1/3", 0.3333333333, True), ("-4", 4, False), ("10/2", 5, True), ("", 0, False),
]


@pytest.mark.parametrize(("text", "number", "expected"), MENTIONS)
def test_whether_a_text_has_a_number(text: str, number: Any, expected: bool) -> None:
    assert FUNCTIONS["mentions_number"].python(text, number) is expected


CALLS = [
    ("over", (Fraction(1, 2), 6), "3/6"), ("over", (2, 3), "6/3"), ("wrong_near", (Fraction(5, 6),), Fraction(1)),
    ("wrong_near", (4,), 5), ("clamp", (7, 0, 5), 5), ("round", (2.5,), 2), ("item", (("a", "b"), 9), "b"),
    ("item", ((), 0), None), ("first", ((),), None), ("last", ((1, 2),), 2), ("words", ("It's  o’clock, no?",), 3),
    ("words", ({"said": ("a b", "c")},), 3), ("lines", ("a\n\n b ",), ("a", "b")), ("contains", ("Half", "hal"), True),
    ("count_moves", (({"move": "ask"}, {"move": ""}), "ask"), 1), ("range", (3, 1), ()),
    ("rational", (3, 6), Fraction(1, 2)),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), CALLS, ids=[f"{case[0]}{case[1]}" for case in CALLS])
def test_what_functions_compute(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    assert FUNCTIONS[name].python(*arguments) == expected


@pytest.mark.parametrize(("name", "arguments"), [
    ("over", (Fraction(1, 2), 3)), ("over", (Fraction(1, 2), 0)), ("over", (Fraction(1, 2), -2)),
    ("rational", ("1 or 2",)), ("rational", ("none",)),
])
def test_what_functions_refuse(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        FUNCTIONS[name].python(*arguments)
