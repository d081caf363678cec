"""What may change of a program, and how a new text comes about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pedalang import plan
from pedalang.overlay import AS_WRITTEN, Demo, Tuned, Voice
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Request
from pedalang.study.prompting.places import MOST_CHARACTERS, Place, changes, fitting, places
from pedalang.study.prompting.proposing import Proposer, Unusable, cleaned, question, unusable
from pedalang.study.prompting.writer import Writer

VOICE = "You teach {{ sum.a }} + {{ sum.b }}."
SPEECH = Place("teacher", "speech", "voice", VOICE, True)


def slot(kind: str, owner: str, part: str) -> plan.Slot:
    return plan.Slot(kind, owner, part)  # type: ignore[arg-type]


def test_a_voice_is_a_place_for_each_step_that_a_model_is_asked_for(lesson: plan.Plan) -> None:
    flow = lesson.flows["lesson"]
    assert places(flow, (slot("role", "Tutor", "voice"),), AS_WRITTEN) == (SPEECH,)
    teacher = flow.cast["teacher"]
    more = replace(teacher, moves={**teacher.moves, "ask": plan.Move("ask")})
    chosen = replace(flow, cast={**flow.cast, "teacher": more})
    assert [each.key for each in places(chosen, (slot("role", "Tutor", "voice"),), AS_WRITTEN)] == [
        "teacher.move", "teacher.speech"]
    ruled = replace(chosen, cast={**flow.cast, "teacher": replace(more, policy=plan.Policy("rule"))})
    assert [each.key for each in places(ruled, (slot("role", "Tutor", "voice"),), AS_WRITTEN)] == ["teacher.speech"]


def test_intents_and_examples_are_places_too_and_texts_are_those_to_begin_with(lesson: plan.Plan) -> None:
    start = Tuned(voices={"teacher.speech": Voice("Ask.")}, intents={"teacher.help": "Help well."})
    tune = (slot("move", "help", "intent"), slot("move", "help", "examples"))
    assert places(lesson.flows["lesson"], tune, start) == (
        Place("teacher", "speech", "voice", "Ask.", False, True, frozenset({"help"})),
        Place("teacher", "help", "intent", "Help well.", True))
    assert places(lesson.flows["lesson"], (slot("role", "Other", "voice"),), start) == ()


def test_what_differs_is_told_in_a_few_words() -> None:
    intent = Place("teacher", "help", "intent", "Help.", True)
    demo = Demo("Why?", "So.")
    after = Tuned(voices={"teacher.speech": Voice(VOICE, (demo, demo))}, intents={"teacher.help": "Wait."})
    assert changes((SPEECH, intent), AS_WRITTEN, after) == "teacher.speech with 2 examples, teacher.help"
    other = Tuned(voices={"teacher.speech": Voice("Ask.", (demo,))})
    assert changes((SPEECH, intent), after, other) == "teacher.speech, teacher.speech with 1 example, teacher.help"
    assert changes((SPEECH, intent), after, after) == ""


def test_the_writer_is_shown_what_happened_and_what_to_keep() -> None:
    system, user = question(SPEECH, VOICE, ["It was bad.", "It was good."])
    assert system.text == "You improve what a tutor in teaching dialogues is told."
    assert user.text == """\
This is what `teacher` is told:

You teach {{ sum.a }} + {{ sum.b }}.

This is what happened under it:

Dialogue 1
It was bad.

Dialogue 2
It was good.

Write anew what `teacher` is told. Keep what works, and mend what was lacking, in words that also fit other problems. \
{{ sum.a }} {{ sum.b }} stand for what differs from problem to problem: keep them as they are. Write only the new \
text."""


@pytest.mark.parametrize(("written", "text"), [
    ("  Ask. \n", "Ask."), ("```\nAsk.\n```", "Ask."), ("```text\nAsk.\nWait.\n```", "Ask.\nWait."), ('"Ask."', "Ask."),
    ('"Ask" and "wait"', '"Ask" and "wait"'), ("A\x1b[31mB\x00", "A[31mB")])
def test_what_models_put_around_a_text_is_taken_off(written: str, text: str) -> None:
    assert cleaned(written) == text


@settings(max_examples=40)
@given(st.text(max_size=200))
def test_a_text_that_fits_still_fits(text: str) -> None:
    once = fitting(text)
    assert fitting(once) == once
    assert len(once) <= MOST_CHARACTERS


def test_a_text_that_loses_the_problem_is_asked_for_again_and_then_dropped() -> None:
    seeds: list[int] = []
    answers = iter(["Ask.", f"{VOICE} Ask.", "Ask.", "Ask."])

    def answer(request: Request) -> str:
        seeds.append(request.seed)
        return next(answers)

    writer = Writer(scripted.from_function(answer), 1)
    born: list[Any] = []
    proposer = Proposer(writer, [SPEECH], lambda parent, child: born.append((parent, child)))
    seen = {"teacher_speech": [{"Feedback": "It was bad."}]}
    try:
        assert proposer({"teacher_speech": VOICE}, seen, ["teacher_speech"]) == {"teacher_speech": f"{VOICE} Ask."}
        with pytest.raises(Unusable, match=r"\{\{ sum.a \}\}, \{\{ sum.b \}\} is lost"):
            proposer({"teacher_speech": VOICE}, seen, ["teacher_speech"])
        assert proposer({"teacher_speech": VOICE}, {}, ["teacher_speech"]) == {}
    finally:
        writer.close()
    assert born[0] == ({"teacher_speech": VOICE}, {"teacher_speech": f"{VOICE} Ask."})
    assert len(set(seeds)) == 4, "what is asked again is another draw"
    assert unusable("", "x") == "nothing was written"
