"""Failed dialogues tried again, and dialogues left at a turn: what was answered is kept, and is what it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pedalang import journal, plan
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError, JournalError

Begun = Callable[..., Path]


def fails_at(make: SimpleNamespace, *keys: str) -> SimpleNamespace:
    """An engine that fails for these requests, as long as `broken`."""
    class Fails(make.Picks):  # type: ignore[misc, name-defined]
        broken = True

        def reply(self, request: Request) -> Reply | EngineError:
            if self.broken and request.key in keys:
                return EngineError("PED1107", "the engine is tired")
            return super().reply(request)

    return Fails()


def held(folder: Path) -> journal.Journal:
    return journal.open_journal(folder)


# ---------------------------------------------------------------- tried again


def test_failed_dialogues_are_tried_again_from_where_they_stopped(make: SimpleNamespace, begin: Begun) -> None:
    of = make.lesson(teacher=make.tutor(policy=plan.Policy("model")))
    whole = begin("whole", make.Picks(), of=of)
    keys = {each.key for each in held(whole).completions()}
    number = next(n for n in range(6) if {f"{n}/2/move", f"{n}/2/speech"} <= keys)
    other = next(n for n in range(6) if n != number and f"{n}/1/speech" in keys)
    engine = fails_at(make, f"{number}/2/speech", f"{other}/1/speech")
    folder = begin("run", engine, of=of)
    _, endings = make.read(folder)
    failed = [ending for ending in endings if ending.why == "failed"]
    assert {ending.episode for ending in failed} == {number, other}
    before = {each.key for each in held(folder).completions()}
    assert f"{number}/2/move" in before, "what was answered of the turn that failed is kept too"

    engine.broken, asked = False, len(engine.requests)
    run.retry(folder, make.both(engine))
    assert make.canonical(folder) == make.canonical(whole)
    again = [request.key for request in engine.requests[asked:]]
    assert {key.split("/")[0] for key in again} == {str(number), str(other)} and not before & set(again)
    events = held(folder)
    assert [(each.episode, each.attempt, each.turn, each.code) for each in events.failures()] == sorted([
        (number, 0, 2, "PED1107"), (other, 0, 1, "PED1107")])
    assert [(each.kind, each.sitting) for each in events.sittings()] == [("run", 0), ("retry", 1)]
    events.close()


def test_a_dialogue_that_fails_again_says_so_each_time(make: SimpleNamespace, begin: Begun) -> None:
    engine = fails_at(make, "0/1/speech")
    folder = begin("run", engine, count=2)
    before = make.canonical(folder)
    for _ in range(2):
        run.retry(folder, make.both(engine))
    assert make.canonical(folder) == before
    events = held(folder)
    assert [(each.attempt, each.turn) for each in events.failures()] == [(0, 1), (1, 1)]
    events.close()


def test_answers_that_a_dialogue_failed_for_are_asked_for_anew(make: SimpleNamespace, begin: Begun) -> None:
    """Empty words twice: with the same answers it would fail the same."""
    class Mute(make.Picks):  # type: ignore[misc, name-defined]
        mute = True

        def reply(self, request: Request) -> Reply | EngineError:
            empty = self.mute and request.key.startswith("0/1/speech")
            return Reply("", tokens_out=1) if empty else super().reply(request)

    of = make.lesson(student=make.learner(speak="free", carries=None))
    whole, engine = begin("whole", make.Picks(), of=of, count=2), Mute()
    folder = begin("run", engine, of=of, count=2)
    assert [ending.code for ending in make.read(folder)[1]] == ["PED1105", ""]
    engine.mute = False
    run.retry(folder, make.both(engine))
    assert make.canonical(folder) == make.canonical(whole)


def test_a_retry_that_is_stopped_is_gone_on_with(make: SimpleNamespace, begin: Begun) -> None:
    whole, engine = begin("whole", make.Picks()), fails_at(make, "1/1/speech", "3/1/speech")
    folder = begin("run", engine)
    engine.broken = False
    with pytest.raises(make.Stop):
        run.retry(folder, make.both(engine), observer=make.StopsAt(1, make.stop), concurrency=1)
    run.resume(folder, make.both(engine))
    assert make.canonical(folder) == make.canonical(whole)


def test_an_ending_says_where_in_the_program_it_failed(make: SimpleNamespace, begin: Begun) -> None:
    first, *others = (phases := make.phases())["open"].steps
    assert isinstance(first, plan.Turn)
    placed = {**phases, "open": plan.Phase("open", (plan.Turn(first.role, first.moves, place="lesson.ped:7:3"),
                                                    *others))}
    folder = begin("run", fails_at(make, "0/0/speech"), of=make.lesson(flow={"phases": placed}), count=1)
    assert make.read(folder)[1][0].place == "lesson.ped:7:3"


# ---------------------------------------------------------------- left at a turn


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_branch_with_the_same_engines_and_seed_is_the_same_dialogue(turn: int, make: SimpleNamespace,
                                                                       begin: Begun, tmp_path: Path) -> None:
    source, engine = begin("source", make.Picks(), count=4), make.Picks()
    branch = run.branch(source, 2, turn, make.both(engine), folder=tmp_path / "branch")
    turns = [each for each in make.read(source)[0] if each.episode == 2]
    found, _ = make.read(branch)
    assert [(each.text, each.state) for each in found] == [(each.text, each.state) for each in turns]
    assert not [request.key for request in engine.requests if int(request.key.split("/")[1]) < turn]
    assert held(branch).header.options["branched"] | {"journal": ""} == {
        "run": "source", "journal": "", "episode": 2, "turn": turn, "seed": 4, "shield": "full", "root": None}


def test_branches_share_what_came_before_and_differ_after(make: SimpleNamespace, begin: Begun, tmp_path: Path) -> None:
    of = make.lesson(student=make.learner(speak="free", carries=None))
    source = begin("source", make.Picks(), of=of, count=6)
    number = next(each.episode for each in make.read(source)[0] if each.turn == 4)
    other = make.Picks(lambda request: f"Others {request.seed}.", speaks_freely=True)
    other.name = "other"
    branch = run.branch(source, number, 3, make.both(other), folder=tmp_path / "branch", count=5, seed=9)
    kept = [each.text for each in make.read(source)[0] if each.episode == number][:3]
    turns, _ = make.read(branch)
    texts = [[each.text for each in turns if each.episode == number] for number in range(5)]
    assert [each[:3] for each in texts] == [kept] * 5
    assert len({tuple(each[3:]) for each in texts}) > 1
    before = {each.engine for each in held(branch).completions() if each.turn < 3}
    assert (before, held(branch).header.engines["student"]) == ({"picks"}, "other")


@pytest.mark.parametrize("after", [1, 4])
def test_a_branch_that_is_stopped_goes_on(after: int, make: SimpleNamespace, begin: Begun, tmp_path: Path) -> None:
    source = begin("source", make.Picks())
    whole = run.branch(source, 0, 2, make.both(make.Picks()), folder=tmp_path / "whole", count=3, seed=8)
    with pytest.raises(make.Stop):
        run.branch(source, 0, 2, make.both(make.Picks()), folder=tmp_path / "stopped", count=3, seed=8, concurrency=1,
                   observer=make.StopsAt(after, make.stop))
    run.resume(tmp_path / "stopped", make.both(make.Picks()))
    assert make.canonical(tmp_path / "stopped") == make.canonical(whole)


def test_a_branch_of_a_branch_says_both(make: SimpleNamespace, begin: Begun, tmp_path: Path) -> None:
    source = begin("source", make.Picks())
    one = run.branch(source, 3, 1, make.both(make.Picks()), folder=tmp_path / "one", count=2, seed=8)
    two = run.branch(one, 1, 2, make.both(make.Picks()), folder=tmp_path / "two")
    told = held(two).header.options["branched"]
    assert (told["run"], told["root"]["run"], told["root"]["episode"]) == ("one", "source", 3)
    assert [each.text for each in make.read(two)[0]] == [each.text for each in make.read(one)[0] if each.episode == 1]
    with pytest.raises(JournalError, match="which it left at turn 1"):
        run.branch(one, 1, 0, make.both(make.Picks()), folder=tmp_path / "three")


@pytest.mark.parametrize(("episode", "turn", "what"), [(9, 0, "has no dialogue 9"), (0, 99, "cannot be left at turn")])
def test_what_is_not_there_is_not_left(episode: int, turn: int, what: str, make: SimpleNamespace, begin: Begun,
                                       tmp_path: Path) -> None:
    with pytest.raises(JournalError) as error:
        run.branch(begin("source", make.Picks()), episode, turn, make.both(make.Picks()), folder=tmp_path / "branch")
    assert error.value.code == "PED1221" and what in error.value.message and error.value.help
    assert not (tmp_path / "branch").exists()
