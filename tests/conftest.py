"""What holds for all tests: no network but this machine's own, and one switch that writes expected texts anew."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from pedalang.runtime.engines import processor

settings.register_profile("untimed", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("untimed")

LONGEST = ("repo/test_tools.py", "engines/test_drafting.py", "cli/test_bad_input.py", "engines/test_llama.py",
           "programs/test_fractions.py", "compiler/test_bad_input.py", "engines/test_contract.py")
"""Files with a test of many seconds: begun first, so that no processor waits for one of them at the end."""
TORCH = ("engines/test_transformers.py", "study/test_weights.py", "study/test_grpo.py",
         "study/tuning/test_grpo_search.py", "exports/test_trainers.py", "study/test_encoders.py")
"""Files whose tests load torch and its libraries, which takes ten seconds: one processor runs all of them."""
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, and compute too little for several threads
os.environ.setdefault("GOMP_SPINCOUNT", processor.SPINS)  # whichever library brings OpenMP into a process first
LOOPBACK = ("127.", "::1", "localhost")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write expected texts anew; then read the difference")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.as_posix().endswith((*TORCH, *LONGEST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`: file by file, those of `TORCH` as if they were one."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "torch" if file.endswith(TORCH) else file

    return Together(config, log)


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expected texts are to be written anew."""
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """A connection to elsewhere fails the test that asks for it."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"a test asked for {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_counts() -> Iterator[None]:
    """Ctrl-C reaches Python and what tests start, as in a terminal. What a shell starts in the background has it
    ignored, and hands that on to its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
