"""What the workers of `ray:` cost the process that drives them: the same requests and the same run with the engine here
and on one and two workers of a cluster of this machine. Figures, at full size; `make test-ray` has what is needed."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

import pytest

from pedalang import journal
from pedalang.prompt import Message
from pedalang.runtime import run
from pedalang.runtime.engines import opening, ray
from pedalang.runtime.engines.engine import Engine, Request
from tests.speed.test_run_speed import TURNS, items, lesson

DIALOGUES = 2000
AT_ONCE = 64
ROUNDS = 400
"""Calls of each kind: a few seconds each."""

pytestmark = [pytest.mark.full, pytest.mark.skipif(not ray.availability().usable, reason="Ray is not installed")]


def request(number: int) -> Request:
    """As long as a prompt in the middle of a dialogue: 1.5 kB."""
    talk = tuple(Message(("user", "assistant")[at % 2], f"Turn {at}: what do you think of {number}? " * 4)
                 for at in range(7))
    return Request((Message("system", "You are a patient tutor. " * 12), *talk), seed=number, key=f"{number}/3/speech")


async def alone(engine: Engine) -> list[float]:
    """Milliseconds from asking to the answer, one request at a time."""
    found = []
    for number in range(ROUNDS):
        begun = time.perf_counter()
        await engine.answer([request(number)])
        found.append(1000 * (time.perf_counter() - begun))
    return found


async def together(engine: Engine, size: int, calls: int) -> tuple[float, float]:
    """Requests a second, and milliseconds of this process's processor time a request: `calls` under way all the time,
    of `size` requests each."""
    left = iter(range(max(2 * calls, ROUNDS)))
    asked = [[request(size * call + at) for at in range(size)] for call in range(calls)]
    done = 0

    async def ask(batch: list[Request]) -> None:
        nonlocal done
        for _ in left:
            answered = len(await engine.answer(batch))
            done += answered

    begun, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(ask, asked))
    return done / (time.perf_counter() - begun), 1000 * (time.process_time() - processor) / done


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_request_costs(workers: int, capsys: pytest.CaptureFixture[str]) -> None:
    engine = opening.open_engine(f"ray:?workers={workers}#random:", {})
    found = asyncio.run(alone(engine))
    lines = [f"{workers} workers; one at a time: median {statistics.median(found):.2f} ms, of 100 the slowest "
             f"{statistics.quantiles(found, n=100)[-1]:.2f} ms"]
    for size, calls in ((1, 1), (1, 32), (16, 4), (64, 1)):
        a_second, each = asyncio.run(together(engine, size, calls))
        lines.append(f"  {calls} calls of {size} at a time: {a_second:.0f} requests/s, {each:.3f} ms of CPU a request")
    asyncio.run(engine.close())
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert len(found) == ROUNDS


def played(folder: Path, engine: Engine) -> tuple[float, float, str]:
    """Seconds, milliseconds of processor time a completion, and the digest of the canonical journal."""
    begun, processor = time.perf_counter(), time.process_time()
    run.run(lesson(), "lesson", items(DIALOGUES), {"teacher": engine, "student": engine}, seed=7, folder=folder,
            concurrency=AT_ONCE)
    seconds, processor = time.perf_counter() - begun, time.process_time() - processor
    events = journal.open_journal(folder)
    try:
        asked = sum(1 for _ in events.completions())
        return seconds, 1000 * processor / asked, journal.digest(journal.canonical(events))
    finally:
        events.close()


def test_two_thousand_dialogues_on_two_workers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = played(tmp_path / "here", opening.open_engine("random:", {}))
    engine = opening.open_engine("ray:?workers=2#random:", {})
    there = played(tmp_path / "there", engine)
    asyncio.run(engine.close())
    with capsys.disabled():
        for name, (seconds, each, _) in (("in this process", here), ("on two workers", there)):
            print(f"\n{DIALOGUES} dialogues of {TURNS} turns {name}: {seconds:.1f} s, "
                  f"{DIALOGUES * TURNS / seconds:.0f} turns/s, {each:.2f} ms of CPU a completion", end="")
    assert here[2] == there[2]
