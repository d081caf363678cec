"""A dialogue with a person in it: turn by turn, kept, reopened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.nodes import Lit
from pedalang.runtime import run, session
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError, JournalError, RunError
from tests.clauses import clause

Started = Callable[..., session.Session]


def lesson(make: SimpleNamespace, **flow: Any) -> plan.Plan:
    """The learner's answer is read out of what is said."""
    found = nodes.Call("first", (nodes.Call("rationals", (make.ref("turn.text"),)),))
    heard = plan.Handler("student", "said", None, (
        plan.Assign("attempt", found), plan.Assign("correct", make.binary("==", "student.attempt",
                                                                         make.ref("problem.answer")))))
    role = make.learner()
    learner = make.learner(handlers=(*role.handlers, heard))
    return make.lesson(student=learner, flow=flow)


@pytest.fixture
def start(make: SimpleNamespace) -> Started:
    def started(engine: Any, *, of: plan.Plan | None = None, person: str = "student",
                **options: Any) -> session.Session:
        return session.start(of or lesson(make), "lesson", make.items(1)[0], {"teacher": engine, "student": engine},
                             person=person, seed=2, **options)

    return started


def test_the_others_open_and_answer_until_the_dialogue_is_over(make: SimpleNamespace, start: Started) -> None:
    with start(make.Picks()) as talk:
        assert [turn.role for turn in talk.turns] == ["teacher"]
        turn = talk.send("  is it 3/5?  ")
        assert (turn.role, turn.move, turn.phase) == ("teacher", "probing", "work")
        assert talk.turns[1].text == "is it 3/5?"
        assert (talk.turns[1].how, talk.turns[1].act) == ("person", "")
        assert talk.turns[1].state["student"]["attempt"] == {"ratio": [3, 5]}
        assert not talk.done
        turn = talk.send("7/6")
        assert (turn.phase, talk.done) == ("close", True)
        assert talk.ending == journal.Ending(0, "close", "final")
        assert [turn.turn for turn in talk.turns] == list(range(5))


def test_handlers_of_simulated_turns_are_not_the_person_s(make: SimpleNamespace, start: Started) -> None:
    with start(make.Picks()) as talk:
        talk.send("3/5")
        state = talk.turns[1].state["student"]
        assert (state["attempt"], state["stuck"]) == ({"ratio": [3, 5]}, 0)


def test_words_after_which_nobody_speaks_have_no_answer(make: SimpleNamespace, start: Started) -> None:
    phase = plan.Phase("only", (plan.Turn("student"),), final=True)
    with start(make.Picks(), of=lesson(make, phases={"only": phase}, start="only")) as talk:
        assert talk.turns == ()
        assert talk.send("hello") is None
        assert talk.done


def test_a_person_may_teach(make: SimpleNamespace, start: Started) -> None:
    with start(make.Picks(), person="teacher") as talk:
        assert talk.turns == ()
        turn = talk.send("What is it?")
        assert (turn.role, turn.act) == ("student", "guesses")
        assert talk.turns[0].move == ""


@pytest.mark.parametrize("text", ["", " \n\t", "a" * 10_001])
def test_words_that_are_no_turn_are_refused_and_change_nothing(text: str, make: SimpleNamespace,
                                                              start: Started) -> None:
    with start(make.Picks()) as talk:
        with pytest.raises(RunError) as error:
            talk.send(text)
        assert error.value.code == "PED1209"
        assert len(talk.turns) == 1
        assert talk.send("3").role == "teacher"


def test_half_characters_of_a_terminal_are_mended(make: SimpleNamespace, start: Started, tmp_path: Path) -> None:
    with start(make.Picks(), folder=tmp_path / "talk") as talk:
        talk.send("3\udcff")
        assert talk.turns[1].text == "3?"


def test_nothing_is_said_after_the_end(make: SimpleNamespace, start: Started) -> None:
    with start(make.Picks()) as talk:
        talk.send("7/6")
        with pytest.raises(RunError, match="it is not the turn of student any more"):
            talk.send("and?")


