"""A choice of moves is learnt from simulated dialogues: it beats the hand-written rule, chance, and each move made
always, on learners of another family, and breaks nothing that a shield keeps."""

from __future__ import annotations

import re
import resource
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

import pedalang
from pedalang import api, journal, optimizing, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.errors import RunError
from pedalang.study.tuning.outcome import Outcome, difference
from pedalang.study.tuning.task import Watcher

ROOT = Path(__file__).resolve().parents[3]
FRACTIONS = ROOT / "programs" / "fractions"
SHY = """
type Sum { a: Int  b: Int  shy: Bool }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  splits: { learn: 0..8, check: 8..12 } }
move ask { intent: "Ask." }
move praise { intent: "Encourage." }
role Tutor(sum: Sum) {
  moves: [ask, praise]
  sees: [sum.a, sum.b, history]
  speak: grounded
  policy rule { ask otherwise }
  say ask: ["How?"]
  say praise: ["Go on."]
}
student Learner(sum: Sum) {
  speak: grounded
  state { knows: Prob = 0.1  shy: Bool = sum.shy }
  on teacher.praise { set shy = false }
  on teacher.ask { set knows += if shy then 0 else 0.3 }
  act mumbles when shy { say: ["Hm."] }
  act answers otherwise { say: ["I see."] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase talk max 8 turns { turn teacher  turn student  -> close at max }
  phase close final {}
}
rubric Learning on dialogue { criterion knows by code { score: student.knows } }
optimize lesson as chosen {
  method: bandit
  metric: Learning.total
  trainset: sums.learn
  devset: sums.check
  tune: [Tutor.policy]
}
"""


def optimized(file: Path, out: Path, method: str = "bandit", *, calls: int | None = None,
              watcher: Watcher | None = None) -> Outcome:
    of = pedalang.compile(file)
    chosen = replace(of.optimizations["chosen"], method=method, budget=plan.Budget(calls=calls))
    where = api.sources(of, file.parent, {}, Evaluator())
    return optimizing.optimize(of, chosen, where, optimizing.uris(of, chosen, "random:", {}), {}, out,
                               clock=lambda: 0.0, watcher=watcher)


@pytest.fixture
def shy(tmp_path: Path) -> Path:
    (tmp_path / "main.ped").write_text(SHY)
    (tmp_path / "sums.csv").write_text("a,b,shy\n" + "".join(f"{n},{n},{'yes' if n % 2 else 'no'}\n"
                                                            for n in range(12)))
    return tmp_path / "main.ped"


@pytest.mark.parametrize("method", ["bandit", "fitted_value"])
def test_what_each_learner_needs_is_learnt(shy: Path, tmp_path: Path, method: str) -> None:
    found = optimized(shy, tmp_path / "out", method)
    assert found.candidates[0].score.value == pytest.approx(0.55)
    assert found.candidates[found.best].score.value == pytest.approx(0.925, abs=0.08)


def test_it_is_the_same_again_also_after_a_kill_between_two_rounds(shy: Path, tmp_path: Path) -> None:
    class Killer(Watcher):
        def tried(self, candidate: object, best: object) -> None:
            if getattr(candidate, "number", 0) == 2:
                raise KeyboardInterrupt

    whole = optimized(shy, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        optimized(shy, tmp_path / "out", watcher=Killer())
    assert optimized(shy, tmp_path / "out") == whole
    for name in ("tuned/artefact.json", "tuning.json", "ledger.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_who_has_nothing_to_choose_learns_nothing(shy: Path, tmp_path: Path) -> None:
    shy.write_text(SHY.replace("turn teacher  turn", "turn teacher must ask  turn"))
    with pytest.raises(RunError, match="`teacher` has one move at most") as error:
        optimized(shy, tmp_path / "out")
    assert error.value.code == "PED0914"


def test_without_a_score_there_is_nothing_to_learn_from(shy: Path, tmp_path: Path) -> None:
    shy.write_text(SHY.replace("score: student.knows", "score: student.knows / count([x for x in [1] if x > 1])"))
    with pytest.raises(RunError, match="no dialogue with a choice of moves has a score") as error:
        optimized(shy, tmp_path / "out")
    assert error.value.code == "PED0915"


def broken_hard(found: Outcome) -> int:
    assert found.test is not None
    arms = (found.test.written, found.test.tuned, *(rival.arm for rival in found.test.rivals))
    return sum(arm.broken_hard for arm in arms)


def test_the_program_s_learners_at_a_reduced_size(tmp_path: Path) -> None:
    """One round of 90 dialogues by chance, tried on 30 learners that nobody learnt from."""
    program = tmp_path / "fractions"
    shutil.copytree(FRACTIONS, program)
    file = program / "choosing.ped"
    text, splits = re.subn(r"splits: \{.*\}", "splits: { learn: 0..90, check: 400..430, exam: 500..700 }",
                           file.read_text(encoding="utf-8"))
    assert splits == 1
    file.write_text(text.replace("  testset: cases.exam\n", ""), encoding="utf-8")
    found = optimized(file, tmp_path / "out", calls=1700)
    written, learnt = found.candidates[:2]
    assert found.stopped and found.best == 1 and written.broken_hard == learnt.broken_hard == 0
    pairs = list(zip(written.scores, learnt.scores, strict=True))
    better = difference(pairs, range(len(pairs)))
    assert better.n == 30 and better.low is not None and better.low > 0
    events = journal.open_journal(tmp_path / "out" / "rollouts" / "round-0")
    assert all(verdict.kept for ending in events.endings() for verdict in ending.verdicts
               if verdict.severity == "hard"), "nothing is broken while moves are made by chance"
    events.close()


@pytest.mark.full
@pytest.mark.parametrize("method", ["bandit", "fitted_value"])
def test_the_learnt_choice_is_better_than_all_others_on_two_hundred_learners(tmp_path: Path, method: str) -> None:
    """At full size, in less than ten minutes of one core."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = optimized(FRACTIONS / "choosing.ped", tmp_path / "out", method)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert found.test is not None and found.test.difference.n == 200 and len(found.test.rivals) == 5
    compared = {"as written": (found.test.difference, found.test.measures)} | {
        rival.arm.name: (rival.difference, rival.measures) for rival in found.test.rivals}
    for name, (worth, measures) in compared.items():
        for each in (worth, measures["gain"]):
            assert each.low is not None and each.low > 0, (name, each)
    assert broken_hard(found) == 0
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 600
    events = journal.open_journal(tmp_path / "out" / "rollouts" / "test-tuned")
    assert events.header.options["shield"] == "full" and events.header.episodes == 200
    events.close()
