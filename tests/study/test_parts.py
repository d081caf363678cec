"""Criteria on parts of a dialogue: which parts there are, what is looked at in each, and what becomes of the values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.environment import turn_record
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.study import parts
from pedalang.study.dialogue import Dialogue
from pedalang.study.score import score
from tests.clauses import clause

Program = Callable[..., plan.Plan]
Add = Callable[..., None]

WORDS = nodes.Binary("/", nodes.Call("words", (nodes.Attr(nodes.Name("turn"), "text"),)), nodes.Lit(10))
TEACHES = nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "speaker"), nodes.Lit("teacher"))
TALK = [("teacher", "How come?"), ("student", "I added the two."), ("teacher", "Do you want to say more?"),
        ("teacher", "Take your time."), ("student", "No.")]


def told(speakers: str, starts: list[float | None] | None = None) -> Dialogue:
    """A dialogue by the first letters of who speaks."""
    times = starts or [None] * len(speakers)
    turns = tuple(turn_record(who, "", number=number, start=start)
                  for number, (who, start) in enumerate(zip(speakers, times, strict=True)))
    return Dialogue(0, {}, {"t": {}, "s": {}}, turns, tuple({"t": {}, "s": {}} for _ in turns), frozenset("s"), "final")


def cut(dialogue: Dialogue, units: plan.Units) -> list[tuple[int, int]]:
    return [(view.first, view.key) for view in parts.views(dialogue, units, Evaluator())]


@pytest.mark.parametrize(("speakers", "found"), [
    ("", []), ("t", []), ("ts", [(0, 1)]), ("tsts", [(0, 1), (2, 3)]), ("tst", [(0, 1)]), ("ttsst", [(0, 3)]),
    ("tstts", [(0, 1), (2, 4)]), ("abc", [(0, 1)]),
])
def test_an_exchange_is_what_one_says_and_what_another_answers(speakers: str, found: list[tuple[int, int]]) -> None:
    assert cut(told(speakers), plan.Units("exchange", "mean")) == found


def test_segments_by_turns_and_by_time() -> None:
    assert cut(told("tststst"), plan.Units("segment", "mean", None, 3.0)) == [(0, 2), (3, 5), (6, 6)]
    timed = plan.Units("segment", "mean", None, 60.0, True)
    assert cut(told("tsts", [5.0, 64.9, 65.0, 300.0]), timed) == [(0, 1), (2, 2), (3, 3)]
    with pytest.raises(parts.NoTimes):
        cut(told("ts", [0.0, None]), timed)


@given(st.text("ts", max_size=30), st.sampled_from(["turn", "segment"]), st.integers(1, 9))
def test_turns_and_segments_cover_a_dialogue_without_overlap(speakers: str, of: Any, every: int) -> None:
    found = cut(told(speakers), plan.Units(of, "mean", None, float(every)))
    assert [at for first, last in found for at in range(first, last + 1)] == list(range(len(speakers)))


def test_what_is_seen_in_a_part() -> None:
    views = list(parts.views(told("tsts"), plan.Units("exchange", "mean"), Evaluator()))
    assert [len(view.env["history"]) for view in views] == [2, 4]
    assert [view.env["previous"] and view.env["previous"]["number"] for view in views] == [None, 1]
    assert [[turn["number"] for turn in view.env["turns"]] for view in views] == [[0, 1], [2, 3]]
    assert [len(view.turns) for view in views] == [2, 4], "a judge of an exchange reads what was before it"
    segment = list(parts.views(told("tsts"), plan.Units("segment", "mean", None, 2.0), Evaluator()))
    assert [len(view.turns) for view in segment] == [2, 2], "a judge of a segment reads that alone"


VALUES = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=9)


@given(VALUES)
def test_what_becomes_of_the_values(values: list[float | None]) -> None:
    known = [value for value in values if value is not None]
    mean, median = parts.gathered("mean", values), parts.gathered("median", values)
    if not known:
        assert mean is median is None
        return
    assert mean is not None and median is not None
    assert mean == pytest.approx(math.fsum(known) / len(known))
    assert sum(value <= median for value in known) >= len(known) / 2 <= sum(value >= median for value in known)
    for how, expected in (("min", min(known)), ("max", max(known)), ("last", known[-1])):
        found = parts.gathered(how, values)  # type: ignore[arg-type]
        assert found == (expected if len(known) == len(values) else None), "the least of some is not the least"


def test_a_criterion_on_turns_is_looked_at_where_it_is_about(program: Program, events: journal.Journal,
                                                             add: Add) -> None:
    add(0, TALK)
    made = plan.Criterion("short", 1.0, score=WORDS, units=plan.Units("turn", "mean", TEACHES))
    (row,) = score(program(made), events, "R").dialogues
    assert [(part.first, part.last, part.value) for part in row.parts["short"]] == [
        (0, 0, 0.2), (2, 2, 0.6), (3, 3, 0.3)]
    assert row.values == {"short": pytest.approx(1.1 / 3)}
    assert row.total == row.values["short"]


def test_a_dialogue_without_such_a_part_is_missing(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, [("student", "Nobody else is here.")])
    made = plan.Criterion("short", 1.0, score=WORDS, units=plan.Units("turn", "mean", TEACHES))
    (row,) = score(program(made), events, "R").dialogues
    assert (row.values, row.total) == ({"short": None}, None)
    assert row.missing["short"].startswith("PED1229: the dialogue has no turn")


def test_parts_without_a_value_are_told_and_never_0(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, [*TALK, ("teacher", "a " * 11)])
    units = plan.Units("turn", "mean", TEACHES)
    (row,) = score(program(plan.Criterion("short", 1.0, score=WORDS, units=units)), events, "R").dialogues
    assert row.values == {"short": pytest.approx(1.1 / 3)}
    assert [part.value for part in row.parts["short"]] == [0.2, 0.6, 0.3, None]
    assert row.parts["short"][-1].missing.startswith("PED1230")
    (row,) = score(program(plan.Criterion("short", 1.0, score=WORDS, units=plan.Units("turn", "max"))), events,
                   "R").dialogues
    assert row.missing["short"].startswith("PED1237: 1 of 6 have no value: PED1230")


def test_a_contract_is_judged_in_each_part_alone(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    last = clause("ends_with_student", "hard", plan.Op("last", (plan.Atom(nodes.Unary("not", TEACHES)),)), "")
    least = clause("two", "soft", plan.Op("at_least", (plan.Atom(TEACHES),), 2), "")
    contract = plan.Contract("C", "lesson", (last, least))
    made = plan.Criterion("kept", 1.0, contract="C", units=plan.Units("segment", "min", None, 2.0))
    found = score(program(made, contracts=[contract]), events, "R")
    assert [part.value for part in found.dialogues[0].parts["kept"]] == [0.5, 0.5, 0.5]
    assert found.contracts.clauses == {}, "whole dialogues were not judged by it"


def test_reverse_and_negative_items(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    item = plan.Criterion("a", 1.0, score=nodes.Lit(0.75), reverse=True)
    fault = plan.Criterion("b", -2.0, score=nodes.Lit(0.25))
    good = plan.Criterion("c", 3.0, score=nodes.Lit(1))
    (row,) = score(program(item, good, fault), events, "R").dialogues
    assert row.values == {"a": 0.25, "b": 0.25, "c": 1.0}
    assert row.total == pytest.approx((0.25 + 3 - 0.5) / 4)
    (row,) = score(program(item, plan.Criterion("b", -2.0, score=nodes.Lit(1))), events, "R").dialogues
    assert row.total == 0.0, "no total is below 0"


class Echo:
    """Judges by how many turns it was shown; remembers what it was asked."""

    abilities = Abilities(choose=True, scores=True, deterministic=True)
    name = "scripted:judge"
    model = ""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def answer(self, requests: list[Request]) -> list[Reply]:
        self.asked += requests
        return [Reply("", min(request.messages[1].text.count(": "), 3) - 1) for request in requests]

    async def close(self) -> None:
        self.asked = []


def test_a_judge_is_asked_about_each_part_once(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    levels = tuple(plan.ScaleLevel(value, f"L{value}", "") for value in (1, 2, 3))
    judge = plan.Judge(nodes.Text((nodes.Lit("What of "), nodes.Attr(nodes.Name("turn"), "text"))), levels, "ordinal")
    made = program(plan.Criterion("good", 1.0, judge=judge, units=plan.Units("turn", "median")))
    engine = Echo()
    (row,) = score(made, events, "R", engine).dialogues
    assert [part.value for part in row.parts["good"]] == [0.0, 0.5, 1.0, 1.0, 1.0]
    assert row.values == {"good": 1.0}
    assert [request.key for request in engine.asked] == [f"0/{turn}/judge.good" for turn in range(5)]
    assert "The question is about the last turn.\nWhat of How come?" in engine.asked[0].messages[1].text
    again = Echo()
    assert score(made, events, "R", again).dialogues[0].values == row.values
    assert again.asked == []


def test_a_desired_label_is_worth_1(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    levels = tuple(plan.ScaleLevel(value, f"L{value}", "") for value in (1, 2, 3))
    for desired, value in ((("L1", "L3"), 1.0), (("L2",), 0.0)):
        judge = plan.Judge(nodes.Lit("?"), levels, "nominal", "", desired)
        found = score(program(plan.Criterion("good", 1.0, judge=judge)), events, "R", Echo())
        assert found.dialogues[0].values == {"good": value}


def test_what_people_would_rate_is_missing(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    rated = plan.Criterion("seen", 0.0, human=plan.Human(nodes.Lit("?"), (), "ordinal"))
    (row,) = score(program(rated, plan.Criterion("a", 1.0, score=nodes.Lit(1))), events, "R").dialogues
    assert (row.total, row.values["seen"], row.missing["seen"][:7]) == (1.0, None, "PED1238")
