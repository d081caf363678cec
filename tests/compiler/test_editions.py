"""Programs are brought from edition to edition, along a table. Edition 2 and 3 are made up here."""

from __future__ import annotations

import pytest

from pedalang.compiler import editions
from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Report
from pedalang.source import Source

MADE_UP = {1: lambda source: source.text.replace("let ", "let the_"), 2: lambda source: source.text + "// kept\n"}


def migrated(text: str, **told: object) -> tuple[str, int | None] | str:
    """The new text and the old edition, or the code of what is wrong."""
    report = Report()
    found = editions.migrate(Source("main.ped", text), report, **told)  # type: ignore[arg-type]
    return (found.text, found.was) if found is not None else report.errors[0].code


def test_in_the_only_edition_there_is_nothing_to_do() -> None:
    assert not editions.REWRITES
    text = "// a comment\npedalang 1 // the first\n\n\nlet  a = 1"
    assert migrated(text) == (text, 1)


@pytest.mark.parametrize(("text", "new"), [
    ("let a = 1\n", "pedalang 1\n\nlet a = 1\n"),
    ("//! What it is.\r\nlet a = 1\r\n", "pedalang 1\r\n\r\n//! What it is.\r\nlet a = 1\r\n"),
    ("", "pedalang 1\n"),
    ("let a = = 1\n", "pedalang 1\n\nlet a = = 1\n"),
])
def test_a_text_that_names_no_edition_is_given_one(text: str, new: str) -> None:
    assert migrated(text) == (new, None)
    report = Report()
    found = parse.parse(Source("main.ped", new), report)
    assert found.edition is not None and found.edition.number.text == "1"
    assert migrated(new) == (new, 1)


@pytest.mark.parametrize("number", ["2", "0", "01", "1.0", "99999999999999999999"])
def test_an_edition_that_is_not_known_is_refused(number: str) -> None:
    assert migrated(f"pedalang {number}\nlet a = 1\n") == "PED0207"


def test_a_text_goes_through_all_editions_between() -> None:
    told = {"rewrites": MADE_UP, "newest": 3}
    assert migrated("pedalang 1\nlet a = 1\n", **told) == ("pedalang 3\nlet the_a = 1\n// kept\n", 1)
    assert migrated("pedalang 2\nlet a = 1\n", **told) == ("pedalang 3\nlet a = 1\n// kept\n", 2)
    assert migrated("pedalang 3\nlet a = 1\n", **told) == ("pedalang 3\nlet a = 1\n", 3)
    assert migrated("let a = 1\n", **told) == ("pedalang 3\n\nlet the_a = 1\n// kept\n", None)
    assert migrated("pedalang 4\n", **told) == "PED0207"
