"""Rubrics as they are compiled: what one takes over, what its criteria are on, and what of a judge is checked."""

from __future__ import annotations

import pytest

from pedalang import diagnostic, plan
from pedalang.compiler import compile

HEAD = """
from std.scales import Anchored4
scale Way nominal { level 1 "asks": "It asks."  level 2 "tells": "It tells."  level 3 "talks": "Neither." }
model grader { engine: llama  weights: "grader.gguf" }
move ask {}
move tell {}
role Tutor { moves: [ask, tell] }
student Learner { act guesses otherwise {} }
flow lesson {
  cast teacher: Tutor
  cast student: Learner
  phase talk start max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
contract Calm(most: Int = 1) { hard few: at most 3 ask  soft none: never turn.number > most }
"""


def rubric(text: str, name: str = "R") -> plan.Rubric:
    made = compile.compile_text(HEAD + text)
    assert made.plan is not None, diagnostic.to_text(made.diagnostics)
    return made.plan.rubrics[name]


def codes(text: str) -> list[str]:
    """What is wrong, but for imports that a short program does not use, means of ranks, what is not followed, and what
    the flow makes of the clauses."""
    beside = ("PED0204", "PED0606", "PED0709", "PED0901")
    return [found.code for found in compile.check_text(HEAD + text) if found.code not in beside]


def criterion(text: str, unit: str = "turn") -> plan.Criterion:
    (only,) = rubric(f"rubric R on {unit} {{ {text} }}").criteria
    return only


def test_a_rubric_takes_over_criteria_and_range_and_may_say_others() -> None:
    text = """
    rubric Old on turn { range: 0..10  criterion a by code { score: 1 }  criterion b weight 2 by code { score: 0 } }
    rubric R extends Old { criterion b weight 3 by code { score: 1 }  criterion c by code { score: 1 } }
    """
    of = rubric(text)
    assert [(each.name, each.weight, each.units is not None) for each in of.criteria] == [
        ("a", 1.0, True), ("b", 3.0, False), ("c", 1.0, False)]
    assert (of.low, of.high) == (0.0, 10.0)
    own = rubric(text.replace("extends Old {", "extends Old { range: 0 points .. 100 points"))
    assert (own.low, own.high) == (0.0, 100.0)


@pytest.mark.parametrize("written", ["3", "5..1", "1..1", '"a"', "0 points .. 3 turns"])
def test_a_range_is_from_one_number_to_a_larger_one(written: str) -> None:
    assert codes(f"rubric R {{ range: {written}  criterion a by code {{ score: 1 }} }}")[0] in ("PED0305", "PED0309")


def test_rubrics_that_extend_each_other_are_told_once() -> None:
    assert codes("rubric R extends S { criterion a by code { score: 1 } }\nrubric S extends R {}") == ["PED0209"]


def test_a_rubric_with_two_sets_of_arguments_is_two_rubrics() -> None:
    text = """
    rubric R(most: Int = 9) { criterion few by code { score: if history.turns <= most then 1 else 0 } }
    type Sum { a: Int }
    dataset sums from "sums.csv" as Sum { licence: "CC0-1.0" }
    run one { flow: solo  data: sums  score: R(1) }
    run two { flow: solo  data: sums  score: R(2) }
    run three { flow: solo  data: sums  score: R }
    run four { flow: solo  data: sums  score: R(1) }
    flow solo(sum: Sum) { cast teacher: Tutor  phase talk final { turn teacher } }
    """
    made = compile.compile_text(HEAD + text).plan
    assert made is not None
    assert [run.score for run in made.runs.values()] == ["R", "R(2)", "R(9)", "R"]
    assert {name: of.name for name, of in made.rubrics.items()} == {name: name for name in ("R", "R(2)", "R(9)")}


def test_a_criterion_on_parts_says_on_which_and_what_becomes_of_them() -> None:
    assert criterion("criterion a by code { score: 1 }").units == plan.Units("turn", "mean")
    assert criterion("criterion a by code { score: 1  value: last }").units == plan.Units("turn", "last")
    assert criterion("criterion a by code on dialogue { score: 1 }").units is None
    assert criterion("criterion a by code on exchange { score: 1 }", "dialogue").units == plan.Units("exchange", "mean")
    assert criterion("segment: 20 turns criterion a by code { score: 1 }", "segment").units == \
        plan.Units("segment", "mean", None, 20.0)
    assert criterion("segment: 7.5 minutes criterion a by code { score: 1 }", "segment").units == \
        plan.Units("segment", "mean", None, 450.0, True)
    assert criterion("criterion a by code { segment: 9 turns score: 1 }", "segment").units == \
        plan.Units("segment", "mean", None, 9.0)


