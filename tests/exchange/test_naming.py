"""Names and numbers that identify, as texts show them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from pedalang.exchange import naming


@pytest.mark.parametrize(("text", "shown"), [
    ("Good morning, Ms. Ruiz.", "Good morning, Ms. [person 1]."),
    ("Hi Tamika, walk me through it.", "Hi [person 1], walk me through it."),
    ("My name is Tamika Obi. Ask Tamika.", "My name is [person 1]. Ask [person 1]."),
    ("That is right, Tamika!", "That is right, [person 1]!"),
    ("Tamika, how did you get there?", "[person 1], how did you get there?"),
    ("So Tamika's answer and Jo-Ann's differ.", "So [person 2]'s answer and [person 1]'s differ."),
    ("Scott is a 7th grade student.", "[person 1] is a 7th grade student."),
    ("I go to Hill Park Primary School.", "I go to [school 1]."),
    ("Then Bjørn said what Özlem said.", "Then [person 1] said what [person 2] said."),
])
def test_names_are_found_by_what_stands_around_them(text: str, shown: str) -> None:
    assert naming.found([text]).replaced(text) == shown


@pytest.mark.parametrize("text", [
    "What is 1/2 + 1/3?", "On Monday we do Math.", "I think I'm right. Maybe.", "Use the Pythagorean theorem.",
    "Therefore, x = 12. However, 3 times 4 is 12.", "It is 10 20 30, or 1,000,000.", "Is A = B?", "3.14 or 22/7",
])
def test_what_is_no_name_stays(text: str) -> None:
    assert naming.found([text]).replaced(text) == text


@pytest.mark.parametrize("text", ["ana@school.example", "@ana_12", "+49 170 123 45 67", "(030) 123 45 678",
                                  "12/03/2011", "2011-03-12", "123456789", "12 Elm Street"])
def test_numbers_that_identify_are_taken_out(text: str) -> None:
    assert naming.found([]).replaced(f"It is {text}, yes.") == "It is [number], yes."


def test_a_word_that_stands_in_small_letters_is_no_name() -> None:
    told = ["I saw Rose there.", "The rose is red.", "A rose, I said.", "We met Farid there.", "And farid wrote."] * 2
    found = naming.found([*told, "So Farid asked.", "But Farid did."])
    assert found.replaced("Rose and Farid") == "Rose and [person 1]"


def test_fields_that_are_called_names_tell_them() -> None:
    item = {"pupil": {"first_name": "ada", "grade": 7}, "school": "St Mary's", "problem": "Ada has 3.", "names": ["Bo"],
            "username": "x1", "surname": 4, "student": "yes it is"}
    known = naming.fields(item)
    assert known == {"ada": "person", "St Mary's": "school", "Bo": "person", "x1": "person"}
    assert naming.found([], known).replaced("ada of St Mary's, and Bo; adab") == \
        "[person 2] of [school 1], and [person 1]; adab"


def test_the_same_name_is_shown_alike_and_the_parts_of_a_full_one() -> None:
    names = naming.found(["Thank you, Mr. Chen Wei.", "Yes, Wei."])
    assert names.replaced("Chen Wei, Wei, Chen") == "[person 1], [person 1], [person 1]"
    assert names.without({"Wei": ["Wei", 3, None]}) == {"Wei": ["[person 1]", 3, None]}
    assert (names.count("person"), names.count("school")) == (1, 0)


@pytest.mark.skipif("PEDALANG_DATA" not in os.environ, reason="PEDALANG_DATA names no folder of recorded dialogues")
def test_most_pupils_of_recorded_dialogues_are_found_though_nothing_tells_their_names() -> None:
    """The pupils' names stand in the profiles; only the dialogues are looked at. The figures are in docs/journal.md."""
    rows = [json.loads(line) for line in (Path(os.environ["PEDALANG_DATA"]) / "mathdial" / "dialogues.jsonl")
            .read_text(encoding="utf-8").splitlines()]
    pupils = {re.match(r"(\w+) is a", row["student_profile"])[1] for row in rows}  # type: ignore[index]
    said = [text for row in rows for text in row["conversation"].split("|EOM|")]
    pattern = re.compile(rf"\b(?:{'|'.join(pupils)})\b")
    names = naming.found(said)
    before, after = (sum(len(pattern.findall(text)) for text in texts)
                     for texts in (said, [names.replaced(text) for text in said]))
    assert before > 250 and after / before < 0.05
