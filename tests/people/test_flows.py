"""Flows: defaults, their own state, what is given before they begin, budgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pedalang.runtime import run, session
from pedalang.runtime.errors import RunError
from tests.people.conftest import SUM, Keeps, compiled, said, told

Played = Callable[..., SimpleNamespace]

PEOPLE = """\
type Sum { a: Int  b: Int  answer: Int = a + b }
move ask for teacher {}
move tell for teacher {}
role Tutor(sum: Sum, more: Int = 0) {
  moves: [ask, tell]
  policy rule { ask when history.count("ask") < 2 + more  tell }
  speak: free
  voice: "You teach."
}
student Learner(sum: Sum) { speak: free  voice: "You learn."  act wonders {} }
"""


def flow(head: str = "flow lesson(sum: Sum)", items: str = "", phases: str = "", teacher: str = "Tutor(sum)") -> str:
    phases = phases or "phase work max 6 turns { turn teacher  turn student  -> done at max }"
    return (f"{PEOPLE}{head} {{\n{items}\ncast teacher: {teacher}\ncast student: Learner(sum)\n{phases}\n"
            "phase done final {}\n}\n")


# ---------------------------------------------------------------- defaults


DEFAULTS = flow("flow lesson(sum: Sum, more: Int = sum.a + 1, twice: Int = more * 2)", teacher="Tutor(sum, twice)")


def test_a_parameter_that_is_not_given_has_its_default(play: Played) -> None:
    played = play(DEFAULTS)
    assert played.episode.item == {"sum": SUM, "more": 3, "twice": 6}
    assert {turn.move for turn in played.turns if turn.role == "teacher"} == {"ask"}


def test_a_parameter_that_is_given_keeps_its_value(play: Played) -> None:
    played = play(DEFAULTS, {"sum": SUM, "twice": 0})
    assert played.episode.item == {"sum": SUM, "more": 3, "twice": 0}
    assert [turn.move for turn in played.turns if turn.role == "teacher"] == ["ask", "ask", "tell"]


def test_what_has_no_default_must_be_given(play: Played) -> None:
    with pytest.raises(RunError, match="PED1211"):
        play(DEFAULTS, {"more": 3})
    with pytest.raises(RunError, match="PED1211"):
        play(DEFAULTS, {"sum": SUM, "other": 3})


@pytest.mark.parametrize(("head", "code", "at"), [
    ("flow lesson(sum: Sum, more: Int = \"a\")", "PED0301", '"a"'),
    ("flow lesson(sum: Sum, more: Int = later, later: Int = 1)", "PED0201", "later"),
    ("flow lesson(sum: Sum, flow: Int = 1)", "PED0202", "flow"),
])
def test_mistakes_in_parameters(head: str, code: str, at: str) -> None:
    assert [(found, where) for found, where, _ in said(flow(head))] == [(code, at)]


# ---------------------------------------------------------------- state and handlers


COUNTING = flow(items="""\
state { asked: Int in 0..9 = sum.a  worked: List[Int] = [0]  luck: Bool = draw bernoulli(0.5) }
on teacher.ask { set asked += 1 }
on student.turn when asked > 3 { draw x ~ bernoulli(1) set luck = x }
""", phases="""\
phase open start { turn teacher  turn student  -> work when asked == 3 }
phase work max 4 turns {
  goal: "Asked {{ asked }}."
  on student.wonders { set worked[0] += 1 }
  turn teacher  turn student
  -> done at max
}
""")


def test_a_flow_has_a_state_of_its_own(play: Played) -> None:
    played = play(COUNTING)
    states = [turn.state["flow"] for turn in played.turns]
    assert [state["asked"] for state in states] == [3, 3, 4, 4, 4, 4]
    assert [state["worked"] for state in states] == [[0], [0], [0], [1], [1], [2]]
    assert states[-1]["luck"] is True
    assert played.episode.state["flow"]["asked"] == 2


def test_a_goal_shows_the_flow_s_state(play: Played) -> None:
    last = [request.messages[-1].text for request in play(COUNTING).engine.asked]
    assert ["goal: Asked 3." in text for text in last] == [False, False, True, False, False, False]


def test_contracts_and_rubrics_speak_of_it(play: Played) -> None:
    text = COUNTING.replace("flow lesson(sum: Sum) {", "flow lesson(sum: Sum) {\nobeys Few")
    verdicts = play(text + "contract Few over lesson { hard few: always asked < 4 }\n").ending.verdicts
    assert [(verdict.kept, verdict.broken_at) for verdict in verdicts] == [(False, 2)]


@pytest.mark.parametrize(("items", "code", "at"), [
    ("state { n: Int = 0  n: Int = 1 }", "PED0202", "n:"),
    ("state { sum: Int = 0 }", "PED0202", "sum:"),
    ("state { teacher: Int = 0 }", "PED0202", "teacher:"),
    ("state { n: Int = 0 } on teacher.ask { set m = 1 }", "PED0201", "m"),
    ("state { n: Int = 0 } on teacher.sing { set n = 1 }", "PED0201", "sing"),
    ("state { n: Int = 0 } on self.ask { set n = 1 }", "PED0201", "self"),
    ("state { n: Int = 0 } on teacher.ask { hint \"a\" }", "PED0309", 'hint "a"'),
    ("given: 1", "PED0210", "given"),
    ("budget: 12 turns", "PED0313", "12 turns"),
    ("given history 0 turns", "PED0305", "0 turns"),
    ("given history given history", "PED0202", "given history"),
])
def test_mistakes_in_a_flow(items: str, code: str, at: str) -> None:
    assert [(found, where.removesuffix(":")) for found, where, _ in said(flow(items=items))] == [
        (code, at.removesuffix(":"))]


# ---------------------------------------------------------------- budgets


def test_a_phase_that_has_used_its_tokens_is_left_at_max(play: Played) -> None:
    text = flow(phases="""\
