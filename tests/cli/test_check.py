"""`ped check`: what it finds, and what it mends."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cli.conftest import Ped

SLIPS = 'from std.scales import Anchored4, Likert5\n\ntype  T { a: Txt; b: Likert }\n'


def test_fix_mends_the_file_and_says_what_it_did(ped: Ped, folder: Path) -> None:
    (folder / "slip.ped").write_text("let  colour = 1 // kept\nlet x = colur\n")
    outcome = ped("check", "--fix", "slip.ped")
    assert (outcome.code, outcome.out) == (
        0, "fixed slip.ped:2:9: write `colour` [PED0201]\n1 file checked: no errors, no warnings\n")
    assert (folder / "slip.ped").read_text() == "let  colour = 1 // kept\nlet x = colour\n"


def test_diff_shows_and_writes_nothing(ped: Ped, folder: Path) -> None:
    (folder / "slip.ped").write_text("let colour = 1\nlet x = colur")
    outcome = ped("check", "--diff", "slip.ped")
    assert outcome.out == ("--- slip.ped\n+++ slip.ped\n@@ -1,2 +1,2 @@\n let colour = 1\n-let x = colur\n"
                           "\\ No newline at end of file\n+let x = colour\n\\ No newline at end of file\n")
    assert outcome.err.startswith("would fix slip.ped:2:9: write `colour` [PED0201]\n")
    assert (folder / "slip.ped").read_text() == "let colour = 1\nlet x = colur"


def test_what_is_left_is_told_and_is_the_exit_code(ped: Ped, folder: Path) -> None:
    (folder / "slip.ped").write_text(SLIPS)
    outcome = ped("check", "--fix", "--json", "slip.ped")
    assert outcome.code == 1
    assert [each["title"] for each in outcome.json["fixed"]] == ["leave it out", "write `Text`"]
    assert outcome.json["changed"] == ["slip.ped"]
    assert [each["code"] for each in outcome.json["diagnostics"]] == ["PED0302"]
    assert (folder / "slip.ped").read_text() == SLIPS.replace("Txt;", "Text")


def test_a_module_beside_the_program_is_mended_and_its_rights_stay(ped: Ped, folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "sizes.ped").write_text("let width = 1\nlet x = widht\n")
    (folder / "parts" / "sizes.ped").chmod(0o640)
    (folder / "slip.ped").write_text("from parts.sizes import x\nlet y = x\n")
    assert ped("check", "--fix", "slip.ped").code == 0
    assert (folder / "parts" / "sizes.ped").read_text() == "let width = 1\nlet x = width\n"
    assert os.stat(folder / "parts" / "sizes.ped").st_mode & 0o777 == 0o640
    assert sorted(os.listdir(folder / "parts")) == ["sizes.ped"]


def test_fixes_are_told_to_programs(ped: Ped, folder: Path) -> None:
    (folder / "slip.ped").write_text("let colour = 1\nlet x = colur\n")
    assert ped("check", "slip.ped", "--json").json["diagnostics"][0]["fixes"] == [
        {"title": "write `colour`", "edits": [{"file": "slip.ped", "text": "colour", "line": 2, "column": 9,
                                               "end_line": 2, "end_column": 14}]}]


def test_what_is_right_is_left_alone(ped: Ped, folder: Path) -> None:
    program = folder / "fractions" / "main.ped"
    before = program.stat().st_mtime_ns
    assert ped("check", "--fix", "fractions/main.ped").out == "1 file checked: no errors, no warnings\n"
    assert program.stat().st_mtime_ns == before
