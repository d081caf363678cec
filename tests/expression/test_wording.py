"""What two texts have in common: words, runs of words, likeness."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.expression import wording
from pedalang.expression.functions import FUNCTIONS

TEXTS = st.text("ab 'THEe12.?", max_size=40)


def test_content_words_leave_function_words_out() -> None:
    found = wording.content_words("What’s the SUM of 3 fourths, and why isn't it the Sum?")
    assert found == ("sum", "3", "fourths", "sum")
    assert wording.content_words("You would, wouldn't you?") == ()


def test_runs_of_words() -> None:
    assert wording.word_runs("So: one half, one third", 2) == ("so one", "one half", "half one", "one third")
    assert wording.word_runs("one", 2) == ()
    with pytest.raises(ValueError, match="0 is no number of words"):
        wording.word_runs("one", 0)


def test_overlap_is_a_share_of_the_first_text_s_words() -> None:
    assert wording.overlap("The lower number, the denominator", "Add the denominator to that number.") == 2 / 3
    assert wording.overlap("Is it?", "It is.") is None
    assert wording.overlap("number", "") == 0


def test_sentences() -> None:
    assert wording.sentences("Good. It is 2.5, no?  Yes!\n\nNow") == ("Good.", "It is 2.5, no?", "Yes!", "Now")
    assert wording.sentences(" ") == ()


def test_what_a_speaker_says_in_a_written_dialogue() -> None:
    text = "Tutor: Hi! The question is: why?\n\xa0Student: It is 3:4,\nso 3.\n  Mr. Lee : And?\nStudent:\nnone: 1"
    assert wording.said_by(text, "student") == ("It is 3:4,\nso 3.", "")
    assert wording.said_by(text, "Mr. Lee") == ("And?",)
    assert wording.said_by("It says Tutor: no", "Tutor") == wording.said_by("", "Tutor") == ()


@given(TEXTS, TEXTS)
def test_similarity_is_a_cosine(one: str, other: str) -> None:
    found = wording.similarity(one, other)
    assert 0 <= found <= 1 and found == wording.similarity(other, one)
    words = wording.content_words(one)
    assert wording.similarity(one, one) == pytest.approx(1 if words else 0)
    if not set(words) & set(wording.content_words(other)):
        assert found == 0


ITEMS = st.lists(st.one_of(st.integers(0, 3), st.sampled_from([1.0, Fraction(2)]), st.just((1, 2)),
                           st.just({"id": 1})), max_size=6)


@given(ITEMS, ITEMS)
def test_distinct_and_shared_items(items: list[object], others: list[object]) -> None:
    """Whatever the items are, records too."""
    once = list(wording.distinct(items))
    assert all(item in once for item in items) and all(once.index(item) == at for at, item in enumerate(once))
    assert list(wording.shared(items, others)) == [item for item in once if item in others]


def test_they_can_be_called() -> None:
    ln = FUNCTIONS["ln"].python
    assert ln(math.e) == 1
    with pytest.raises(ValueError):
        ln(0)
    replace = FUNCTIONS["replace"].python
    assert replace("10.2", ".", "_") == "10_2"
    for arguments in (("a", "", "b"), ("a" * 1000, "a", "b" * 100_000)):
        with pytest.raises(ValueError):
            replace(*arguments)
