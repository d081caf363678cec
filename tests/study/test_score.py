"""Scoring journals: values, totals and gates, what is missing, contracts, and the document that comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.runtime.errors import RunError
from pedalang.study import criteria
from pedalang.study.score import score
from pedalang.study.scores import Scores, ScoresError, beside, from_json, to_json
from tests.clauses import clause

Program = Callable[..., plan.Plan]
Add = Callable[..., None]


def student(field: str) -> nodes.Expr:
    return nodes.Attr(nodes.Name("student"), field)


def code(name: str, expr: nodes.Expr, weight: float = 1.0, **more: Any) -> plan.Criterion:
    return plan.Criterion(name, weight, score=expr, **more)


def measure(name: str, measure: str, **arguments: nodes.Expr) -> plan.Criterion:
    return plan.Criterion(name, 0.0, measure=plan.Measure(measure, arguments))


MOVE = nodes.Attr(nodes.Name("turn"), "move")
TELLING = plan.Atom(nodes.Binary("==", MOVE, nodes.Lit("telling")))
PATIENCE = plan.Contract("Patience", "lesson", (
    clause("no_telling", "hard", plan.Op("never", (TELLING,)), "never telling"),
    clause("resolves", "soft", plan.Op("eventually", (plan.Atom(student("correct")),)), "eventually …"),
))
GAIN = nodes.Binary("-", student("mastery"), nodes.Initial(student("mastery")))
SOLVED = [("teacher", "How?", {"move": "probing"}), ("student", "6", {"student": {"correct": True, "mastery": 0.75}})]
TOLD = [("teacher", "It is 6.", {"move": "telling"}), ("student", "Oh", {"student": {"mastery": 0.5}})]
START = {"correct": False, "mastery": 0.25}


def problem(scores: Scores, criterion: str) -> str:
    return scores.dialogues[0].missing[criterion].partition(":")[0]


def test_values_totals_and_intervals(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED, state=START)
    add(1, TOLD, state=START)
    scores = score(program(code("solved", student("correct"), 3.0), code("gain", GAIN)), events, "R")
    assert [d.values for d in scores.dialogues] == [{"solved": 1.0, "gain": 0.5}, {"solved": 0.0, "gain": 0.25}]
    assert [d.total for d in scores.dialogues] == [3.5 / 4, 0.25 / 4]
    assert [(d.episode, d.why, d.turns) for d in scores.dialogues] == [(0, "final", 2), (1, "final", 2)]
    assert list(scores.measures) == ["solved", "gain", "total"]
    solved, gain = scores.measures["solved"], scores.measures["gain"]
    assert (solved.value, solved.n, solved.missing) == (0.5, 2, 0)
    assert (solved.low, solved.high) == pytest.approx((0.0945, 0.9055), abs=1e-4)
    assert (gain.value, gain.low, gain.high) == (0.375, 0.25, 0.5)


def test_exact_fractions_and_rounding_at_the_ends(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED, state={"r": {"ratio": [1, 3]}, "one": 1.0000000000000002})
    scores = score(program(code("r", student("r")), code("one", student("one"))), events, "R")
    assert scores.dialogues[0].values == {"r": pytest.approx(1 / 3), "one": 1.0}


@pytest.mark.parametrize("value", [1.25, -0.5, 2, "high", None, [1], {"ratio": [4, 3]}, 10**400])
def test_a_score_outside_its_range_is_refused(program: Program, events: journal.Journal, add: Add, value: Any) -> None:
    add(0, [("student", "6")], state={"x": value})
    scores = score(program(code("x", student("x"))), events, "R")
    assert problem(scores, "x") == "PED1230"
    assert scores.dialogues[0].values == {"x": None}
    assert scores.dialogues[0].total is None
    assert (scores.measures["x"].n, scores.measures["x"].missing, scores.measures["x"].value) == (0, 1, None)
    assert len(scores.dialogues[0].missing["x"]) < 100


def test_what_cannot_be_computed_is_missing(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED, state={**START, "big": 1e308})
    scores = score(program(
        code("divides", nodes.Binary("/", nodes.Lit(1), nodes.Lit(0))),
        code("nobody", nodes.Attr(nodes.Name("parent"), "mood")),
        code("endless", nodes.Binary("*", student("big"), nodes.Lit(10.0))),
        measure("soon", "success_telling", answer=student("answer")),
    ), events, "R")
    assert {name: why.partition(":")[0] for name, why in scores.dialogues[0].missing.items()} == dict.fromkeys(
        ["divides", "nobody", "endless", "soon"], "PED1231")


def test_a_failed_dialogue_is_missing_and_never_0(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED, state=START)
    add(1, [("teacher", "It is 6.", {"move": "telling"})], state=START, why="failed", code="PED1101",
        message="no answer")
    add(2, [("teacher", "How?")], state=START, why=None)
    rubric = program(code("solved", student("correct")), plan.Criterion("kept", 1.0, contract="Patience", gate=True),
                     measure("soon", "success_telling", answer=nodes.Lit(6), upto=nodes.Lit(1)), contracts=[PATIENCE])
    scores = score(rubric, events, "R")
    for name in ("solved", "kept", "success@1", "total"):
        assert (scores.measures[name].value, scores.measures[name].n, scores.measures[name].missing) == (1.0, 1, 2)
    failed, unfinished = scores.dialogues[1], scores.dialogues[2]
    assert failed.values == dict.fromkeys(["solved", "kept", "success@1", "telling@1"])
    assert (failed.why, failed.total) == ("failed", None)
    assert failed.missing["solved"] == "PED1101: the dialogue failed: no answer"
    assert (unfinished.why, unfinished.missing["solved"].partition(":")[0]) == ("unfinished", "PED1236")
    assert scores.contracts.clauses["Patience.no_telling"].kept == 1
    assert (scores.contracts.hard_broken, scores.contracts.dialogues_broken) == (0, 0)


def test_a_run_in_which_all_failed(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, why="failed", code="PED1101", message="no answer")
    scores = score(program(measure("soon", "success_telling", answer=nodes.Lit(6))), events, "R")
    assert {name: (m.value, m.missing) for name, m in scores.measures.items()} == {"soon": (None, 1)}


def test_contracts_in_totals_and_counts(program: Program, events: journal.Journal, add: Add) -> None:
    """The journal's verdicts where it has them, else those of the finished dialogue."""
    recorded = (journal.Verdict("Patience", "no_telling", "hard", True),
                journal.Verdict("Patience", "resolves", "soft", False, 1))
    add(0, SOLVED, state=START, verdicts=recorded)
    add(1, SOLVED, state=START)
    add(2, TOLD, state=START)
    rubric = program(plan.Criterion("kept", 1.0, contract="Patience"), contracts=[PATIENCE])
    scores = score(rubric, events, "R")
    assert [d.values["kept"] for d in scores.dialogues] == [0.5, 1.0, 0.0]
    assert [d.total for d in scores.dialogues] == [0.5, 1.0, 0.0]
    counts = scores.contracts
    assert (counts.hard_broken, counts.soft_broken, counts.dialogues_broken) == (1, 2, 1)
    assert {name: (c.kept, c.broken, c.severity) for name, c in counts.clauses.items()} == {
        "Patience.no_telling": (2, 1, "hard"), "Patience.resolves": (1, 2, "soft")}


