"""A small program to tune: a tutor who waits too long before she tells, and a learner who needs to be told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pedalang import material, optimizing, plan
from pedalang.compiler import compile
from pedalang.overlay import Tuned
from pedalang.study.tuning.outcome import Outcome

PROGRAM = """
type Sum { a: Int  b: Int }
dataset sums from "sums.csv" as Sum {
  licence: "CC0-1.0"
  splits: { train: 0..4, dev: 4..7, exam: 7..11 }
}
move ask { intent: "Ask how the student thinks." }
move tell { intent: "Say the next step." }
role Tutor(sum: Sum) {
  moves: [ask, tell]
  sees: [sum, history, student.stuck]
  policy rule {
    tell when student.stuck >= 3
    ask otherwise
  }
  voice: "You teach {{ sum.a }} + {{ sum.b }}."
  say ask: ["Why {{ sum.a }}?", "How?"]
  say tell: ["So {{ sum.a + sum.b }}."]
}
student Learner {
  state { knows: Prob = 0.0  correct: Bool = false  stuck: Int in 0..20 = 0 }
  on teacher.tell { set knows = 0.9 }
  on self.turn {
    draw right ~ bernoulli(knows)
    set correct = right
    set stuck = if correct then 0 else stuck + 1
  }
  act answers { say: ["I try."] }
}
flow lesson(sum: Sum) {
  obeys Patience
  cast teacher: Tutor(sum)
  cast student: Learner
  phase talk max 12 turns { turn teacher  turn student  -> close when student.correct  -> close at max }
  phase close final {}
}
contract Patience over lesson { hard ask_first: never tell before 1 ask  soft quick: eventually student.correct }
rubric Quick { criterion quick by code { score: if student.correct then 2 / history.turns else 0 } }
optimize lesson as better {
  method: thresholds
  metric: Quick.total
  reject: violates(Patience, hard)
  trainset: sums.train
  devset: sums.dev
  testset: sums.exam
  tune: [Tutor.thresholds]
  seed: 1
}
"""
ROWS = "a,b\n" + "".join(f"{a},{a + 2}\n" for a in range(11))


def written(folder: Path, program: str = PROGRAM, rows: str = ROWS) -> Path:
    """The program's file in a folder, with its data beside it."""
    folder.mkdir(exist_ok=True)
    (folder / "sums.csv").write_text(rows, encoding="utf-8")
    (folder / "main.ped").write_text(program, encoding="utf-8")
    return folder / "main.ped"


def tuned(file: Path, out: Path, *, before: Mapping[str, Tuned] | None = None, **changes: Any) -> Outcome:
    """What comes of tuning it, with words picked by chance; `changes` are of the optimization."""
    of = compile.compile_file(file)
    (chosen,) = of.optimizations.values()
    chosen = replace(chosen, **changes)
    return optimizing.optimize(of, chosen, material.sources(of, file.parent, {}),
                               optimizing.uris(of, chosen, "random:", {}), {}, out, clock=lambda: 0.0, before=before)


def plan_of(file: Path) -> plan.Plan:
    return compile.compile_file(file)
