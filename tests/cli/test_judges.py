"""Judged criteria from the command line: who judges, and what stands beside the score."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Ped

DEMO = "fractions/main.ped"


def judged(folder: Path, first: str = "", second: str = "") -> None:
    """The demo, scored by judges with these `model:` fields."""
    text = (folder / DEMO).read_text().replace("  score: Lesson\n", "  score: Judged\n")
    anchors = "".join(f'    anchor {level}: "Level {level}."\n' for level in range(1, 5))
    more = f"""
model one {{ engine: random }}
model two {{ engine: scripted }}
rubric Judged(problem: Problem) on dialogue {{
  criterion kind weight 1 scale Anchored4 by judge {{
    {first}
    ask: "Is the tutor kind?"
{anchors}  }}
  criterion clear weight 1 scale Anchored4 by judge {{
    {second}
    ask: "Is the tutor clear?"
{anchors}  }}
}}
"""
    start = text.index("/// Shows how a judged criterion reads")
    (folder / DEMO).write_text(text[:start] + more + text[text.index("run demo {"):])


def test_a_score_of_a_judge_is_labelled(ped: Ped, folder: Path) -> None:
    judged(folder)
    table = ped("run", DEMO, "-n", "2", "--engine", "random:", "--out", "run").out
    assert [line.endswith("not validated") for line in table.splitlines() if line.startswith(("kind", "clear"))] \
        == [True, True]
    assert "not validated" in (folder / "run" / "report.html").read_text()


def test_the_model_that_the_criteria_name_judges(ped: Ped, folder: Path) -> None:
    judged(folder, "model: one", "model: one")
    found = ped("run", DEMO, "-n", "1", "--role", "teacher=random:", "--role", "student=random:", "--json").json
    assert {each["model"] for each in found["judges"].values()} == {"random:"}


def test_two_judges_need_a_word(ped: Ped, folder: Path) -> None:
    judged(folder, "model: one", "model: two")
    players = ("--role", "teacher=random:", "--role", "student=random:")
    outcome = ped("run", DEMO, "-n", "1", *players)
    assert (outcome.code, "PED1410" in outcome.err) == (2, True)
    assert ped("run", DEMO, "-n", "1", *players, "--role", "judge=random:").code == 0
