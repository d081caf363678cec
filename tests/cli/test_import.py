"""`ped import elmes`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from pedalang import cli
from tests.exchange.elmes import configs


def test_a_configuration_becomes_a_program_with_its_data(tmp_path: Path) -> None:
    config = tmp_path / "lessons.yaml"
    config.write_text(configs.LOOP, encoding="utf-8")
    told = CliRunner().invoke(cli.main, ["import", "elmes", str(config)])
    assert told.exit_code == 0, told.stderr
    assert "ELMES 0.1.x: to look at 1, not carried over 1" in told.stdout
    assert "warning[PED1008]" in told.stderr
    made = tmp_path / "lessons.ped"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "lessons.child.jsonl", "lessons.ped", "lessons.task.jsonl", "lessons.yaml"]
    assert CliRunner().invoke(cli.main, ["fmt", "--check", str(made)]).exit_code == 0
    assert CliRunner().invoke(cli.main, ["check", str(made)]).exit_code == 0
    again = CliRunner().invoke(cli.main, ["import", "elmes", str(config), "--json"])
    assert again.exit_code == 1
    assert json.loads(again.stdout)["diagnostics"][0]["code"] == "PED1405"


def test_json_tells_what_was_found(tmp_path: Path) -> None:
    config = tmp_path / "lessons.yaml"
    config.write_text(configs.NEWER_LOOP, encoding="utf-8")
    told = CliRunner().invoke(cli.main, ["import", "elmes", str(config), "--out", str(tmp_path / "made.ped"), "--json"])
    found = json.loads(told.stdout)
    assert (told.exit_code, found["ok"], found["dialect"]) == (0, True, "1.0")
    assert found["files"] == [str(tmp_path / name) for name in ("made.ped", "made.child.jsonl", "made.task.jsonl")]
    assert "PED1014" in {each["code"] for each in found["diagnostics"]}


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "lessons.yaml"
    config.write_text("a: [1", encoding="utf-8")
    told = CliRunner().invoke(cli.main, ["import", "elmes", str(config)])
    assert told.exit_code == 1
    assert "error[PED1001]" in told.stderr
    assert not (tmp_path / "lessons.ped").exists()
