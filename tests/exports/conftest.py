"""A run to bring out: one sum, played six times, by a tutor whose first words sometimes tell the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pedalang import api, exporting
from pedalang.compiler import compile
from pedalang.exporting import Sought
from pedalang.expression.evaluate import Evaluator
from pedalang.study.written import Written

PROGRAM = """pedalang 1
from std.predicates import leaks
type Sum { a: Rational  b: Rational  answer: Rational = a + b }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  map a <- rational(row.a)  map b <- rational(row.b) }
move ask for teacher { intent: "Ask for the steps." }
move hint for teacher { intent: "Give a hint." }
role Tutor(sum: Sum) {
  voice: "You teach {{ sum.a }} + {{ sum.b }}."
  moves: [ask, hint]
  sees: [history, sum.a, sum.b]
  speak: free
  policy model
}
student Learner(sum: Sum) {
  state { attempt: Rational = 0 }
  on self.turn { draw knows ~ bernoulli(0.5)  set attempt = if knows then sum.answer else sum.answer + 1 }
  act answers { say: ["I think it is {{ attempt }}.", "{{ attempt }}!"] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase work max 4 turns {
    turn teacher
    turn student
    -> done when student.attempt == sum.answer
    -> done at max
  }
  phase done final {}
}
contract Rules over lesson { hard no_leak: never (teacher and leaks(sum.answer)) }
rubric Lesson on dialogue { criterion solved by code { score: if student.attempt == sum.answer then 1 else 0 } }
run demo { flow: lesson  data: sums  repeat: 6  score: Lesson  check: Rules }
"""
SCRIPT = {"*/move": [0, 0, 1, 1], "1/0/speech": "It is 3/4, you see.", "4/0/speech": "It is 3/4, you see.",
          "*/0/speech.kept1": "What is it?", "[024]/*/speech": "How do you begin?", "*/speech": "Take your time."}


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "main.ped").write_text(PROGRAM, encoding="utf-8")
    (folder / "sums.csv").write_text("a,b\n1/2,1/4\n", encoding="utf-8")
    (folder / "script.json").write_text(json.dumps(SCRIPT), encoding="utf-8")
    of = compile.compile_file(folder / "main.ped")
    chosen = of.runs["demo"]
    where = api.sources(of, folder, {})
    told = api.work_items(of, chosen, where, None)
    uris = {"teacher": f"scripted:{folder / 'script.json'}", "student": "random:"}
    api.play(of, chosen, told, where, uris, "", {}, seed=4, folder=folder / "run")
    api.settle(folder / "run", {})
    return folder / "run"


Export = Callable[..., Written]


@pytest.fixture
def export(run: Path, tmp_path: Path) -> Export:
    def exported(form: str, *, of: Path = run, who: tuple[str, ...] = (), name: str = "out", **sought: Any) -> Written:
        return exporting.export(of, form, tmp_path / name, Sought(who, **sought), Evaluator())

    return exported


def rows(found: Written) -> list[dict[str, Any]]:
    return [json.loads(line) for line in found.paths[0].read_text(encoding="utf-8").splitlines()]