@pytest.mark.parametrize(("cap", "total"), [(None, 0.0), (0.4, 0.4), (0.9, 0.75)])
def test_a_gate_caps_the_total_where_a_hard_clause_is_broken(
        program: Program, events: journal.Journal, add: Add, cap: float | None, total: float) -> None:
    told_and_solved = [*TOLD, ("student", "6", {"student": {"correct": True}})]
    add(0, told_and_solved, state=START)
    add(1, SOLVED[:1], state=START)
    rubric = program(plan.Criterion("kept", 1.0, contract="Patience", gate=True, cap=cap),
                     code("one", nodes.Lit(1)), contracts=[PATIENCE])
    scores = score(rubric, events, "R")
    assert scores.dialogues[0].total == total, "a hard clause is broken: the mean is 0.75"
    assert scores.dialogues[1].total == 0.75, "only a soft one is"


def test_a_gate_without_a_contract_closes_at_0(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED, state=START)
    add(1, TOLD, state=START)
    rubric = program(code("solved", student("correct"), 0.0, gate=True, cap=0.25), code("one", nodes.Lit(1)))
    assert [d.total for d in score(rubric, events, "R").dialogues] == [1.0, 0.25]


def test_a_missing_gate_leaves_no_total_a_missing_remark_does(
        program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED, state=START)
    nothing = nodes.Lit(None)
    gated = score(program(code("x", nothing, 0.0, gate=True), code("one", nodes.Lit(1))), events, "R")
    assert gated.dialogues[0].total is None
    remark = score(program(code("x", nothing, 0.0), code("one", nodes.Lit(1))), events, "R")
    assert remark.dialogues[0].total == 1.0


