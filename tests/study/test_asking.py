"""Judgements of many answers: votes, orders, reasons, evidence, several labels, abstention, answers that are none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.runtime.engines.engine import Abilities, Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study.score import score
from pedalang.study.scores import Cost, Judgement, Scores

Program = Callable[..., plan.Plan]
Add = Callable[..., None]
LEVELS = (plan.ScaleLevel(0, "poor", ""), plan.ScaleLevel(1, "fair", ""), plan.ScaleLevel(2, "good", ""))
TALK = [("teacher", "How did you do it?"), ("student", "I added “three” and 4.")]


class Judge:
    """Answers from a function of the request, by words or whole replies, and remembers what it was asked."""

    def __init__(self, say: Callable[[Request], str | Reply | EngineError], *, schema: bool = False) -> None:
        self.name, self.model = "made:judge", ""
        self.abilities = Abilities(schema=schema)
        self.asked: list[Request] = []
        self._say = say

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.asked += requests
        found = [self._say(request) for request in requests]
        return [Reply(each, tokens_in=100, tokens_out=3, computed=20) if isinstance(each, str) else each
                for each in found]

    async def close(self) -> None:
        self.asked = []

    @property
    def steps(self) -> list[str]:
        return [request.key.split("judge.")[1] for request in self.asked]


def criterion(**fields: Any) -> plan.Criterion:
    judge = plan.Judge(nodes.Lit("How good is it?"), LEVELS, "ordinal")
    return plan.Criterion("good", 1.0, judge=msgspec.structs.replace(judge, **fields))


def only(found: Scores) -> Judgement:
    (judgement,) = found.dialogues[0].judged["good"]
    return judgement


def told(request: Request) -> str:
    return "\n".join(message.text for message in request.messages)


def scored_twice(program: plan.Plan, events: journal.Journal, judge: Judge) -> Scores:
    """The scores; a second time nothing is asked, and the same comes out, with an engine and without."""
    found = score(program, events, "R", judge)

    def never(request: Request) -> str:
        raise AssertionError(f"asked again: {request.key}")

    silent: Engine = Judge(never)
    assert score(program, events, "R", silent) == found
    assert score(program, events, "R") == found
    return found


def test_votes_are_drawn_with_seeds_of_their_own(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    said = iter(["good", "fair", "good", "good", "poor"])
    judge = Judge(lambda request: next(said))
    found = only(scored_twice(program(criterion(votes=5)), events, judge))
    assert (found.shares, found.label, found.confidence, found.answers) == ((0.2, 0.2, 0.6), "good", 0.6, 5)
    assert found.value == 0.7
    assert judge.steps == ["good", "good#2", "good#3", "good#4", "good#5"]
    assert len({request.seed for request in judge.asked}) == 5
    assert {request.temperature for request in judge.asked} == {1.0}


def test_an_engine_with_probabilities_is_asked_once_an_order(program: Program, events: journal.Journal,
                                                             add: Add) -> None:
    add(0, TALK)
    likely = (math.log(0.7), math.log(0.2), math.log(0.1))
    judge = Judge(lambda request: Reply(request.choices[0], 0, likely, likely))
    found = only(scored_twice(program(criterion(votes=9, orders=3)), events, judge))
    assert [request.choices for request in judge.asked] == [
        ("poor", "fair", "good"), ("fair", "good", "poor"), ("good", "poor", "fair")]
    assert found.shares == (0.333333, 0.333333, 0.333333)
    assert all(told(request).endswith("\n".join(request.choices)) for request in judge.asked)


def test_votes_go_through_the_orders(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    judge = Judge(lambda request: request.choices[0])
    found = only(scored_twice(program(criterion(votes=6, orders=2)), events, judge))
    assert [request.choices[0] for request in judge.asked] == ["poor", "good"] * 3
    assert found.shares == (0.5, 0.0, 0.5)


def test_a_reason_comes_before_the_level_and_is_kept(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    judge = Judge(lambda request: "fair" if request.choices else " Nothing is asked of the student. ")
    found = only(scored_twice(program(criterion(reason="before", limit=40)), events, judge))
    first, second = judge.asked
    assert judge.steps == ["good#reason", "good"]
    assert (first.max_tokens, first.choices) == (40, ())
    assert first.messages[-1].text.endswith("in at most 30 words, what in the dialogue decides this. "
                                            "Do not name an answer yet.")
    assert second.messages[:2] == first.messages, "the level is asked for where the reason stopped"
    assert second.messages[2].text == "Nothing is asked of the student."
    assert second.choices == ("poor", "fair", "good")
    assert (found.reason, found.label) == ("Nothing is asked of the student.", "fair")


def test_a_reason_after_changes_no_level(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    judge = Judge(lambda request: "good" if request.choices else "It asks how.")
    found = only(scored_twice(program(criterion(reason="after", orders=2)), events, judge))
    assert judge.steps == ["good", "good#2", "good#reason"]
    assert judge.asked[2].messages[2].text == "good"
    assert (found.reason, found.value) == ("It asks how.", 1.0)


def quoting(*answers: str) -> Callable[[Request], str]:
    left = iter(answers)
    return lambda request: "good" if request.choices else next(left)


def test_evidence_is_a_line_and_words_of_it(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    judge = Judge(quoting('{"line": 2, "quote": "added \\"three\\" and"}'), schema=True)
    found = only(scored_twice(program(criterion(evidence=True, numbered=True)), events, judge))
    assert (found.value, found.line, found.quote) == (1.0, 2, 'added "three" and')
    assert told(judge.asked[0]).startswith("You read a dialogue")
    assert "1 teacher: How did you do it?\n2 student: I added" in told(judge.asked[0])
    schema = judge.asked[1].schema
    assert schema is not None
    assert schema["properties"]["line"] == {"type": "integer", "minimum": 1, "maximum": 2}


def test_evidence_that_is_not_there_is_asked_for_once_more(program: Program, events: journal.Journal,
                                                           add: Add) -> None:
    add(0, TALK)
    judge = Judge(quoting('{"line": 1, "quote": "I added"}', '{"line": 2, "quote": "I added"}'))
    found = only(scored_twice(program(criterion(evidence=True)), events, judge))
    assert (found.value, found.line) == (1.0, 2)
    assert judge.steps == ["good", "good#evidence", "good#evidence#again"]
    assert judge.asked[2].messages[-1].text == ("That cannot be used: the words do not stand in line 1, but in line 2. "
                                                "Answer again, in the same form.")
    assert judge.asked[1].schema is None, "this engine keeps none"


def test_a_judgement_without_evidence_is_missing(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    judge = Judge(quoting("Everywhere.", '{"line": 2, "quote": "I multiplied"}'))
    scores = scored_twice(program(criterion(evidence=True)), events, judge)
    why = "PED1243: the judge's evidence cannot be used: the words do not stand in line 2"
    assert (only(scores).value, only(scores).missing, only(scores).label) == (None, why, "good")
    assert scores.dialogues[0].missing == {"good": why}
    assert (scores.measures["good"].value, scores.measures["good"].n, scores.measures["good"].missing) == (None, 0, 1)


def test_several_labels_are_each_asked_about(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    judge = Judge(lambda request: "yes" if "Does this hold? poor" not in told(request) else "no")
    several = criterion(kind="nominal", several=True, desired=("poor", "good"), orders=2)
    found = only(scored_twice(program(several), events, judge))
    assert judge.steps == ["good#label1", "good#label1#2", "good#label2", "good#label2#2", "good#label3",
                           "good#label3#2"]
    assert [request.choices for request in judge.asked[:2]] == [("yes", "no"), ("no", "yes")]
    assert (found.shares, found.label, found.value) == ((0.0, 1.0, 1.0), "fair, good", 0.5)


def test_a_judge_that_is_not_sure_abstains_and_is_counted(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    add(1, TALK)
    first = iter(["good", "good", "fair"])
    judge = Judge(lambda request: "good" if request.key.startswith("1/") else next(first))
    scores = scored_twice(program(criterion(votes=3, abstain=0.7)), events, judge)
    unsure, sure = (row.judged["good"][0] for row in scores.dialogues)
    assert (unsure.abstained, unsure.value, unsure.confidence) == (True, None, 0.666667)
    assert unsure.missing == "PED1242: the judge abstains: `good` has a share of 67%, and 70% is wanted"
    assert (sure.abstained, sure.value) == (False, 1.0)
    told_of = scores.judges["good"]
    assert (told_of.judgements, told_of.abstained, told_of.missing) == (2, 1, 0)
    assert (scores.measures["good"].n, scores.measures["good"].missing) == (1, 1)


def test_an_answer_that_is_no_level_is_asked_for_again_and_no_more_than_twice(
        program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    add(1, TALK)
    judge = Judge(lambda request: "fair" if request.key == "0/-1/judge.good#again2" else "7 out of 10!")
    scores = scored_twice(program(criterion()), events, judge)
    assert judge.steps == ["good", "good"] + ["good#again1"] * 2 + ["good#again2"] * 2
    assert judge.asked[-1].messages[-1].text == ("That is none of the answers. Answer with one of these, and nothing "
                                                 "else: poor | fair | good")
    mended, none = (row.judged["good"][0] for row in scores.dialogues)
    assert (mended.value, mended.malformed) == (0.5, 0)
    assert (none.value, none.malformed) == (None, 1)
    assert none.missing == "PED1233: the judge's answer '7 out of 10!' is no level of its scale"


def test_half_of_the_votes_must_name_a_level(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    add(1, TALK)

    def say(request: Request) -> str:
        vote = int(request.key.split("#")[1]) if "#" in request.key and "#again" not in request.key[:18] else 1
        return "good" if vote <= (2 if request.key.startswith("0/") else 1) else "Hm."

    scores = score(program(criterion(votes=3)), events, "R", Judge(say))
    some, few = (row.judged["good"][0] for row in scores.dialogues)
    assert (some.value, some.answers, some.malformed) == (1.0, 2, 1)
    assert (few.value, few.answers, few.malformed) == (None, 1, 2)


def test_a_vote_that_the_engine_fails_is_asked_for_again_later(program: Program, events: journal.Journal,
                                                               add: Add) -> None:
    add(0, TALK)
    failing = Judge(lambda request: EngineError("PED1104", "no answer") if "#2" in request.key else "good")
    lost = only(score(program(criterion(votes=3)), events, "R", failing))
    assert (lost.value, lost.missing) == (None, "PED1104: the judge's engine failed: no answer")
    judge = Judge(lambda request: "good")
    found = only(scored_twice(program(criterion(votes=3)), events, judge))
    assert (found.value, judge.steps) == (1.0, ["good#2"])


def test_what_judgements_took_is_told(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    add(1, TALK)
    scores = scored_twice(program(criterion(votes=3, reason="after")), events,
                          Judge(lambda request: "good" if request.choices else "Because."))
    assert scores.judges["good"].cost == Cost(8, 800, 160, 24)
    assert scores.judges["good"].model == "made:judge"


def test_twelve_of_fifty_that_fail_are_no_zeros(program: Program, events: journal.Journal, add: Add) -> None:
    for episode in range(50):
        add(episode, TALK)

    def say(request: Request) -> str | EngineError:
        episode = int(request.key.split("/")[0])
        return "good" if episode % 4 != 2 else "I would say 4." if episode % 8 == 2 else EngineError("PED1104", "none")

    scores = score(program(criterion()), events, "R", Judge(say))
    measure = scores.measures["good"]
    assert (measure.value, measure.n, measure.missing) == (1.0, 38, 12)
    assert scores.measures["total"] == measure
    assert (scores.judges["good"].judgements, scores.judges["good"].missing) == (50, 12)
