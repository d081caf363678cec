"""The catalogue of planted bugs: what it promises about itself, how many of them chance alone finds, and how many a
search."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang.compiler import compile
from pedalang.source import Source
from tests import literate
from tests.testing import catalogue
from tests.testing.catalogue import Bug, bugs

RARE = [bug for bug in bugs() if bug.rare]
IN_THE_SUITE = [bug for bug in RARE if bug.name in (
    "badge_out_of_a_row", "example_from_before", "minutes_overdrawn", "five_tenths")]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "testing.md"
HEAD = ("| program | planted | shortest | by chance | found at | first | shrunk to |", "|---|---|--:|--:|--:|--:|--:|")
LEFT_TO_CHANCE, SEARCHED = 100, 120
"""Dialogues of each bug that the suite plays by chance, and that it searches; the full size is `catalogue.EXAMPLES`."""


def test_each_program_is_in_the_catalogue() -> None:
    found = bugs()
    assert sorted(bug.name for bug in found) == sorted(path.stem for path in catalogue.FOLDER.glob("*.ped"))
    assert len(found) == 20
    assert sum(bug.rare and (bug.turns >= 6 or bool(bug.needs)) for bug in found) >= 12


@pytest.mark.parametrize("bug", bugs(), ids=lambda bug: bug.name)
def test_the_checks_report_none(bug: Bug) -> None:
    text = bug.path.read_text()
    assert "// Planted: " in text
    found = compile.compile_source(Source(str(bug.path), text), compile.beside(catalogue.FOLDER), bug.name)
    assert {each.code for each in found.diagnostics} <= {"PED0901"}


@pytest.mark.parametrize("bug", IN_THE_SUITE, ids=lambda bug: bug.name)
def test_chance_does_not_find_what_is_rare(bug: Bug) -> None:
    assert not catalogue.by_chance(bug, LEFT_TO_CHANCE)


@pytest.mark.parametrize("bug", IN_THE_SUITE, ids=lambda bug: bug.name)
def test_a_search_finds_what_is_rare_and_makes_it_short(bug: Bug) -> None:
    found = catalogue.searched(bug, SEARCHED).failure
    assert found is not None
    assert found.played.length <= bug.turns + 1


@pytest.mark.full
def test_the_catalogue_at_its_full_size(update: bool) -> None:
    """The table of `docs/benchmarks/testing.md`; with `--update` it is written there."""
    lines, by_chance, by_search = [], 0, 0
    for bug in bugs():
        turns = catalogue.by_chance(bug)
        assert min(turns, default=bug.turns) >= bug.turns, f"{bug.name} is shown by fewer turns"
        found = catalogue.searched(bug).failure
        assert found is None or found.played.length >= bug.turns, f"{bug.name} is shown by fewer turns"
        by_chance += bool(turns)
        by_search += found is not None and found.played.length <= bug.turns + 1
        lines.append(f"| `{bug.name}` | {bug.planted} | {bug.turns} | {len(turns) or '-'} | "
                     + (f"{found.example} | {found.first} | {found.played.length} |" if found else "- | - | - |"))
    lines.append(f"| found | | | {by_chance} of {len(lines)} | {by_search} of {len(lines)} | | |")
    page = PAGE.read_text()
    if update:
        PAGE.write_text(literate.between(page, "bugs", "\n".join([*HEAD, *lines, ""])))
    else:
        print("\n".join([*HEAD, *lines]))
    assert by_chance < 10
    assert by_search >= 18