def test_measures_stand_under_their_own_names(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, [("teacher", "How?"), ("student", "I say 6")], item={"problem": {"answer": 6}})
    answer = nodes.Attr(nodes.Name("problem"), "answer")
    rubric = program(
        measure("soon", "success_telling", answer=answer, upto=nodes.Lit(2)),
        measure("again", "success_telling", answer=nodes.Lit(7), upto=nodes.Lit(1)),
        measure("talk", "talk_share", speaker=nodes.Lit("student")),
    )
    scores = score(rubric, events, "R")
    assert scores.dialogues[0].values == {
        "success@1": 1.0, "success@2": 1.0, "telling@1": 0.0, "telling@2": 0.0, "again.success@1": 0.0,
        "again.telling@1": 0.0, "talk_share.student": 0.75}
    assert scores.dialogues[0].total is None
    assert "total" not in scores.measures, "nothing has weight"


def test_a_measure_that_cannot_use_its_arguments(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED)
    scores = score(program(measure("talk", "talk_share", speaker=nodes.Lit("parent"))), events, "R")
    assert problem(scores, "talk") == "PED1235"


def test_a_dialogue_without_turns(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, state=START)
    rubric = program(code("gain", GAIN), plan.Criterion("kept", 1.0, contract="Patience"), contracts=[PATIENCE])
    assert score(rubric, events, "R").dialogues[0].values == {"gain": 0.0, "kept": 0.5}


def test_no_rubric_only_counts_contracts(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TOLD, verdicts=(journal.Verdict("Patience", "no_telling", "hard", False, 0),))
    scores = score(program(), events, "")
    assert (scores.measures, scores.contracts.hard_broken, scores.dialogues[0].values) == ({}, 1, {})


@pytest.mark.parametrize(("criterion", "rubric", "message"), [
    (code("x", nodes.Lit(1)), "r", "no rubric `r` in the plan"),
    (code("total", nodes.Lit(1)), "R", "named `total`"),
    (plan.Criterion("x", 1.0, contract="Nowhere"), "R", "contract `Nowhere`"),
    (measure("x", "os"), "R", "measure `os`; there are `bleu`"),
])
def test_a_rubric_that_cannot_be_used(program: Program, events: journal.Journal, criterion: plan.Criterion,
                                      rubric: str, message: str) -> None:
    with pytest.raises(RunError, match=message) as caught:
        score(program(criterion), events, rubric)
    assert caught.value.code == "PED1234"


