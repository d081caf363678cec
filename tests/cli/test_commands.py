"""The commands as a user meets them: what is printed, what is written, the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang import plan
from tests import literate
from tests.cli.conftest import Ped

DEMO = "fractions/main.ped"
DOCS = Path(__file__).parents[2] / "docs"


def test_check_says_that_all_is_well(ped: Ped) -> None:
    outcome = ped("check", DEMO)
    assert (outcome.code, outcome.out) == (0, "1 file checked: no errors, no warnings\n")


def test_check_shows_a_mistake_with_its_place(ped: Ped, folder: Path) -> None:
    (folder / "slip.ped").write_text('type T { a: Text }\nlet x: Txt = "a"\n')
    outcome = ped("check", "slip.ped")
    assert outcome.code == 1
    assert "error[PED0302]: unknown type `Txt`\n --> slip.ped:2:8" in outcome.out
    assert "did you mean `Text`?" in outcome.out
    found = ped("check", "slip.ped", "--json").json
    assert found["ok"] is False
    assert [d["code"] for d in found["diagnostics"]] == ["PED0302"]


def test_a_plan_is_written_and_can_be_read(ped: Ped, folder: Path) -> None:
    assert ped("compile", DEMO, "-o", "plan.json").code == 0
    made = plan.from_json((folder / "plan.json").read_bytes())
    assert made.program == "fractions"
    assert ped("compile", DEMO, "-o", "missing/plan.json").code == 1


def test_a_run_gives_scores_a_report_and_a_folder(ped: Ped, folder: Path) -> None:
    outcome = ped("run", DEMO, "--engine", "random:", "--json")
    assert outcome.code == 0
    found = outcome.json
    assert found["measures"].keys() == {"promises", "solved", "gain", "talk", "total"}
    assert found["measures"]["total"].keys() >= {"value", "n", "missing", "low", "high"}
    assert found["measures"]["total"]["n"] == 8
    assert found["contracts"]["hard_broken"] == 0
    assert {path.name for path in Path(found["run"]).iterdir()} == {"plan.json", "journal.sqlite", "scores.json",
                                                                    "report.html", "data"}


def test_a_run_prints_a_table_for_people(ped: Ped) -> None:
    outcome = ped("run", DEMO, "--engine", "random:", "-n", "2", "--out", "here")
    assert outcome.out.splitlines()[0].split() == ["measure", "value", "95", "%", "interval", "n", "missing"]
    assert "Patience.struggle_first" in outcome.out
    assert outcome.out.rstrip().endswith("report: here/report.html")


def test_the_same_seed_gives_the_same_scores(ped: Ped) -> None:
    def scores(seed: str, out: str) -> object:
        return ped("run", DEMO, "--engine", "random:", "--seed", seed, "--out", out, "--json").json["measures"]

    assert scores("3", "a") == scores("3", "b") != scores("4", "c")


def test_a_report_is_written_again(ped: Ped, folder: Path) -> None:
    ped("run", DEMO, "--engine", "random:", "-n", "2", "--out", "runs/first")
    (folder / "runs/first/report.html").unlink()
    assert ped("report", "first").code == 0
    assert (folder / "runs/first/report.html").is_file()


def test_a_run_is_played_again_from_its_journal(ped: Ped) -> None:
    first = ped("run", DEMO, "--engine", "random:", "--out", "first", "--json").json
    again = ped("run", DEMO, "--engine", "replay:first", "--out", "again", "--json").json
    assert first["measures"] == again["measures"]


@pytest.mark.parametrize("stage", ["tree", "graph", "plan", "prompts"])
def test_every_stage_can_be_shown(ped: Ped, stage: str) -> None:
    outcome = ped("show", stage, DEMO)
    assert outcome.code == 0
    assert {"tree": "flow", "graph": "phase:lesson.open", "plan": "lesson.teacher",
            "prompts": "What is 5/8 + 1/4?"}[stage] in outcome.out.replace("FlowDecl", "flow")


def test_a_plan_is_shown_as_one_json_object(ped: Ped) -> None:
    assert ped("show", "plan", DEMO, "--json").json["plan"]["program"] == "fractions"


def test_fmt_keeps_the_demo_and_mends_another(ped: Ped, folder: Path) -> None:
    assert ped("fmt", "--check", DEMO).code == 0
    (folder / "wild.ped").write_text("type   T{a:Text}\n")
    assert ped("fmt", "--check", "wild.ped").code == 1
    assert ped("fmt", "wild.ped").code == 0
    assert (folder / "wild.ped").read_text() == "type T { a: Text }\n"
    assert ped("fmt", "-", input="type   T{a:Text}\n").out == "type T { a: Text }\n"


def test_fmt_checks_and_shows_what_is_piped_in(ped: Ped) -> None:
    wild, tidy = "type   T{a:Text}", "type T { a: Text }\n"
    assert ped("fmt", "--check", "-", input=tidy).code == 0
    outcome = ped("fmt", "--check", "-", input=wild)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "would format -\n")
    outcome = ped("fmt", "--diff", "-", input=wild)
    assert (outcome.code, outcome.out) == (0, "--- stdin\n+++ stdin\n@@ -1 +1 @@\n-type   T{a:Text}\n"
                                           "\\ No newline at end of file\n+type T { a: Text }\n")
    assert ped("fmt", "--check", "--diff", "-", input=wild).code == 1
    assert ped("fmt", "--json", "-", input=wild).json == {"version": 1, "ok": True, "changed": ["-"], "text": tidy}
    assert ped("fmt", "-", input="type T {").err.startswith("error[PED0103]")


def test_fmt_shows_and_leaves(ped: Ped, folder: Path) -> None:
    (folder / "wild.ped").write_text("type   T{a:Text} // kept\n")
    assert ped("fmt", "--diff", "wild.ped").out.splitlines()[2:] == [
        "@@ -1 +1 @@", "-type   T{a:Text} // kept", "+type T { a: Text }  // kept"]
    assert (folder / "wild.ped").read_text() == "type   T{a:Text} // kept\n"


def test_a_person_plays_the_learner(ped: Ped, folder: Path) -> None:
    outcome = ped("chat", DEMO, "--engine", "random:", "--out", "talk", input="It is 6/12.\nOh, 7/8!\n")
    assert outcome.code == 0
    assert "6/12" in outcome.out.split("teacher [probing]:")[2]
    assert "ended in the phase solved (final)" in outcome.err
    assert "Patience.struggle_first (hard): kept" in outcome.err


def test_a_chat_that_was_left_goes_on(ped: Ped) -> None:
    left = ped("chat", DEMO, "--engine", "random:", "--out", "talk", input="It is 6/12.\n/quit\n")
    assert "go on with" in left.err
    outcome = ped("chat", DEMO, "--resume", "talk", input="7/8\n")
    assert outcome.out.startswith("teacher [probing]:")
    assert "student: It is 6/12.\nteacher [probing]: " in outcome.out
    assert "ended in the phase solved" in outcome.err


def test_a_chat_ends_in_one_json_object(ped: Ped) -> None:
    found = ped("chat", DEMO, "--engine", "random:", "--json", input="It is 6/12.\nOh, 7/8!\n").json
    assert [turn["role"] for turn in found["turns"]] == ["teacher", "student", "teacher", "student", "teacher"]
    assert found["ending"]["phase"] == "solved"


def test_a_person_who_teaches_is_held_to_what_the_run_checks(ped: Ped, folder: Path) -> None:
    for block in literate.blocks((DOCS / "language" / "shield.md").read_text()):
        literate.put(block, folder)
    said = "/tell Count.\n/ask What is it?\n/quit\n"
    held = ped("chat", "lesson.ped", "--play", "teacher", "--engine", "random:", input=said)
    assert "`tell` is not made here: it would break `Patience.ask_first` (what can be done: ask, praise)" in held.err
    assert held.out.count("student [answers]") == 1
    free = ped("chat", "lesson.ped", "--play", "teacher", "--engine", "random:", "--shield", "off", input=said)
    assert free.out.count("student [answers]") == 2


def test_explain_prints_a_codes_page(ped: Ped) -> None:
    assert ped("explain", "ped0401").out.startswith("# PED0401: ")
    outcome = ped("explain", "PED9999")
    assert (outcome.code, outcome.out) == (2, "")


def test_engines_are_listed(ped: Ped) -> None:
    names = {each["name"] for each in ped("engines", "--json").json["engines"]}
    assert {"llama", "openai", "random", "replay", "scripted"} <= names
