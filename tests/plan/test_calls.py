"""What is new to a model in a turn is what was said since its last one, however long a dialogue is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedalang import calls, plan, prompt
from pedalang.compiler import compile
from pedalang.expression.environment import turn_record
from pedalang.expression.nodes import Lit, Name, Text
from pedalang.prompt import Message

PROGRAMS = sorted((Path(__file__).parents[2] / "programs").rglob("main.ped"))
CAST = ("teacher", "student", "friend")
SIGNS = 60
"""Characters that a turn brings besides its words: the names of who spoke, the signs around what holds for it alone."""


def flow(cast: Sequence[str] = CAST[:2], **role: object) -> plan.Flow:
    told = {"voice": Lit("You talk."), "speak": "free", "limit": 30, **role}
    made = plan.Role("R", "role", **told)  # type: ignore[arg-type]
    phase = plan.Phase("talk", tuple(plan.Turn(who) for who in cast), goal=Text((Lit("reach "), Name("n"))))
    return plan.Flow("talk", {"n": "Int"}, dict.fromkeys(cast, made), {"talk": phase}, "talk", 40)


def of_flow(made: plan.Flow) -> list[calls.Call]:
    return calls.calls(plan.Plan("p", {}, flows={made.name: made}))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.parent.name)
def test_in_no_program_does_what_is_new_grow(path: Path) -> None:
    told = calls.calls(compile.compile_file(path))
    assert not [call for call in told if call.grows]
    assert all(0 <= call.new <= call.later and call.shared <= call.first for call in told)


said = st.lists(st.tuples(st.sampled_from(CAST), st.text("abcdef 12.", min_size=1, max_size=12)), max_size=24)
told_besides = st.lists(st.text("xyz", max_size=20), max_size=3)


def new(later: Sequence[Message], before: Sequence[Message]) -> int:
    """The characters that the later prompt does not share with the one before."""
    known = "\x00".join(f"{message.role}\x01{message.text}" for message in before)
    whole = "\x00".join(f"{message.role}\x01{message.text}" for message in later)
    return len(whole) - calls._common(whole, known)


@settings(max_examples=30, deadline=None)
@given(said, told_besides, told_besides, st.sampled_from([CAST[:2], CAST]), st.sampled_from([None, 4, 9]))
def test_a_prompt_begins_with_all_that_the_one_before_knew(
        turns: list[tuple[str, str]], first: list[str], second: list[str], cast: Sequence[str],
        memory: int | None) -> None:
    """New are the words since, and what holds for this turn alone. A memory that is full forgets half of it at once,
    and not again until as many turns were said."""
    made = flow(cast, memory=memory)
    history = [turn_record(who, text, number=number)
               for number, (who, text) in enumerate(turn for turn in turns if turn[0] in cast)]
    begins = []
    for number, turn in enumerate(history):
        before = prompt.render(made, "teacher", "V", history[:number], first)
        later = prompt.render(made, "teacher", "V", history[: number + 1], second)
        begins.append(number + 1 - len(prompt.heard(made.cast["teacher"], "teacher", history[: number + 1])))
        if number == 0 or begins[-1] == begins[-2]:
            assert new(later, before) <= len(turn["text"]) + sum(map(len, second)) + SIGNS
    moved = sum(one != other for one, other in pairwise(begins))
    assert moved <= (0 if memory is None else len(history) // (memory // 2))


def test_what_grows_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prompt that begins with how many turns there were reads everything anew in each."""
    assert not [call for call in of_flow(flow()) if call.grows]
    render = prompt.render

    def counting(made: plan.Flow, who: str, voice: str, turns: Sequence[dict[str, object]],
                 lines: Sequence[str] = (), opening: Sequence[Message] = ()) -> tuple[Message, ...]:
        return render(made, who, f"Turn {len(turns)}. {voice}", turns, lines)

    monkeypatch.setattr(prompt, "render", counting)
    told = of_flow(flow())
    assert [call.grows for call in told] == [True, True]
    assert all(call.new > call.later - 4 for call in told)


def test_a_call_costs_what_was_said_since() -> None:
    """Two who say 30 words in turn: each turn brings the other's words, one's own, and the goal."""
    for call in of_flow(flow()):
        assert call.step == "speech"
        assert 60 <= call.new <= 80
        assert call.later > 7 * 60
    moves = {name: plan.Move(name, say=(Lit(f"{name}?"), Lit(f"{name}!"))) for name in ("ask", "tell")}
    picked = of_flow(flow(speak="grounded", moves=moves))
    assert [call.step for call in picked] == ["move", "speech"] * 2
    assert all(call.new < 20 for call in picked), "candidates are no part of the prompt"
    assert of_flow(flow(speak="grounded", moves=moves, policy=plan.Policy("rule")))[0].step == "speech"


def test_a_memory_says_the_most_it_costs() -> None:
    for call in of_flow(flow(memory=8)):
        assert not call.grows
        assert 80 < call.most < 8 * 40


def test_what_all_dialogues_begin_with() -> None:
    voice = Text((Lit("You teach with patience. Your pupil is "), Name("n"), Lit(" years old, and shy.")))
    first, last = (of_flow(flow(voice=each))[0].shared for each in (voice, Text((Name("n"), Lit(" is shy.")))))
    assert first > 5
    assert last == 0


def test_the_criteria_of_a_rubric_read_a_dialogue_once() -> None:
    judge = plan.Judge(Lit("Is it kind?"), (plan.ScaleLevel(0, "no", ""), plan.ScaleLevel(1, "yes", "")), "ordinal")
    rubric = plan.Rubric("Quality", "talk", tuple(plan.Criterion(f"c{at}", 1.0, judge=judge) for at in range(8)))
    found = calls.calls(plan.Plan("p", {}, flows={"talk": flow()}, rubrics={"Quality": rubric}))
    judged = [call for call in found if call.who == "judge"]
    assert len(judged) == 8
    assert sum(call.new for call in judged) <= 1.25 * judged[0].first


