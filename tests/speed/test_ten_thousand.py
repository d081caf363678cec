"""Ten thousand dialogues with one command: what the whole process takes of memory, from reading the program to the
report, and how large the report is. The same dialogues one at a time and sixty-four at a time are the same journal."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from pedalang import journal
from pedalang.study.report import page

PROGRAM = """pedalang 1

type Sum { a: Int  b: Int  answer: Int = a + b }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  map a <- int(row.a)  map b <- int(row.b) }
move ask for teacher { intent: "Ask one question that lets the learner find the next step." }
move explain for teacher { intent: "Explain one step in a sentence, without the result." }
role Teacher(sum: Sum) {
  moves: [ask, explain]
  sees: [sum.a, sum.b, history]
  voice: "You teach one step a turn, in one short sentence. The sum is {{ sum.a }} + {{ sum.b }}."
  policy model
  speak: free
}
student Learner(sum: Sum) {
  sees: [sum.a, sum.b, history]
  voice: "You are eight and learn to add. One short sentence."
  state {
    mastery: Prob = 0.15
    attempt: Int? = none
    correct: Bool = false
  }
  on teacher.ask { set mastery += 0.02 }
  on self.turn {
    draw knows ~ bernoulli(mastery)
    set attempt = if knows then sum.answer else sum.answer - 10
    set correct = attempt == sum.answer
  }
  carries: attempt
  act answers { say: ["Is it {{ attempt }}?", "I get {{ attempt }}.", "{{ attempt }}!"] }
}
contract Patience(sum: Sum) over tutoring {
  soft resolves: eventually student.correct within 6 turns
  hard opens: first ask
}
flow tutoring(sum: Sum) {
  cast teacher: Teacher(sum)
  cast student: Learner(sum)
  max: 8 turns
  phase work {
    turn teacher
    turn student
    -> done when student.mastery > 0.95
  }
  phase done final {}
}
rubric Solved(sum: Sum) on dialogue {
  criterion promises weight 1 by contract gate { uses: Patience(sum) }
  criterion solved weight 2 by code { score: if student.correct then 1 else 0 }
  criterion talk weight 1 by code { score: clamp(words(student) / words(teacher), 0, 1) }
}
run sums_of_ten_thousand { flow: tutoring  data: sums  score: Solved  check: Patience }
"""
DIALOGUES = 10_000
MEGABYTES = 150
MEGABYTES_OF_REPORT = 20


def played(where: Path, out: str, *options: str) -> int:
    """Runs the program; the most memory that the process held, in megabytes."""
    command = [sys.executable, "-m", "pedalang", "run", "main.ped", "--engine", "random:", "--out", out, *options]
    process = subprocess.Popen(command, cwd=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)


def digest(folder: Path) -> str:
    events = journal.open_journal(folder)
    try:
        return journal.digest(journal.canonical(events))
    finally:
        events.close()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    draws = random.Random(1)
    (tmp_path / "main.ped").write_text(PROGRAM, encoding="utf-8")
    rows = [f"{draws.randrange(1, 60)},{draws.randrange(1, 60)}\n" for _ in range(DIALOGUES)]
    (tmp_path / "sums.csv").write_text("a,b\n" + "".join(rows), encoding="utf-8")
    return tmp_path


@pytest.mark.full
def test_ten_thousand_dialogues_take_little_memory_and_a_small_report(program: Path,
                                                                      capsys: pytest.CaptureFixture[str]) -> None:
    few, many = (played(program, out, "-n", str(count)) for out, count in (("few", 100), ("many", DIALOGUES)))
    size = (program / "many" / page.REPORT).stat().st_size / 1e6
    with capsys.disabled():
        print(f"\n100 dialogues: {few} MB; {DIALOGUES:,}: {many} MB; report {size:.1f} MB")
    assert many < MEGABYTES
    assert size < MEGABYTES_OF_REPORT


@pytest.mark.full
def test_one_at_a_time_and_sixty_four_are_the_same_journal(program: Path) -> None:
    for at_once in ("1", "64"):
        played(program, at_once, "-n", "2000", "--concurrency", at_once)
    assert digest(program / "1") == digest(program / "64")
