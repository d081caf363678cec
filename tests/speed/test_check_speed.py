"""What a cold `ped check` of 200 lines costs over importing the two libraries that a compiler in Python begins with.

Both are new interpreters, in turns on the same machine; the best of several runs counts, in time of the processor, so
that what else the machine does matters little. The parse tables are there before the first measured run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pedalang.compiler.syntax import tables

LINES = 200
ROUNDS = 7
AT_MOST = 2.0

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "programs" / "fractions" / "main.ped"


def seconds(*arguments: str) -> float:
    """Processor time of an interpreter with these arguments, its own and the system's."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True,
                   env={**os.environ, "PYTHONPATH": str(ROOT)})
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def check() -> float:
    return seconds("-m", "pedalang", "check", str(PROGRAM))


def imports() -> float:
    return seconds("-c", "import lark, networkx")


def test_checking_costs_at_most_twice_the_imports() -> None:
    assert len(PROGRAM.read_text(encoding="utf-8").splitlines()) >= LINES
    tables.load()
    check(), imports()  # byte code is compiled
    took = [(check(), imports()) for _ in range(ROUNDS)]
    ours, theirs = (min(column) for column in zip(*took, strict=True))
    assert ours <= AT_MOST * theirs, f"{ours:.3f} s over {theirs:.3f} s is {ours / theirs:.2f}"
