"""Moves: open sets, ordered sets, and what a move is made for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pedalang.exchange import retelling
from pedalang.exchange.utterance import Utterance
from pedalang.runtime import session
from pedalang.runtime.errors import EpisodeError
from pedalang.study.report import page
from tests.people.conftest import SUM, Keeps, compiled, said, told

Played = Callable[..., SimpleNamespace]

PROGRAM = """\
type Sum { a: Int  b: Int  answer: Int = a + b }

move ask(about: Text = "it") for teacher {
  intent: "Ask about {{ about }}. Give nothing away."
  case how "Ask how it was done."
  case why "Ask for the reason."
  say: ["{{ about }}: {{ case }}?"]
}
move hint for teacher { say: ["Count on."] }
move tell for teacher { say: ["It is so."] }
moves Help = { ask < hint < tell }
moves Calm = { ask, hint }

role Tutor(sum: Sum) {
  moves: Help
  POLICY
  speak: grounded
  state { reasons: Int = 0 }
  on self.ask.why { set reasons += 1 }
}

student Learner(sum: Sum) {
  speak: grounded
  state { heard: Text = ""  most: Int = 0 }
  on teacher.ask.why(about) when about != "x" { set heard = about }
  on teacher.turn { set most = max(most, Help.rank(turn.move)) }
  act answers { say: ["Yes.", "No."] }
}

flow lesson(sum: Sum) {
  obeys Ordered
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase work max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}

contract Ordered over lesson {
  CLAUSE
}

