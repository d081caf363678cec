"""`ped contract explain`: what a program's contracts mean."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.conftest import PROGRAMS, Ped

FIRST = "first/main.ped"


def test_a_clause_is_shown_by_dialogues(ped: Ped) -> None:
    told = ped("contract", "explain", FIRST)
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == "Patience over lesson"
    assert lines[2:4] == ["hard ask_first: never tell before 2 ask",
                          "  `tell` has to wait until `ask` has been 2 times in earlier turns"]
    assert "  kept    work: teacher.ask, student.answers" in lines
    assert "  it does not say `never (tell before 3 ask)`, as if it took one more:" in lines


def test_everything_is_data_too(ped: Ped) -> None:
    (contract,) = ped("contract", "explain", FIRST, "Patience", "--json").json["contracts"]
    (clause,) = contract["clauses"]
    assert (contract["contract"], contract["flow"], clause["name"], clause["states"]) == (
        "Patience", "lesson", "ask_first", 4)
    assert clause["kept"][0]["turns"][0] == {"speaker": "teacher", "does": "ask", "phase": "work", "holds": []}
    assert {"proved", "shieldable", "monitored"} >= {clause["assurance"]}


def test_a_contract_over_transcripts_is_about_any_turns(ped: Ped) -> None:
    shutil.copytree(PROGRAMS / "coaching", Path("coaching"))
    told = ped("contract", "explain", "coaching/main.ped", "AccountableTalk")
    assert "  broken  teacher.keeping_together x 4\n          lost at turn 3: `teacher` holds\n" in told.out
    assert "it asks a judge (asks_open_question), so it is looked at when a run is scored" in told.out


def test_an_unknown_contract_is_offered_another(ped: Ped) -> None:
    told = ped("contract", "explain", FIRST, "Patence")
    assert (told.code, "did you mean `Patience`?" in told.err) == (2, True)
