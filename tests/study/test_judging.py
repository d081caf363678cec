"""Judges: what is asked, what is kept, what is asked again, and the level that an answer means."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pedalang import journal, plan, prompt
from pedalang.expression import nodes
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study import judging
from pedalang.study.score import score

Program = Callable[..., plan.Plan]
Add = Callable[..., None]
LEVELS = (plan.ScaleLevel(1, "poor", "ignores the idea"), plan.ScaleLevel(2, "fair", "repeats it"),
          plan.ScaleLevel(4, "good", "builds on it"))
TALK = [("teacher", "How did you do it?"), ("student", "I added.")]


class Scripted:
    """Answers from a function, and remembers what it was asked."""

    abilities = Abilities(choose=True, scores=True, deterministic=True)

    def __init__(self, reply: Callable[[Request], Reply | EngineError], name: str = "scripted:judge") -> None:
        self.name, self.model = name, ""
        self.reply = reply
        self.batches: list[list[Request]] = []

    @property
    def asked(self) -> list[Request]:
        return [request for batch in self.batches for request in batch]

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.batches.append(list(requests))
        return [self.reply(request) for request in requests]

    async def close(self) -> None:
        self.batches = []


def judged(name: str = "uptake", ask: nodes.Expr | None = None, weight: float = 1.0) -> plan.Criterion:
    question = ask or nodes.Lit("Does the tutor use the student's idea?")
    return plan.Criterion(name, weight, judge=plan.Judge(question, LEVELS, "ordinal", "grader"))


def likely(*shares: float) -> Callable[[Request], Reply]:
    totals = tuple(math.log(share) for share in shares)
    return lambda request: Reply("good", 2, (), totals, tokens_in=40)


def test_what_is_asked(program: Program, events: journal.Journal, add: Add) -> None:
    """The transcript first and the criterion last, so that two criteria of a dialogue begin alike."""
    add(3, TALK)
    engine = Scripted(likely(0.25, 0.25, 0.5))
    score(program(judged(), judged("tone", nodes.Lit("How does the tutor sound?"))), events, "R", engine)
    uptake, tone = engine.asked
    transcript = "teacher: How did you do it?\nstudent: I added.\n"
    assert [request.messages[-1].text.startswith(transcript) for request in (uptake, tone)] == [True, True]
    assert "student's idea?\npoor: ignores the idea" in uptake.messages[-1].text
    assert "How does the tutor sound?" in tone.messages[-1].text
    assert uptake.choices == ("poor", "fair", "good")
    assert (uptake.purpose, uptake.key, uptake.seed) == ("judge", "3/-1/judge.uptake", 7)


def test_the_expected_level_on_the_scales_range(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    scores = score(program(judged()), events, "R", Scripted(likely(0.25, 0.25, 0.5)))
    expected = 0.25 * 1 + 0.25 * 2 + 0.5 * 4
    assert scores.dialogues[0].values["uptake"] == pytest.approx((expected - 1) / 3)
    assert scores.dialogues[0].total == scores.dialogues[0].values["uptake"]
    found = scores.judges["uptake"]
    assert (found.model, found.validated, found.label) == ("scripted:judge", False, "not validated")


def test_answers_are_kept_and_nothing_is_asked_twice(program: Program, events: journal.Journal, add: Add,
                                                     tmp_path: Path) -> None:
    add(0, TALK)
    add(1, TALK)
    first = score(program(judged()), events, "R", Scripted(likely(0.1, 0.1, 0.8)))
    again = Scripted(likely(0.8, 0.1, 0.1))
    assert score(program(judged()), events, "R", again) == first
    assert again.asked == []
    reopened = journal.open_journal(tmp_path)
    assert score(program(judged()), reopened, "R") == first, "and without an engine"
    kept = reopened.completions(0)
    reopened.close()
    assert [(c.turn, c.step, c.engine, c.tokens_in) for c in kept] == [(-1, "judge.uptake", "scripted:judge", 40)]


def test_only_what_is_missing_is_asked(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    score(program(judged()), events, "R", Scripted(likely(0.1, 0.1, 0.8)))
    add(1, TALK)
    engine = Scripted(likely(0.1, 0.1, 0.8))
    score(program(judged(), judged("tone")), events, "R", engine)
    assert [request.key for request in engine.asked] == ["0/-1/judge.tone", "1/-1/judge.uptake", "1/-1/judge.tone"]


def test_another_question_or_another_judge_is_asked_anew(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    score(program(judged()), events, "R", Scripted(likely(0.1, 0.1, 0.8)))
    changed = program(judged(ask=nodes.Lit("Is it good?")))
    unasked = score(changed, events, "R")
    assert unasked.dialogues[0].missing["uptake"].startswith("PED1232: the judge was asked another question")
    engine = Scripted(likely(0.1, 0.1, 0.8))
    score(changed, events, "R", engine)
    other = Scripted(likely(0.8, 0.1, 0.1), name="scripted:other")
    scores = score(changed, events, "R", other)
    assert (len(engine.asked), len(other.asked)) == (1, 1)
    assert scores.judges["uptake"].model == "scripted:other"


def test_without_an_engine_a_judge_is_missing(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    made = program(judged())
    named = plan.Plan("p", {}, flows=made.flows, rubrics=made.rubrics,
                      models={"grader": plan.Model("grader", "openai:http://localhost#big")})
    scores = score(named, events, "R")
    assert scores.dialogues[0].missing == {"uptake": "PED1232: the judge has not been asked"}
    assert (scores.measures["uptake"].n, scores.measures["uptake"].missing) == (0, 1)
    assert scores.judges["uptake"].model == "openai:http://localhost#big"


def test_an_engine_that_fails_leaves_the_others_standing(program: Program, events: journal.Journal, add: Add) -> None:
    for episode in range(3):
        add(episode, TALK)

    def reply(request: Request) -> Reply | EngineError:
        failed = request.key.startswith("1/")
        return EngineError("PED1102", "no connection") if failed else likely(0.1, 0.1, 0.8)(request)

    scores = score(program(judged()), events, "R", Scripted(reply))
    assert [d.missing.get("uptake") for d in scores.dialogues] == [
        None, "PED1102: the judge's engine failed: no connection", None]
    engine = Scripted(likely(0.1, 0.1, 0.8))
    assert score(program(judged()), events, "R", engine).measures["uptake"].missing == 0
    assert [request.key for request in engine.asked] == ["1/-1/judge.uptake"]


def test_dialogues_without_an_end_are_not_judged(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK, why="failed", code="PED1101", message="no answer")
    add(1, TALK, why=None)
    engine = Scripted(likely(0.1, 0.1, 0.8))
    score(program(judged()), events, "R", engine)
    assert engine.asked == []


def test_batches_are_bounded(program: Program, events: journal.Journal, add: Add) -> None:
    for episode in range(judging.BATCH + 1):
        add(episode, TALK)
    engine = Scripted(likely(0.1, 0.1, 0.8))
    score(program(judged()), events, "R", engine)
    assert [len(batch) for batch in engine.batches] == [judging.BATCH, 1]


@pytest.mark.parametrize(("ask", "message"), [
    (nodes.Attr(nodes.Name("parent"), "name"), "PED1231: the question has no value"),
    (nodes.Text((nodes.Lit("Is it "), nodes.Lit(None))), "PED1231: the question shows what is none"),
])
def test_a_question_without_a_value(program: Program, events: journal.Journal, add: Add, ask: nodes.Expr,
                                    message: str) -> None:
    add(0, TALK)
    engine = Scripted(likely(0.1, 0.1, 0.8))
    scores = score(program(judged(ask=ask)), events, "R", engine)
    assert engine.asked == []
    assert scores.dialogues[0].missing["uptake"].startswith(message)


def test_totals_that_are_no_numbers_are_not_kept(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    engine = Scripted(lambda request: Reply("fair", 1, (), (-math.inf, -1.0, math.nan)))
    assert score(program(judged()), events, "R", engine).dialogues[0].values["uptake"] == pytest.approx(1 / 3)
    assert events.completions(0)[0].totals == ()


def test_the_recorded_prompt_is_that_of_the_question(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    engine = Scripted(likely(0.1, 0.1, 0.8))
    score(program(judged()), events, "R", engine)
    (request,) = engine.asked
    assert events.completions(0)[0].prompt == prompt.digest(request.messages, request.choices)
