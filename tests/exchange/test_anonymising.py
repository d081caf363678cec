"""Recorded dialogues without names, schools and numbers that identify."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.exchange import anonymising
from pedalang.exchange.speakers import Spoken
from pedalang.exchange.utterance import Utterance

ALL = anonymising.KINDS


def said(*turns: tuple[str, str, str, int]) -> list[Spoken]:
    return [Spoken(member, Utterance(label, text), voice) for member, label, text, voice in turns]


def texts(talk: list[Spoken], kinds: tuple[str, ...] = ALL, **item: object) -> list[str]:
    ((_, found),) = anonymising.anonymised([(item, talk)], kinds)
    return [each.utterance.text for each in found]


LESSON = said(
    ("teacher", "Ms Ruiz", "Good morning, I am Ms. Ruiz of Hill Park School. Tamika?", 0),
    ("student", "Tamika Obi", "Hi Ms Ruiz, it is 3 apples. So Farid and Farid's dad said 12 + 30.", 1),
    ("student", "JO", "tamika is right, ms ruiz! Call 555-123-4567 or jo@mail.example, my student id is 48213.", 2),
    ("teacher", "Ms Ruiz", "Thank you, Jo. So Farid is at Hill Park School too.", 0),
)


def test_names_schools_and_numbers_go_and_mathematics_stays() -> None:
    assert texts(LESSON) == [
        "Good morning, I am Teacher 1 of School 1. Student 1?",
        "Hi Teacher 1, it is 3 apples. So Person 1 and Person 1's dad said 12 + 30.",
        "Student 1 is right, Teacher 1! Call [number] or [number], my student id is [number].",
        "Thank you, Student 2. So Person 1 is at School 1 too."]


@pytest.mark.parametrize(("kinds", "want"), [
    (("names",), "Call 555-123-4567, Student 1 of Hill Park School."),
    (("schools",), "Call 555-123-4567, Ana of School 1."),
    (("numbers",), "Call [number], Ana of Hill Park School."),
    ((), "Call 555-123-4567, Ana of Hill Park School."),
])
def test_only_what_is_asked_for_goes(kinds: tuple[str, ...], want: str) -> None:
    talk = said(("student", "Ana", "Call 555-123-4567, Ana of Hill Park School.", 0))
    assert texts(talk, kinds) == [want]


def test_labels_go_and_so_do_names_in_what_a_dialogue_is_about() -> None:
    item = {"lesson": {"id": "ruiz_monday", "pupils": ("Tamika Obi",), "grade": 4, "name": "Tamika Obi"}}
    ((about, found),) = anonymising.anonymised([(item, LESSON)], ALL)
    assert about == {"lesson": {"id": "Teacher 1_monday", "pupils": ("Student 1",), "grade": 4, "name": "Student 1"}}
    assert [each.utterance.speaker for each in found] == ["Teacher 1", "Student 1", "Student 2", "Teacher 1"]


def test_numbers_of_people_begin_anew_in_each_dialogue() -> None:
    one = said(("student", "Ana", "So Farid met Bo-Ann there.", 0))
    other = said(("student", "Bo-Ann", "So Farid met Ana there.", 0))
    found = anonymising.anonymised([({}, one), ({}, other)], ALL)
    assert [each[1][0].utterance.text for each in found] == [
        "So Person 1 met Person 2 there.", "So Person 1 met Person 2 there."]


@pytest.mark.parametrize("label", ["Teacher", "STUDENT 3", "S2", "T", "tutor_b", "Several students", "Student J"])
def test_a_label_that_says_what_somebody_is_is_no_name(label: str) -> None:
    text = "The teacher asked a student, and the tutor said that several students have 2 or 3 t-shirts."
    assert texts(said(("student", label, text, 0))) == [text]


def test_a_name_that_is_a_word_too_is_found_in_capitals_only() -> None:
    talk = said(("student", "Will", "Will will do it, said Will.", 1), ("student", "Grace Mo", "Ask Grace or Mo.", 2))
    assert texts(talk) == ["Student 1 will do it, said Student 1.", "Ask Student 2 or Student 2."]


@pytest.mark.parametrize("text", [
    "What is 100 200 300 400, one by one?", "It is 1,000,000 or 12345678.5.", "Is 10000000 ten million?",
    "300-100-20 is 180.", "2 3 5 7 11 13 17 19 23", "x = 12/5/2", "It is 3.14159265358979.", "24 Apples, 13 Pears",
    "1/2 + 3/4", "0.333333333", "12 345 678 is a number", "2024 - 1999", "100000000 = 10^8", "123456789 + 1",
])
def test_numbers_of_mathematics_stay(text: str) -> None:
    assert texts(said(("student", "S", text, 0)), ("numbers",)) == [text]


@pytest.mark.parametrize("told", [
    "ana@school.example", "@ana_12", "+49 170 123 45 67", "(030) 123 45 678", "12/03/2011", "2011-03-12",
    "12 Elm Street", "555-123-4567", "555.123.4567", "(555) 123-4567", "ID 48213", "student number: 48213",
    "password is ab12cd",
    "www.ana-ruiz.example", "https://ana.example/me", "my zip code is 90210", "my phone number is 555 0123",
    "PO Box 1234", "192.168.0.12", "123-45-6789",
])
def test_numbers_that_identify_go(told: str) -> None:
    (found,) = texts(said(("student", "S", f"It is {told}, yes.", 0)), ("numbers",))
    assert "[number]" in found
    assert not any(part in found for part in told.split() if any(sign.isdigit() for sign in part))


@given(st.lists(st.integers(0, 9_999_999), max_size=6), st.sampled_from([" + ", " - ", ", ", " / ", " and "]))
def test_sums_stay(numbers: list[int], sign: str) -> None:
    text = sign.join(map(str, numbers))
    assert texts(said(("student", "S", text, 0)), ALL) == [text]
