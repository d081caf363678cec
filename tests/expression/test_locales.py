"""Numbers as languages write them: found in texts, and shown in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.expression import locales, values
from pedalang.expression.functions import FUNCTIONS

numbers, rationals = FUNCTIONS["numbers"].python, FUNCTIONS["rationals"].python


@pytest.mark.parametrize(("tag", "text", "found"), [
    ("de", "1.234.567,5 und 0,25 und -3", (1234567.5, 0.25, -3.0)),
    ("de", "3.5 wie auf dem Rechner", (3.5,)),
    ("de", "1, 2 und 3,", (1.0, 2.0, 3.0)),
    ("de-CH", "1’234.5 oder 1'234", (1234.5, 1234.0)),
    ("de-CH-1996", "0.5", (0.5,)),
    ("fr", "1\u202f234,5 ou 1 234 ou 12", (1234.5, 1234.0, 12.0)),
    ("fr", "12 34", (12.0, 34.0)),
    ("pt-BR", "1.000,5", (1000.5,)), ("pt-PT", "1\u00a0000,5", (1000.5,)),
    ("en", "1,234.5 and 1,5", (1234.5, 1.0, 5.0)),
    ("", "1,234.5", (1234.5,)), ("xh", "1,234.5", (1234.5,)),
])
def test_numbers_are_found(tag: str, text: str, found: tuple[float, ...]) -> None:
    assert numbers(text, tag) == found


def test_fractions_are_found_in_any_language() -> None:
    assert [str(each) for each in rationals("1/2 und 0,5, nicht 1/2/3; 3/4.", "de")] == ["1/2", "1/2", "3/4"]


@given(st.sampled_from(sorted(locales.TABLE)), st.floats(-1e9, 1e9).map(lambda value: float(f"{value:.6g}")))
def test_what_is_shown_is_found_again(tag: str, value: float) -> None:
    shown = locales.shown(value, tag)
    if "e" in shown:
        return
    (found,) = numbers(shown, tag)
    assert values.equal(found, float(values.to_text(value)))


@given(st.sampled_from(sorted(locales.TABLE)), st.text("0123456789.,’' \u202f\u00a0/-a", max_size=30))
def test_nothing_that_is_read_fails(tag: str, text: str) -> None:
    assert all(isinstance(each, float) for each in numbers(text, tag))
    assert len(rationals(text, tag)) <= len(text)


def test_the_table_holds_tags() -> None:
    assert all(locales.is_tag(tag) and locales.of(tag) == locale for tag, locale in locales.TABLE.items())
