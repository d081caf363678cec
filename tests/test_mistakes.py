"""Mistakes that people make, and what is said of them: `tests/pages/mistakes/*.md`.

Each case is a program, perhaps with files beside it, and what `ped check` says of it: place, severity, code, the
words that are underlined, label, help and related places. It is written by hand from the rules of the language, and
most of it (192 cases) before the checks were looked at or were there. Nothing here is written anew by `--update`: where
compiler and page differ, somebody thinks, and mends one of them.

A case whose code has no page in `docs/diagnostics` is about a check that is still to come, and waits for it.
"""

from __future__ import annotations

import json
import re
from operator import attrgetter
from pathlib import Path

import pytest
from click.testing import CliRunner

from pedalang.cli import main
from tests import mistakes
from tests.mistakes import Case, Found

ROOT = Path(__file__).resolve().parents[1]
KNOWN = {page.stem for page in (ROOT / "docs" / "diagnostics").glob("PED*.md")}
ALL = mistakes.cases(ROOT / "tests" / "pages" / "mistakes")
CASES = [case for case in ALL if case.codes <= KNOWN]
NAME = attrgetter("name")

BY_LINES = {"PED0103", "PED0104", "PED0106", "habits: A text without quotation marks",
            "habits: A text of several lines as in YAML", "habits: A name with a hyphen", "habits: A name of two words"}
"""Codes about the lines of a file: an unclosed block is found by indentation, an unclosed text by the end of its line,
a field without a colon by its value behind it; and cases that are."""


def checked(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    """What `ped check main.ped` says in a folder with the files of a case."""
    for name, text in case.files.items():
        (folder / name).write_bytes(text.encode(case.encoding))
    monkeypatch.chdir(folder)
    output = CliRunner().invoke(main, ["check", "--json", "main.ped"], catch_exceptions=False).output
    return sorted(mistakes.said(each) for each in json.loads(output)["diagnostics"])


@pytest.mark.parametrize("case", CASES, ids=NAME)
def test_a_mistake_is_told_as_it_should_be(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(case, tmp_path, monkeypatch) == sorted(case.found)


@pytest.mark.parametrize("case", CASES, ids=NAME)
def test_greek_names_indentation_and_comments_change_nothing(case: Case, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    other = mistakes.indented(mistakes.renamed(case, "greek", mistakes.RESERVED))
    assert checked(other, tmp_path, monkeypatch) == sorted(other.found)


@pytest.mark.parametrize("case", [case for case in CASES if not BY_LINES & {case.name, *case.codes}], ids=NAME)
def test_japanese_names_and_line_ends_change_nothing(case: Case, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    other = mistakes.scattered(mistakes.renamed(case, "japanese", mistakes.RESERVED))
    assert checked(other, tmp_path, monkeypatch) == sorted(other.found)


# ---------------------------------------------------------------- the pages


def test_there_are_many_mistakes() -> None:
    assert len(CASES) >= 120
    assert len({tuple(case.files.items()) for case in ALL}) == len(ALL), "the same mistake twice"
    assert sum(len(case.found) > 1 for case in ALL) >= 10, "programs with several"


def test_every_code_of_a_check_has_a_mistake() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pedalang" / "compiler").rglob("*.py"))
    given = set(re.findall(r'"(PED0\d{3})"', written))
    beside = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "tests" / "pages" / "contracts").glob("*.md"))
    found = {code for case in ALL for code in case.codes} | set(re.findall(r"\[(PED0\d{3})\] \w", beside))
    assert sorted(given - found) == []
