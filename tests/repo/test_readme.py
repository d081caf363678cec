"""What the README shows is what there is: its program, what that prints, its picture."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pedalang.cli import main


def blocks(root: Path, language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (root / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    return [text for kind, text in found if kind == language]


def test_its_program_is_the_first_program(root: Path) -> None:
    assert blocks(root, "ped") == [(root / "programs" / "first" / "main.ped").read_text()]


def test_the_program_prints_what_it_says(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules decide the scores, so that any engine gives the same."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["run", str(root / "programs" / "first" / "main.ped"), "--engine", "random:"])
    printed = "\n".join(line.rstrip() for line in result.stdout.splitlines())
    (shown,) = [block for block in blocks(root, "") if block.startswith("$ ped run programs/first/main.ped")]
    assert shown.split("\n", 1)[1].rstrip() == printed


def test_its_dialogue_is_one_of_the_program(root: Path, tmp_path: Path) -> None:
    """Rules decide who speaks and what the learner answers; the engine only picks among the candidates."""
    (shown,) = [block.splitlines() for block in blocks(root, "") if block.startswith("teacher")]
    runner = CliRunner()
    folder = str(tmp_path / "run")
    runner.invoke(main, ["run", str(root / "programs" / "first" / "main.ped"), "--engine", "random:", "--out", folder])
    told = runner.invoke(main, ["journal", "export", folder, "--format", "jsonl"])
    dialogues = [json.loads(line) for line in told.stdout.splitlines()]
    said = ["What is 8 + 7?", "Count on from 8. What do you get?", "It is 15.", "I think it is 16.", "16!"]
    (same,) = [each["turns"] for each in dialogues if (each["item"]["sum"]["a"], each["item"]["sum"]["b"]) == (8, 7)]
    assert [line.split()[0] for line in shown] == [turn["role"] for turn in same]
    assert all(line.split(maxsplit=1)[1] in said for line in shown)
    assert all(turn["text"] in said for turn in same)


def test_its_links_lead_somewhere(root: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", (root / "README.md").read_text()):
        assert (root / target).exists(), target
