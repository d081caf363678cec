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
from typing import Any

import pytest

from pedalang import journal, plan
from pedalang.runtime import folder as folders
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError, JournalError, RunError
from pedalang.runtime.pool import Observer

Played = Callable[..., SimpleNamespace]
Begun = Callable[..., Path]


@pytest.fixture
def begin(make: SimpleNamespace, tmp_path: Path) -> Begun:
    """Runs the lesson over some items into a folder of this name."""

    def begun(name: str, engine: Any, *, count: int = 6, of: plan.Plan | None = None, **options: Any) -> Path:
        return run.run(of or make.lesson(), "lesson", make.items(count), {"teacher": engine, "student": engine}, seed=4,
                       folder=tmp_path / name, **options)

    return begun


def both(engine: Any) -> dict[str, Any]:
    return {"teacher": engine, "student": engine}


class Stop(Exception):
    """What an observer raises to stop a run."""


class StopsAt(Observer):
    """Stops a run when so many turns are durable."""

    def __init__(self, turns: int, stop: Callable[[], None]) -> None:
        self.left = turns
        self.stop = stop

    def spoke(self, turn: journal.Turn) -> None:
        self.left -= 1
        if self.left == 0:
            self.stop()


def stop() -> None:
    raise Stop


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
        with pytest.raises(Stop):
            begin(f"stopped{after}", engine, count=3, concurrency=1, observer=StopsAt(after, stop))
        folder = whole.with_name(f"stopped{after}")
        assert len(make.read(folder)[0]) == after
        run.resume(folder, both(engine), concurrency=1)
        assert make.canonical(folder) == make.canonical(whole)
        keys = [request.key for request in engine.requests]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("after", [1, 9, 23])
def test_many_dialogues_stopped_together_continue(after: int, make: SimpleNamespace, begin: Begun) -> None:
    whole = begin("whole", make.Picks(), count=12)
    engine = make.Picks()
    with pytest.raises(Stop):
        begin("stopped", engine, count=12, observer=StopsAt(after, stop))
    folder = whole.with_name("stopped")
    answered = set(_answered(folder))
    before = len(engine.requests)
    run.resume(folder, both(engine))
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
                raise Stop
            return super().reply(request)

    of = make.lesson(teacher=make.tutor(policy=plan.Policy("model")))
    whole = begin("whole", make.Picks(), count=1, of=of)
    engine = Breaks()
    with pytest.raises(Stop):
        begin("stopped", engine, count=1, of=of)
    assert "0/2/move" in _answered(whole.with_name("stopped"))
    engine.broken = False
    run.resume(whole.with_name("stopped"), both(engine))
    assert make.canonical(whole.with_name("stopped")) == make.canonical(whole)
    assert [request.key for request in engine.requests].count("0/2/move") == 1


def test_a_killed_process_loses_no_turn_that_was_told(make: SimpleNamespace, begin: Begun) -> None:
    whole = begin("whole", make.Picks())
    child = os.fork()
    if child == 0:
        begin("killed", make.Picks(), observer=StopsAt(11, kill))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    folder = whole.with_name("killed")
    assert len(make.read(folder)[0]) >= 11
    run.resume(folder, both(make.Picks()))
    assert make.canonical(folder) == make.canonical(whole)


def test_ctrl_c_stops_and_the_run_continues(make: SimpleNamespace, begin: Begun) -> None:
    whole = begin("whole", make.Picks())
    with pytest.raises(KeyboardInterrupt):
        begin("stopped", make.Picks(), observer=StopsAt(8, interrupt))
    folder = whole.with_name("stopped")
    assert 8 <= len(make.read(folder)[0]) < len(make.read(whole)[0])
    run.resume(folder, both(make.Picks()))
    assert make.canonical(folder) == make.canonical(whole)


