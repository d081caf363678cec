"""The evaluator is total and bounded: an expression has a value within the limits, or says why it has none."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedalang.expression import limits, nodes, values
from pedalang.expression.evaluate import EvaluationError, Evaluator, compiled
from pedalang.expression.functions import FUNCTIONS

NAMES = ("n", "text", "list", "record", "none", "half", "missing")
ENV: dict[str, Any] = {
    "n": 3, "text": "1/2 of 12, said Ada", "list": (1, 2.5, "x", None, Fraction(1, 3)),
    "record": {"n": 4, "said": ("a",)}, "none": None, "half": 0.5, "initial": {"n": 1},
}

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-10**30, 10**30), st.text(max_size=20),
                    st.floats(allow_nan=False, allow_infinity=False))
LEAVES = st.one_of(
    st.builds(nodes.Lit, SCALARS), st.builds(nodes.Name, st.sampled_from(NAMES)),
    st.builds(nodes.Ratio, st.integers(-99, 99), st.integers(1, 99)))
OPERATORS = ["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "in", "not in", "and", "or", "??"]


def larger(inner: st.SearchStrategy[nodes.Expr]) -> st.SearchStrategy[nodes.Expr]:
    several = st.lists(inner, max_size=4).map(tuple)
    return st.one_of(
        st.builds(nodes.Attr, inner, st.sampled_from(["n", "said", "x"])), st.builds(nodes.Index, inner, inner),
        st.builds(nodes.Call, st.sampled_from(sorted(FUNCTIONS)), several),
        st.builds(nodes.Unary, st.sampled_from(["not", "-"]), inner),
        st.builds(nodes.Binary, st.sampled_from(OPERATORS), inner, inner), st.builds(nodes.If, inner, inner, inner),
        st.builds(nodes.Items, several), st.builds(nodes.Text, several), st.builds(nodes.Initial, inner),
        several.map(lambda parts: nodes.Entries(tuple(f"k{at}" for at in range(len(parts))), parts)),
        st.builds(nodes.Each, inner, st.sampled_from(NAMES), inner, st.none() | inner),
        st.builds(nodes.Let, st.sampled_from(NAMES), inner, inner),
        st.builds(nodes.Match, inner, st.dictionaries(st.sampled_from(["x", "half", "3"]), inner, max_size=2), inner))


EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=25)


def within_limits(value: Any) -> bool:
    match value:
        case None | bool():
            return True
        case str():
            return len(value) <= limits.MAX_TEXT
        case int():
            return value.bit_length() <= limits.MAX_BITS + 1
        case float():
            return value == value and abs(value) != float("inf")
        case Fraction():
            return max(value.numerator.bit_length(), value.denominator.bit_length()) <= limits.MAX_BITS + 1
        case tuple():
            return len(value) <= limits.MAX_ITEMS and all(map(within_limits, value))
        case dict():
            return all(isinstance(key, str) and within_limits(item) for key, item in value.items())
    return False


@settings(max_examples=400)
@given(EXPRESSIONS)
def test_an_expression_has_a_value_within_the_limits_or_an_error_that_says_why(expr: nodes.Expr) -> None:
    try:
        value = Evaluator()(expr, ENV)
    except EvaluationError as error:
        assert str(error)
    else:
        assert within_limits(value)


@settings(max_examples=100)
@given(EXPRESSIONS)
def test_an_expression_survives_json_and_means_the_same(expr: nodes.Expr) -> None:
    again = msgspec.json.decode(msgspec.json.encode(expr), type=nodes.Expr)
    assert again == expr
    assert outcome(again) == outcome(expr)


def outcome(expr: nodes.Expr) -> tuple[str, Any]:
    try:
        return "value", values.to_json(Evaluator()(expr, ENV))
    except EvaluationError as error:
        return "error", str(error)


@settings(max_examples=100)
@given(EXPRESSIONS)
def test_children_are_all_that_is_inside(expr: nodes.Expr) -> None:
    """What `children` gives is each expression of the JSON form once."""
    assert size(expr) == msgspec.json.encode(expr).count(b'["') - misleading(expr)


def size(expr: nodes.Expr) -> int:
    return 1 + sum(size(child) for child in nodes.children(expr))


def misleading(expr: nodes.Expr) -> int:
    """Lists of keys, and quotes inside texts, that look like the beginning of a node."""
    own = 0
    match expr:
        case nodes.Entries(keys, _):
            own = 1 if keys else 0
        case nodes.Lit(str() as text):
            own = msgspec.json.encode(text).count(b'["')
    return own + sum(misleading(child) for child in nodes.children(expr))


def call(name: str, *arguments: Any) -> nodes.Expr:
    return nodes.Call(name, tuple(one if isinstance(one, msgspec.Struct) else nodes.Lit(one) for one in arguments))


def doubled(times: int) -> nodes.Expr:
    """A list of lists, each twice the one inside it: small to say, large to look through."""
    expr: nodes.Expr = nodes.Name("x")
    for _ in range(times):
        expr = nodes.Let("x", nodes.Items((nodes.Name("x"), nodes.Name("x"))), expr)
    return nodes.Let("x", nodes.Items((nodes.Lit(1),)), expr)


RANGE = call("range", 0, 10_000)
BOMBS = {
    "more than 10000 items": nodes.Binary("+", RANGE, RANGE),
    "steps": nodes.Each(RANGE, "i", RANGE, None),
    "with those inside it": nodes.Items(tuple(RANGE for _ in range(6))),
    "inside": doubled(40),
    "more than 100000 characters": call("join", nodes.Each(nodes.Lit("a" * 100), "i", RANGE, None), ","),
    "characters": nodes.Each(nodes.Lit("a" * 90_000), "i", RANGE, None),
    "text": call("join", nodes.Each(nodes.Lit(""), "i", RANGE, None), "a" * 1_000),
    "steps of text": nodes.Each(nodes.Text((nodes.Lit("a" * 90_000), nodes.Name("i"))), "i", RANGE, None),
    "more than 4096 bits": nodes.Binary("*", nodes.Lit(1 << 4_000), nodes.Lit(1 << 4_000)),
    "too large": nodes.Binary("*", nodes.Lit(1e300), nodes.Lit(1e300)),
    "infinite": call("float", "inf"),
    "not a number": call("float", "nan"),
    "of more than": nodes.Binary("/", nodes.Ratio(1, 1 << 4_000), nodes.Ratio((1 << 4_000) + 1, 1)),
    "two numbers": nodes.Binary("%", nodes.Lit("%999999999d"), nodes.Lit(5)),
    "times": nodes.Binary("*", nodes.Lit("ab"), nodes.Lit(10**9)),
    "numbers": call("range", 0, 10**12),
    "division by zero": nodes.Binary("/", nodes.Lit(1), nodes.Lit(0)),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_what_would_grow_without_bound_is_stopped_at_once(bomb: nodes.Expr) -> None:
    begun = time.process_time()
    with pytest.raises(EvaluationError):
        Evaluator()(bomb, ENV)
    assert time.process_time() - begun < 2


def test_what_is_no_expression_of_this_version_is_an_error_too() -> None:
    for expr in (nodes.Call("system", ()), nodes.Binary("**", nodes.Lit(1), nodes.Lit(1)), nodes.Ratio(1, 0)):
        with pytest.raises(EvaluationError, match="no expression"):
            compiled(expr)


def test_a_deep_expression_is_an_error_and_no_crash() -> None:
    expr: nodes.Expr = nodes.Lit(1)
    for _ in range(5_000):
        expr = nodes.Unary("-", expr)
    with pytest.raises(EvaluationError, match="nested too deep"):
        Evaluator()(expr, ENV)


def test_each_evaluation_has_its_own_allowance() -> None:
    evaluate = compiled(nodes.Each(nodes.Name("i"), "i", RANGE, None))
    for _ in range(30):
        assert len(evaluate({})) == 10_000


SIDES = [
    ("and", False, False), ("or", True, True), ("??", 4, 4),
]


@pytest.mark.parametrize(("symbol", "left", "expected"), SIDES)
def test_the_right_side_is_looked_at_only_where_it_must_be(symbol: str, left: Any, expected: Any) -> None:
    fails = nodes.Binary("/", nodes.Lit(1), nodes.Lit(0))
    assert Evaluator()(nodes.Binary(symbol, nodes.Lit(left), fails), {}) == expected


def test_a_text_that_shows_none_is_none() -> None:
    text = nodes.Text((nodes.Lit("It is "), nodes.Name("none")))
    assert Evaluator()(text, ENV) is None
    assert Evaluator()(nodes.Binary("??", text, nodes.Lit("-")), ENV) == "-"
    assert Evaluator()(nodes.Text((nodes.Lit("a"), nodes.Name("n"))), ENV) == "a3"


def test_an_item_that_is_not_there_is_none() -> None:
    for at in (-1, 5, 99):
        assert Evaluator()(nodes.Index(nodes.Name("list"), nodes.Lit(at)), ENV) is None
    assert Evaluator()(nodes.Index(nodes.Name("record"), nodes.Lit("x")), ENV) is None
