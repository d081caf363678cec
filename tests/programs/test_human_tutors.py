"""The figures of `docs/benchmarks/human_tutors.md` are what the command prints. `pytest --update` writes its table."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pedalang.cli import main
from pedalang.exchange.transcripts import mathdial

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `.*\|\n", re.MULTILINE)
RULE = "|---|---|---|---|---|---|\n"


def row(clause: dict[str, Any]) -> str:
    said = f"| `{clause['name']}` | {clause['severity']} | `{clause['text']}` | {clause['kept']} of {clause['of']} "
    return said + f"| {clause['share']:.3f} | {clause['low']:.3f} to {clause['high']:.3f} |\n"


@pytest.mark.skipif("PEDALANG_DATA" not in os.environ, reason="PEDALANG_DATA names no folder of recorded dialogues")
def test_the_page_says_what_the_command_says(update: bool) -> None:
    recorded = Path(os.environ["PEDALANG_DATA"]) / "mathdial" / "dialogues.jsonl"
    told = CliRunner().invoke(main, ["contract", "check", str(ROOT / "programs" / "mathdial" / "main.ped"),
                                     "ProductiveStruggle", "--transcript", str(recorded), "--json"])
    (held,) = json.loads(told.stdout)["contracts"]
    assert (told.exit_code, held["dialogues"], held["failed"]) == (1, 283, [])
    rows = "".join(map(row, held["clauses"]))
    path = ROOT / "docs" / "benchmarks" / "human_tutors.md"
    page = path.read_text(encoding="utf-8")
    if update:
        head, rule, rest = page.partition(RULE)
        path.write_text(head + rule + rows + ROW.sub("", rest), encoding="utf-8")
        page = path.read_text(encoding="utf-8")
    assert "".join(ROW.findall(page)) == rows
    told_of = " ".join(page.split())
    for figure in figures(held, recorded):
        assert figure in told_of, figure


def figures(held: dict[str, Any], recorded: Path) -> list[str]:
    """What the text below the table says, counted from the recordings."""
    lines = recorded.read_text(encoding="utf-8").splitlines()
    moves = [[each.move for each in mathdial.read(json.loads(line))] for line in lines]
    broken = {clause["name"]: clause["broken"] for clause in held["clauses"]}
    early, hurried = broken["struggle_first"], broken["answers_wrong_numbers"]
    telling = sum("telling" in each for each in moves)
    unasked = sum("probing" not in moves[each["dialogue"]][:each["turn"]] for each in early)
    assert all(each["turn"] == len(moves[each["dialogue"]]) - 1 for each in hurried)
    problems = len({json.loads(line)["qid"] for line in lines})
    return [
        f"the {len(moves)} dialogues are about {problems} problems",
        f"{len(moves) - telling} dialogues have no telling",
        f"of the {telling} that have one, {telling - len(early)} kept `struggle_first`",
        f"in {unasked} of its {len(early)} breaches", f"All {len(hurried)} breaches of `answers_wrong_numbers`",
        f"of the {len(broken['no_leak'])} breaches of `no_leak`",
    ]
