"""Runs that are there already, from the command line: failures listed and tried again, branches, status, comparison."""

from __future__ import annotations

import json
from pathlib import Path

from pedalang.runtime import folder as folders
from tests.cli.conftest import Ped

DEMO = "first/main.ped"
"""The only run of it, 12 dialogues or fewer, over sums."""


def answers(folder: Path, teacher: object) -> str:
    """An engine for the teacher, whose script may be written anew, and the learner's."""
    (folder / "replies.json").write_text(json.dumps({"*/student": 0, "2/0/*": teacher, "*": 0}))
    return "scripted:replies.json"


def run(ped: Ped, folder: Path, out: str, *more: str) -> None:
    assert ped("run", DEMO, "--engine", "random:", "--out", out, *more).code == 0


def test_a_failed_dialogue_is_listed_with_its_code_and_line(ped: Ped, folder: Path) -> None:
    engine = answers(folder, "none of the choices")
    outcome = ped("run", DEMO, "--engine", engine, "-n", "4", "--out", "run")
    line = next(number for number, text in enumerate((folder / DEMO).read_text().splitlines(), 1)
                if "turn teacher must ask" in text)
    assert outcome.code == 1
    assert "1 of 4 dialogues failed:\n  PED1109 at " in outcome.out
    assert f"main.ped:{line}:" in outcome.out and "(dialogue 2)" in outcome.out
    assert "ped run --retry-failed run" in outcome.out
    (failed,) = json.loads((folder / "run" / "scores.json").read_text())["failures"]
    assert (failed["code"], failed["episodes"]) == ("PED1109", [2]) and f":{line}:" in failed["place"]
    page = (folder / "run" / "report.html").read_text()
    assert f"PED1109 at {failed['place']}" in page and "(dialogue 2)" in page
    found = ped("status", "run", "--json").json
    assert (found["ended"], found["failed"], found["tried_again"]) == (4, [failed], 0)
    again = ped("run", "--retry-failed", "run")
    assert (again.code, "dialogues failed" in again.out) == (1, True)
    assert ped("status", "run", "--json").json["tried_again"] == 1


def test_a_run_is_left_at_a_turn_with_another_engine(ped: Ped, folder: Path) -> None:
    run(ped, folder, "run")
    outcome = ped("run", "--from", "run:1:1", "--engine", answers(folder, 0), "-n", "2", "--out", "branch", "--json")
    assert (outcome.code, len(outcome.json["dialogues"])) == (0, 2)
    assert "run, dialogue 1, from turn 1 on" in (folder / "branch" / "report.html").read_text()
    assert ped("run", DEMO, "--from", "run:1:1", "--out", "same").code == 0
    changed = (folder / DEMO).read_text().replace("Count on from", "Count from")
    (folder / DEMO).write_text(changed)
    refused = ped("run", DEMO, "--from", "run:1:1")
    assert (refused.code, "PED1222" in refused.err) == (1, True)
    for wrong in ("run:1", "run:x:1", "run:1:-1", ":1:1"):
        assert (ped("run", "--from", wrong).code, "PED1404" in ped("run", "--from", wrong).err) == (2, True)


def test_what_a_run_says_itself_cannot_be_said_of_it(ped: Ped, folder: Path) -> None:
    run(ped, folder, "run")
    for more in (("--seed", "3"), ("-n", "2"), ("--engine", "random:"), ("--out", "other"), (DEMO,)):
        outcome = ped("run", "--resume", "run", *more)
        assert (outcome.code, "PED1404" in outcome.err) == (2, True), more
    assert ped("run", "--resume", "run", "--retry-failed", "run").code == 2


def test_status_looks_at_a_run_that_is_written(ped: Ped, folder: Path) -> None:
    run(ped, folder, "run", "-n", "3")
    held = folders.reopen(folder / "run")
    try:
        found = ped("status", "run", "--json").json
        assert (found["running"], found["ended"], found["under_way"], found["not_begun"]) == (True, 3, 0, 0)
        assert found["turns"] == len(held.journal.turns()) and found["scored"]
        assert ped("report", "run").code == 1, "scoring writes too"
    finally:
        held.close()
    text = ped("status", "run").out
    assert text.startswith("run: not running\n") and "3 of 3 ended" in text
    assert (ped("status", "nowhere").code, "PED1210" in ped("status", "nowhere").err) == (1, True)


def test_runs_are_compared(ped: Ped, folder: Path) -> None:
    run(ped, folder, "one")
    run(ped, folder, "same")
    run(ped, folder, "other", "--seed", "5")
    assert ped("run", DEMO, "--engine", answers(folder, 0), "--out", "scripted").code in (0, 1)
    assert (ped("compare", "one", "same").code, ped("compare", "one", "other").code) == (0, 1)
    found = ped("compare", "one", "scripted", "--json").json
    assert found["same"] is False and set(found["made"]) == {"engines.teacher", "engines.student"}
    assert found["parting"]["episode"] == 0 and found["parting"]["here"] != found["parting"]["there"]
    pairs = found["measures"]["solved"]["paired"]
    rows = [json.loads((folder / name / "scores.json").read_text())["dialogues"] for name in ("one", "scripted")]
    differences = [b["values"]["solved"] - a["values"]["solved"] for a, b in zip(*rows, strict=True)]
    assert pairs["n"] == len(differences)
    assert abs(pairs["value"] - sum(differences) / len(differences)) < 1e-12
    text = ped("compare", "one", "other").out
    assert "seed" in text and "first difference: dialogue 0" in text


def test_what_a_server_said_does_nothing_to_the_screen(ped: Ped, folder: Path) -> None:
    engine = answers(folder, "red \x1b[31m\r" + "x" * 900)
    shown = ped("run", DEMO, "--engine", engine, "-n", "4", "--out", "run").out + ped("status", "run").out
    assert "PED1109" in shown and not {"\x1b", "\r"} & set(shown) and "x" * 301 not in shown
