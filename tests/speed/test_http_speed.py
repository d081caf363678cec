"""What a run against a server costs its client: processor time, beside sockets that only send and read. Prompts, seeds,
the scheduler, HTTP, what the server said and the journal are all in it."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.chat_server import ROOT, in_process
from tests.engines.lessons import TURNS
from tests.speed import http_clients, http_load

AT_MOST = 10.0
"""Measured: 3.4 to 7.6; a busy machine costs the floor less."""
CONNECTIONS_AT_MOST = 2.0
"""Measured: 1.0 to 1.2."""
DIALOGUES, AT_ONCE = 96, 32


def test_a_completion_costs_little_more_than_its_sockets(tmp_path: Path) -> None:
    """Each trial compares what stands next to each other: the machine may do other things."""
    runs, alone = [], []
    with in_process(0.002) as url:
        for trial in range(4):
            floor, ours = (asyncio.run(http_clients.asked(opened, url, DIALOGUES * TURNS, AT_ONCE))
                           for opened in (http_clients.sockets, http_clients.ours))
            used, _ = http_load.played(url, tmp_path / str(trial), DIALOGUES, AT_ONCE)
            runs.append(used / floor)
            alone.append(ours / floor)
    assert statistics.median(alone[1:]) <= CONNECTIONS_AT_MOST, alone
    assert statistics.median(runs[1:]) <= AT_MOST, runs


@pytest.mark.full
def test_the_figures_at_full_size(capsys: pytest.CaptureFixture[str]) -> None:
    """Each in a process of its own, for its memory. Processor time and memory are held to here, whatever else the
    machine does; the share in flight is for an idle one, and is printed."""
    for dialogues in (500, 2000, 10_000):
        command = [sys.executable, "-c", "import msgspec; from tests.speed.http_load import measured; "
                                         f"print(msgspec.json.encode(measured({dialogues})).decode())"]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=460)
        load = http_load.decoded(found.stdout)
        with capsys.disabled():
            print(f"\n{load}", end="")
        assert load.processor <= 0.0006
        assert load.memory <= 150
