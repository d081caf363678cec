"""What a journal's letters say of the clauses of a run, and how the report shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from pedalang import journal, plan
from pedalang.study import standings
from pedalang.study.report import page
from tests.study.report.conftest import lesson_folder as lesson_folder
from tests.study.report.conftest import lesson_plan


def header(kind: str = "run") -> journal.Header:
    return journal.Header("observe" if kind == "observe" else "run", "", "demo", "lesson", 1, 1, {})


def turns(*letters: str) -> list[journal.Turn]:
    return [journal.Turn(0, at, "teacher", "work", "", "chosen", standing=each) for at, each in enumerate(letters)]


def test_clauses_stand_in_the_order_of_the_contracts() -> None:
    assert [each.name for each in standings.watched(lesson_plan(), header())] == [
        "Patience.struggle_first", "Patience.no_leak", "Patience.resolves"]
    assert standings.watched(lesson_plan(), header("observe")) == ()


def test_turns_after_which_a_clause_stands_alike_are_one_stretch() -> None:
    told = turns("kp", "kp", "bp", "bK")
    assert standings.stretches(told, 0) == (("k", 0, 2), ("b", 2, 2))
    assert standings.stretches(told, 1) == (("p", 0, 3), ("K", 3, 1))
    assert standings.stretches([], 0) == ()


def test_only_what_changed_is_told_and_first_only_what_is_settled() -> None:
    clauses = standings.watched(lesson_plan(), header())
    assert standings.changed(clauses, "", "kp?") == []
    assert [(each.clause.name, now) for each, now in standings.changed(clauses, "", "bpK")] == [
        ("struggle_first", "b"), ("resolves", "K")]
    assert [(each.clause.name, now) for each, now in standings.changed(clauses, "kkp", "kkK")] == [("resolves", "K")]
    assert standings.changed(clauses, "kkp", "k") == []


def test_the_report_shows_standings_and_what_the_shield_did(lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder()
    told = journal.reopen(folder)
    said = told.turns(1)
    for turn in told.turns():
        told.add(replace(turn, standing="kpb" if turn.turn == 0 else "?Kb"))
    clause = (("Patience", "struggle_first"),)
    told.add(journal.Intervention(1, said[0].turn, 0, "teacher", "moves", clause, ("telling", "focus")))
    told.add(journal.Intervention(1, said[0].turn, 1, "teacher", "words again", clause, move="probing",
                                  text="<b>5</b>"))
    told.commit()
    told.close()
    page.write(folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "Patience.struggle_first: kept so far, asks a judge from turn 1" in text
    assert "Patience.no_leak: not kept yet, kept for good from turn 1" in text
    assert "not made: telling, focus (Patience.struggle_first)" in text
    assert "asked for again: “&lt;b&gt;5&lt;/b&gt;”" in text
    assert "The shield stepped in at 1 of " in text
    assert "1 turn with masked moves, 1 time words were asked for again" in text


def test_a_journal_without_letters_has_no_bands(lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder()
    page.write(folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "Clauses along the turns" not in text and "The shield" not in text


def test_a_clause_says_how_sure_it_is(lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder()
    of = plan.from_json((folder / "plan.json").read_bytes())
    contract = of.contracts["Patience"]
    proved = replace(contract, clauses=tuple(replace(each, assurance="proved") for each in contract.clauses))
    (folder / "plan.json").write_bytes(plan.to_json(replace(of, contracts={"Patience": proved})))
    page.write(folder)
    assert '<span class="badge plain">proved</span>' in (folder / "report.html").read_text(encoding="utf-8")
