"""Both texts can be read off their difference."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pedalang.study.tuning.differing import Piece, pieces


def test_a_changed_phrase_is_one_change() -> None:
    assert pieces("You are a patient tutor. One idea a turn.", "You are a patient maths coach. One idea a turn.") == (
        Piece("same", "You are a patient "), Piece("gone", "tutor"), Piece("new", "maths coach"),
        Piece("same", ". One idea a turn."))


def test_what_is_added_leaves_the_rest_as_it_was() -> None:
    assert pieces("Ask.", "Ask. Then wait.") == (Piece("same", "Ask."), Piece("new", " Then wait."))


def test_texts_with_little_in_common_stand_one_after_the_other() -> None:
    assert pieces("Say the answer at once.", "Let them draw first!") == (
        Piece("gone", "Say the answer at once."), Piece("new", "Let them draw first!"))


texts = st.text(st.sampled_from("ab .\n"), max_size=30)


@given(texts, texts)
def test_both_texts_can_be_read_off(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(text for sign, text in found if sign != "new") == before
    assert "".join(text for sign, text in found if sign != "gone") == after
    assert all(text for _, text in found)