phase work { budget: 25 tokens  turn teacher  turn student  -> more at max }
phase more max 2 turns { turn teacher  turn student  -> done at max }
""")
    played = play(text, engine=Keeps(tokens=10))
    assert [turn.phase for turn in played.turns] == ["work"] * 4 + ["more"] * 2
    assert played.ending.why == "final"


def test_the_tokens_of_a_phase_are_counted_from_its_beginning(play: Played) -> None:
    text = flow(phases="""\
phase work { budget: 15 tokens  turn teacher  turn student  -> again at max }
phase again { budget: 15 tokens  turn teacher  turn student  -> done when history.turns > 5  -> work at max }
""")
    assert [turn.phase for turn in play(text, engine=Keeps(tokens=10)).turns] == ["work"] * 2 + ["again"] * 2 + [
        "work"] * 2 + ["again"] * 2


def test_a_phase_without_a_way_on_ends_the_dialogue_and_says_why(play: Played) -> None:
    text = flow(phases="phase work { budget: 15 tokens  turn teacher  turn student  -> done when history.turns > 9 }")
    assert [(code, at) for code, at, _ in said(text)] == [("PED0506", "work")]
    text = flow(items="budget: 45 tokens")
    played = play(text, engine=Keeps(tokens=10))
    assert (len(played.turns), played.ending.why, played.ending.phase) == (5, "budget", "work")


def test_a_run_with_a_budget_is_taken_up_where_it_stopped(play: Played, tmp_path: Path) -> None:
    of = compiled(flow(items="budget: 45 tokens  given history 1 turns"))
    item = {"sum": SUM, "history": ({"speaker": "Teacher", "text": "Well?"}, {"speaker": "Student", "text": "Hm."})}

    class Stops(run.Observer):
        def __init__(self, after: int) -> None:
            self.left = after

        def spoke(self, turn: Any) -> None:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    def played(name: str, observer: run.Observer | None) -> SimpleNamespace:
        engine = Keeps(tokens=10)
        cast = {"teacher": engine, "student": engine}
        try:
            run.run(of, "lesson", [item], cast, seed=1, folder=tmp_path / name, observer=observer)
        except KeyboardInterrupt:
            run.resume(tmp_path / name, cast)
        return told(tmp_path / name, engine)

    whole = played("whole", None)
    assert (len(whole.turns), whole.ending.why) == (6, "budget")
    for after in range(1, 5):
        again = played(f"stopped{after}", Stops(after))
        assert again.lines == whole.lines
        assert len(again.engine.asked) == len(whole.engine.asked)


# ---------------------------------------------------------------- given history


HISTORY = ({"speaker": "Teacher", "text": "What is it?", "move": "ask"}, {"speaker": "STUDENT", "text": "Four."},
           {"speaker": "Teacher", "text": "Sure?", "move": "ask"})


def test_a_dialogue_goes_on_from_a_recorded_one(play: Played) -> None:
    played = play(flow(items="given history  max: 2 turns"), {"sum": SUM, "history": HISTORY})
    assert [(turn.role, turn.how, turn.move, turn.phase) for turn in played.turns] == [
        ("teacher", "recorded", "ask", ""), ("student", "recorded", "", ""), ("teacher", "recorded", "ask", ""),
        ("teacher", "generated", "tell", "work"), ("student", "generated", "", "work")]
    assert played.ending.why == "limit"
    first = played.engine.asked[0].messages
    assert [message.text.partition("\n")[0] for message in first[1:-1]] == [
        "(The dialogue begins.)", "What is it?", "Four.", "Sure?"]


def test_only_so_many_turns_are_given(play: Played) -> None:
    played = play(flow(items="given history 2 turns"), {"sum": SUM, "history": HISTORY})
    assert [turn.how for turn in played.turns] == ["recorded"] * 2 + ["generated"] * 6


def test_a_turn_of_nobody_fails_the_dialogue(play: Played) -> None:
    ending = play(flow(items="given history"), {"sum": SUM, "history": ({"speaker": "Eve", "text": "Hi"},)}).ending
    assert (ending.why, ending.code) == ("failed", "PED1214")


def test_a_person_goes_on_from_a_recorded_dialogue(tmp_path: Path) -> None:
    of, folder = compiled(flow(items="given history 2 turns")), tmp_path / "chat"
    engine, item = Keeps(), {"sum": SUM, "history": HISTORY}
    with session.start(of, "lesson", item, {"teacher": engine}, person="student", folder=folder) as talk:
        assert [turn.how for turn in talk.turns] == ["recorded", "recorded", "generated"]
        talk.send("Five.")
    with session.reopen(folder, {"teacher": engine}) as talk:
        assert [turn.how for turn in talk.turns] == ["recorded", "recorded", "generated", "person", "generated"]


def test_a_run_of_it_needs_recorded_dialogues() -> None:
    text = flow(items="given history") + """\
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0" }
run main { flow: lesson  data: sums }
"""
    assert [(code, at) for code, at, _ in said(text)] == [("PED0821", "sums")]
