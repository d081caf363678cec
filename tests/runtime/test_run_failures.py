"""What can go wrong with a run, and what is left of it then; how requests go together, and what observers are told."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pedalang import journal, plan
from pedalang.journal import files
from pedalang.runtime import folder as folders
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError, JournalError, RunError
from pedalang.runtime.pool import Observer

Begun = Callable[..., Path]


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
    run.resume(folder, make.both(engine))
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
    run.resume(folder, make.both(make.Picks()))
    assert make.canonical(folder) == make.canonical(whole)


def test_a_full_disk_keeps_what_was_written_and_the_run_continues(make: SimpleNamespace, begin: Begun,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    whole = begin("whole", make.Picks(), count=12)
    connect = files.connect

    def small(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 12")
        return connection

    monkeypatch.setattr(files, "connect", small)
    with pytest.raises(JournalError) as error:
        begin("stopped", make.Picks(), count=12)
    assert error.value.code == "PED1202"
    assert "full" in error.value.message and "continue" in error.value.help
    monkeypatch.undo()
    folder = whole.with_name("stopped")
    assert 0 < len(make.read(folder)[0]) < len(make.read(whole)[0])
    run.resume(folder, make.both(make.Picks()))
    assert make.canonical(folder) == make.canonical(whole)


def test_a_disk_that_is_full_at_once_leaves_no_journal(make: SimpleNamespace, begin: Begun, tmp_path: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    connect = files.connect

    def tiny(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 2")
        return connection

    monkeypatch.setattr(files, "connect", tiny)
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
                                           {"engines": {"teacher": "x:"}, "shield": "full"})
    assert [episode.item["problem"]["a"] for episode in events.episodes()][:2] == [{"ratio": [1, 2]}, {"ratio": [1, 3]}]
    events.close()


def test_one_process_writes_a_run_at_a_time(make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("run", make.Picks())
    held = folders.reopen(folder)
    for again in (lambda: run.resume(folder, make.both(make.Picks())), lambda: begin("run", make.Picks())):
        with pytest.raises(JournalError) as error:
            again()
        assert error.value.code == "PED1206"
    held.close()
    held.close()
    run.resume(folder, make.both(make.Picks()))


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
    """UPDATE episodes SET item = '{"problem": {"ratio": [1, 0]}}'""", "PRAGMA user_version = 0",
])
def test_what_is_no_run_is_not_continued(how: str, make: SimpleNamespace, begin: Begun) -> None:
    folder = begin("run", make.Picks())
    _spoil(folder, how)
    with pytest.raises(JournalError) as error:
        run.resume(folder, make.both(make.Picks()))
    assert error.value.code == ("PED1223" if how == "no journal" else "PED1210") and error.value.help
    with pytest.raises(JournalError, match="PED1210"):
        run.resume(folder.with_name("nowhere"), make.both(make.Picks()))


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

    wrong = asked("leson", make.items(1), make.both(engine))
    assert (wrong.code, wrong.help) == ("PED1211", "did you mean `lesson`?")
    wrong = asked("lesson", [*make.items(1), {"sum": 1}], make.both(engine))
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
    assert engine.batches[:3] == [4, 4, 4]
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
