"""A policy that was learnt: what it looks at, how it chooses, and that it has to fit its program."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import pedalang
from pedalang import cues, journal, overlay, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import faced, run
from pedalang.runtime.engines import opening

PROGRAM = """pedalang 1

type Sum { a: Int  b: Int }
move ask { intent: "Ask." }
move tell(how: Text = "all of it") { intent: "Tell {{ how }}." }
move wait { intent: "Wait." }

role Tutor(sum: Sum) {
  moves: [ask, tell, wait]
  sees: [sum, history, student.stuck]
  speak: grounded
  policy rule {
    tell(how: "a step") when student.stuck < 4
    ask otherwise
  }
  say ask: ["How?"]
  say tell: ["So: {{ how }}."]
  say wait: ["Hm?"]
}
student Learner {
  speak: grounded
  state { stuck: Int in 0..9 = 0  knows: Prob = 0.1  right: Bool = false  note: Text? = none }
  on teacher.ask { set knows += 0.2 }
  on self.turn { draw found ~ bernoulli(knows)  set right = found  set stuck = if found then 0 else stuck + 1 }
  act solves when right { say: ["Oh."] }
  act waits otherwise { say: ["Hm."] }
}
flow lesson(sum: Sum) {
  obeys Patience
  cast teacher: Tutor(sum)
  cast student: Learner
  phase talk max 8 turns { turn teacher  turn student  -> close at max }
  phase close final {}
}
contract Patience over lesson { hard asks_first: never tell before 2 ask }
rubric Outcome on dialogue { criterion knows by code { score: student.knows } }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  splits: { learn: 0..4, check: 4..8 } }
optimize lesson as better {
  method: bandit
  metric: Outcome.total
  reject: violates(Patience, hard)
  trainset: sums.learn
  devset: sums.check
  tune: [Tutor.policy]
  features: { late: history.turns > 4 }
}
"""
NAMES = ("turns", "made ask", "made tell", "made wait", "last solves", "last waits", "student.stuck", "late")
FLAT = overlay.Learnt("better", (), {"ask": (0.0,), "tell": (1.0,), "wait": (0.5,)})


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> plan.Plan:
    path = tmp_path_factory.mktemp("learnt") / "main.ped"
    path.write_text(PROGRAM)
    return pedalang.compile(path)


def tuned(program: plan.Plan, learnt: overlay.Learnt) -> plan.Plan:
    return overlay.applied(program, "lesson", overlay.Tuned(policies={"teacher": learnt}))


def played(of: plan.Plan, folder: Path, count: int = 6, shield: str = "full") -> journal.Journal:
    engines = {who: opening.open_engine("random:", {}) for who in of.flows["lesson"].cast}
    level = "off" if shield == "off" else "full"
    run.run(of, "lesson", [{"sum": {"a": n, "b": 1}} for n in range(count)], engines, seed=4, folder=folder,
            shield=level)
    return journal.open_journal(folder)


def moves(events: journal.Journal) -> list[list[str]]:
    return [[turn.move for turn in events.turns(episode.episode) if turn.move] for episode in events.episodes()]


def test_the_cues_are_what_the_role_sees_and_the_features(program: plan.Plan) -> None:
    flow = program.flows["lesson"]
    found = cues.known(flow, "teacher", program.optimizations["better"].features)
    assert tuple(cue.name for cue in found) == NAMES
    assert not any("knows" in name or "right" in name for name in NAMES)
    blind = replace(flow, cast={**flow.cast, "teacher": replace(flow.cast["teacher"], sees=("sum",))})
    assert cues.known(blind, "teacher", {}) == ()


def test_the_best_that_the_shield_leaves_is_made(program: plan.Plan, tmp_path: Path) -> None:
    free = moves(played(tuned(program, FLAT), tmp_path / "free", shield="off"))
    assert free == [["tell"] * 4] * 6
    kept = moves(played(tuned(program, FLAT), tmp_path / "kept"))
    assert kept == [["wait"] * 4] * 6, "without asking twice nothing may be told"


def test_arguments_are_those_that_the_programs_own_lines_give(program: plan.Plan, tmp_path: Path) -> None:
    events = played(tuned(program, FLAT), tmp_path / "run", shield="off")
    said = [turn.text for turn in events.turns(0) if turn.move]
    assert said == ["So: a step."] * 4
    stuck = replace(FLAT, cues=("student.stuck",), scores={"tell": (0.0, 1.0)})
    only = moves(played(tuned(program, stuck), tmp_path / "only", shield="off"))
    assert only == [["tell"] * 4] * 6


def test_what_is_seen_decides(program: plan.Plan, tmp_path: Path) -> None:
    late = overlay.Learnt("better", ("late", "made ask"), {"ask": (0.0, -1.0, 1.5), "wait": (2.0, 0.0, 0.0)})
    assert moves(played(tuned(program, late), tmp_path / "run")) == [["ask", "ask", "wait", "wait"]] * 6


def test_what_a_policy_faced_is_found_again(program: plan.Plan, tmp_path: Path) -> None:
    of = tuned(program, replace(FLAT, explore=1.0))
    events = played(of, tmp_path / "run", count=10)
    known = cues.known(of.flows["lesson"], "teacher", program.optimizations["better"].features)
    found = [*faced.faced(of, events, "teacher", known, Evaluator())]
    assert len(found) == 40 and len({each.made for each in found}) == 3
    for each in found:
        seen = dict(zip(NAMES, each.cues, strict=True))
        before = [turn for turn in events.turns(each.episode) if turn.turn < each.turn]
        assert seen["turns"] == len(before) and seen["late"] == (len(before) > 4)
        assert seen["made ask"] == sum(turn.move == "ask" for turn in before)
        assert ("tell" in each.moves) == (seen["made ask"] >= 2) and each.made in each.moves
        assert seen["student.stuck"] == (before[-1].state["student"]["stuck"] if before else 0)


@pytest.mark.parametrize(("change", "said"), [
    ({"cues": ("student.knows",)}, "no cue `student.knows`"),
    ({"scores": {"shout": (1.0,)}}, "no move `shout`"),
    ({"scores": {"ask": (1.0, 2.0)}}, "not a number for each"),
    ({"scores": {"ask": (math.inf,)}}, "not a number for each"),
    ({"scores": {}}, "cannot choose"),
    ({"explore": 1.5}, "cannot choose"),
    ({"cues": ("late", "late"), "scores": {"ask": (1.0, 1.0, 1.0)}}, "cannot choose"),
    ({"by": "another"}, "no optimization `another`"),
])
def test_what_does_not_fit_is_refused(program: plan.Plan, change: dict[str, object], said: str) -> None:
    with pytest.raises(overlay.Unfit, match=said):
        tuned(program, replace(FLAT, **change))


@settings(max_examples=12)
@given(st.lists(st.floats(-5, 5), min_size=27, max_size=27))
def test_no_policy_breaks_what_a_shield_keeps(program: plan.Plan, tmp_path_factory: pytest.TempPathFactory,
                                              numbers: list[float]) -> None:
    scores = {move: tuple(numbers[at * 9:at * 9 + 9]) for at, move in enumerate(("ask", "tell", "wait"))}
    of = tuned(program, overlay.Learnt("better", NAMES, scores, explore=0.2))
    events = played(of, tmp_path_factory.mktemp("kept") / "run", count=2)
    assert all(verdict.kept for ending in events.endings() for verdict in ending.verdicts)
