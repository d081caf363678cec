"""Which move a teacher makes: by rule, by table, by the model's choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pedalang import plan
from pedalang.expression.nodes import Lit
from pedalang.runtime.engines.engine import Reply, Request

Played = Callable[..., SimpleNamespace]


def arm(move: str, when: Any = None, **rest: Any) -> plan.Arm:
    return plan.Arm(move, rest.pop("arguments", {}), None if when is None else Lit(when), **rest)


def taught(make: SimpleNamespace, policy: plan.Policy, allowed: tuple[str, ...], turns: int = 1,
           **role: Any) -> plan.Plan:
    """A lesson in which only the tutor speaks."""
    phase = plan.Phase("work", (plan.Turn("teacher", allowed, place="lesson.ped:5"),))
    return make.lesson(teacher=make.tutor(policy=policy, **role),
                       flow={"phases": {"work": phase}, "start": "work", "max_turns": turns})


def moves(found: SimpleNamespace) -> list[str]:
    return [turn.move for turn in found.turns]


@pytest.mark.parametrize(("arms", "made"), [
    ((arm("focus", False), arm("telling", True), arm("generic", True)), "telling"),
    ((arm("focus", False), arm("telling", otherwise=True)), "telling"),
    ((arm("telling", otherwise=True), arm("focus", True)), "focus"),
    ((arm("focus", False), arm("generic")), "generic"),
    ((arm("probing", True), arm("telling", otherwise=True)), "telling"),
    ((arm("focus", False),), "generic"),
    ((), "generic"),
], ids=["first that holds", "otherwise", "otherwise gives way", "always", "not allowed here", "none holds", "no arm"])
def test_a_rule(arms: tuple[plan.Arm, ...], made: str, make: SimpleNamespace, play: Played) -> None:
    found = play(taught(make, plan.Policy("rule", arms), ("generic", "telling", "focus")))
    assert moves(found) == [made]
    assert [request.purpose for request in found.engine.requests] == ["speech"] * len(found.engine.requests)


def test_arguments_are_the_arm_s_over_the_defaults(make: SimpleNamespace, play: Played) -> None:
    move = plan.Move("focus", defaults={"target": Lit("tops"), "times": make.ref("problem.a")},
                     say=(make.text("{args.times} {args.target}"),))
    policy = plan.Policy("rule", (arm("focus", arguments={"target": Lit("bottoms")}),))
    (turn,) = play(taught(make, policy, ("focus",), moves={"focus": move})).turns
    assert turn.arguments == {"target": "bottoms", "times": {"ratio": [1, 2]}}
    assert turn.text == "1/2 bottoms"
    (turn,) = play(taught(make, plan.Policy("rule"), ("focus",), moves={"focus": move})).turns
    assert turn.arguments["target"] == "tops"


def test_a_move_that_is_not_allowed_is_passed_over(make: SimpleNamespace, play: Played) -> None:
    never = plan.Move("focus", allow=Lit(False), say=(make.text("a"),))
    other = plan.Move("telling", allow=Lit(True), say=(make.text("b"),))
    policy = plan.Policy("rule", (arm("focus"),))
    found = play(taught(make, policy, ("focus", "telling"), moves={"focus": never, "telling": other}))
    assert moves(found) == ["telling"]


def test_no_allowed_move_fails_the_dialogue_and_names_the_place(make: SimpleNamespace, play: Played) -> None:
    never = plan.Move("focus", allow=Lit(False))
    (ending,) = play(taught(make, plan.Policy("rule"), ("focus",), moves={"focus": never})).endings
    assert (ending.code, ending.why) == ("PED1203", "failed")
    assert ending.message == "no move of teacher is allowed in turn 0, phase work at lesson.ped:5"


def test_a_table_draws_by_weight(make: SimpleNamespace, play: Played) -> None:
    arms = (arm("telling", weight=3.0), arm("generic", True), arm("focus", False, weight=9.0),
            arm("focus", otherwise=True, weight=9.0))
    found = play(taught(make, plan.Policy("table", arms), ("telling", "generic", "focus")), count=400)
    counts = Counter(moves(found))
    assert set(counts) == {"telling", "generic"}
    assert counts["telling"] / counts["generic"] == pytest.approx(3, rel=0.3)


def test_a_table_draws_the_same_again_and_otherwise_with_another_seed(make: SimpleNamespace, play: Played) -> None:
    of = taught(make, plan.Policy("table", (arm("telling"), arm("generic"))), ("telling", "generic"))
    first, again, other = (moves(play(of, count=40, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_model_chooses_among_moves_and_their_arguments_by_their_words(make: SimpleNamespace, play: Played) -> None:
    found = play(taught(make, plan.Policy("model"), ("generic", "focus", "telling")), count=60)
    asked = [request for request in found.engine.requests if request.purpose == "move"]
    assert {request.choices for request in asked} == {
        ("generic", "focus (target: tops)", "focus (target: bottoms)", "telling")}
    assert {request.key for request in asked} == {f"{episode}/0/move" for episode in range(60)}
    made = {(turn.move, turn.arguments.get("target")) for turn in found.turns}
    assert made == {("generic", None), ("focus", "tops"), ("focus", "bottoms"), ("telling", None)}
    assert all(turn.arguments.get("target", "") in turn.text for turn in found.turns)


def test_the_words_of_a_move_are_its_name_and_the_first_sentence_of_its_intent(make: SimpleNamespace,
                                                                             play: Played) -> None:
    first = plan.Move("ask_back", intent=make.text("Ask how {problem.a} came about. Never tell."), say=(Lit("Why?"),))
    second = plan.Move("wait", intent=make.text("Say {student.attempt}."), say=(Lit("Hm."),))
    found = play(taught(make, plan.Policy("model"), ("ask_back", "wait"), moves={"ask_back": first, "wait": second}))
    assert found.engine.requests[0].choices == ("ask back: Ask how 1/2 came about.", "wait")


def test_both_steps_of_a_turn_share_their_prompt_s_beginning(make: SimpleNamespace, play: Played) -> None:
    found = play(taught(make, plan.Policy("model"), ("generic", "focus"), turns=3))
    last = found.engine.requests[-2:]
    assert [request.key for request in last] == ["0/2/move", "0/2/speech"]
    assert [request.purpose for request in last] == ["move", "speech"]
    assert last[0].messages[:-1] == last[1].messages[:-1]
    assert last[0].messages[-1].text == last[1].messages[-1].text + "\n\n(say first what you do now)"


def test_one_option_is_not_asked_for(make: SimpleNamespace, play: Played) -> None:
    found = play(taught(make, plan.Policy("model"), ("telling",)))
    assert found.engine.requests == []
    assert moves(found) == ["telling"]


@pytest.mark.parametrize("choice", [None, -1, 4])
def test_a_choice_that_was_not_offered_fails_the_dialogue(choice: int | None, make: SimpleNamespace,
                                                          play: Played) -> None:
    class Wrong(make.Picks):  # type: ignore[misc, name-defined]
        def reply(self, request: Request) -> Reply:
            return Reply("?", choice)

    (ending,) = play(taught(make, plan.Policy("model"), ("generic", "focus", "telling")), engine=Wrong()).endings
    assert (ending.code, ending.message) == ("PED1208", f"the engine of teacher chose {choice} of 4 things")
