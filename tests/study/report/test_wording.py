"""Values, numbers and texts as a report words them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.study.report import wording


@pytest.mark.parametrize(("value", "text"), [
    ({"ratio": [5, 6]}, "5/6"),
    ({"ratio": [4, 2]}, "2"),
    ({"ratio": [5, 0]}, '{"ratio":[5,0]}'),
    (None, "none"),
    (True, "yes"),
    (0.37000000000000005, "0.37"),
    (0.000012, "1.2e-05"),
    (12.0, "12"),
    ([1, None, {"ratio": [1, 2]}], "1, none, 1/2"),
    ({"a": [], "b": None}, "a: none, b: none"),
    ("plain", "plain"),
])
def test_values_read_as_in_a_prompt(value: object, text: str) -> None:
    assert wording.show(value) == text


@pytest.mark.parametrize(("value", "number"), [
    (True, 1.0), (3, 3.0), ({"ratio": [1, 2]}, 0.5), (None, None), ("3", None), ({"ratio": [1, 0]}, None),
    (10**400, None), ([1], None), (float("inf"), None),
])
def test_what_can_be_plotted(value: object, number: float | None) -> None:
    assert wording.as_float(value) == number


@pytest.mark.parametrize(("value", "text"), [
    (0.8333, "0.83"), (12.34, "12.3"), (1204.4, "1,204"), (None, "–"), (float("nan"), "–"), (2e9, "2e+09"),
])
def test_numbers_have_the_digits_that_are_read(value: float | None, text: str) -> None:
    assert wording.number(value) == text


def test_a_clipped_text_says_what_is_missing() -> None:
    assert wording.clip("abcdef", 6) == "abcdef"
    assert wording.clip("abcdef", 2) == "ab … (4 more characters in the journal)"
    assert wording.short(" a\n b  c ", 10) == "a b c"
    assert wording.short("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(("value", "shown"), [
    ("/home/someone/models/small.gguf", "…/small.gguf"),
    ("llama:/home/someone/small.gguf", "llama:…/small.gguf"),
    ("C:\\Users\\someone\\small.gguf", "…/small.gguf"),
    ("openai:http://localhost:8000/v1#small", "openai:http://localhost:8000/v1#small"),
    ("http://localhost:8000/v1", "http://localhost:8000/v1"),
    ("scripted:replies/tutor.txt", "scripted:replies/tutor.txt"),
    ({"beside": ["/data/dialogues.jsonl", 3, None]}, {"beside": ["…/dialogues.jsonl", 3, None]}),
])
def test_no_page_tells_where_files_are_kept(value: object, shown: object) -> None:
    assert wording.without_folders(value) == shown


@given(st.text(st.characters()))
def test_a_clean_text_can_be_written_and_is_clean(text: str) -> None:
    found = wording.clean(text)
    found.encode()
    assert wording.clean(found) == found
    assert "\r" not in found and "\x00" not in found
