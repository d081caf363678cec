"""What the scheduler does with many dialogues: who goes first, who stands beside whom, and how much there is at a time.
The engines here are made for the tests; none sleeps."""

from __future__ import annotations

import asyncio
import gc
import itertools
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pedalang import journal, plan
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.episode import turns
from pedalang.runtime.errors import EngineError
from pedalang.runtime.pool import Observer

Begun = Callable[..., Path]
PATIENCE = 60
"""Seconds after which a run that waits for itself is given up; one that does not is done in well under one."""


def episode(request: Request) -> int:
    return int(request.key.partition("/")[0])


def most_between(asked: Sequence[int]) -> int:
    """How often at most another dialogue was asked between two times that one was."""
    worst = 0
    for who in set(asked):
        places = [at for at, each in enumerate(asked) if each == who]
        for first, second in itertools.pairwise(places):
            others = Counter(asked[first + 1 : second])
            worst = max(worst, *others.values(), 0)
    return worst


@pytest.mark.parametrize("slots", [1, 2, 5])
def test_what_waits_longest_goes_first(slots: int, make: SimpleNamespace, begin: Begun) -> None:
    engine = make.Picks(slots=slots)
    slow = make.lesson(teacher=make.tutor(policy=plan.Policy("model"), speak="free"))
    begin("run", engine, of=slow, count=9, concurrency=9)
    assert most_between([episode(request) for request in engine.requests]) <= 2


def test_engines_work_side_by_side(make: SimpleNamespace, tmp_path: Path) -> None:
    """The learner's engine answers its first request only when the tutor's has answered in all dialogues."""
    everywhere = asyncio.Event()

    class Tutor(make.Picks):  # type: ignore[misc, name-defined]
        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            replies: list[Reply | EngineError] = await super().answer(requests)
            if {episode(request) for request in self.requests} == set(range(6)):
                everywhere.set()
            return replies

    class Learner(make.Picks):  # type: ignore[misc, name-defined]
        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            await everywhere.wait()
            replies: list[Reply | EngineError] = await super().answer(requests)
            return replies

    engines = {"teacher": Tutor(slots=1), "student": Learner(slots=1)}
    playing = run.run_async(make.lesson(), "lesson", make.items(6), engines, seed=4, folder=tmp_path / "run",
                            concurrency=6)
    asyncio.run(asyncio.wait_for(playing, PATIENCE))
    assert {ending.why for ending in make.read(tmp_path / "run")[1]} == {"final"}


def test_so_many_dialogues_go_on_that_all_engines_are_busy(make: SimpleNamespace, tmp_path: Path) -> None:
    going: list[int] = []

    class Counts(Observer):
        def started(self, episode: int) -> None:
            going.append(episode)

        def spoke(self, turn: journal.Turn) -> None:
            raise make.Stop

    engines = {"teacher": make.Picks(slots=3), "student": make.Picks(slots=4)}
    with pytest.raises(make.Stop):
        run.run(make.lesson(), "lesson", make.items(20), engines, seed=4, folder=tmp_path / "run", observer=Counts())
    assert going == list(range(7))


def test_a_request_that_takes_long_holds_up_its_own_dialogue_only(make: SimpleNamespace, tmp_path: Path) -> None:
    """The first request of dialogue 0 is answered when all others have ended."""
    others_ended = asyncio.Event()
    ended: list[int] = []

    class Hangs(make.Picks):  # type: ignore[misc, name-defined]
        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            if requests[0].key.startswith("0/0/"):
                await others_ended.wait()
            replies: list[Reply | EngineError] = await super().answer(requests)
            return replies

    class Waits(Observer):
        def ended(self, ending: journal.Ending) -> None:
            ended.append(ending.episode)
            if len(ended) == 19:
                others_ended.set()

    playing = run.run_async(make.lesson(), "lesson", make.items(20), make.both(Hangs(slots=4, apart=True)), seed=4,
                            folder=tmp_path / "run", concurrency=4, observer=Waits())
    asyncio.run(asyncio.wait_for(playing, PATIENCE))
    assert ended[-1] == 0


