"""A run of dialogues in which every turn is one request to a server that answers after 50 ms: what it costs here.

    python -m tests.speed.http_load [DIALOGUES [CONCURRENCY]]

The server is a process of its own, and counts how many requests are in flight; the journal is written.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from pedalang import journal
from pedalang.runtime import run
from pedalang.runtime.engines import openai
from tests.engines.chat_server import in_process, told
from tests.engines.lessons import TURNS, items, lesson

LATENCY = 0.05


class Load(Struct):
    """What a run took: processor time a completion and time in all, in seconds; the share of the concurrency that was
    in flight on average, as the server counts it; the most memory of the process so far, in MB."""

    dialogues: int
    concurrency: int
    processor: float
    seconds: float
    in_flight: float
    memory: float

    def __str__(self) -> str:
        return (f"{self.dialogues} dialogues, {self.concurrency} at a time: {1000 * self.processor:.3f} ms of "
                f"processor time a completion, {self.in_flight:.0%} of {self.concurrency} in flight, "
                f"{self.seconds:.1f} s, at most {self.memory:.0f} MB")


def decoded(text: str) -> Load:
    """What another process measured."""
    return msgspec.json.decode(text, type=Load)


def played(url: str, folder: Path, dialogues: int, concurrency: int) -> tuple[float, float]:
    """Processor time a completion and time in all, in seconds. Raises `AssertionError` where a dialogue failed."""
    engine = openai.OpenAI(openai.Settings(url, "stub", slots=concurrency))
    cast = {"teacher": engine, "student": engine}
    begun, used = time.monotonic(), time.process_time()
    run.run(lesson(), "lesson", items(dialogues), cast, seed=7, folder=folder, concurrency=concurrency)
    used, whole = time.process_time() - used, time.monotonic() - begun
    events = journal.open_journal(folder)
    assert {ending.why for ending in events.endings()} == {"limit"}
    events.close()
    return used / (dialogues * TURNS), whole


def measured(dialogues: int, concurrency: int = 64, latency: float = LATENCY) -> Load:
    """One run, with a server of its own."""
    with tempfile.TemporaryDirectory() as folder, in_process(latency) as url:
        used, whole = played(url, Path(folder) / "run", dialogues, concurrency)
        did = told(url)
    assert did.requests == dialogues * TURNS
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    return Load(dialogues, concurrency, used, whole, did.in_flight / concurrency, memory)


if __name__ == "__main__":
    print(measured(*map(int, sys.argv[1:] or ["500"])))