def test_a_run_of_another_flow(program: Program, events: journal.Journal) -> None:
    made = program(code("x", nodes.Lit(1)))
    elsewhere = plan.Plan("p", {}, flows={"lesson": made.flows["lesson"]},
                          rubrics={"R": plan.Rubric("R", "other", ())})
    with pytest.raises(RunError, match="it is on flow `other`"):
        score(elsewhere, events, "R")
    with pytest.raises(RunError, match="which the plan lacks"):
        score(plan.Plan("p", {}), events, "R")


def test_a_criterion_that_does_not_say_how(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED)
    with pytest.raises(plan.PlanError, match="`x` does not say how it is measured"):
        score(program(plan.Criterion("x", 1.0)), events, "R")


def test_the_document(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED, state=START)
    rubric = program(code("solved", student("correct")), plan.Criterion("kept", 1.0, contract="Patience"),
                     contracts=[PATIENCE])
    scores = score(rubric, events, "R")
    text = to_json(scores)
    assert from_json(text) == scores
    shape = json.loads(text)
    assert shape["version"] == 1
    assert shape["measures"]["solved"] == {"value": 1.0, "n": 1, "missing": 0, "low": None, "high": None}
    assert shape["contracts"] == {
        "hard_broken": 0, "soft_broken": 0, "dialogues_broken": 0, "clauses": {
            "Patience.no_telling": {"kept": 1, "broken": 0, "severity": "hard"},
            "Patience.resolves": {"kept": 1, "broken": 0, "severity": "soft"}}}
    assert shape["dialogues"] == [{"episode": 0, "values": {"solved": 1.0, "kept": 1.0}, "total": 1.0, "why": "final",
                                   "turns": 2, "missing": {}, "error": "", "parts": {}, "cell": {}, "ratings": {},
                                   "judged": {}}]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', "\x00", "[" * 5000])
def test_what_is_no_scores_document(text: str) -> None:
    with pytest.raises(ScoresError):
        from_json(text)


def test_scores_of_another_version(program: Program, events: journal.Journal) -> None:
    text = to_json(score(program(), events, "")).replace(b'"version": 1', b'"version": 2')
    with pytest.raises(ScoresError, match="version 2"):
        from_json(text)


def test_recorded_measures_beside(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, SOLVED, state=START)
    scores = score(program(code("solved", student("correct"))), events, "R")
    both = beside(scores, scores)
    assert list(both.measures) == ["solved", "total", "recorded.solved", "recorded.total"]
    assert both.measures["recorded.solved"] == scores.measures["solved"]
    assert both.dialogues == scores.dialogues


def test_scoring_twice_gives_the_same_bytes(program: Program, events: journal.Journal, add: Add) -> None:
    for episode in range(12):
        add(episode, TOLD if episode % 3 else SOLVED, state={**START, "mastery": episode / 20})
    made = program(code("gain", GAIN), code("m", student("mastery")))
    assert to_json(score(made, events, "R")) == to_json(score(made, events, "R"))


weights = st.floats(0.125, 8)
units = st.floats(0, 1)


@given(st.lists(st.tuples(weights, units), min_size=1, max_size=6), units, st.booleans())
def test_the_total_is_a_weighted_mean_under_its_caps(parts: list[tuple[float, float]], cap: float, shut: bool) -> None:
    rubric = [code(f"c{i}", nodes.Lit(0), weight) for i, (weight, _) in enumerate(parts)]
    found: dict[str, float | None] = {f"c{i}": value for i, (_, value) in enumerate(parts)}
    values = [value for _, value in parts]
    plain = criteria.total(rubric, found, {})
    assert plain is not None
    assert min(values) - 1e-9 <= plain <= max(values) + 1e-9
    gate = plan.Criterion("gate", 0.0, contract="C", gate=True, cap=cap)
    verdicts = {"C": (journal.Verdict("C", "c", "hard", not shut),)}
    gated = criteria.total([*rubric, gate], {**found, "gate": 0.0}, verdicts)
    assert gated == (min(plain, cap) if shut else plain)
