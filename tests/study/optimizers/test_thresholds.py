"""Numbers of guards are fitted to what helps, on problems that are not those that they are tried on."""

from __future__ import annotations

import pytest

from pedalang import thresholds
from pedalang.runtime.engines import opening
from pedalang.runtime.errors import RunError
from pedalang.study.optimizers.thresholds import measured, search
from pedalang.study.tuning.task import AS_WRITTEN
from tests.study.optimizers.conftest import MakeTask

PROGRAM = """pedalang 1
type Sum { a: Int  b: Int }
dataset sums from "sums.csv" as Sum {
  licence: "CC0-1.0"
  splits: { train: 0..10, dev: 10..15 }
}
move ask { intent: "Ask." }
move tell { intent: "Tell." }
role Tutor(sum: Sum) {
  moves: [ask, tell]
  sees: [sum, history, student.stuck, student.mood]
  policy rule {
    tell() when student.stuck >= 5
    tell() when student.mood < 0.05
    ask() otherwise
  }
  voice: "You teach."
  say ask: ["How do you get {{ sum.a }} + {{ sum.b }}?"]
  say tell: ["You count on from {{ sum.a }}."]
}
/// Is helped by being told when it has tried twice; earlier it learns nothing from it, later it has lost its patience.
student Learner {
  state { stuck: Int in 0..9 = 0  mood: Prob = draw uniform(0.2, 0.9)  solved: Bool = false }
  on self.turn { set stuck += 1 }
  on teacher.tell { set solved = solved or (stuck >= 2 and stuck <= 3) }
  act answers { say: ["I count."] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner
  phase talk max 12 turns { turn teacher  turn student  -> close when student.solved  -> close at max }
  phase close final {}
}
rubric Quick { criterion solved by code { score: if student.solved then 1 - history.turns / 20 else 0 } }
optimize lesson as sooner {
  method: thresholds
  metric: Quick.total
  trainset: sums.train
  devset: sums.dev
  tune: [Tutor.thresholds]
  auto: light
  seed: 3
}
"""


def engines() -> dict[str, opening.Engine]:
    engine = opening.open_engine("random:", {})
    return {"teacher": engine, "student": engine}


def test_the_number_that_helps_is_found(begin: MakeTask) -> None:
    task = begin(PROGRAM, engines())
    first = task.best
    search(task)
    assert first.score.value == 0, "the fifth time is too late"
    assert task.best.tuned.thresholds == {"teacher.policy.1.1": 2}
    assert task.best.how == "teacher.policy.1.1: student.stuck >= 2, was 5"
    assert task.best.score.value == pytest.approx(0.7)
    assert [each.number for each in task.kept.candidates] == [0, 1]
    told = thresholds.of(task.applied(task.best.tuned), "lesson")["teacher.policy.1.1"]
    assert thresholds.told(told, told.value) == "student.stuck >= 2"


def test_the_same_is_found_again_and_nothing_is_played_twice(begin: MakeTask) -> None:
    task = begin(PROGRAM, engines())
    search(task)
    again = begin(PROGRAM, engines())
    there = sorted(path.name for path in (task.folder / "rollouts").iterdir())
    search(again)
    assert again.kept.candidates == task.kept.candidates
    assert sorted(path.name for path in (task.folder / "rollouts").iterdir()) == there


def test_measured_is_what_the_guard_saw_at_each_turn(begin: MakeTask) -> None:
    task = begin(PROGRAM, engines())
    played = task.played(AS_WRITTEN, task.train[:2], name="two")
    known = thresholds.of(task.of, "lesson")
    assert measured(task, played, known["teacher.policy.1.1"]) == [0, 1, 2, 3, 4, 5] * 2
    moods = measured(task, played, known["teacher.policy.2.1"])
    assert len(moods) == 12 and len(set(moods)) == 2


def test_a_teacher_without_numbers_cannot_be_fitted(begin: MakeTask) -> None:
    bare = PROGRAM.replace("tell() when student.stuck >= 5\n", "").replace("tell() when student.mood < 0.05\n", "")
    with pytest.raises(RunError, match="no guard that can be fitted compares with a number") as found:
        search(begin(bare, engines()))
    assert found.value.code == "PED1335"
