"""Words that would break a clause are not said; and what a shield does is in the journal, however a run goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.nodes import Lit
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.engines.random import RandomEngine
from pedalang.runtime.episode import shield, speaker
from pedalang.runtime.errors import RunError
from tests.runtime import conftest as made
from tests.runtime.shields import (
    ASK_FIRST,
    BY_WORDS,
    HERE,
    NO_ANSWER,
    ask_first,
    both_ways,
    dialogue,
    interventions,
    leaky,
    lesson,
    never,
    no_answer,
    says,
)

Played = Callable[..., SimpleNamespace]
Begun = Callable[..., Path]
def speaks(*say: str, others: Mapping[str, tuple[str, ...]] | None = None, speak: str = "grounded",
           turns: int = 1) -> plan.Plan:
    """A teacher with the move `first`, which its rule takes, and other moves, under a shield for words."""
    moves = {name: plan.Move(name, say=tuple(map(made.text, texts)))
             for name, texts in {"first": say, **(others or {})}.items()}
    phase = plan.Phase("work", (plan.Turn("teacher", tuple(moves)),))
    return lesson(BY_WORDS, no_answer(), moves=moves, policy=plan.Policy("rule", (plan.Arm("first", {}),)),
                  speak=speak, turns=turns, flow={"phases": {"work": phase}})


def done(kind: str, step: int = 0, **fields: Any) -> journal.Intervention:
    return journal.Intervention(0, 0, step, "teacher", kind, (NO_ANSWER,), **{"move": "first", **fields})  # type: ignore[arg-type]


def test_candidates_that_would_break_a_clause_are_not_offered() -> None:
    of = speaks("It is {problem.answer}.", "What do you think?", "Is it 7/6?", "Hm.")
    for seed in range(10):
        (turn,), did = dialogue(of, made.Picks(), seed)
        assert turn.text in ("What do you think?", "Hm.")
        assert did == [done("words left out", left_out=2)]
    said = {dialogue(of, made.Picks(), seed, "moves")[0][0].text for seed in range(30)}
    assert {"It is 7/6.", "Is it 7/6?"} <= said


def test_a_candidate_that_breaks_nothing_is_said_as_without_a_shield() -> None:
    of = speaks("One.", "Two.", "Three.", turns=3)
    for seed in range(5):
        turns, did = dialogue(of, made.Picks(), seed)
        assert (turns, did) == (dialogue(of, made.Picks(), seed, "off")[0], [])


def test_where_no_candidate_is_left_another_move_is_made_that_may_be() -> None:
    others = {"second": ("It is 7/6!",), "third": ("Think.",), "fourth": ("Wait.",)}
    (turn,), did = dialogue(speaks("It is {problem.answer}.", others=others), made.Picks(), 1)
    assert (turn.move, turn.text, turn.how) == ("third", "Think.", "chosen")
    assert did == [done("words replaced")]


def test_a_masked_move_does_not_take_the_place_of_another() -> None:
    of = speaks("It is 7/6.", others={"second": ("Think.",), "third": ("Wait.",)})
    by = plan.Shield("lesson", ("Rules",), (ASK_FIRST,), (NO_ANSWER,), (plan.Position("turn"),), {"[0]": ("second",)})
    of = msgspec.structs.replace(of, shields=(by,), contracts={
        "Rules": plan.Contract("Rules", "lesson", (no_answer(), ask_first()))})
    (turn,), did = dialogue(of, made.Picks(), 1)
    assert (turn.move, [each.kind for each in did]) == ("third", ["words replaced"])


def test_where_no_words_are_left_next_to_nothing_is_said() -> None:
    (turn,), did = dialogue(speaks("It is 7/6.", others={"second": ("7/6",)}), made.Picks(), 1)
    assert (turn.move, turn.text, turn.how) == ("first", "…", "chosen")
    assert did == [done("words replaced")]


def test_what_even_that_breaks_is_broken_and_said_to_be() -> None:
    asks = never("asks", nodes.Unary("not", nodes.Call("contains", (made.ref("turn.text"), Lit("?")))), "always asks")
    by = plan.Shield("lesson", ("Rules",), words=(("Rules", "asks"),))
    of = speaks("No question.", turns=2)
    of = msgspec.structs.replace(of, shields=(by,), contracts={"Rules": plan.Contract("Rules", "lesson", (asks,))})
    turns, did = dialogue(of, made.Picks(), 1)
    assert [(each.kind, each.clauses) for each in did] == [("failed", (("Rules", "asks"),))]
    assert [turn.text for turn in turns] == ["…", "No question."]  # broken once, it is not looked at any more


def test_generated_words_are_asked_for_again_with_what_they_would_break() -> None:
    engine = says("It is 7/6.", "So 7/6!", "What is a half?")
    of = speaks("Hm.", speak="free")
    asked: list[Request] = []
    reply = engine.reply
    engine.reply = lambda request: [asked.append(request), reply(request)][1]  # type: ignore[method-assign, func-returns-value]
    (turn,), did = dialogue(of, engine, 1)
    assert (turn.text, turn.how, turn.move) == ("What is a half?", "generated", "first")
    assert did == [done("words again", text="It is 7/6."), done("words again", 1, text="So 7/6!")]
    assert [request.key for request in asked] == ["0/0/speech", "0/0/speech.kept1", "0/0/speech.kept2"]
    assert {request.purpose for request in asked} == {"speech"}
    assert len({request.seed for request in asked}) == 3
    rule = "your words must not break this rule: no answer, never teacher and leaks(problem.answer)"
    assert [rule in request.messages[-1].text for request in asked] == [False, True, True]
    assert asked[1].temperature == speaker.AGAIN_TEMPERATURE


def test_words_that_stay_as_they_are_are_replaced() -> None:
    engine = says("It is 7/6.")
    (turn,), did = dialogue(speaks("Hm.", speak="free"), engine, 1)
    assert (turn.text, turn.how) == ("Hm.", "chosen")
    assert [each.kind for each in did] == ["words again"] * shield.MOST_AGAIN + ["words replaced"]
    assert {each.text for each in did} == {"It is 7/6."}
    (turn,), did = dialogue(speaks(speak="free"), says("It is 7/6."), 1)
    assert (turn.text, did[-1].kind) == ("…", "words replaced")


def test_empty_words_are_no_way_out() -> None:
    (turn,), did = dialogue(speaks("Hm.", speak="free"), says("It is 7/6.", ""), 1)
    assert (turn.text, did[-1].kind) == ("Hm.", "words replaced")


def test_what_the_turn_s_handlers_would_make_of_the_words_is_looked_at_and_nothing_else_changed() -> None:
    """The clause reads the student's state, which the student's handler changes on what the teacher says."""
    hears = plan.Handler("teacher", "turn", HERE("==", "turn.text", "Boo!"), (
        plan.Sample("much", nodes.Distribution("uniform", (Lit(0.5), Lit(1.0)))),
        plan.Assign("stuck", Lit(9)), plan.Assign("mastery", made.ref("much"))))
    fact = HERE("==", "student.stuck", 9)
    by = plan.Shield("lesson", ("Rules",), words=(("Rules", "calm"),))
    of = speaks("Boo!", "Hello.")
    cast = {**of.flows["lesson"].cast, "student": made.learner(handlers=(hears,), carries=None)}
    of = msgspec.structs.replace(
        of, shields=(by,), contracts={"Rules": plan.Contract("Rules", "lesson", (never("calm", fact, "never stuck"),))},
        flows={"lesson": msgspec.structs.replace(of.flows["lesson"], cast=cast)})
    (turn,), did = dialogue(of, made.Picks(), 1)
    assert (turn.text, turn.state["student"]["stuck"], did[0].left_out) == ("Hello.", 0, 1)
    assert turn.state["student"]["mastery"] <= 0.3


def test_only_the_words_of_those_who_have_moves_are_looked_at() -> None:
    said = nodes.Call("contains", (made.ref("turn.text"), Lit("I")))
    by = plan.Shield("lesson", ("Rules",), words=(("Rules", "no_i"),))
    of = lesson(by, never("no_i", said, "never i"))
    _, did = dialogue(of, made.Picks(), 1)
    assert {each.role for each in did} <= {"teacher"}


# ---------------------------------------------------------------- kept, resumed, replayed


def test_interventions_are_durable_with_their_turn(begin: Begun) -> None:
    folder = begin("run", leaky(), of=both_ways())
    turns, endings = made.read(folder)
    found = interventions(folder)
    assert {each.kind for each in found} >= {"moves", "words again", "words replaced"}
    assert {(each.episode, each.turn) for each in found} <= {(turn.episode, turn.turn) for turn in turns}
    assert all(verdict.kept for ending in endings for verdict in ending.verdicts)
    lines = [msgspec.json.decode(line) for line in made.canonical(folder)]
    assert sum(line["event"] == "intervention" for line in lines) == len(found) > 20
    again = begin("again", leaky(), of=both_ways(), concurrency=1)
    assert made.canonical(folder) == made.canonical(again)


def test_a_run_killed_between_two_answers_goes_on_to_the_same_journal(begin: Begun) -> None:
    whole = begin("whole", leaky(), of=both_ways(), count=2, concurrency=1)
    (total,) = {sum(1 for line in made.canonical(whole) if '"event":"completion"' in line)}
    for after in range(0, total, 4):
        class Dies(made.Picks):
            left = after

            def reply(self, request: Request) -> Reply:
                if self.left == 0:
                    raise made.Stop
                self.left -= 1
                return super().reply(request)  # type: ignore[return-value]

        engine = Dies(leaky().words)
        with pytest.raises(made.Stop):
            begin(f"dies{after}", engine, of=both_ways(), count=2, concurrency=1)
        engine.left = -1
        folder = whole.with_name(f"dies{after}")
        run.resume(folder, made.both(engine), concurrency=1)
        assert made.canonical(folder) == made.canonical(whole)


def test_a_run_goes_on_with_the_shield_that_it_began_with(begin: Begun) -> None:
    whole = begin("whole", leaky(), of=both_ways(), shield="moves", concurrency=1)
    with pytest.raises(made.Stop):
        begin("stopped", leaky(), of=both_ways(), shield="moves", observer=made.StopsAt(5, made.stop), concurrency=1)
    run.resume(whole.with_name("stopped"), made.both(leaky()), concurrency=1)
    assert made.canonical(whole.with_name("stopped")) == made.canonical(whole)
    assert {each.kind for each in interventions(whole)} == {"moves"}


def test_another_intervention_than_recorded_is_no_replay(begin: Begun) -> None:
    with pytest.raises(made.Stop):
        begin("run", leaky(), of=both_ways(), observer=made.StopsAt(9, made.stop), concurrency=1)
    folder = begin("other", leaky(), of=both_ways(), count=1).with_name("run")
    events = journal.reopen(folder)
    first = events.interventions()[0]
    ended = {ending.episode for ending in events.endings()}
    at = next(each for each in events.interventions() if each.episode not in ended)
    assert first.kind == "moves"
    events.add(msgspec.structs.replace(at, masked=("focus",)))
    events.commit()
    events.close()
    with pytest.raises(RunError, match=r"PED1207.*the shield does something else"):
        run.resume(folder, made.both(leaky()))


def test_off_writes_what_a_program_without_shields_writes(begin: Begun) -> None:
    bare = msgspec.structs.replace(both_ways(), shields=())
    without, off = begin("without", leaky(), of=bare), begin("off", leaky(), of=both_ways(), shield="off")
    assert made.canonical(without)[1:] == made.canonical(off)[1:]
    assert interventions(off) == []


def test_chance_may_play_the_whole_cast(begin: Begun) -> None:
    one, two = (begin(name, RandomEngine(), of=both_ways(), count=12) for name in ("one", "two"))
    assert made.canonical(one) == made.canonical(two)
    assert all(verdict.kept for ending in made.read(one)[1] for verdict in ending.verdicts)
