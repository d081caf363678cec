"""Laws of a run: it writes the same however it is run, and nothing that was answered is lost or asked twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from pedalang import journal, plan
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError, JournalError

Played = Callable[..., SimpleNamespace]
Begun = Callable[..., Path]


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


# ---------------------------------------------------------------- the same journal


@pytest.mark.parametrize("seed", [1, 2])
def test_concurrency_changes_nothing(seed: int, make: SimpleNamespace, play: Played) -> None:
    lesson = make.lesson(student=make.learner(speak="free"), teacher=make.tutor(policy=plan.Policy("model")))
    one, many = (make.canonical(play(lesson, count=20, seed=seed, concurrency=k).folder) for k in (1, 16))
    assert one == many
    assert len(one) > 200


def test_the_order_of_answers_changes_nothing(make: SimpleNamespace, play: Played) -> None:
    class Dawdles(make.Picks):  # type: ignore[misc, name-defined]
        order = random.Random(3)

        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            for _ in range(self.order.randrange(5)):
                await asyncio.sleep(0)
            return await super().answer(requests)

    prompt = play(make.lesson(), count=12)
    dawdling = play(make.lesson(), count=12, engine=Dawdles(slots=5), concurrency=7)
    assert make.canonical(prompt.folder) == make.canonical(dawdling.folder)
    assert max(dawdling.engine.batches) <= 5 < len(dawdling.engine.batches)


def test_another_seed_is_another_run(make: SimpleNamespace, play: Played) -> None:
    first, other = (play(make.lesson(), count=6, seed=seed) for seed in (1, 2))
    assert [turn.text for turn in first.turns] != [turn.text for turn in other.turns]


def test_an_item_s_dialogue_does_not_depend_on_the_others(make: SimpleNamespace, play: Played) -> None:
    few, many = (play(make.lesson(), count=count).turns for count in (2, 5))
    assert few == [turn for turn in many if turn.episode < 2]


# ---------------------------------------------------------------- stopped, and continued


def test_a_run_stopped_after_any_turn_continues_to_the_same_journal(make: SimpleNamespace, begin: Begun) -> None:
    whole = begin("whole", make.Picks(), count=3, concurrency=1)
    turns, _ = make.read(whole)
    for after in range(1, len(turns) + 1):
        engine = make.Picks()
        with pytest.raises(make.Stop):
            begin(f"stopped{after}", engine, count=3, concurrency=1, observer=make.StopsAt(after, make.stop))
        folder = whole.with_name(f"stopped{after}")
        assert len(make.read(folder)[0]) == after
        run.resume(folder, make.both(engine), concurrency=1)
        assert make.canonical(folder) == make.canonical(whole)
        keys = [request.key for request in engine.requests]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("after", [1, 9, 23])
def test_many_dialogues_stopped_together_continue(after: int, make: SimpleNamespace, begin: Begun) -> None:
    whole = begin("whole", make.Picks(), count=12)
    engine = make.Picks()
    with pytest.raises(make.Stop):
        begin("stopped", engine, count=12, observer=make.StopsAt(after, make.stop))
    folder = whole.with_name("stopped")
    answered = set(_answered(folder))
    before = len(engine.requests)
    run.resume(folder, make.both(engine))
    assert make.canonical(folder) == make.canonical(whole)
    assert answered and not answered & {request.key for request in engine.requests[before:]}


def _answered(folder: Path) -> list[str]:
    events = journal.open_journal(folder)
    try:
        return [completion.key for completion in events.completions()]
    finally:
        events.close()


def test_a_move_that_was_answered_is_not_asked_again_when_the_words_were_not(make: SimpleNamespace,
                                                                            begin: Begun) -> None:
    class Breaks(make.Picks):  # type: ignore[misc, name-defined]
        broken = True

        def reply(self, request: Request) -> Reply:
            if self.broken and request.key == "0/2/speech":
                raise make.Stop
            return super().reply(request)

    of = make.lesson(teacher=make.tutor(policy=plan.Policy("model")))
    whole = begin("whole", make.Picks(), count=1, of=of)
    engine = Breaks()
    with pytest.raises(make.Stop):
        begin("stopped", engine, count=1, of=of)
    assert "0/2/move" in _answered(whole.with_name("stopped"))
    engine.broken = False
    run.resume(whole.with_name("stopped"), make.both(engine))
    assert make.canonical(whole.with_name("stopped")) == make.canonical(whole)
    assert [request.key for request in engine.requests].count("0/2/move") == 1


def test_a_killed_process_loses_no_turn_that_was_told(make: SimpleNamespace, begin: Begun) -> None:
    whole = begin("whole", make.Picks())
    child = os.fork()
    if child == 0:
        begin("killed", make.Picks(), observer=make.StopsAt(11, kill))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    folder = whole.with_name("killed")
    assert len(make.read(folder)[0]) >= 11
    run.resume(folder, make.both(make.Picks()))
    assert make.canonical(folder) == make.canonical(whole)


def test_ctrl_c_stops_and_the_run_continues(make: SimpleNamespace, begin: Begun) -> None:
    whole = begin("whole", make.Picks())
    with pytest.raises(KeyboardInterrupt):
        begin("stopped", make.Picks(), observer=make.StopsAt(8, interrupt))
    folder = whole.with_name("stopped")
    assert 8 <= len(make.read(folder)[0]) < len(make.read(whole)[0])
    run.resume(folder, make.both(make.Picks()))
    assert make.canonical(folder) == make.canonical(whole)


def test_a_finished_run_stays_as_it_is(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("whole", make.Picks())
    before, engine = make.canonical(folder), make.Picks()
    run.resume(folder, make.both(engine))
    assert (make.canonical(folder), engine.requests) == (before, [])


@pytest.mark.parametrize("change", ["UPDATE completions SET prompt = 'other' WHERE turn = 1",
                                    "UPDATE turns SET text = 'other' WHERE turn = 0",
                                    "UPDATE turns SET role = 'student' WHERE turn = 0",
                                    "DELETE FROM completions WHERE turn = 1"])
def test_a_journal_that_was_changed_is_not_continued(change: str, make: SimpleNamespace, begin: Begun) -> None:
    with pytest.raises(make.Stop):
        begin("stopped", make.Picks(), count=1, observer=make.StopsAt(3, make.stop))
    folder = begin("other", make.Picks(), count=1).with_name("stopped")
    connection = sqlite3.connect(folder / journal.FILE_NAME)
    with connection:
        assert connection.execute(change).rowcount > 0
    connection.close()
    with pytest.raises(JournalError) as error:
        run.resume(folder, make.both(make.Picks()))
    assert error.value.code == "PED1207"
    assert error.value.message.startswith("dialogue 0 does not come out again as recorded, at turn ")
