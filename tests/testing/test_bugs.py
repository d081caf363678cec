"""The catalogue of planted bugs: what it promises about itself, and how many of them chance alone finds."""

from __future__ import annotations

import pytest

from pedalang.compiler import compile
from pedalang.source import Source
from tests.testing import catalogue
from tests.testing.catalogue import Bug, bugs

RARE = [bug for bug in bugs() if bug.rare]
IN_THE_SUITE = [bug for bug in RARE if bug.name in (
    "badge_out_of_a_row", "gas_before_water", "word_without_a_clue", "pause_before_praise")]
LEFT_TO_CHANCE = 300
"""Dialogues of each bug that the suite plays by chance; the full size is `catalogue.BY_CHANCE`."""


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


@pytest.mark.full
def test_chance_finds_fewer_than_ten() -> None:
    found = {bug.name: catalogue.by_chance(bug) for bug in bugs()}
    print("\n".join(f"{name}: {len(turns)} of {catalogue.BY_CHANCE}, {min(turns, default='-')}"
                    for name, turns in found.items()))
    assert sum(map(bool, found.values())) < 10
    for bug in bugs():
        assert min(found[bug.name], default=bug.turns) >= bug.turns, f"{bug.name} is shown by fewer turns"
