"""Whole runs against a server of which 40 of 100 attempts fail, in every way there is: the run ends, what was answered
is kept, and who failed, and of what, is what the server says that it did."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from pedalang import journal
from pedalang.runtime import run
from pedalang.runtime.engines import openai
from pedalang.runtime.engines.endpoint.calls import Patience
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from tests.engines.chat_server import CODES, FAULTS, Chat, Connection, Told, in_process, in_thread, told
from tests.engines.lessons import TURNS, items, lesson

SHARE = 0.4
LATE = 1.0
"""Seconds by which a call may be measured to be longer than it is, on a machine that does other things."""


class Timed:
    """An engine, and how long each of its calls took, in seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.model, self.abilities = engine.name, engine.model, engine.abilities
        self.seconds: list[float] = []

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        begun = time.monotonic()
        found = await self._engine.answer(requests)
        self.seconds.append(time.monotonic() - begun)
        return found

    async def close(self) -> None:
        await self._engine.close()


def played(url: str, folder: Path, dialogues: int, patience: Patience) -> list[float]:
    """A run; how long each call took."""
    engine = Timed(openai.OpenAI(openai.Settings(url, "stub", patience=patience)))
    run.run(lesson(), "lesson", items(dialogues), {"teacher": engine, "student": engine}, seed=7, folder=folder)
    return engine.seconds


def expected(did: Told, dialogues: int) -> dict[int, str]:
    """The failed dialogues and their codes: those whose last request was not answered at its last attempt."""
    last = {int(key.partition("/")[0]): attempts[-1] for key, attempts in did.log.items()}
    assert len(last) == dialogues, "each was asked about"
    return {number: CODES[fault] for number, fault in last.items() if fault != "ok"}


def check(folder: Path, undisturbed: Path, did: Told, dialogues: int) -> Counter[str]:
    """All that has to hold of a run, against what the server did to it. How often each code."""
    events, plain = journal.open_journal(folder), journal.open_journal(undisturbed)
    endings = {ending.episode: ending for ending in events.endings()}
    assert len(endings) == dialogues, "every dialogue has an end"
    failed = {number: ending.code for number, ending in endings.items() if ending.why == "failed"}
    assert failed == expected(did, dialogues)
    answered = {(each.episode, each.seed): each for each in events.completions()}
    for (episode, seed), each in answered.items():
        if each.text:
            assert each.text == did.said[f"{episode}/{seed}"]
            assert each.attempts == len(did.log[f"{episode}/{seed}"])
    kept = {f"{episode}/{seed}" for episode, seed in answered}
    assert did.said.keys() <= kept, "whatever was answered is in the journal"
    for number in range(dialogues):
        turns, whole = events.turns(number), plain.turns(number)
        assert len(turns) == TURNS or number in failed
        if not any("said again" in turn.notes for turn in turns):
            assert turns == whole[:len(turns)], "a dialogue is as without failures, as far as it came"
    events.close()
    plain.close()
    return Counter(failed.values())


def fast(factor: float, **told: float) -> Patience:
    """Waits so many times shorter, on a clock so many times faster. Attempts last as long as they last."""
    return Patience(sleep=lambda seconds: asyncio.sleep(seconds / factor), **told,  # type: ignore[arg-type]
                    clock=lambda: time.monotonic() * factor)


def test_forty_of_a_hundred_attempts_fail_and_the_list_of_failures_is_exact(tmp_path: Path) -> None:
    dialogues = 32
    calm, wild = Chat(), Chat(faults=SHARE, seed=3)
    with in_thread(calm) as url:
        played(url, tmp_path / "calm", dialogues, Patience())
    with in_thread(wild) as url:
        seconds = played(url, tmp_path / "wild", dialogues, fast(40, seconds=800, attempt_seconds=0.6))
    codes = check(tmp_path / "wild", tmp_path / "calm", wild.told(), dialogues)
    done = {fault for attempts in wild.log.values() for fault in attempts}
    assert done == {*FAULTS, "ok"}, "each kind was met"
    assert 0 < codes.total() < dialogues
    assert max(seconds) <= 800 / 40 + LATE


def test_no_call_is_longer_than_its_deadline(tmp_path: Path) -> None:
    """Every attempt hangs or fails; the clock is the real one."""
    wild = Chat(faults=1.0, seed=5)
    with in_thread(wild) as url:
        seconds = played(url, tmp_path, 40, Patience(seconds=1.5, attempt_seconds=0.5, attempts=100))
    assert max(seconds) <= 1.5 + LATE
    events = journal.open_journal(tmp_path)
    assert {ending.why for ending in events.endings()} == {"failed"}
    events.close()


def test_a_server_that_restarts_costs_no_dialogue(tmp_path: Path) -> None:
    dialogues, chat, made = 24, Chat(latency=0.01), list[Connection]()

    def connected() -> Connection:
        made.append(Connection(chat))
        return made[-1]

    async def whole() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        engine = openai.OpenAI(openai.Settings(f"http://127.0.0.1:{port}/v1", "stub",
                                               patience=fast(10, seconds=600, attempt_seconds=60)))
        cast: dict[str, Engine] = {"teacher": engine, "student": engine}
        playing = asyncio.ensure_future(run.run_async(lesson(), "lesson", items(dialogues), cast, seed=7,
                                                      folder=tmp_path / "run"))
        while chat.requests < dialogues * TURNS // 3:
            await asyncio.sleep(0.005)
        server.close()
        for each in made:
            each.cut()
        await asyncio.sleep(0.5)
        assert not playing.done(), "it is waited for"
        again = await loop.create_server(connected, "127.0.0.1", port)
        await playing
        again.close()

    asyncio.run(whole())
    events = journal.open_journal(tmp_path / "run")
    assert [ending.why for ending in events.endings()] == ["limit"] * dialogues
    assert max(each.attempts for each in events.completions()) > 1, "some were asked again"
    events.close()


@pytest.mark.full
def test_two_thousand_dialogues_of_which_forty_of_a_hundred_attempts_fail(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dialogues, patience = 2000, Patience(seconds=60, attempt_seconds=3)
    with in_process(0.01) as url:
        played(url, tmp_path / "calm", dialogues, patience)
    begun = time.monotonic()
    with in_process(0.01, SHARE, 3) as url:
        seconds = played(url, tmp_path / "wild", dialogues, patience)
        did = told(url)
    whole = time.monotonic() - begun
    codes = check(tmp_path / "wild", tmp_path / "calm", did, dialogues)
    faults = Counter(fault for attempts in did.log.values() for fault in attempts)
    with capsys.disabled():
        print(f"\n{did.requests} attempts in {whole:.0f} s: {dict(faults)}; failed dialogues: {dict(codes)}; "
              f"the longest call {max(seconds):.1f} s of {patience.seconds:g}")
    assert max(seconds) <= patience.seconds + LATE
