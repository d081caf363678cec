"""What the turns of a journal asked, made again, is what the engines were asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pedalang import journal, plan, prompt
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import folder as folders
from pedalang.runtime import recalled, run, session
from pedalang.runtime.engines.engine import Request
from pedalang.runtime.errors import JournalError
from tests.runtime import conftest as lessons


def calls(folder: Path) -> list[recalled.Call]:
    of, events = folders.reading(folder, journal.open_journal)
    try:
        return list(recalled.recalled(of, events, Evaluator()))
    finally:
        events.close()


def sent(requests: list[Request]) -> set[tuple[Any, ...]]:
    return {(request.key, request.messages, request.choices) for request in requests}


def again(found: list[recalled.Call]) -> set[tuple[Any, ...]]:
    return {(f"{each.episode}/{each.turn}/{each.step}", each.messages, each.choices) for each in found}


def either() -> plan.Plan:
    return lessons.lesson(teacher=lessons.tutor(speak="either"), student=lessons.learner(speak="free"))


@pytest.mark.parametrize("free", [False, True])
def test_what_a_run_asked_is_told_byte_for_byte(tmp_path: Path, free: bool) -> None:
    engine = lessons.Picks(speaks_freely=free)
    of = lessons.lesson(teacher=lessons.tutor(speak="either", policy=plan.Policy("model")),
                        student=lessons.learner(speak="either"))
    run.run(of, "lesson", lessons.items(4), lessons.both(engine), seed=4, folder=tmp_path / "run")
    found = calls(tmp_path / "run")
    assert again(found) == sent(engine.requests) and len(found) == len(engine.requests)
    assert {each.purpose for each in found} == {"move", "speech"}
    assert [(each.episode, each.turn) for each in found] == sorted((each.episode, each.turn) for each in found)
    for each in found:
        assert prompt.digest(each.messages, each.choices) == each.answer.prompt
        assert each.answer.choice is None or each.choices[each.answer.choice] == each.answer.text


def test_of_a_run_that_was_stopped_the_turns_that_were_finished_are_told(tmp_path: Path) -> None:
    engine = lessons.Picks(speaks_freely=True)
    with pytest.raises(lessons.Stop):
        run.run(either(), "lesson", lessons.items(6), lessons.both(engine), seed=4, folder=tmp_path / "run",
                observer=lessons.StopsAt(20, lessons.stop))
    found = again(calls(tmp_path / "run"))
    assert found <= sent(engine.requests)
    assert len({(call[0].rpartition("/")[0]) for call in found}) >= 20


def test_of_a_branch_all_is_told_that_was_asked_before_and_after(tmp_path: Path) -> None:
    engine = lessons.Picks(speaks_freely=True)
    run.run(either(), "lesson", lessons.items(2), lessons.both(engine), seed=4, folder=tmp_path / "run")
    other = lessons.Picks(speaks_freely=True)
    run.branch(tmp_path / "run", 1, 2, lessons.both(other), folder=tmp_path / "branch", seed=9)
    found = calls(tmp_path / "branch")
    before = [each for each in calls(tmp_path / "run") if each.episode == 1 and each.turn < 2]
    assert [each.messages for each in found if each.turn < 2] == [each.messages for each in before]
    assert again([each for each in found if each.turn >= 2]) == sent(other.requests)


def test_of_a_session_what_the_engine_was_asked_is_told(tmp_path: Path) -> None:
    engine = lessons.Picks(speaks_freely=True)
    with session.start(lessons.lesson(teacher=lessons.tutor(speak="either")), "lesson", lessons.items(1)[0],
                       {"teacher": engine}, person="student", seed=2, folder=tmp_path / "chat") as talk:
        talk.send("It is 7.")
    found = calls(tmp_path / "chat")
    assert found and again(found) == sent(engine.requests) and {each.who for each in found} == {"teacher"}


def test_a_journal_of_other_answers_is_refused(tmp_path: Path) -> None:
    run.run(lessons.lesson(), "lesson", lessons.items(1), lessons.both(lessons.Picks()), seed=4,
            folder=tmp_path / "run")
    _, events = folders.reading(tmp_path / "run", journal.open_journal)
    wrong = lessons.lesson(teacher=lessons.tutor(voice=lessons.text("Be brief.")))
    with pytest.raises(JournalError) as refused:
        list(recalled.recalled(wrong, events, Evaluator()))
    events.close()
    assert refused.value.code == "PED1207"
