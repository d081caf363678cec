"""The numbers of guards are found in a plan, and can be replaced; nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pedalang
from pedalang import overlay, plan, thresholds
from pedalang.expression import nodes
from pedalang.expression.written import written

PROGRAM = """pedalang 1

type Sum { a: Int  b: Int }
move ask { intent: "Ask." }
move tell {
  intent: "Tell."
  allow when history.turns >= 1 and history.count("ask") > 0
}

role Tutor(sum: Sum) {
  moves: [ask, tell]
  sees: [sum, history, student.stuck]
  policy rule {
    tell() when student.stuck >= 3 or (history.turns > 6 and 0.5 < student.mood)
    ask() otherwise
  }
  voice: "You teach."
  say ask: ["How?"]
  say tell: ["So."]
}
student Learner {
  state { stuck: Int in 0..9 = 0  mood: Prob = 0.5  right: Bool = false }
  on self.turn { set stuck += 1 }
  act waits when stuck >= 2 { say: ["Hm."] }
  act answers otherwise { say: ["Well."] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner
  phase talk max 6 turns { turn teacher  turn student  -> close when student.stuck >= 5  -> close at max }
  phase close final {}
}
"""
PROMISE = "contract Patience over lesson { hard asks_first: never tell before 1 ask }\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> plan.Plan:
    path = tmp_path_factory.mktemp("thresholds") / "main.ped"
    path.write_text(PROGRAM)
    return pedalang.compile(path)


def test_the_numbers_of_policies_and_moves_are_found(program: plan.Plan) -> None:
    found = thresholds.of(program, "lesson")
    assert [(each.name, thresholds.told(each, each.value)) for each in found.values()] == [
        ("teacher.policy.1.1", "student.stuck >= 3"),
        ("teacher.policy.1.2", "history.turns > 6"),
        ("teacher.policy.1.3", "student.mood > 0.5"),
        ("teacher.allow.tell.1", "history.turns >= 1"),
        ("teacher.allow.tell.2", 'history.count("ask") > 0'),
    ]
    assert found["teacher.policy.1.1"].text == \
        "tell when student.stuck >= 3 or history.turns > 6 and 0.5 < student.mood"


def test_what_clauses_are_proved_with_is_left(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("promised") / "main.ped"
    path.write_text(PROGRAM.replace("flow lesson(sum: Sum) {", "flow lesson(sum: Sum) {\n  obeys Patience") + PROMISE)
    promised = pedalang.compile(path)
    assert promised.contracts["Patience"].clauses[0].assurance != "monitored"
    assert [name for name in thresholds.of(promised, "lesson") if ".allow." in name] == []


@given(st.dictionaries(st.sampled_from(["teacher.policy.1.1", "teacher.policy.1.3", "teacher.allow.tell.2"]),
                       st.integers(-5, 50) | st.floats(0, 1)))
def test_what_is_replaced_is_found_again_and_the_rest_stays(program: plan.Plan, numbers: dict[str, float]) -> None:
    changed = thresholds.replaced(program, "lesson", numbers)
    before, after = thresholds.of(program, "lesson"), thresholds.of(changed, "lesson")
    assert {name: each.value for name, each in after.items()} == \
        {name: each.value for name, each in before.items()} | numbers
    back = thresholds.replaced(changed, "lesson", {name: each.value for name, each in before.items()})
    assert [thresholds.told(each, each.value) for each in thresholds.of(back, "lesson").values()] == \
        [thresholds.told(each, each.value) for each in before.values()]
    assert plan.digest(thresholds.replaced(program, "lesson", {})) == plan.digest(program)


def test_a_number_that_is_not_there_is_not_replaced(program: plan.Plan) -> None:
    with pytest.raises(KeyError, match=r"teacher\.policy\.9\.1"):
        thresholds.replaced(program, "lesson", {"teacher.policy.9.1": 1})


@pytest.mark.parametrize(("expr", "text"), [
    (nodes.Binary("and", nodes.Binary("or", nodes.Name("a"), nodes.Name("b")), nodes.Unary("not", nodes.Name("c"))),
     "(a or b) and not c"),
    (nodes.Binary("-", nodes.Name("a"), nodes.Binary("-", nodes.Lit(1), nodes.Lit(2.5))), "a - (1 - 2.5)"),
    (nodes.Index(nodes.Attr(nodes.Name("s"), "levels"), nodes.Lit('x"')), 's.levels["x\\""]'),
    (nodes.If(nodes.Lit(True), nodes.Lit(None), nodes.Ratio(1, 2)), "if true then none else 1/2"),
    (nodes.Call("count", (nodes.Name("history"),)), "history.turns"),
])
def test_an_expression_reads_as_it_is_written(expr: nodes.Expr, text: str) -> None:
    assert written(expr) == text


def test_a_program_with_other_numbers_is_a_plan_like_any_other(program: plan.Plan) -> None:
    tuned = overlay.Tuned(thresholds={"teacher.policy.1.1": 1})
    changed = overlay.applied(program, "lesson", tuned)
    assert thresholds.of(changed, "lesson")["teacher.policy.1.1"].value == 1
    assert plan.from_json(plan.to_json(changed)) == changed
    with pytest.raises(overlay.Unfit, match=r"no guard of a teacher in the flow `lesson` has the number `a\.b`"):
        overlay.applied(program, "lesson", overlay.Tuned(thresholds={"a.b": 1}))
