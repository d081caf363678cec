"""Small changes to a flow: which there are, and which of them a contract catches."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from pedalang.cli import main
from pedalang.compiler import compile
from pedalang.compiler.compile import Compilation
from pedalang.source import Source
from pedalang.testing import mutants, mutation

PROGRAM = """pedalang 1
move ask for teacher { say: ["How?", "Why?"] }
move tell for teacher { allow when history.count("ask") >= 2  say: ["It is five."] }
move praise for teacher { say: ["Well done."] }
role Tutor() { moves: [ask, tell, praise]  speak: grounded }
student Learner() {
  speak: grounded
  state { correct: Bool = false  lost: Int in 0..9 = 0 }
  on teacher.tell { set lost = 0 }
  on self.turn { draw right ~ bernoulli(0.3)  if right { set correct = true } else { set lost += 1 } }
  act solves when correct { say: ["I have it."] }
  act guesses otherwise { say: ["No."] }
}
flow lesson() {
  cast teacher: Tutor
  cast student: Learner
  phase work start max 8 turns {
    turn teacher may { ask, tell }
    turn student
    -> done when student.correct
    -> over at max
  }
  phase done final { turn teacher must praise }
  phase over final {}
}
contract Patience over lesson {
  hard ask_first: never tell before 2 ask
  hard earned: never praise until student.correct
  soft solved: eventually student.correct
}
"""


def compiled(text: str) -> Compilation:
    return compile.compile_source(Source("main.ped", text), compile.standard_library, "main")


def score(text: str = PROGRAM, contract: str = "Patience") -> mutation.Score:
    found = compiled(text)
    assert found.plan is not None, found.diagnostics
    return mutation.score(found, found.plan.contracts[contract], lambda source: compiled(source.text), {},
                          examples=8)


def test_each_kind_of_change_is_made() -> None:
    found = compiled(PROGRAM)
    assert found.plan is not None
    assert [f"{each.where.line}: {each.what}" for each in mutants.mutants(found, found.plan.flows["lesson"])] == [
        '3: `allow when history.count("ask") >= 2` left out',
        '3: `allow when history.count("ask") >= 2` turned round',
        '3: `history.count("ask") >= 2` with 1 for 2',
        '3: `history.count("ask") >= 2` with 3 for 2',
        "9: `on teacher.tell …` left out",
        "9: `set lost = 0` with 1 for 0",
        "10: `on self.turn …` left out",
        "10: `if right { set correct = true } else { set lost += 1 }` with 0 for 1",
        "10: `if right { set correct = true } else { set lost += 1 }` with 2 for 1",
        "17: `max 8 turns` of `work` is 6",
        "17: `max 8 turns` of `work` is 10",
        "20: `-> done when student.correct` and `-> over at max` lead to each other's phase",
        "18: `turn teacher may { ask, tell }` may make any move",
        "20: `-> done when student.correct` left out",
        "20: `-> done when student.correct` turned round",
        "21: `-> over at max` left out",
        "23: `turn teacher must praise` may make any move",
    ]


def test_each_change_is_one_edit_of_the_text() -> None:
    found = compiled(PROGRAM)
    assert found.plan is not None
    for each in mutants.mutants(found, found.plan.flows["lesson"]):
        before, after = PROGRAM.splitlines(), each.source.text.splitlines()
        assert sum(one != other for one, other in zip(before, after, strict=True)) in (1, 2), each.what


def test_what_a_clause_catches_and_what_passes() -> None:
    found = score()
    fates = {f"{each.mutant.where.line}: {each.mutant.what}": (each.fate, each.by) for each in found.tried}
    assert fates['3: `allow when history.count("ask") >= 2` left out'] == ("caught", "ask_first")
    assert fates['3: `history.count("ask") >= 2` with 1 for 2'] == ("caught", "ask_first")
    assert fates['3: `history.count("ask") >= 2` with 3 for 2'] == ("missed", "")
    assert fates["20: `-> done when student.correct` turned round"][0] == "caught"
    assert fates["21: `-> over at max` left out"][0] == "caught"
    assert fates["21: `-> over at max` left out"][1].startswith("`ped check`: PED05")
    assert fates["17: `max 8 turns` of `work` is 10"] == ("missed", "")
    assert found.idle == ("solved",)
    assert found.share is not None
    assert 0.3 < found.share < 0.9


def test_a_contract_that_promises_nothing_catches_only_what_the_check_says() -> None:
    idle = PROGRAM.replace("never tell before 2 ask", "always (student or teacher)")
    found = score(idle[:idle.index("  hard earned")] + "}\n")
    assert {each.by.split(":")[0] for each in found.of("caught")} == {"`ped check`"}
    assert found.of("missed")


def test_changes_that_no_dialogue_shows_do_not_count() -> None:
    unread = PROGRAM.replace("  act solves", "  on self.said { set lost = 5 }\n  act solves")
    found = score(unread)
    assert "`on self.said …` left out" in {each.mutant.what for each in found.of("same")}


def test_changes_after_which_the_dialogues_fail_do_not_count() -> None:
    silent = PROGRAM.replace("act guesses otherwise", "act guesses when lost >= 1")
    found = score(silent)
    assert "`if right { set correct = true } else { set lost += 1 }` with 0 for 1" in {
        each.mutant.what for each in found.of("fails")}


def test_the_command_line_tells_the_survivors_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "main.ped"
    path.write_text(PROGRAM)
    told = CliRunner().invoke(main, ["test", str(path), "Patience", "--mutants", "--examples", "8"])
    assert told.exit_code == 0, told.output
    first, *lines = told.output.splitlines()
    assert first.startswith("Patience over lesson: ")
    assert any(line.endswith("main.ped:17:20  `max 8 turns` of `work` is 10") for line in lines)
    found = json.loads(CliRunner().invoke(main, ["test", str(path), "--mutants", "--examples", "8", "--json"]).stdout)
    assert [each["contract"] for each in found["mutants"]] == ["Patience"]
    assert any(each["dialogue"].startswith("work: teacher.tell") for each in found["mutants"][0]["mutants"])


def test_a_contract_that_is_not_there_is_said(tmp_path: Path) -> None:
    path = tmp_path / "main.ped"
    path.write_text(PROGRAM)
    found = CliRunner().invoke(main, ["test", str(path), "Patiens", "--mutants"])
    assert found.exit_code == 2
    assert "PED1403" in found.output
