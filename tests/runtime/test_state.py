"""What the cast's state is before the first turn, and what handlers make of it."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean, stdev
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.environment import after, along, environment, turn_record
from pedalang.expression.nodes import Distribution, Lit
from pedalang.runtime.episode import seeds
from pedalang.runtime.episode.state import begin, bounded, setting

Played = Callable[..., SimpleNamespace]
TEACH = plan.Turn("teacher", ("generic",))
LEARN = plan.Turn("student")
ROUND = {"phases": {"work": plan.Phase("work", (TEACH, LEARN))}, "start": "work", "max_turns": 4}


def state(found: SimpleNamespace, turn: int) -> dict[str, Any]:
    return found.turns[turn].state["student"]


def variable(name: str, initial: nodes.Expr | Distribution, low: float | None = None,
             high: float | None = None) -> plan.Variable:
    return plan.Variable(name, "Any", initial, low, high)


def student(make: SimpleNamespace, variables: tuple[plan.Variable, ...], *handlers: plan.Handler) -> plan.Role:
    plain = plan.Act("speaks", None, (make.text("Hm."), make.text("Well.")))
    return make.learner(acts=(plain,), state=variables, handlers=handlers, carries=None)


def test_variables_see_parameters_and_those_before_them(make: SimpleNamespace, play: Played) -> None:
    role = student(make, (variable("a", make.ref("problem.a")), variable("twice", make.binary("+", "student.a",
                                                                                          make.ref("student.a")))))
    assert state(play(make.lesson(student=role, flow=ROUND)), 0) == {"a": {"ratio": [1, 2]}, "twice": {"ratio": [1, 1]}}


def test_members_see_those_cast_before_them(make: SimpleNamespace, play: Played) -> None:
    role = student(make, (variable("mood", make.ref("teacher.mood")),))
    teacher = make.tutor(state=(variable("mood", Lit("calm")),))
    assert state(play(make.lesson(teacher=teacher, student=role, flow=ROUND)), 0) == {"mood": "calm"}


def test_draws_before_the_first_turn_differ_from_dialogue_to_dialogue(make: SimpleNamespace) -> None:
    kinds = {
        "known": Distribution("bernoulli", (Lit(0.25),)),
        "belief": Distribution("one_of", (Lit("x"), Lit("y"), Lit(None))),
        "skill": Distribution("uniform", (Lit(2), Lit(4))), "speed": Distribution("normal", (Lit(10.0), Lit(2.0))),
    }
    of = make.lesson(student=student(make, tuple(variable(name, kind) for name, kind in kinds.items())))
    engine = make.Picks()
    here = setting(of, "lesson", {"teacher": engine, "student": engine}, 3)
    drawn = [begin(here, n, item).members["student"] for n, item in enumerate(make.items(2000))]
    assert mean(each["known"] for each in drawn) == pytest.approx(0.25, abs=0.04)
    assert {each["belief"] for each in drawn} == {"x", "y", None}
    assert all(2 <= each["skill"] < 4 for each in drawn)
    assert mean(each["skill"] for each in drawn) == pytest.approx(3, abs=0.06)
    assert mean(each["speed"] for each in drawn) == pytest.approx(10, abs=0.2)
    assert stdev(each["speed"] for each in drawn) == pytest.approx(2, abs=0.15)


def test_a_state_that_cannot_be_computed_fails_its_dialogue_only(make: SimpleNamespace, play: Played) -> None:
    inverse = nodes.Binary("/", Lit(1), make.binary("-", "problem.a", nodes.Ratio(1, 2)))
    found = play(make.lesson(student=student(make, (variable("i", inverse),)), flow=ROUND), count=3)
    assert [(ending.code, ending.why) for ending in found.endings] == [("PED1201", "failed"), ("", "limit"),
                                                                       ("", "limit")]
    assert "division by zero" in found.endings[0].message


def test_bounds_hold_from_the_start_and_are_noted_later(make: SimpleNamespace, play: Played) -> None:
    grows = plan.Handler("student", "turn", None, (make.more("p", 0.7), make.more("n", 2)))
    role = student(make, (variable("p", Lit(1.5), 0, 1), variable("n", Lit(2), 0, 3)), grows)
    found = play(make.lesson(student=role, flow=ROUND))
    assert state(found, 0) == {"p": 1.0, "n": 2}
    assert state(found, 1) == {"p": 1.0, "n": 3}
    assert found.turns[1].notes == ("student.p kept at 1", "student.n kept at 3")


@given(st.one_of(st.integers(), st.fractions(), st.floats(allow_nan=False)), st.integers(-9, 0), st.integers(0, 9))
def test_bounds_keep_values_and_their_type(value: Any, low: int, high: int) -> None:
    kept = bounded(value, plan.Variable("v", "Any", Lit(0), float(low), float(high)))
    assert low <= kept <= high
    assert type(kept) is type(value)
    assert kept == value or kept in (low, high)


def test_own_handlers_run_before_the_words_and_others_after(make: SimpleNamespace, play: Played) -> None:
    note = nodes.Binary("+", make.ref("student.log"), make.ref("turn.text"))
    handlers = (plan.Handler("teacher", "turn", None, (plan.Assign("log", note),)),
                plan.Handler("student", "turn", None, (plan.Assign("log", make.text("{student.log}|")),)))
    role = make.learner(acts=(plan.Act("a", None, (make.text("<{student.log}>"),)),), carries=None,
                        state=(variable("log", Lit("")),), handlers=handlers)
    say = make.tutor(moves={"generic": plan.Move("generic", say=(make.text("T"),))})
    found = play(make.lesson(teacher=say, student=role, flow=ROUND))
    assert [turn.text for turn in found.turns] == ["T", "<T|>", "T", "<T|T|>"]
    assert [state(found, turn)["log"] for turn in range(4)] == ["T", "T|", "T|T", "T|T|"]
    assert found.turns[2].notes == ("repeated",)


def test_handlers_know_moves_acts_and_their_arguments(make: SimpleNamespace, play: Played) -> None:
    on_focus = plan.Handler("teacher", "focus", make.binary("==", "args.target", "bottoms"),
                            (plan.Assign("seen", make.ref("turn.arguments.target")),))
    on_other = plan.Handler("teacher", "probing", None, (plan.Assign("seen", Lit("probing")),))
    hears = plan.Handler("student", "a", None, (plan.Assign("heard", make.ref("turn.act")),))
    role = make.learner(acts=(plan.Act("a", None, (make.text("one"), make.text("two"))),), carries=None,
                        state=(variable("seen", Lit("")),), handlers=(on_focus, on_other))
    arm = plan.Arm("focus", {"target": Lit("bottoms")})
    teacher = make.tutor(policy=plan.Policy("rule", (arm,)), state=(variable("heard", Lit("")),), handlers=(hears,))
    phase = plan.Phase("work", (plan.Turn("teacher", ("focus",)), LEARN))
    found = play(make.lesson(teacher=teacher, student=role, flow={**ROUND, "phases": {"work": phase}}))
    assert state(found, 0) == {"seen": "bottoms"}
    assert [turn.state["teacher"]["heard"] for turn in found.turns[:2]] == ["", "a"]


def test_what_a_turn_draws_is_for_its_handlers_and_acts_and_then_gone(make: SimpleNamespace, play: Played) -> None:
    draws = plan.Handler("student", "turn", None, (
        plan.Sample("luck", Distribution("uniform", (Lit(0.0), Lit(1.0)))),
        plan.Branch(make.binary("<", "luck", 0.5), (plan.Assign("low", Lit(True)),),
                    (plan.Assign("low", Lit(False)),))))
    uses = plan.Handler("student", "turn", None, (plan.Assign("luck", make.ref("luck")),))
    acts = (plan.Act("down", make.binary("<", "luck", 0.5), (make.text("down {luck}"),)),
            plan.Act("up", None, (make.text("up {luck}"),)))
    role = make.learner(acts=acts, carries=None, handlers=(draws, uses),
                        state=(variable("luck", Lit(0.0)), variable("low", Lit(False))))
    found = play(make.lesson(student=role, flow=ROUND), count=8)
    spoken = [turn for turn in found.turns if turn.role == "student"]
    for turn in spoken:
        own = turn.state["student"]
        assert turn.act == ("down" if own["low"] else "up")
        assert own["low"] == (own["luck"] < 0.5)
        assert turn.text == f"{turn.act} {own['luck']:.10g}"
    assert len({turn.text for turn in spoken}) == 16

    late = plan.Handler("teacher", "turn", None, (plan.Assign("luck", make.ref("luck")),))
    role = make.learner(acts=acts, carries=None, handlers=(late, draws, uses), state=role.state)
    (ending,) = play(make.lesson(student=role, flow=ROUND)).endings
    assert ending.code == "PED1201"


def test_hints_are_for_the_next_prompt_of_their_role_only(make: SimpleNamespace, play: Played) -> None:
    hears = plan.Handler("teacher", "turn", None, (plan.Hint(make.text("You heard {turn.text}")),
                                                   plan.Hint(make.text("not shown: {student.attempt}"))))
    once = plan.Handler("student", "turn", nodes.Binary("<", nodes.Call("count", (nodes.Name("history"),)), Lit(2)),
                        (plan.Hint(make.text("Take your time")),))
    role = make.learner(speak="free", acts=(plan.Act("guesses", None),), handlers=(hears, once), carries=None)
    engine = make.Picks()
    play(make.lesson(student=role, flow=ROUND), engine=engine)
    asked = [request.messages[-1].text for request in engine.requests if not request.choices]
    said = [request.messages[-1].text.split("\n")[0] for request in engine.requests if not request.choices]
    assert asked[0] == f"{said[0]}\n\n(what you do now: guesses\nYou heard {said[0]}\nTake your time)"
    assert asked[1] == f"{said[1]}\n\n(what you do now: guesses\nYou heard {said[1]})"


TURNS = st.lists(st.tuples(st.sampled_from(["teacher", "student", "nobody"]), st.text(max_size=5), st.integers(0, 3)),
                 max_size=6)


@given(TURNS)
def test_environments_grow_turn_by_turn_to_what_they_are(said: list[tuple[str, str, int]]) -> None:
    turns = [turn_record(who, text, phase="p", number=n) for n, (who, text, _) in enumerate(said)]
    states = [{"teacher": {}, "student": {"n": n}} for _, _, n in said]
    initial = {"teacher": {}, "student": {"n": -1}}
    grown = environment({"x": 1}, initial, (), phase="start")
    for turn, members in zip(turns, states, strict=True):
        grown = after(grown, turn, members)
    whole = environment({"x": 1}, states[-1] if states else initial, turns, phase="" if turns else "start")
    assert grown == whole
    looked_back = along({"x": 1}, initial, turns, states)
    assert [{**each, "initial": None} for each in looked_back[-1:]] == ([{**whole, "initial": None}] if turns else [])


def test_draws_are_the_same_everywhere() -> None:
    assert seeds.derived(1, 2, 3, "teacher", "speech") == 1775089008
    draws = seeds.Draws(5)
    assert [round(draws.unit(), 6) for _ in range(3)] == [0.619786, 0.581605, 0.157834]


@given(st.integers(0, 2**31 - 1), st.lists(st.integers(), max_size=12), st.integers(1, 6))
def test_a_sample_keeps_order(seed: int, items: list[int], count: int) -> None:
    numbered = list(enumerate(items))
    some = seeds.Draws(seed).some(numbered, count)
    assert len(some) == min(count, len(items))
    assert some == sorted(set(some))
    assert set(some) <= set(numbered)


def test_weights_are_shares() -> None:
    draws = seeds.Draws(1)
    counts = [0, 0, 0]
    for _ in range(3000):
        counts[draws.weighted([1.0, 0.0, 3.0])] += 1
    assert counts[1] == 0
    assert counts[2] / counts[0] == pytest.approx(3, rel=0.15)
    assert draws.weighted([0.0, 0.0]) == 0