def test_the_median_stands_for_ordinal_levels() -> None:
    judged = 'criterion a scale Anchored4 by judge { ask: "?" %s }'
    units = criterion(judged % "").units
    assert units is not None
    assert units.value == "median"


def test_what_a_condition_makes_sure_is_known_in_the_criterion() -> None:
    text = 'criterion a by code { when: previous != none  score: words(previous.text) / 100 }'
    assert criterion(text).units is not None
    assert codes("rubric R on turn { criterion a by code { score: words(previous.text) / 100 } }") == ["PED0306"]
    assert codes("rubric R { criterion a by code { when: true  score: 1 } }") == ["PED0210"]
    assert codes("rubric R { criterion a by code { score: words([t.text for t in turns]) } }") == ["PED0201"]


def test_items_can_be_keyed_in_reverse_and_count_against_the_total() -> None:
    made = criterion("criterion a weight 2 by code { score: 1  keyed: reverse  counts: against }", "dialogue")
    assert (made.weight, made.reverse) == (-2.0, True)
    assert codes("rubric R { criterion a by code { score: 1 counts: against } }") == ["PED0701"]


def test_what_a_judge_says_of_itself_is_in_the_plan() -> None:
    text = """criterion a scale Way by judge {
      ask: "?"  model: grader  votes: 5  evidence: required  desired: [asks, talks]
      agreement: { metric: quadratic_kappa, at_least: 0.6, against: b }
    }
    criterion b weight 0 scale Way by human { ask: "?" desired: asks }"""
    judge, human = rubric(f"rubric R {{ {text} }}").criteria
    assert judge.judge is not None
    assert (judge.judge.votes, judge.judge.evidence, judge.judge.desired) == (5, True, ("asks", "talks"))
    assert judge.judge.agreement == plan.Agreement("quadratic_kappa", 0.6, "b")
    assert human.human is not None
    assert human.human.desired == ("asks",)
    assert [level.label for level in human.human.levels] == ["asks", "tells", "talks"]


WRONG = [
    ("votes: 0", "PED0305"), ("votes: some", "PED0309"), ("votes: 1000", "PED0305"), ("evidence: 3", "PED0309"),
    ("evidence: requried", "PED0309"), ("agreement: 0.6", "PED0309"), ("agreement: {}", "PED0702"),
    ("agreement: { metric: kappa }", "PED0309"), ("agreement: { metric: exact, at_least: 2 }", "PED0309"),
    ("agreement: { metric: exact, atleast: 0.2 }", "PED0210"), ("agreement: { metric: exact, against: z }", "PED0201"),
    ("agreement: { metric: exact, against: a }", "PED0201"), ("desired: asking", "PED0704"),
    ("desired: [asks, asks]", "PED0202"), ("labels: [asks]", "PED0210"), ("cache: true", "PED0210"),
    ("model: nobody", "PED0201"), ("keyed: backwards", "PED0309"), ("counts: twice", "PED0309"),
]


@pytest.mark.parametrize(("written", "code"), WRONG)
def test_what_is_wrong_in_a_judge_is_told(written: str, code: str) -> None:
    text = f'rubric R {{ criterion a scale Way by judge {{ ask: "?"  {written} }} }}'
    assert codes(text) == [code]


def test_a_mean_of_ranks_is_warned_of() -> None:
    judged = 'rubric R on turn { criterion a scale %s by judge { ask: "?" %s } }'
    for scale, more, wrong in (("Anchored4", "value: mean", True), ("Anchored4", "value: median", False),
                               ("Anchored4", "", False), ("Way", "", True), ("Way", "desired: asks", False)):
        found = [each.code for each in compile.check_text(HEAD + judged % (scale, more))]
        assert ("PED0709" in found) == wrong, (scale, more)


def test_an_ordinal_scale_has_no_desired_label() -> None:
    assert codes('rubric R { criterion a scale Anchored4 by judge { ask: "?" desired: weak } }') == ["PED0703"]


def test_a_contract_on_parts_is_checked_in_no_whole_dialogue() -> None:
    text = """
    type Sum { a: Int }
    dataset sums from "sums.csv" as Sum { licence: "CC0-1.0" }
    flow solo(sum: Sum) { cast teacher: Tutor  phase talk final { turn teacher } }
    rubric R { criterion kept by contract %s { uses: Calm } }
    run one { flow: solo  data: sums  score: R }
    """
    for unit, checked in (("", ("Calm",)), ("on exchange", ())):
        made = compile.compile_text(HEAD + text % unit).plan
        assert made is not None
        assert made.runs["one"].check == checked


def test_a_gate_by_contract_is_on_the_whole() -> None:
    assert codes("rubric R on turn { criterion kept by contract gate { uses: Calm } }") == ["PED0712"]