def test_a_session_is_kept_and_goes_on(make: SimpleNamespace, start: Started, tmp_path: Path) -> None:
    with start(make.Picks(), folder=tmp_path / "whole") as talk:
        talk.send("1")
        talk.send("2")
        talk.send("7/6")
        whole = talk.turns
    engine = make.Picks()
    with start(engine, folder=tmp_path / "kept", options={"engines": {"teacher": "x:"}}) as talk:
        talk.send("1")
    for words in ("2", "7/6"):
        with session.reopen(tmp_path / "kept", {"teacher": engine}) as talk:
            assert talk.person == "student"
            talk.send(words)
    assert talk.done and talk.turns == whole
    assert make.canonical(tmp_path / "kept") == make.canonical(tmp_path / "whole")
    keys = [request.key for request in engine.requests]
    assert len(keys) == len(set(keys))
    with session.reopen(tmp_path / "kept", {"teacher": engine}) as talk:
        assert talk.done and talk.ending.why == "final"
    events = journal.open_journal(tmp_path / "kept")
    assert (events.header.kind, events.header.options["engines"]) == ("session", {"teacher": "x:"})
    assert [episode.source for episode in events.episodes()] == ["person"]
    events.close()


def test_an_engine_that_fails_can_be_asked_again(make: SimpleNamespace, start: Started, tmp_path: Path) -> None:
    class Fails(make.Picks):  # type: ignore[misc, name-defined]
        broken = False

        def reply(self, request: Request) -> Reply | EngineError:
            return EngineError("PED1104", "nobody answers") if self.broken else super().reply(request)

    engine = Fails()
    with start(engine, folder=tmp_path / "talk") as talk:
        engine.broken = True
        with pytest.raises(EngineError):
            talk.send("1")
        assert [turn.role for turn in talk.turns] == ["teacher", "student"]
        with pytest.raises(RunError, match="it is not the turn of student"):
            talk.send("2")
        engine.broken = False
        assert talk.go_on().role == "teacher"
        engine.broken = True
        with pytest.raises(EngineError):
            talk.send("2")
    with pytest.raises(EngineError):
        session.reopen(tmp_path / "talk", {"teacher": engine})
    engine.broken = False
    with session.reopen(tmp_path / "talk", {"teacher": engine}) as talk:
        assert [turn.role for turn in talk.turns] == ["teacher", "student"] * 2 + ["teacher"]


def test_wrong_questions_are_coded(make: SimpleNamespace, start: Started, tmp_path: Path) -> None:
    with pytest.raises(RunError) as error:
        start(make.Picks(), person="studnet")
    assert (error.value.code, error.value.help) == ("PED1211", "did you mean `student`?")
    with pytest.raises(RunError, match="PED1212: no engine for teacher"):
        session.start(lesson(make), "lesson", make.items(1)[0], {}, person="student")
    with pytest.raises(RunError, match="PED1211: dialogue 0 is given nothing"):
        session.start(lesson(make), "lesson", {}, {"teacher": make.Picks()}, person="student", folder=tmp_path / "x")
    assert not (tmp_path / "x").exists()
    engine = make.Picks()
    folder = run.run(lesson(make), "lesson", make.items(1), {"teacher": engine, "student": engine}, seed=1,
                     folder=tmp_path / "run")
    with pytest.raises(JournalError, match=r"PED1210.*it holds a run, not a session"):
        session.reopen(folder, {"teacher": engine})
    with start(engine, folder=tmp_path / "held"), pytest.raises(JournalError, match="PED1206"):
        session.reopen(tmp_path / "held", {"teacher": engine})


def test_a_session_lives_in_a_running_loop_too(make: SimpleNamespace) -> None:
    async def talk() -> list[str]:
        engines = {"teacher": make.Picks()}
        one, other = [await session.start_async(lesson(make), "lesson", make.items(1)[0], engines, person="student",
                                                seed=seed) for seed in (1, 2)]
        await asyncio.gather(one.send("1"), other.send("7/6"))
        await one.close()
        return [each.turns[-1].phase for each in (one, other)]

    assert asyncio.run(talk()) == ["work", "close"]


def test_contracts_are_judged_when_the_dialogue_is_over(make: SimpleNamespace, start: Started) -> None:
    polite = clause("polite", "soft", plan.Op("eventually", (plan.Atom(nodes.Call(
        "contains", (make.ref("turn.text"), Lit("please")))),)), "eventually please")
    of = lesson(make, obeys=("C",))
    of = plan.Plan(of.program, of.sources, flows=of.flows, contracts={"C": plan.Contract("C", "lesson", (polite,))})
    with start(make.Picks(), of=of) as talk:
        talk.send("7/6, please")
        assert talk.ending.verdicts == (journal.Verdict("C", "polite", "soft", True),)
