"""What a command writes takes the place of what was there, whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from pedalang.cli import main

FRACTIONS = Path(__file__).resolve().parents[2] / "programs" / "fractions" / "main.ped"
UNTIDY = "pedalang 1\n\n\n\nmove   ask for teacher { }\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "main.ped"
    path.write_text(UNTIDY, encoding="utf-8")
    return path


def test_a_file_keeps_its_rights(program: Path) -> None:
    program.chmod(0o640)
    assert CliRunner().invoke(main, ["fmt", str(program)]).exit_code == 0
    assert program.read_text(encoding="utf-8") != UNTIDY
    assert stat.S_IMODE(program.stat().st_mode) == 0o640
    assert os.listdir(program.parent) == ["main.ped"]


def test_a_link_stays_a_link(program: Path) -> None:
    link = program.with_name("link.ped")
    link.symlink_to(program.name)
    assert CliRunner().invoke(main, ["fmt", str(link)]).exit_code == 0
    assert link.is_symlink()
    assert program.read_text(encoding="utf-8") != UNTIDY


def test_a_full_disk_leaves_the_program_as_it_was(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    done = CliRunner().invoke(main, ["fmt", str(program)])
    assert done.exit_code == 1
    assert "error[PED1405]: `" in done.stderr
    assert "cannot be written: no space left on device" in done.stderr
    assert program.read_text(encoding="utf-8") == UNTIDY
    assert os.listdir(program.parent) == ["main.ped"]


def test_a_folder_that_is_not_there(program: Path) -> None:
    done = CliRunner().invoke(main, ["compile", str(FRACTIONS), "-o", str(program.parent / "no" / "plan.json")])
    assert done.exit_code == 1
    assert "error[PED1405]: `" in done.stderr