dataset talks from "talks.jsonl" as Sum { licence: "CC0-1.0"  transcripts: "jsonl" }
observe people { flow: lesson  data: talks  speakers: { T: teacher, S: student } }
"""


def program(policy: str = "policy rule { ask }", clause: str = "soft some: eventually ask") -> str:
    return PROGRAM.replace("POLICY", policy).replace("CLAUSE", clause)


# ---------------------------------------------------------------- cases


def test_a_policy_says_what_a_move_is_for(play: Played) -> None:
    played = play(program("policy rule { ask.why(about: \"that\") when history.turns > 1  ask }"))
    made = [(turn.move, turn.arguments, turn.text) for turn in played.turns if turn.role == "teacher"]
    assert made == [("ask", {"about": "it", "case": "how"}, "it: how?"),
                    ("ask", {"about": "that", "case": "why"}, "that: why?")]
    state = played.turns[-1].state
    assert (state["teacher"]["reasons"], state["student"]["heard"]) == (1, "that")


def test_a_model_chooses_the_case_with_the_move(play: Played) -> None:
    asked = next(request for request in play(program("policy model")).engine.asked if request.purpose == "move")
    assert asked.choices == ("ask (it, how): Ask how it was done.", "ask (it, why): Ask for the reason.", "hint",
                             "tell") or asked.choices == (
        "ask (about: it, how): Ask how it was done.", "ask (about: it, why): Ask for the reason.", "hint", "tell")


def test_free_words_are_told_what_the_move_is_for(play: Played) -> None:
    asked = play(program("policy rule { ask.why }").replace("speak: grounded\n  state { r", "speak: free\n  state { r"))
    assert asked.engine.asked[0].messages[-1].text.endswith(
        "(what you do now: ask (about: it, why)\nAsk about it. Give nothing away.\nAsk for the reason.)")


@pytest.mark.parametrize(("clause", "kept"), [
    ("soft c: never ask.why", True), ("soft c: never teacher.ask.how", False), ("soft c: first ask.how", True),
    ("soft c: eventually student.answers", True), ("soft c: always Help.rank(turn.move) < 2", True),
    ("soft c: eventually Help.rank(turn.move) == 1", True), ("soft c: never Help.rank(turn.move) == 0", False),
])
def test_contracts_name_cases_and_ranks(play: Played, clause: str, kept: bool) -> None:
    assert [verdict.kept for verdict in play(program(clause=clause)).ending.verdicts] == [kept]


@pytest.mark.parametrize(("policy", "clause", "code", "at"), [
    ("policy rule { ask.when_ }", "soft c: eventually ask", "PED0304", "when_"),
    ("policy rule { hint.why }", "soft c: eventually ask", "PED0304", "why"),
    ("policy rule { ask(case: \"why\") }", "soft c: eventually ask", "PED0307", "case: \"why\""),
    ("policy rule { ask }", "soft c: never ask.who", "PED0304", "who"),
    ("policy rule { ask }", "soft c: never teacher.ask.who", "PED0304", "who"),
    ("policy rule { ask } on self.ask.who { set reasons = 1 }", "soft c: eventually ask", "PED0304", "who"),
    ("policy rule { ask }", "soft c: always Calm.rank(turn.move) > 0", "PED0301", "Calm.rank(turn.move)"),
    ("policy rule { ask }", "soft c: always Help.order(turn.move) > 0", "PED0304", "order"),
    ("policy rule { ask }", "soft c: always Help.rank(turn.number) > 0", "PED0301", "turn.number"),
    ("policy rule { ask }", "soft c: always Help.rank() > 0", "PED0307", "Help.rank()"),
])
def test_mistakes_about_cases_and_ranks(policy: str, clause: str, code: str, at: str) -> None:
    assert [(found, where) for found, where, _ in said(program(policy, clause))] == [(code, at)]


def test_mistakes_in_a_move_with_cases() -> None:
    text = program().replace("move ask(about: Text = \"it\")", "move ask(about: Text = \"it\", case: Int = 1)")
    assert ("PED0202", "case") in [(code, at) for code, at, _ in said(text)]
    text = program().replace("case how \"Ask how it was done.\"", "case why \"Ask how it was done.\"")
    assert ("PED0202", "why") in [(code, at) for code, at, _ in said(text)]


# ---------------------------------------------------------------- open sets


def test_recordings_may_bring_moves_to_an_open_set_alone(tmp_path: Path) -> None:
    found = {}
    for word in ("", "open"):
        text = program().replace("moves Help =", f"moves Help {word} =")
        talk = [Utterance("T", "Well done!", "praise"), Utterance("S", "Thanks."), Utterance("T", "Why?", "ask.why")]
        folder = tmp_path / (word or "closed")
        retelling.observe(compiled(text), compiled(text).observes["people"], [({"sum": SUM}, talk)], folder)
        found[word] = told(folder, Keeps())
        page.write(folder)
        assert ("praise (written in)" in (folder / "report.html").read_text(encoding="utf-8")) == (word == "open")
    assert [turn.move for turn in found["open"].turns] == [turn.move for turn in found[""].turns] == [
        "praise", "", "ask"]
    assert [turn.notes for turn in found["open"].turns] == [(), (), ()]
    assert found[""].turns[0].notes == ("praise is no move of teacher",)
    assert found[""].turns[2].arguments == {"case": "why"}


def test_a_person_says_which_move_they_make(tmp_path: Path) -> None:
    of, folder = compiled(program()), tmp_path / "chat"
    with session.start(of, "lesson", {"sum": SUM}, {"student": Keeps()}, person="teacher", folder=folder) as talk:
        with pytest.raises(EpisodeError, match="has no move tel") as raised:
            talk.send("Five.", "tel")
        assert "did you mean `tell`" in str(raised.value.help)
        talk.send("How so?", "ask.why")
    with session.reopen(folder, {"student": Keeps()}) as talk:
        talk.send("It is five.", "tell")
        made = [(turn.move, turn.arguments) for turn in talk.turns if turn.role == "teacher"]
    assert made == [("ask", {"case": "why"}), ("tell", {})]


def test_a_person_may_bring_a_move_to_an_open_set() -> None:
    of = compiled(program().replace("moves Help =", "moves Help open ="))
    with session.start(of, "lesson", {"sum": SUM}, {"student": Keeps()}, person="teacher") as talk:
        talk.send("Well done!", "praise")
        assert talk.turns[0].move == "praise"
        assert talk.turns[1].state["student"]["most"] == 0
