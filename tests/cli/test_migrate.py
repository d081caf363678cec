"""`ped migrate`: nothing to do in the only edition, but for files that do not name it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Ped


def test_what_names_the_newest_edition_is_left_alone(ped: Ped, folder: Path) -> None:
    before = (folder / "first/main.ped").stat().st_mtime_ns
    outcome = ped("migrate", "--write", "first/main.ped")
    assert (outcome.code, outcome.out) == (0, "first/main.ped: edition 1, the newest: nothing to do\n")
    assert (folder / "first/main.ped").stat().st_mtime_ns == before


def test_the_edition_is_written_when_it_is_asked_for(ped: Ped, folder: Path) -> None:
    file = folder / "plain.ped"
    file.write_text("let a = 1\n")
    said = ped("migrate", "plain.ped")
    assert said.out == "plain.ped: says no edition: `pedalang 1` belongs in its first line; --write does it\n"
    assert file.read_text() == "let a = 1\n"
    assert ped("migrate", "--write", "--json", "plain.ped").json == {
        "version": 1, "ok": True, "files": [{"file": "plain.ped", "was": None, "now": 1, "changes": True}]}
    assert file.read_text() == "pedalang 1\n\nlet a = 1\n"
    assert ped("migrate", "plain.ped").out.endswith("nothing to do\n")


def test_a_newer_edition_is_refused(ped: Ped, folder: Path) -> None:
    (folder / "later.ped").write_text("pedalang 2\nlet a = 1\n")
    outcome = ped("migrate", "--write", "later.ped")
    assert outcome.code == 1
    assert outcome.err.startswith("error[PED0207]: this file is written for edition 2")
    assert "--> later.ped:1:10" in outcome.err
    assert (folder / "later.ped").read_text() == "pedalang 2\nlet a = 1\n"
    assert ped("migrate", "nowhere.ped").code == 2
