"""What handlers change: parts of lists, maps and records, and on what a role has done itself."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.expression.parts import reached, rebuilt
from tests.people.conftest import said

Played = Callable[..., SimpleNamespace]

PROGRAM = """\
enum Skill { case adding  case carrying }
type Sum { a: Int  b: Int  answer: Int = a + b }
type Mind { calm: Prob = 0.5  tries: Int = 0 }

move ask(about: Text = "it") for teacher { say: ["What is {{ about }}?", "And?"] }
move wait for teacher { say: ["Hm."] }

role Tutor(sum: Sum) {
  moves: [ask, wait]
  policy rule { ask }
  speak: grounded
  state { asked: Int = 0 }
  on self.ask(what) when what != "" { set asked += 1 }
  on self.wait { set asked = 100 }
}

student Learner(sum: Sum) {
  speak: grounded
  state {
    mastery: Map[Skill, Prob] = { adding: 0.3 }
    tries: List[Int] = [0, 0]
    maybe: List[Int?] = [none, 1]
    levels: List[Int in 0..3] = [3, 3]
    deep: Map[Text, List[Int]] = { x: [1, 2] }
    at: Int = 1
    skill: Skill = adding
    answered: Int = 0
  }
  on teacher.ask { BODY }
  on self.answers when turn.text != "" { set answered += 1 }
  act answers { say: ["Yes.", "No."] }
}

flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase work max 2 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
"""


def student(played: SimpleNamespace, turn: int = 0) -> dict[str, Any]:
    return played.turns[turn].state["student"]


@pytest.mark.parametrize(("body", "variable", "after"), [
    ("set tries[0] = 4", "tries", [4, 0]),
    ("set tries[at] += 1  set tries[at] *= 5", "tries", [0, 5]),
    ("set mastery[skill] += 0.25", "mastery", {"adding": 0.55}),
    ("set mastery[carrying] = 0.5", "mastery", {"adding": 0.3, "carrying": 0.5}),
    ("set deep[\"x\"][1] -= 3", "deep", {"x": [1, -1]}),
    ("set maybe[1] = none", "maybe", [None, None]),
    ("if at == 1 { set tries[0] = 2  set tries[1] = (tries[0] ?? 0) + 1 }", "tries", [2, 3]),
])
def test_a_part_is_set_and_the_rest_stays(play: Played, body: str, variable: str, after: Any) -> None:
    assert student(play(PROGRAM.replace("BODY", body)))[variable] == after


@pytest.mark.parametrize(("body", "variable", "after", "note"), [
    ("set mastery[skill] += 0.9", "mastery", {"adding": 1.0}, "student.mastery[adding] kept at 1"),
    ("set levels[1] += 1", "levels", [3, 3], "student.levels[1] kept at 3"),
    ("set levels = [7, 1]", "levels", [3, 1], "student.levels kept at 3, 1"),
])
def test_what_a_list_or_map_holds_is_kept_in_its_range(play: Played, body: str, variable: str, after: Any,
                                                       note: str) -> None:
    played = play(PROGRAM.replace("BODY", body))
    assert (student(played)[variable], played.turns[0].notes) == (after, (note,))


@pytest.mark.parametrize(("body", "message"), [
    ("set tries[2] = 1", "`tries` has 2 items, and none at 2"),
    ("set tries[0 - 1] += 1", "`tries` has 2 items, and none at -1"),
    ("set deep[\"y\"][0] = 1", "`deep` has nothing at y"),
    ("set mastery[carrying] += 0.1", "`+` is for two numbers"),
])
def test_a_part_that_is_not_there_fails_the_dialogue(play: Played, body: str, message: str) -> None:
    ending = play(PROGRAM.replace("BODY", body)).ending
    assert (ending.why, ending.code) == ("failed", "PED1201")
    assert message in ending.message and "main.ped:" in ending.message


@pytest.mark.parametrize(("body", "code", "at"), [
    ("set tries[\"a\"] = 1", "PED0301", '"a"'),
    ("set tries[0] = \"a\"", "PED0301", '"a"'),
    ("set at[0] = 1", "PED0301", "at"),
    ("set mastery[adding] = none", "PED0306", "none"),
    ("set wrong[0] = 1", "PED0201", "wrong"),
    ("set sum.a = 1", "PED0201", "sum"),
    ("set teacher.asked = 1", "PED0201", "teacher"),
    ("set f(1) = 1", "PED0309", "f(1)"),
    ("set mastery = { adding: 0.1, subtracting: 0.2 }", "PED0304", "subtracting"),
])
def test_mistakes_in_a_part(body: str, code: str, at: str) -> None:
    assert [(found, where) for found, where, _ in said(PROGRAM.replace("BODY", body))] == [(code, at)]


def test_what_was_known_of_a_part_is_known_no_more_once_it_is_set() -> None:
    body = "if maybe[1] != none { set maybe[1] = none  set at = maybe[1] }"
    assert [(code, at) for code, at, _ in said(PROGRAM.replace("BODY", body))] == [("PED0306", "maybe[1]")]


def test_a_role_sees_what_it_did_itself(play: Played) -> None:
    played = play(PROGRAM.replace("BODY", "set tries[0] = turn.number"))
    assert [turn.state["teacher"]["asked"] for turn in played.turns] == [1, 1]
    assert [turn.state["student"]["answered"] for turn in played.turns] == [0, 1]


def test_its_own_handlers_run_before_those_of_others(play: Played) -> None:
    assert student(play(PROGRAM.replace("BODY", "set tries[0] = teacher.asked")))["tries"] == [1, 0]


def test_a_role_hears_of_no_act_that_it_never_does() -> None:
    text = PROGRAM.replace("BODY", "").replace("on self.answers", "on self.wonders")
    assert [(code, at) for code, at, _ in said(text)] == [("PED0201", "wonders")]


trees = st.recursive(st.integers(), lambda inner: st.lists(inner, min_size=1, max_size=3).map(tuple)
                     | st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3), max_leaves=12)


@given(st.data())
def test_changing_a_part_changes_that_part_alone(data: st.DataObject) -> None:
    whole = data.draw(trees.filter(lambda tree: not isinstance(tree, int)))
    keys, part = [], whole
    while not isinstance(part, int) and (not keys or data.draw(st.booleans())):
        keys.append(data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part)))))
        part = part[keys[-1]]
    around = reached(whole, keys)
    assert rebuilt(around, keys, part) == whole
    other = rebuilt(around, keys, "new")
    assert reached(other, [*keys])[-1][keys[-1]] == "new"
    assert rebuilt(reached(other, keys), keys, part) == whole
