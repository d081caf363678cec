"""What a cold `ped check` of 200 lines costs over importing the two libraries that a compiler in Python begins with.

Both are new interpreters, in turns on the same machine; the best of several runs counts, in time of the processor, so
that what else the machine does matters little. The parse tables are there before the first measured run.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pedalang.compiler.syntax import tables

LINES = 200
ROUNDS = 7
AT_MOST = 2.0

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "programs" / "fractions" / "main.ped"


@pytest.fixture
def seconds(tmp_path: Path) -> Callable[..., float]:
    """Processor time of an interpreter with these arguments. Byte code is kept, as it is in an installation."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(*arguments: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return run


def test_checking_costs_at_most_twice_the_imports(seconds: Callable[..., float]) -> None:
    assert len(PROGRAM.read_text(encoding="utf-8").splitlines()) >= LINES
    tables.load()
    check, imports = ("-m", "pedalang", "check", str(PROGRAM)), ("-c", "import lark, networkx")
    seconds(*check), seconds(*imports)  # writes the byte code
    took = [(seconds(*check), seconds(*imports)) for _ in range(ROUNDS)]
    ours, theirs = (min(column) for column in zip(*took, strict=True))
    assert ours <= AT_MOST * theirs, f"{ours:.3f} s over {theirs:.3f} s is {ours / theirs:.2f}"
