"""Values fitted to the types of fields."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.exchange import fields
from pedalang.expression.values import Value


def fit(value: Value, kind: str, *cases: str) -> Value:
    return fields.fitted(value, fields.parsed(kind), cases, lambda name, inner: inner)


def unfit(value: Value, kind: str, *cases: str) -> str:
    with pytest.raises(fields.Unfit) as caught:
        fit(value, kind, *cases)
    return str(caught.value)


@pytest.mark.parametrize(("value", "kind", "want"), [
    (" 12", "Int", 12), ("-3", "Int", -3), (4.0, "Int", 4), (Fraction(6, 2), "Int", 3), ("7", "Int in 1..12", 7),
    ("0.5", "Float", 0.5), ("1e3", "Float", 1000.0), (2, "Float", 2.0), (Fraction(1, 4), "Float", 0.25),
    ("1/2", "Rational", Fraction(1, 2)), (" 6 / 4 ", "Rational", Fraction(3, 2)), ("0.1", "Rational", Fraction(1, 10)),
    (0.1, "Rational", Fraction(1, 10)), (3, "Rational", Fraction(3)), ("1", "Prob", 1.0), ("45%", "Percent", 0.45),
    ("0.45", "Percent", 0.45), ("Yes", "Bool", True), ("false", "Bool", False), (True, "Bool", True),
    (" a ", "Text", " a "), (6000025, "Text", "6000025"), ("", "Text", ""), ("", "Int?", None), (None, "Text?", None),
    (("a", 1), "List[Text]", ("a", "1")), (("1/2", "3"), "List[Rational]", (Fraction(1, 2), Fraction(3))),
    (({"a": "1"},), "List[Map[Text, Int]]", ({"a": 1},)), ("", "List[Int]?", None),
    (("", "2"), "List[Int?]", (None, 2)),
    ("adds_across", "Misconception[Problem]", "adds_across"), ({"x": 1}, "Any", {"x": 1}), ((1,), "no type !", (1,)),
])
def test_what_fits(value: Value, kind: str, want: Value) -> None:
    found = fit(value, kind)
    assert found == want and type(found) is type(want)


@pytest.mark.parametrize(("value", "kind", "reason"), [
    ("1.5", "Int", "'1.5' is no whole number"), (1.5, "Int", "1.5 is no whole number"),
    (True, "Int", "True is no whole number"), ("", "Int", "'' is no whole number"), ("9" * 2000, "Int", "'" + "9" * 38 +
     "… is no whole number"), (1 << 5000, "Int", "a number of more than 4096 bits"), ("13", "Int in 1..12",
     "13 is not in 1..12"), ("nan", "Float", "'nan' is no number"), (True, "Float", "True is no number"),
    ("1e999", "Float", "inf is no finite number"), (1 << 2000, "Float", "a number that is too large for a Float"),
    ("1/0", "Rational", "'1/0' has denominator 0"), ("1/2/3", "Rational", "'1/2/3' is no fraction or number"),
    ("1e99999999", "Rational", "'1e99999999' is no fraction or number"), ("1.5", "Prob",
     "'1.5' is no probability: those are from 0 to 1"), ("maybe", "Bool", "'maybe' is neither true nor false"),
    (1, "Bool", "1 is neither true nor false"), (None, "Text", "it has no value"), (False, "Text", "False is no text"),
    (("a",), "Text", "('a',) is no text"), ("a, b", "List[Text]", "'a, b' is no list"), ((1, None), "List[Int]",
     "it has no value"), ("a", "Map[Text, Int]", "'a' is no map"), ((1,) * 10_001, "List[Int]",
     "a list of more than 10000 items"),
])
def test_what_does_not(value: Value, kind: str, reason: str) -> None:
    assert unfit(value, kind) == reason


def test_cases_of_an_enum() -> None:
    assert fit(" easy", "Level", "easy", "hard") == "easy"
    assert fit(("easy",), "List[Level]", "easy", "hard") == ("easy",)
    assert fit("", "Level?", "easy", "hard") is None
    assert unfit("eazy", "Level", "easy", "hard") == "'eazy' is none of `easy`, `hard`; did you mean `easy`?"
    assert unfit(3, "Level", "easy", "hard") == "3 is none of `easy`, `hard`"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.fractions()
nested = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3).map(tuple)
                      | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=6)
kinds = st.sampled_from(["Text", "Int", "Int in 1..12", "Float", "Prob", "Percent", "Rational", "Bool", "List[Text]",
                         "List[Rational?]", "Map[Text, Float]", "Text?", "Prob?", "Any", "?", "[", "List[",
                         "Int in 1.."])


@given(nested, kinds)
def test_any_value_fits_any_type_or_is_unfit(value: Value, kind: str) -> None:
    try:
        once = fit(value, kind)
    except fields.Unfit:
        return
    assert fit(once, kind) == once or kind in ("Any", "?", "[", "List[", "Int in 1..")


@given(st.text(max_size=30))
def test_no_text_of_a_type_is_too_strange(text: str) -> None:
    fields.parsed(text)
