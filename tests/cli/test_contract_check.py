"""`ped contract check`: a program's contracts over recorded dialogues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ped

PROGRAM = """pedalang 1
type Sum { a: Int  b: Int  answer: Int = a + b }
dataset sums from "lessons.jsonl" as Sum { licence: "CC0-1.0" }
move ask for teacher {}
move tell for teacher {}
role Tutor { moves: [ask, tell] }
student Learner(sum: Sum) {
  state { correct: Bool = false }
  on self.said { set correct = mentions_number(turn.text, sum.answer) }
  act answers otherwise {}
}
predicate kind() by judge { ask: "Is this turn kind? {{ turn.text }}" }
flow lesson(sum: Sum) {
  cast teacher: Tutor
  cast student: Learner(sum)
  phase work max 4 turns { turn teacher  turn student  -> done when student.correct  -> done at max }
  phase done final {}
}
contract Patience over lesson {
  hard ask_first: never tell before 2 ask
  soft solved: eventually student.correct
  soft gentle: always kind
  soft told_late: during done: never tell
}
"""


def lesson(*said: tuple[str, str, str], a: int = 2, b: int = 3) -> dict[str, Any]:
    return {"a": a, "b": b, "turns": [{"speaker": who, "text": text, "move": move} for who, move, text in said]}


GOOD = lesson(("Teacher", "ask", "What is it?"), ("Student", "", "6?"), ("Teacher", "ask", "Count again."),
              ("Student", "", "5!"))
BAD = lesson(("Teacher", "ask", "What is it?"), ("Student", "", "6?"), ("Teacher", "tell", "It is\nfive."))


@pytest.fixture
def program(folder: Path) -> str:
    Path("main.ped").write_text(PROGRAM, encoding="utf-8")
    return "main.ped"


def recorded(*lessons: dict[str, Any]) -> str:
    Path("lessons.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lessons), encoding="utf-8")
    return "lessons.jsonl"


def test_each_clause_is_counted_with_where_it_was_lost(ped: Ped, program: str) -> None:
    told = ped("contract", "check", program, "--transcript", recorded(GOOD, BAD, GOOD), "--json")
    (held,) = told.json["contracts"]
    assert (told.code, told.json["ok"], held["dialogues"], held["turns"]) == (1, False, 3, 11)
    first, second, third, fourth = held["clauses"]
    assert (first["kept"], first["of"], first["share"]) == (2, 3, pytest.approx(2 / 3))
    assert 0 < first["low"] < first["share"] < first["high"] < 1
    assert first["broken"] == [{"dialogue": 1, "turn": 2, "speaker": "teacher", "does": "tell", "text": "It is\nfive."}]
    assert second["broken"] == first["broken"]
    assert (third["looked_at"], third["why_not"], third["of"]) == (False, "it asks a judge: kind", 0)
    assert fourth["why_not"] == "it is about phases, and a recording has none"


def test_people_get_a_table_and_the_words(ped: Ped, program: str) -> None:
    told = ped("contract", "check", program, "Patience", "--transcript", recorded(GOOD, BAD))
    assert told.out.startswith("Patience over lesson: 2 dialogues with 7 turns\n")
    assert "ask_first (never tell before 2 ask) is broken in 1:\n  dialogue 1, turn 2: teacher.tell \"It is five.\"\n" \
        in told.out
    assert "gentle is not looked at: it asks a judge: kind" in told.out


def test_only_broken_hard_clauses_are_not_fine(ped: Ped, program: str) -> None:
    silent = lesson(("Teacher", "ask", "What is it?"))
    told = ped("contract", "check", program, "--transcript", recorded(GOOD, silent))
    assert (told.code, "solved (eventually student.correct) is broken in 1" in told.out) == (0, True)


def test_without_moves_a_clause_about_moves_is_not_counted_as_kept(ped: Ped, program: str) -> None:
    plain = lesson(("Teacher", "", "It is five."), ("Student", "", "5"))
    (held,) = ped("contract", "check", program, "--transcript", recorded(plain), "--json").json["contracts"]
    first, second, *_ = held["clauses"]
    assert first["why_not"] == "it is about `tell`, and no turn of teacher says what is done in it"
    assert (second["kept"], held["notes"]) == (1, [])
    (held,) = ped("contract", "check", program, "--transcript", recorded(plain, GOOD), "--json").json["contracts"]
    assert (held["clauses"][0]["of"], held["notes"]) == (2, ["1 of 3 turns of teacher name no move"])


def test_labels_are_said_once(ped: Ped, program: str) -> None:
    path = recorded(lesson(("Ms. Lee", "ask", "What is it?"), ("Student", "", "5")))
    told = ped("contract", "check", program, "--transcript", path)
    assert (told.code, "PED0811" in told.err, "`--speaker LABEL=MEMBER`" in told.err) == (1, True, True)
    assert ped("contract", "check", program, "--transcript", path, "--speaker", "Ms. Lee=teacher").code == 0
    told = ped("contract", "check", program, "--transcript", path, "--speaker", "Ms. Lee=techer")
    assert (told.code, "did you mean `teacher`?" in told.err) == (2, True)


def test_what_has_no_flow_or_no_data_is_said(ped: Ped, program: str) -> None:
    Path("bare.ped").write_text("pedalang 1\ncontract C over transcript { soft quiet: at most 2 teacher }\n",
                                encoding="utf-8")
    told = ped("contract", "check", "bare.ped", "--transcript", recorded(GOOD))
    assert (told.code, "PED1440" in told.err, "`C` has no flow" in told.err) == (1, True, True)
    Path("main.ped").write_text("\n".join(line for line in PROGRAM.splitlines() if "dataset" not in line),
                                encoding="utf-8")
    told = ped("contract", "check", program, "--transcript", "lessons.jsonl")
    assert (told.code, "PED1441" in told.err) == (2, True)
