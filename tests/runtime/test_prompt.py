"""What is sent, byte by byte, and that each prompt of a dialogue begins with the one before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pedalang import plan, prompt
from pedalang.expression.environment import environment, turn_record
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.nodes import Lit, Name, Text
from pedalang.prompt import Message

Played = Callable[..., SimpleNamespace]
ROLES = {who: plan.Role(who.title(), "role", Lit("")) for who in ("teacher", "student", "friend")}
PAIR = plan.Flow("pair", {}, {who: ROLES[who] for who in ("teacher", "student")}, {}, "", 9)
THREE = plan.Flow("three", {}, ROLES, {}, "", 9)


def said(*turns: tuple[str, str]) -> list[dict[str, object]]:
    return [turn_record(who, text, number=n) for n, (who, text) in enumerate(turns)]


def test_own_turns_are_the_assistant_s(make: SimpleNamespace) -> None:
    turns = said(("teacher", "Hi."), ("student", "Hello."), ("teacher", "What is 1 + 1?"))
    assert prompt.render(PAIR, "student", "You learn.", turns) == (
        Message("system", "You learn."), Message("user", "Hi."), Message("assistant", "Hello."),
        Message("user", "What is 1 + 1?"))


def test_who_speaks_first_answers_to_the_beginning() -> None:
    assert prompt.render(PAIR, "teacher", "V", ()) == (Message("system", "V"), Message("user", prompt.BEGINS))
    turns = said(("teacher", "Hi."), ("student", "Yo."))
    assert prompt.render(PAIR, "teacher", "V", turns, ("goal: talk", "be kind")) == (
        Message("system", "V"), Message("user", prompt.BEGINS), Message("assistant", "Hi."),
        Message("user", "Yo.\n\n(goal: talk\nbe kind)"))


def test_neighbours_of_one_kind_are_one_message() -> None:
    turns = said(("teacher", "a"), ("teacher", "b"), ("student", "c"), ("student", "d"))
    assert prompt.render(PAIR, "teacher", "V", turns)[2:] == (Message("assistant", "a\nb"), Message("user", "c\nd"))
    assert prompt.render(PAIR, "student", "V", turns)[1:] == (
        Message("user", "a\nb"), Message("assistant", "c\nd"), Message("user", prompt.AGAIN))


def test_several_others_bear_their_names() -> None:
    turns = said(("teacher", "Well?"), ("friend", "5"), ("student", "6"))
    assert prompt.render(THREE, "student", "V", turns[:2])[1:] == (Message("user", "teacher: Well?\nfriend: 5"),)
    assert prompt.render(THREE, "teacher", "V", turns)[2:] == (
        Message("assistant", "Well?"), Message("user", "friend: 5\nstudent: 6"))


def test_a_role_that_may_not_see_the_history_hears_what_came_since_its_own_turn() -> None:
    deaf = plan.Role("Deaf", "role", Lit(""), sees=("problem.a",))
    flow = plan.Flow("pair", {}, {"teacher": ROLES["teacher"], "student": deaf}, {}, "", 9)
    turns = said(("teacher", "a"), ("student", "b"), ("teacher", "c"))
    assert prompt.render(flow, "student", "V", turns)[1:] == (Message("user", "c"),)
    assert prompt.render(flow, "student", "V", turns[:1])[1:] == (Message("user", "a"),)


def plainly(**fields: Any) -> plan.Flow:
    plain = plan.Role("Plain", "role", Lit(""), layout="plain", **fields)
    return plan.Flow("three", {}, {"teacher": plain, "student": ROLES["student"], "friend": ROLES["friend"]}, {}, "", 9)


def test_a_plain_layout_adds_nothing_and_joins_nothing() -> None:
    turns = said(("teacher", "Well?"), ("friend", "5"), ("student", "6"))
    opening = (Message("user", "Add."),)
    assert prompt.render(plainly(), "teacher", "V", turns, (), opening) == (
        Message("system", "V"), Message("user", "Add."), Message("assistant", "Well?"), Message("user", "5"),
        Message("user", "6"))
    assert prompt.render(plainly(), "teacher", "", (), (), opening) == opening
    assert prompt.render(plainly(), "teacher", "V", ()) == (Message("system", "V"),)
    assert prompt.render(plainly(), "teacher", "", ()) == (Message("user", prompt.BEGINS),)
    assert prompt.render(plainly(), "teacher", "", turns, ("goal: talk",))[-1] == Message("user", "6\n\n(goal: talk)")
    assert prompt.render(plainly(), "teacher", "", turns[:1], ("goal: talk",))[-1] == Message("user", "(goal: talk)")


def test_a_paired_layout_joins_an_opening_with_what_is_said() -> None:
    turns = said(("student", "a"), ("teacher", "b"), ("student", "c"))
    opening = (Message("user", "Add."), Message("assistant", "Yes."))
    assert prompt.render(PAIR, "teacher", "V", turns, (), opening) == (
        Message("system", "V"), Message("user", "Add."), Message("assistant", "Yes."), Message("user", "a"),
        Message("assistant", "b"), Message("user", "c"))
    assert prompt.render(PAIR, "teacher", "V", turns, (), opening[:1])[1] == Message("user", "Add.\na")


def test_a_window_moves_by_a_turn_each_time() -> None:
    turns = said(*((who, str(number)) for number in range(5) for who in ("student", "teacher")))
    for size in range(1, 12):
        for shown in range(len(turns)):
            found = prompt.render(plainly(window=size), "teacher", "V", turns[:shown])[1:]
            assert [each.text for each in found] == [turn["text"] for turn in turns[:shown]][-size:]


def test_who_hears_the_previous_turn_hears_no_other() -> None:
    turns = said(("student", "a"), ("teacher", "b"), ("student", "c"), ("friend", "d"), ("teacher", "e"),
                 ("student", "f"))
    found = prompt.render(plainly(hears="previous"), "teacher", "V", turns)[1:]
    assert found == (Message("user", "a"), Message("assistant", "b"), Message("user", "d"), Message("assistant", "e"),
                     Message("user", "f"))


@given(st.lists(st.tuples(st.sampled_from(["teacher", "student"]), st.text(min_size=1, max_size=4)), max_size=8))
def test_speakers_take_turns_in_every_prompt(turns: list[tuple[str, str]]) -> None:
    messages = prompt.render(PAIR, "teacher", "V", said(*turns))
    assert [message.role for message in messages] == (["system"] + ["user", "assistant"] * 9)[: len(messages)]
    assert messages[-1].role == "user"


def test_each_prompt_of_a_grounded_role_begins_with_the_one_before(make: SimpleNamespace, play: Played) -> None:
    found = play(make.lesson(), count=4)
    by_role: dict[tuple[str, str], list[tuple[Message, ...]]] = defaultdict(list)
    for request in found.engine.requests:
        episode, turn, _ = request.key.split("/")
        role = next(each.role for each in found.turns if (each.episode, each.turn) == (int(episode), int(turn)))
        by_role[episode, role].append(request.messages)
    pairs = [(first, second) for prompts in by_role.values() for first, second in pairwise(prompts)]
    assert len(pairs) > 10
    assert all(second[: len(first)] == first for first, second in pairs)


def test_the_voice_stays_what_it_was_before_the_first_turn(make: SimpleNamespace, play: Played) -> None:
    learner = make.learner(voice=make.text("You begin at {student.mastery}."))
    found = play(make.lesson(student=learner))
    voices = {request.messages[0].text for request in found.engine.requests if "begin" in request.messages[0].text}
    assert len(voices) == 1


def test_a_voice_can_be_replaced_by_a_text_or_a_template() -> None:
    env = environment({"x": 5}, {}, ())
    role = plan.Role("R", "role", Text((Lit("x is "), Name("x"))))
    assert prompt.voice(role, env, Evaluator()) == "x is 5"
    assert prompt.voice(role, env, Evaluator(), "{{ x }} stays") == "{{ x }} stays"
    assert prompt.voice(role, env, Evaluator(), Text((Name("x"), Lit("!")))) == "5!"


def test_a_judge_reads_the_dialogue_first_and_the_question_last() -> None:
    levels = (plan.ScaleLevel(1, "poor", "tells the answer"), plan.ScaleLevel(2, "good", ""))
    judge = plan.Judge(Text((Lit("Is "), Name("x"), Lit(" explained?"))), levels, "ordinal")
    other = plan.Judge(Lit("Is it kind?"), levels[:1], "ordinal")
    turns, env = said(("teacher", "Hi."), ("student", "5")), environment({"x": "it"}, {}, ())
    first, second = (prompt.render_judge(each, turns, env, Evaluator()) for each in (judge, other))
    assert first == (Message("system", prompt.JUDGE_VOICE), Message(
        "user", "teacher: Hi.\nstudent: 5\n\nIs it explained?\npoor: tells the answer\ngood"))
    shared = first[1].text.index("Is it explained?")
    assert second[1].text[:shared] == first[1].text[:shared]


def test_a_digest_is_of_messages_and_choices() -> None:
    messages = (Message("user", "a"),)
    assert prompt.digest(messages) == prompt.digest(list(messages), [])
    assert len({prompt.digest(messages), prompt.digest(messages, ("b",)), prompt.digest(messages, ("b", "c")),
                prompt.digest((Message("user", "b"),))}) == 4
