"""Matrices and runs as they are compiled: what is varied, what is excluded, what they may cost."""

from __future__ import annotations

import pytest

from pedalang import plan
from pedalang.compiler import compile

PROGRAM = """
enum Pupil { case strong "s" case weak "w" }
type Sum { a: Int }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  splits: { few: 0..4 } }
model one { engine: random }
model two { engine: openai  url: "http://localhost:8001/v1#two" }
model three { engine: openai  url: "http://localhost:8001/v1#three" }
scale Warmth interval { level 0 "cold": "cold" level 1 "warm": "warm" }
role Tutor(sum: Sum, engine: Model) { model: engine  voice: "You teach."  limit: 10 tokens }
flow lesson(sum: Sum, pupil: Pupil = weak, engine: Model = one) {
  cast teacher: Tutor(sum, engine)
  max: 6 turns
  phase talk start final { turn teacher }
}
rubric Warm on dialogue {
  criterion warm weight 0 scale Warmth by judge { model: two  ask: "Is the tutor friendly?" }
  criterion brief by code { score: history.turns < 5 }
}
rubric Outcome(sum: Sum) on dialogue { criterion long by code { score: history.turns > 0 } }
"""
FEW = "run: lesson(sum)  vary sum in sums.few"
BOTH = ("run: lesson(sum, weak, engine)  score: Outcome  vary sum in sums.few  vary engine in [one, two]  "
        "vary seed in 1..3")
JUDGED = "run: lesson(sum, weak, engine)  score: Warm  vary sum in sums.few"


def compiled(more: str) -> compile.Compilation:
    return compile.compile_text(PROGRAM + more)


def codes(more: str) -> list[str]:
    return [found.code for found in compiled(more).diagnostics]


def test_a_matrix_stands_in_the_plan() -> None:
    found = compiled(f"matrix m {{ {FEW}  vary seed in 1..4  exclude when seed == 2  score: Outcome }}")
    assert found.plan is not None, found.diagnostics
    made = found.plan.matrices["m"]
    assert [(axis.name, axis.kind) for axis in made.axes] == [("sum", "rows"), ("seed", "seeds")]
    assert made.axes[0].rows == plan.Selection("sums", "few")
    assert (made.flow, made.score, made.report) == ("lesson", "Outcome", plan.Table(
        ("sum",), ("criterion",), cluster=("sum",)))
    assert plan.from_json(plan.to_json(found.plan)) == found.plan


def test_a_run_gives_arguments_beside_its_rows() -> None:
    found = compiled("run r { flow: lesson(strong, engine: two)  data: sums  seed: 3  repeat: 2 "
                     "budget: { tokens: 500 tokens, wall: 2 minutes } }")
    assert found.plan is not None, found.diagnostics
    made = found.plan.runs["r"]
    assert (made.row, sorted(made.arguments), made.seed, made.repeat) == ("sum", ["engine", "pupil"], 3, 2)
    assert made.budget == plan.Budget(500, 120.0)


@pytest.mark.parametrize(("inside", "expected"), [
    (FEW, []),
    (f"{FEW}  vary engine in [one, two]", ["PED0702"]),
    ("run: lesson(sum, weak, engine)  vary sum in sums.few  vary engine in [one, two]", []),
    ("run: lesson(sum, weak, engine)  vary sum in sums.few  vary engine in [one, 2]", ["PED0301"]),
    ("run: lesson(sum, pupil)  vary sum in sums.few  vary pupil in Pupil.cases", []),
    ("run: lesson(sum, pupil)  vary sum in sums.few  vary pupil in [strong]", []),
    ("run: lesson(sum, pupil)  vary sum in sums.few  vary pupil in [1, 2]", ["PED0301"]),
    ("run: lesson(sum)  vary sum in sums.fww", ["PED0304"]),
    ("run: lesson(sum)", ["PED0201"]),
    ("run: lessons(sum)", ["PED0201"]),
    ("vary sum in sums", ["PED0702"]),
    (f"{FEW}  vary sum in sums", ["PED0202"]),
    (f"{FEW}  vary seed in [\"a\"]", ["PED0301"]),
    (f"{FEW}  vary seed in 3", ["PED0301"]),
    (f"{FEW}  exclude when sum.a", ["PED0301"]),
    (f"{FEW}  exclude when sum.b > 1", ["PED0304"]),
    (f"{FEW}  vary seed in 1..3  exclude when seed > 0", ["PED0902"]),
    (f"{FEW}  vary seed in 3..3", ["PED0902"]),
    (f"{FEW}  budget: 240 tokens", []),
    (f"{FEW}  budget: 239 tokens", ["PED0902"]),
    (f"{FEW}  vary seed in 1..5  exclude when seed > 2  budget: 480 tokens", []),
    ("run: lesson(sum)  vary sum in sums.sample(9, seed: 1)  budget: 500 tokens", ["PED0902"]),
    ("run: lesson(sum)  vary sum in sums  budget: 1 tokens", []),
    (f"{FEW}  budget: {{ wall: 3 tokens }}", ["PED0313"]),
    (f"{FEW}  budget: {{ tokens: 5 }}", ["PED0313"]),
    (f"{FEW}  budget: {{ money: 3 usd }}", ["PED0210"]),
    (f"{FEW}  budget: 3 usd", ["PED0901"]),
    (f"{FEW}  budget: soon", ["PED0309"]),
    (f"{FEW}  report: {{ rows: sun }}", ["PED0201"]),
    (f"{FEW}  report: {{ rows: sum, columns: [criterion, sum] }}", ["PED0202"]),
    (f"{FEW}  report: {{ rows: sum, value: median }}", ["PED0309"]),
    (f"{FEW}  report: {{ rows: sum, interval: bootstrap(500, level: 90%) }}", []),
    (f"{FEW}  report: {{ rows: sum, interval: bootstrap(500, level: 110%) }}", ["PED0305"]),
    (f"{FEW}  report: {{ rows: sum, interval: exact }}", ["PED0309"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed]) }}", []),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed, engine]) }}", ["PED0908"]),
    (f"{BOTH}  report: {{ compare: paired(correction: holm) }}", ["PED0908"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sim]) }}", ["PED0201"]),
    (f"{BOTH}  report: {{ compare: paired(by: sum) }}", ["PED0908"]),
    (f"{BOTH}  report: {{ compare: paired(by: 3) }}", ["PED0309"]),
    (f"{BOTH}  report: {{ compare: paired([sum]) }}", ["PED0908", "PED0307"]),
    (f"{BOTH}  report: {{ compare: unpaired(by: [sum]) }}", ["PED0309"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], cluster: engine) }}", ["PED0908"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], correction: bonferroni) }}", ["PED0309"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], model: linear) }}", ["PED0309"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], margin: 0) }}", ["PED0309"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], margin: 5%, model: mixed) }}", []),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], by: sum) }}", ["PED0202"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], margins: 5%) }}", ["PED0307"]),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], measures: [long, total]) }}", []),
    (f"{BOTH}  report: {{ compare: paired(by: [sum, seed], measures: [wrong]) }}", ["PED0201"]),
    (f"{FEW}  judge_bias: {{ swap_order: true }}", []),
    (f"{FEW}  judge_bias: {{ swap_order: both }}", ["PED0309"]),
    (f"{FEW}  judge_bias: {{ swap: true }}", ["PED0210"]),
    (f"{FEW}  judge_bias: {{ self_judging: never }}", ["PED0309"]),
    (f"{FEW}  judge_bias: {{ self_judging: forbid }}", []),
    (f"{JUDGED}  vary engine in [one, two]  judge_bias: {{ self_judging: allow }}", []),
    (f"{JUDGED}  vary engine in [one, two]  judge_bias: {{ self_judging: forbid }}", ["PED0907"]),
    (f"{JUDGED}  vary engine in [one, three]  judge_bias: {{ self_judging: forbid }}", []),
    (f"{FEW}  save: \"build/m\"", []),
    (f"{FEW}  save: \"../m\"", ["PED0812"]),
])
def test_matrices(inside: str, expected: list[str]) -> None:
    assert codes(f"matrix m {{ {inside} }}") == expected