def test_a_finished_run_stays_as_it_is(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("whole", make.Picks())
    before, engine = make.canonical(folder), make.Picks()
    run.resume(folder, both(engine))
    assert (make.canonical(folder), engine.requests) == (before, [])


@pytest.mark.parametrize("change", ["UPDATE completions SET prompt = 'other' WHERE turn = 1",
                                    "UPDATE turns SET text = 'other' WHERE turn = 0",
                                    "UPDATE turns SET role = 'student' WHERE turn = 0",
                                    "DELETE FROM completions WHERE turn = 1"])
def test_a_journal_that_was_changed_is_not_continued(change: str, make: SimpleNamespace, begin: Begun) -> None:
    with pytest.raises(Stop):
        begin("stopped", make.Picks(), count=1, observer=StopsAt(3, stop))
    folder = begin("other", make.Picks(), count=1).with_name("stopped")
    connection = sqlite3.connect(folder / journal.FILE_NAME)
    with connection:
        assert connection.execute(change).rowcount > 0
    connection.close()
    with pytest.raises(JournalError) as error:
        run.resume(folder, both(make.Picks()))
    assert error.value.code == "PED1207"
    assert error.value.message.startswith("dialogue 0 does not come out again as recorded, at turn ")


# ---------------------------------------------------------------- what fails


def test_a_failed_answer_fails_its_dialogue_and_no_other(make: SimpleNamespace, begin: Begun) -> None:
    class Fails(make.Picks):  # type: ignore[misc, name-defined]
        def reply(self, request: Request) -> Reply | EngineError:
            if request.key == "1/1/speech":
                return EngineError("PED1107", "the engine is tired", help="let it rest")
            return super().reply(request)

    folder = begin("run", Fails())
    turns, endings = make.read(folder)
    assert [ending.why == "failed" for ending in endings] == [False, True, False, False, False, False]
    assert (endings[1].code, endings[1].message) == ("PED1107", "the engine is tired")
    assert len([turn for turn in turns if turn.episode == 1]) == 1
    before, engine = make.canonical(folder), make.Picks()
    run.resume(folder, both(engine))
    assert (make.canonical(folder), engine.requests) == (before, [])


def test_an_engine_that_fails_whole_fails_what_it_was_asked(make: SimpleNamespace, begin: Begun) -> None:
    class Down(make.Picks):  # type: ignore[misc, name-defined]
        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            raise EngineError("PED1104", "nobody answers at localhost", help="start the server", retryable=True)

    _, endings = make.read(begin("run", Down()))
    assert {ending.code for ending in endings} == {"PED1104"}


def test_an_engine_that_answers_too_little_fails_what_it_was_asked(make: SimpleNamespace, begin: Begun) -> None:
    class Short(make.Picks):  # type: ignore[misc, name-defined]
        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            return (await super().answer(requests))[1:]

    _, endings = make.read(begin("run", Short(), count=2))
    assert {(ending.code, ending.message) for ending in endings} == {("PED1208", "picks gave 1 answers to 2 requests")}


def test_a_fault_of_ours_stops_the_run_and_loses_nothing(make: SimpleNamespace, begin: Begun) -> None:
    class Faulty(make.Picks):  # type: ignore[misc, name-defined]
        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            if any("/5/" in request.key for request in requests):
                raise ZeroDivisionError("a fault")
            return await super().answer(requests)

    whole = begin("whole", make.Picks())
    with pytest.raises(ZeroDivisionError):
        begin("stopped", Faulty())
    folder = whole.with_name("stopped")
    assert len(make.read(folder)[0]) >= 6
    run.resume(folder, both(make.Picks()))
    assert make.canonical(folder) == make.canonical(whole)


def test_a_full_disk_keeps_what_was_written_and_the_run_continues(make: SimpleNamespace, begin: Begun,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    whole = begin("whole", make.Picks(), count=12)
    connect = journal._connect

    def small(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 12")
        return connection

    monkeypatch.setattr(journal, "_connect", small)
    with pytest.raises(JournalError) as error:
        begin("stopped", make.Picks(), count=12)
    assert error.value.code == "PED1202"
    assert "full" in error.value.message and "continue" in error.value.help
    monkeypatch.undo()
    folder = whole.with_name("stopped")
    assert 0 < len(make.read(folder)[0]) < len(make.read(whole)[0])
    run.resume(folder, both(make.Picks()))
    assert make.canonical(folder) == make.canonical(whole)


def test_a_disk_that_is_full_at_once_leaves_no_journal(make: SimpleNamespace, begin: Begun, tmp_path: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    connect = journal._connect

    def tiny(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 2")
        return connection

    monkeypatch.setattr(journal, "_connect", tiny)
    with pytest.raises(JournalError, match="PED1202"):
        begin("run", make.Picks())
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["plan.json"]
    monkeypatch.undo()
    assert begin("run", make.Picks()).is_dir()


# ---------------------------------------------------------------- folders, and wrong questions


def test_a_run_writes_its_plan_and_says_what_it_is_of(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("deep/er", make.Picks(), data={"sums": "ab12"}, options={"engines": {"teacher": "x:"}})
    assert sorted(path.name for path in folder.iterdir()) == [journal.FILE_NAME, folders.PLAN_NAME]
    of = plan.from_json((folder / folders.PLAN_NAME).read_bytes())
    assert of == make.lesson()
    events = journal.open_journal(folder)
    assert events.header == journal.Header("run", plan.digest(of), "lesson", "lesson", 4, 6,
                                           {"teacher": "picks", "student": "picks"}, {"sums": "ab12"},
                                           {"engines": {"teacher": "x:"}})
    assert [episode.item["problem"]["a"] for episode in events.episodes()][:2] == [{"ratio": [1, 2]}, {"ratio": [1, 3]}]
    events.close()


def test_one_process_writes_a_run_at_a_time(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("run", make.Picks())
    held = folders.reopen(folder)
    for again in (lambda: run.resume(folder, both(make.Picks())), lambda: begin("run", make.Picks())):
        with pytest.raises(JournalError) as error:
            again()
        assert error.value.code == "PED1206"
    held.close()
    held.close()
    run.resume(folder, both(make.Picks()))


def test_a_run_is_not_written_over(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("run", make.Picks())
    before = make.canonical(folder)
    with pytest.raises(JournalError, match=r"PED1210.* holds a run already"):
        begin("run", make.Picks(), count=1)
    assert make.canonical(folder) == before


def test_a_folder_that_cannot_be_made_is_a_coded_error(make: SimpleNamespace, begin: Begun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalError, match="PED1202"):
        begin("file/run", make.Picks())


def _spoil(folder: Path, how: str) -> None:
    file = folder / journal.FILE_NAME
    if how == "no journal":
        file.unlink()
    elif how == "garbage":
        file.write_bytes(os.urandom(5000))
    elif how == "no plan":
        (folder / folders.PLAN_NAME).unlink()
    elif how == "another plan":
        path = folder / folders.PLAN_NAME
        path.write_text(path.read_text().replace("You teach", "You preach"))
    else:
        connection = sqlite3.connect(file)
        with connection:
            connection.execute(how)
        connection.close()


@pytest.mark.parametrize("how", [
    "no journal", "garbage", "no plan", "another plan", "UPDATE episodes SET item = '{'", "DROP TABLE endings",
    """UPDATE episodes SET item = '{"problem": {"ratio": [1, 0]}}'""", "PRAGMA user_version = 99",
])
def test_what_is_no_run_is_not_continued(how: str, make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("run", make.Picks())
    _spoil(folder, how)
    with pytest.raises(JournalError) as error:
        run.resume(folder, both(make.Picks()))
    assert error.value.code == "PED1210" and error.value.help
    with pytest.raises(JournalError, match="PED1210"):
        run.resume(folder.with_name("nowhere"), both(make.Picks()))


def test_a_run_continues_with_its_own_engines_only(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("run", make.Picks())
    other = make.Picks()
    other.name = "chance"
    with pytest.raises(JournalError) as error:
        run.resume(folder, {"teacher": make.Picks(), "student": other})
    assert (error.value.code, error.value.message) == ("PED1212", "student was played by picks, not by chance")


def test_wrong_questions_write_nothing(make: SimpleNamespace, tmp_path: Path) -> None:
    folder, engine = tmp_path / "run", make.Picks()

    def asked(name: str, items: list[dict[str, Any]], engines: dict[str, Any]) -> RunError:
        with pytest.raises(RunError) as error:
            run.run(make.lesson(), name, items, engines, seed=1, folder=folder)
        return error.value

    wrong = asked("leson", make.items(1), both(engine))
    assert (wrong.code, wrong.help) == ("PED1211", "did you mean `lesson`?")
    wrong = asked("lesson", [*make.items(1), {"sum": 1}], both(engine))
    assert (wrong.code, wrong.message) == ("PED1211", "dialogue 1 is given sum; flow lesson takes problem")
    wrong = asked("lesson", make.items(1), {"teacher": engine})
    assert (wrong.code, wrong.message) == ("PED1212", "no engine for student of flow lesson")
    assert not folder.exists()


def test_no_items_is_a_run_without_dialogues(make: SimpleNamespace, begin: Begun) -> None:
    assert make.read(begin("run", make.Picks(), count=0)) == ([], [])


# ---------------------------------------------------------------- together, and told


def test_requests_that_are_ready_go_together_up_to_the_slots(make: SimpleNamespace, begin: Begun) -> None:
    engine = make.Picks(slots=4)
    begin("run", engine, count=10, concurrency=10)
    assert engine.batches[:3] == [4, 4, 2]
    assert max(engine.batches) == 4


def test_a_one_slot_engine_plays_one_dialogue_at_a_time(make: SimpleNamespace, begin: Begun) -> None:
    engine = make.Picks(slots=1)
    begin("run", engine, count=4)
    played = [int(request.key.split("/")[0]) for request in engine.requests]
    assert played == sorted(played)
    assert set(engine.batches) == {1}


def test_each_role_has_its_own_engine(make: SimpleNamespace, tmp_path: Path) -> None:
    teacher, student = make.Picks(slots=2), make.Picks(slots=3)
    run.run(make.lesson(), "lesson", make.items(6), {"teacher": teacher, "student": student}, seed=1,
            folder=tmp_path / "run")
    assert max(teacher.batches) == 2 and max(student.batches) <= 3
    assert {request.messages[0].text[:9] for request in teacher.requests} == {"You teach"}
    assert {request.messages[0].text for request in student.requests} == {"You learn to add."}


def test_observers_are_told_what_is_already_durable(make: SimpleNamespace, begin: Begun, tmp_path: Path) -> None:
    told: list[Any] = []

    class Watches(Observer):
        def started(self, episode: int) -> None:
            told.append(episode)

        def spoke(self, turn: journal.Turn) -> None:
            assert turn in make.read(tmp_path / "run")[0]
            told.append(turn)

        def ended(self, ending: journal.Ending) -> None:
            assert ending in make.read(tmp_path / "run")[1]
            told.append(ending)

    turns, endings = make.read(begin("run", make.Picks(), count=2, concurrency=1, observer=Watches()))
    second = [turn for turn in turns if turn.episode == 1]
    assert told == [0, *turns[: len(turns) - len(second)], endings[0], 1, *second, endings[1]]


def test_the_clock_says_how_long_answers_took_and_is_not_canonical(make: SimpleNamespace, begin: Begun) -> None:
    ticks = iter(range(10_000))
    slow, fast = (begin(name, make.Picks(), count=2, clock=clock)
                  for name, clock in (("slow", lambda: float(next(ticks))), ("fast", lambda: 0.0)))
    events = journal.open_journal(slow)
    assert {completion.seconds for completion in events.completions()} == {1.0}
    events.close()
    assert make.canonical(slow) == make.canonical(fast)
