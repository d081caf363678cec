"""Evidence: what is read as a quote, and whether it stands in its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.expression.environment import turn_record
from pedalang.study import quoting
from pedalang.study.quoting import Quote

TURNS = [turn_record("teacher", "How did you   get\n“seven”?", number=0),
         turn_record("student", "I added 3 and 4, didn’t I?", number=1),
         turn_record("teacher", "How did you do it?", number=2)]


@pytest.mark.parametrize(("text", "expected"), [
    ('{"line": 2, "quote": "I added"}', Quote(2, "I added")),
    ('Sure. {"line": 2, "quote": " I added "} There.', Quote(2, "I added")),
    ('2: "I added"', Quote(2, "I added")),
    ("Line 2 - I added 3 and 4", Quote(2, "I added 3 and 4")),
    ('{"line": "2", "quote": "I added"}', None),
    ('{"line": 2}', None),
    ("I added", None),
    ("", None),
    ("[" * 5000, None),
    ('{"line": 1e999, "quote": "a"}', None),
])
def test_what_is_read(text: str, expected: Quote | None) -> None:
    found = quoting.read(text)
    assert found == (expected or "it is no line with words of it")


@pytest.mark.parametrize(("line", "words", "why"), [
    (1, 'get "seven"?', ""),
    (1, "How did you get “seven”?", ""),
    (2, "didn't I", ""),
    (2, '"I added 3 and 4"', ""),
    (2, "2 student: I added 3", ""),
    (2, "i added", "the words do not stand in line 2"),
    (1, "I added 3", "the words do not stand in line 1, but in line 2"),
    (4, "I added", "there is no line 4"),
    (0, "I added", "there is no line 0"),
    (2, '"…"', "it quotes no words"),
    (2, "", "it quotes no words"),
])
def test_whether_it_stands_there(line: int, words: str, why: str) -> None:
    assert quoting.wrong(Quote(line, words), TURNS) == why


@given(st.sampled_from(range(3)), st.integers(0, 20), st.integers(1, 20))
def test_every_part_of_a_turn_with_words_is_a_quote_of_it(at: int, start: int, size: int) -> None:
    words = TURNS[at]["text"][start : start + size]
    if any(map(str.isalnum, words)):
        assert quoting.wrong(Quote(at + 1, words), TURNS) == ""