@pytest.mark.parametrize("prefix", [True, False])
def test_what_begins_alike_stands_side_by_side(prefix: bool, make: SimpleNamespace, tmp_path: Path) -> None:
    batches: list[list[str]] = []

    class Notes(make.Picks):  # type: ignore[misc, name-defined]
        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            batches.append([request.messages[0].text for request in requests])
            replies: list[Reply | EngineError] = await super().answer(requests)
            return replies

    halves, thirds = ({"problem": {"a": Fraction(1, n), "b": Fraction(1, n), "answer": Fraction(2, n)}} for n in (2, 3))
    run.run(make.lesson(), "lesson", [halves, thirds] * 6, make.both(Notes(slots=12, prefix=prefix)), seed=4,
            folder=tmp_path / "run")
    scattered = [batch for batch in batches if len([*itertools.groupby(batch)]) > len(set(batch))]
    assert bool(scattered) is not prefix
    assert max(len(set(batch)) for batch in batches) > 1


@pytest.mark.parametrize(("prefix", "order"), [(True, [0, 2, 4, 1, 3, 5]), (False, [0, 1, 2, 3, 4, 5])])
def test_dialogues_of_one_item_begin_one_after_the_other(prefix: bool, order: list[int], make: SimpleNamespace,
                                                         tmp_path: Path) -> None:
    going: list[int] = []

    class Counts(Observer):
        def started(self, episode: int) -> None:
            going.append(episode)

    engine = make.Picks(prefix=prefix)
    run.run(make.lesson(), "lesson", make.items(2) * 3, make.both(engine), seed=4, folder=tmp_path / "run",
            observer=Counts())
    assert going == order


def test_no_more_is_under_way_than_may_be(make: SimpleNamespace, begin: Begun, monkeypatch: pytest.MonkeyPatch
                                          ) -> None:
    """Dialogues that exist, requests that wait, events that are not yet written: all by how many go on at a time, not
    by how many there are."""
    alive: weakref.WeakSet[turns.Dialogue] = weakref.WeakSet()
    known: list[int] = []
    written: list[int] = []

    class Dialogue(turns.Dialogue):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            alive.add(self)

    class Counts(Observer):
        def started(self, episode: int) -> None:
            if len(alive) > 5:
                gc.collect()
            known.append(len(alive))

    def commit(self: journal.Journal) -> None:
        written.append(sum(map(len, self._pending.values())))
        writes(self)

    writes = journal.Journal.commit
    monkeypatch.setattr(turns, "Dialogue", Dialogue)
    monkeypatch.setattr(journal.Journal, "commit", commit)
    engine = make.Picks(slots=3)
    begin("run", engine, count=40, concurrency=5, observer=Counts())
    assert len(known) == 40 and max(known) <= 5
    assert max(written) <= 5 * 3


def test_nothing_begins_while_events_are_written(make: SimpleNamespace, begin: Begun, monkeypatch: pytest.MonkeyPatch
                                                 ) -> None:
    begun: list[int] = []
    during: list[int] = []

    class Counts(Observer):
        def started(self, episode: int) -> None:
            begun.append(episode)

    def commit(self: journal.Journal) -> None:
        before = len(begun)
        writes(self)
        during.append(len(begun) - before)

    writes = journal.Journal.commit
    monkeypatch.setattr(journal.Journal, "commit", commit)
    begin("run", make.Picks(), count=12, concurrency=4, observer=Counts())
    assert len(begun) == 12 and len(during) > 12 // 4 and set(during) == {0}


def test_what_an_engine_never_foresaw_ends_the_run_with_what_was_written(make: SimpleNamespace, begin: Begun,
                                                                         tmp_path: Path) -> None:
    class Bursts(make.Picks):  # type: ignore[misc, name-defined]
        async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
            if any(request.key.startswith("3/2/") for request in requests):
                raise ZeroDivisionError
            replies: list[Reply | EngineError] = await super().answer(requests)
            return replies

    with pytest.raises(ZeroDivisionError):
        begin("run", Bursts(slots=1, apart=True), count=6, concurrency=6)
    told, _ = make.read(tmp_path / "run")
    assert {turn.turn for turn in told} >= {0, 1}
    run.resume(tmp_path / "run", make.both(make.Picks()))
    assert make.canonical(tmp_path / "run") == make.canonical(begin("whole", make.Picks(), count=6))
