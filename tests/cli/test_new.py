"""`ped new`: what it makes passes its check, runs at once, and takes nobody's place."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pedalang import resources
from pedalang.cli.new import templates
from tests.cli.conftest import Ped


@pytest.mark.parametrize("template", templates())
def test_what_is_made_can_be_checked_and_run(ped: Ped, folder: Path, monkeypatch: pytest.MonkeyPatch,
                                             template: str) -> None:
    outcome = ped("new", "my-lesson", "--template", template)
    assert outcome.code == 0
    assert sorted(re.findall(r"my-lesson/\S+", outcome.out)) == sorted(
        f"my-lesson/{name}" for name in os.listdir(folder / "my-lesson"))
    monkeypatch.chdir(folder / "my-lesson")
    assert Path("README.md").read_text().startswith("# my-lesson\n")
    assert ped("check", "main.ped").out == "1 file checked: no errors, no warnings\n"
    ran = 0
    for command in re.findall(r"^    ped ((?:run|observe) .*)$", Path("README.md").read_text(), re.MULTILINE):
        if "--engine random:" in command or command == "observe main.ped":
            found = ped(*command.split(), "--json").json
            assert found["measures"]["total"]["n"] >= 3
            assert Path(found["run"], "report.html").is_file()
            ran += 1
    assert ran, "the page shows how to run it"


def test_every_command_of_a_template_s_page_can_be_given(ped: Ped, folder: Path) -> None:
    for template in templates():
        page = (resources.folder("templates") / template / "README.md").read_text(encoding="utf-8")
        for command in re.findall(r"^    ped (\S+)", page, re.MULTILINE):
            assert ped(command, "--help").code == 0


def test_a_folder_that_is_there_is_left_alone(ped: Ped, folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "main.ped").write_text("let a = 1\n")
    (folder / "file").write_text("")
    for name in ("mine", "file"):
        outcome = ped("new", name)
        assert (outcome.code, outcome.err.split(":")[0]) == (2, "error[PED1412]")
    assert os.listdir(folder / "mine") == ["main.ped"]
    assert (folder / "mine" / "main.ped").read_text() == "let a = 1\n"


@pytest.mark.parametrize("name", ["../up", "a/b", "a b", "-x", "1st", ".hidden", "", "x" * 61, "a\nb", "con:"])
def test_a_name_that_leads_elsewhere_is_refused(ped: Ped, folder: Path, name: str) -> None:
    before = sorted(os.listdir(folder))
    outcome = ped("new", "--", name)
    assert (outcome.code, outcome.err.split(":")[0]) == (2, "error[PED1411]")
    assert sorted(os.listdir(folder)) == before


def test_a_full_disk_leaves_nothing(ped: Ped, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    outcome = ped("new", "mine", "--json")
    assert (outcome.code, outcome.json["diagnostics"][0]["code"]) == (1, "PED1405")
    assert not (folder / "mine").exists()


def test_an_unknown_template(ped: Ped) -> None:
    assert ped("new", "mine", "--template", "seminar").code == 2