@pytest.mark.parametrize(("inside", "expected"), [
    ("flow: lesson(strong)  data: sums", []),
    ("flow: lesson(pupil: strong)  data: sums", []),
    ("flow: lesson(strong, one, 3)  data: sums", ["PED0307"]),
    ("flow: lesson(stong)  data: sums", ["PED0201"]),
    ("flow: lesson(pupil: 3)  data: sums", ["PED0301"]),
    ("flow: lesson  data: sums  repeat: 0", ["PED0305"]),
    ("flow: lesson  data: sums  seed: -1", ["PED0309"]),
    ("flow: lesson  data: sums  budget: 0 tokens", ["PED0305"]),
])
def test_runs(inside: str, expected: list[str]) -> None:
    assert codes(f"run r {{ {inside} }}") == expected


@pytest.mark.parametrize(("inside", "expected"), [
    ("context: 4096 tokens  seed: 3  top_p: 0.9  adapter: \"a.gguf\"", []),
    ("context: 4096", ["PED0313"]), ("seed: 1.5", ["PED0309"]), ("top_p: 1.5", ["PED0305"]),
    ("adapter: a", ["PED0309"]),
])
def test_models(inside: str, expected: list[str]) -> None:
    assert codes(f"model third {{ engine: random  {inside} }}") == expected


def test_a_role_is_given_a_model_and_nothing_else() -> None:
    assert codes("role Other(e: Text) { model: e  voice: \"x\" }\nflow f { cast t: Other(\"one\")  "
                 "phase talk final { turn t } }") == ["PED0208"]


@pytest.mark.parametrize(("inside", "expected"), [
    ("", []), ("agreement: { metric: exact }", ["PED0702"]),
    ("agreement: { against: noted, metric: kappa }", ["PED0309"]),
    ("agreement: { against: noted, metric: exact }", ["PED0702"]),
    ("feedback: { for: teacher, tone: \"kind\" }", ["PED0901"]), ("feedback: { for: student }", ["PED0901", "PED0201"]),
    ("feedback: { fr: teacher }", ["PED0901", "PED0210"]), ("report: \"../x.html\"", ["PED0901", "PED0812"]),
    ("input: 3", ["PED0210"]), ("vary seed in 1..3", ["PED0210"]),
    ("report: { rows: a, columns: criterion }", []), ("report: { rows: [a, criterion] }", []),
    ("report: { rows: c }", ["PED0201"]), ("report: { rows: a, columns: a }", ["PED0202"]),
    ("report: { rows: a, compare: paired(by: a) }", ["PED0210"]), ("report: { rows: a, value: median }", ["PED0309"]),
    ("report: { rows: a, value: percent }", []),
])
def test_observes(inside: str, expected: list[str]) -> None:
    held = "dataset held from \"held.jsonl\" as Sum { licence: \"CC0-1.0\"  transcripts: \"jsonl\" }\n"
    assert codes(f"{held}observe o {{ flow: lesson  data: held  speakers: {{ T: teacher }}  {inside} }}") == expected
