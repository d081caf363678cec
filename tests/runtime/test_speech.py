"""How words come about: chosen among candidates, generated, said again, taken from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.nodes import Lit
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.episode import words
from pedalang.runtime.errors import EngineError

Played = Callable[..., SimpleNamespace]
TEACH = plan.Turn("teacher", ("speaks",))
LEARN = plan.Turn("student")
FIVE = Lit(5)


def tells(make: SimpleNamespace, *say: nodes.Expr, turns: int = 1, **role: Any) -> plan.Plan:
    """A lesson in which the tutor alone speaks, with these candidates."""
    teacher = make.tutor(moves={"speaks": plan.Move("speaks", say=say, place="lesson.ped:3")},
                         policy=plan.Policy("rule"), **role)
    phase = plan.Phase("work", (TEACH,), goal=make.text("add {problem.a}"))
    return make.lesson(teacher=teacher, flow={"phases": {"work": phase}, "start": "work", "max_turns": turns})


def answers(make: SimpleNamespace, *say: nodes.Expr, attempt: Any = FIVE, **role: Any) -> plan.Plan:
    """A lesson of one turn, in which the learner must show its attempt."""
    learner = make.learner(acts=(plan.Act("tries", None, say),), handlers=(), speak="free",
                           state=(plan.Variable("attempt", "Any", attempt),), **role)
    return make.lesson(student=learner, flow={"phases": {"work": plan.Phase("work", (LEARN,))}, "start": "work",
                                              "max_turns": 1})


def says(make: SimpleNamespace, *replies: str | Reply | EngineError, **abilities: Any) -> Any:
    """An engine whose generated replies are these, one after the other."""
    left: Iterator[str | Reply | EngineError] = iter(replies)

    class Says(make.Picks):  # type: ignore[misc, name-defined]
        def reply(self, request: Request) -> Reply | EngineError:
            if request.choices:
                return super().reply(request)
            given = next(left)
            return Reply(given) if isinstance(given, str) else given

    return Says(**abilities)


# ---------------------------------------------------------------- grounded


def test_words_are_one_of_the_candidates(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, make.text("{problem.a}?"), make.text("{problem.b}!")), count=20)
    assert {turn.text for turn in found.turns if turn.episode == 0} <= {"1/2?", "2/3!"}
    assert {turn.how for turn in found.turns} == {"chosen"}
    assert all(request.purpose == "speech" and request.key.endswith("/0/speech") for request in found.engine.requests)


def test_one_candidate_needs_no_engine(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, make.text("Only this.")))
    assert (found.turns[0].text, found.turns[0].how, found.engine.requests) == ("Only this.", "chosen", [])


def test_candidates_that_show_none_are_empty_or_the_same_are_none(make: SimpleNamespace, play: Played) -> None:
    say = (make.text("You said {student.attempt}."), Lit(None), Lit("  "), Lit("One."), Lit(" One. "),
           nodes.Items((Lit("Two."), Lit(None), Lit("Three."))))
    (request,) = play(tells(make, *say)).engine.requests
    assert request.choices == ("One.", "Two.", "Three.")


def test_nothing_is_said_twice_before_all_was_said(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, Lit("a"), Lit("b"), Lit("c"), turns=5))
    said = [turn.text for turn in found.turns]
    assert sorted(said[:3]) == ["a", "b", "c"]
    assert [turn.notes for turn in found.turns] == [(), (), (), ("repeated",), ("repeated",)]


def test_what_another_has_said_is_said_too(make: SimpleNamespace, play: Played) -> None:
    phase = plan.Phase("work", (TEACH, LEARN))
    teacher = make.tutor(moves={"speaks": plan.Move("speaks", say=(Lit("Yes."),))}, policy=plan.Policy("rule"))
    learner = make.learner(acts=(plan.Act("a", None, (Lit("Yes."), Lit("No."))),), handlers=())
    found = play(make.lesson(teacher=teacher, student=learner,
                             flow={"phases": {"work": phase}, "start": "work", "max_turns": 2}))
    assert [turn.text for turn in found.turns] == ["Yes.", "No."]


def test_at_most_four_candidates_are_offered_in_their_order(make: SimpleNamespace, play: Played) -> None:
    say = [f"say {n}" for n in range(9)]
    found = play(tells(make, *map(Lit, say), turns=3), count=10)
    for request in found.engine.requests:
        assert len(request.choices) == words.MAX_CANDIDATES == 4
        assert list(request.choices) == sorted(request.choices, key=say.index)
    assert len({request.choices for request in found.engine.requests}) > 15


def test_without_candidates_a_grounded_role_fails_and_either_generates(make: SimpleNamespace, play: Played) -> None:
    absent = make.text("{student.attempt}")
    (ending,) = play(tells(make, absent, speak="grounded")).endings
    assert (ending.code, ending.message) == ("PED1205", "teacher has no words for its move speaks in turn 0")
    found = play(tells(make, absent, speak="either"), engine=says(make, "Free words."))
    assert (found.turns[0].text, found.turns[0].how) == ("Free words.", "generated")


@pytest.mark.parametrize(("freely", "how"), [(True, "generated"), (False, "chosen")])
def test_either_depends_on_the_engine(freely: bool, how: str, make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, Lit("One."), Lit("Two."), speak="either"), engine=make.Picks(speaks_freely=freely))
    assert found.turns[0].how == how


# ---------------------------------------------------------------- free


def test_free_words_are_asked_for_with_what_holds_for_this_turn(make: SimpleNamespace, play: Played) -> None:
    models = {"big": plan.Model("big", "openai:x", temperature=0.4)}
    of = tells(make, Lit("unused"), speak="free", limit=33, model="big")
    found = play(_with(of, models), engine=says(make, "  Hello there. "))
    (request,) = found.engine.requests
    assert (request.max_tokens, request.temperature, request.choices) == (33, 0.4, ())
    assert request.messages[-1].text == "(The dialogue begins.)\n\n(goal: add 1/2\nwhat you do now: speaks)"
    assert found.turns[0].text == "Hello there."


def _with(of: plan.Plan, models: dict[str, plan.Model]) -> plan.Plan:
    return plan.Plan(of.program, of.sources, flows=of.flows, models=models)


def test_a_turn_s_own_limit_counts_more(make: SimpleNamespace, play: Played) -> None:
    of = make.lesson(student=make.learner(speak="free", carries=None, acts=(), handlers=()), flow={
        "phases": {"work": plan.Phase("work", (plan.Turn("student", limit=7),))}, "start": "work", "max_turns": 1})
    (request,) = play(of).engine.requests
    assert request.max_tokens == 7


@pytest.mark.parametrize("reply", ["Tutor: Go on.", "teacher:Go on.", " **Tutor:** Go on. ", "LEARNER : Go on."])
def test_a_speaker_s_label_is_cut(reply: str, make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, speak="free"), engine=says(make, reply))
    assert found.turns[0].text == "Go on."


def test_a_reply_that_was_cut_is_noted(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, speak="free"), engine=says(make, Reply("And then we", finish="length")))
    assert found.turns[0].notes == ("cut",)


def test_an_over_long_reply_is_cut_at_a_word(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, speak="free", limit=10), engine=says(make, "seven777 " * 100_000))
    assert found.turns[0].text == " ".join(["seven777"] * 17)
    assert found.turns[0].notes == ("cut",)


def test_an_empty_reply_is_asked_for_again_with_another_seed(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, speak="free"), engine=says(make, " \n", "Now."))
    first, second = found.engine.requests
    assert (first.key, second.key) == ("0/0/speech", "0/0/speech.again")
    assert first.seed != second.seed and second.temperature >= 0.7
    assert first.messages == second.messages
    assert (found.turns[0].text, found.turns[0].notes) == ("Now.", ("said again",))


def test_an_engine_that_says_it_has_no_words_is_asked_again(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, speak="free"), engine=says(make, EngineError("PED1105", "the reply is empty"), "Now."))
    assert (found.turns[0].text, found.turns[0].notes) == ("Now.", ("said again",))


def test_two_empty_replies_fail_the_dialogue(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, speak="free"), engine=says(make, "", "Tutor: "))
    assert (found.turns, found.endings[0].code) == ([], "PED1105")


def test_replies_that_no_file_can_hold_are_mended(make: SimpleNamespace, play: Played) -> None:
    broken = Reply("caf\u00e9 \ud83d\x00 done", scores=(float("-inf"), -1.0), totals=(float("nan"),))
    found = play(tells(make, speak="free"), engine=says(make, broken))
    assert found.turns[0].text == "café ?\x00 done"
    events = journal.open_journal(found.folder)
    (completion,) = events.completions()
    events.close()
    assert (completion.text, completion.scores, completion.totals) == (found.turns[0].text, (), ())


def test_of_a_huge_reply_not_all_is_kept(make: SimpleNamespace, play: Played) -> None:
    found = play(tells(make, speak="free"), engine=says(make, "a" * 3_000_000))
    events = journal.open_journal(found.folder)
    assert len(events.completions()[0].text) == words.MAX_REPLY
    events.close()
    assert len(found.turns[0].text) == 80 * words.MAX_CHARACTERS_A_TOKEN


# ---------------------------------------------------------------- what words must show


@pytest.mark.parametrize(("attempt", "reply"), [
    (Lit(5), "I think it is 5."), (Lit(5), "5.0, I guess"), (nodes.Ratio(1, 2), "So 2/4 of it"),
    (nodes.Ratio(1, 2), "Half: 0.5"), (Lit(12.0), "12 apples"), (Lit("Left"), "go left"), (Lit(None), "No idea"),
    (nodes.Items((Lit(1), Lit(2))), "2 and 1"),
])
def test_words_that_show_the_attempt_pass(attempt: Any, reply: str, make: SimpleNamespace, play: Played) -> None:
    found = play(answers(make, attempt=attempt), engine=says(make, reply))
    assert (found.turns[0].text, found.turns[0].notes) == (reply, ())


def test_the_prompt_says_what_must_be_shown(make: SimpleNamespace, play: Played) -> None:
    found = play(answers(make, attempt=nodes.Ratio(2, 5)), engine=says(make, "2/5"))
    assert found.engine.requests[0].messages[-1].text.endswith("what you do now: tries\nyour words must show: 2/5)")


def test_words_that_do_not_show_it_are_said_again(make: SimpleNamespace, play: Played) -> None:
    found = play(answers(make), engine=says(make, "I do not know, 6?", "It is 5!"))
    assert (found.turns[0].text, found.turns[0].how, found.turns[0].notes) == ("It is 5!", "generated", ("said again",))


@pytest.mark.parametrize("second", ["15", ""])
def test_then_a_candidate_is_taken(second: str, make: SimpleNamespace, play: Played) -> None:
    say = (make.text("I say {student.attempt}."), make.text("{student.attempt}, no?"))
    found = play(answers(make, *say), engine=says(make, "six", second))
    assert found.turns[0].text in {"I say 5.", "5, no?"}
    assert (found.turns[0].how, found.turns[0].notes) == ("chosen", ("said again", "taken from candidates"))
    assert [request.key for request in found.engine.requests] == [
        "0/0/speech", "0/0/speech.again", "0/0/speech.candidates"]


def test_without_candidates_only_what_must_be_shown_is_said(make: SimpleNamespace, play: Played) -> None:
    found = play(answers(make, attempt=nodes.Ratio(2, 5)), engine=says(make, "six", "seven"))
    assert (found.turns[0].text, found.turns[0].how) == ("2/5", "chosen")
    assert found.turns[0].notes == ("said again", "only what it must show")


@given(st.fractions(max_denominator=50), st.text(alphabet="ab ,.", max_size=8), st.text(alphabet="ab ,", max_size=8))
def test_a_number_put_into_words_is_shown(value: Fraction, before: str, behind: str) -> None:
    assert words.shows(f"{before} {value} {behind}", value)
    assert not words.shows(f"{before} {behind}", value)


@given(st.text(max_size=60), st.integers(1, 5))
def test_cleaning_leaves_no_space_and_no_more_than_the_limit(reply: str, limit: int) -> None:
    flow = plan.Flow("f", {}, {"teacher": plan.Role("Tutor", "role", Lit(""))}, {}, "", 1)
    text, cut = words.cleaned(reply, flow, flow.cast["teacher"], limit)
    assert text == text.strip()
    assert len(text) <= limit * words.MAX_CHARACTERS_A_TOKEN
    assert cut == (len(reply.strip()) > limit * words.MAX_CHARACTERS_A_TOKEN)
    assert cut or text in reply


def test_what_is_only_thought_is_not_said() -> None:
    flow = plan.Flow("f", {}, {"teacher": plan.Role("Tutor", "role", Lit(""))}, {}, "", 1)
    reply = "<think>Six?</think>\n\nTutor: Six. <think>Good.</think>Now you. <think>"
    assert words.cleaned(reply, flow, flow.cast["teacher"], 80) == ("Six. Now you. <think>", False)
    plain = plan.Role("Tutor", "role", Lit(""), layout="plain")
    assert words.cleaned(reply, flow, plain, 80) == ("\n\nTutor: Six. Now you. <think>", False)
    assert words.cleaned(" \n", flow, plain, 80) == ("", False)
