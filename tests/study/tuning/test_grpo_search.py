"""`grpo` as a search: a tutor of a few thousand random weights learns to ask. Runs where torch, peft and trl are
installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang import material, optimizing
from pedalang.compiler import compile
from pedalang.runtime.errors import RunError
from pedalang.study.tuning.outcome import Outcome
from pedalang.terminal import tuning as shown
from tests import late, tiny
from tests.study.tuning.patience import written

for name in ("torch", "peft", "trl"):
    late.library(name, "train")

PROGRAM = """
type Sum { a: Int  b: Int }
dataset sums from "sums.csv" as Sum {
  licence: "CC0-1.0"
  splits: { train: 0..4, dev: 4..9, exam: 9..11 }
}
move ask { intent: "Ask how the student thinks."  say: ["How did you think?"] }
move tell { intent: "Say the next step."  say: ["The next step is this."] }
move wait { intent: "Say nothing."  say: ["Hm."] }
role Tutor(sum: Sum) { moves: [ask, tell, wait]  sees: [sum, history]  voice: "You teach." }
student Learner {
  state { asked: Int = 0 }
  on teacher.ask { set asked = asked + 1 }
  act answers { say: ["I try."] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner
  phase talk max 4 turns { turn teacher  turn student  -> close at max }
  phase close final {}
}
rubric Outcome { criterion thought by code { score: student.asked / 2 } }
rubric Brevity { criterion short by code { score: history.turns < 5 } }
optimize lesson as better {
  method: grpo
  metric: Outcome.total
  monitor: Brevity.total
  trainset: sums.train
  devset: sums.dev
  tune: [Tutor.weights]
  settings: { steps: 3, problems: 2, times: 6, rate: 0.05 }
}
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny.model(tmp_path / "model")


def tuned(tmp_path: Path, engine: str) -> Outcome:
    file = written(tmp_path / "program", PROGRAM)
    of = compile.compile_file(file)
    chosen = of.optimizations["better"]
    return optimizing.optimize(of, chosen, material.sources(of, file.parent, {}),
                               optimizing.uris(of, chosen, engine, {}), {}, tmp_path / "out", clock=lambda: 0.0)


def test_the_tutor_learns_to_ask_and_a_second_search_finds_all_of_it(tmp_path: Path, model: Path,
                                                                     capsys: pytest.CaptureFixture[str]) -> None:
    first = tuned(tmp_path, f"transformers:{model}?threads=1")
    assert [each.how.partition(",")[0] for each in first.candidates] == ["as written", "step 1", "step 2", "step 3"]
    assert first.candidates[0].score.value == 0.0
    assert (first.candidates[first.best].score.value or 0) >= 0.5
    checked = first.candidates[first.best].checked
    assert checked is not None and checked.ability["teacher"].loss.n == 64
    assert [each.name for each in checked.metric.witnesses] == ["held out", "fresh", "own", "spoken"]
    shown.show(first, tmp_path / "out", "ped run main.ped")
    told = capsys.readouterr().out
    assert "general ability of teacher: " in told and "beside the metric, held out: " in told
    assert "to choose between" in told and "generator" not in told
    runs = sorted(path.name for path in (tmp_path / "out" / "rollouts").iterdir())
    assert [name for name in runs if name.startswith("grpo")] == ["grpo-001", "grpo-002", "grpo-003"]
    answers = (tmp_path / "out" / "answers.sqlite").stat().st_mtime_ns
    assert tuned(tmp_path, f"transformers:{model}?threads=1") == first
    assert (tmp_path / "out" / "answers.sqlite").stat().st_mtime_ns == answers, "nothing was asked"


def test_an_engine_without_weights_cannot_learn(tmp_path: Path) -> None:
    with pytest.raises(RunError) as error:
        tuned(tmp_path, "random:")
    assert error.value.code == "PED1344"
