"""Optimizations, courses and curricula: what is wrong in one is told once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pedalang import diagnostic, plan
from pedalang.compiler import compile
from pedalang.compiler.semantics.surroundings import Surroundings
from pedalang.exchange import artefacts
from pedalang.source import Source
from tests import literate

PAGES = Path(__file__).resolve().parents[2] / "docs" / "language"
(PROGRAM,) = (block.text for block in literate.blocks((PAGES / "tuning.md").read_text(encoding="utf-8"))
              if block.language == "ped")


def codes(text: str) -> list[str]:
    return [found.code for found in compile.check_text(text)]


@pytest.mark.parametrize("page", ["tests.md"])
def test_what_pages_show_is_right_and_not_run(page: str) -> None:
    for block in literate.blocks((PAGES / page).read_text(encoding="utf-8")):
        if (block.language, block.mark) == ("ped", "later"):
            found = compile.compile_text(block.text)
            assert found.ok
            assert {each.code for each in found.diagnostics} == {"PED0901"}, diagnostic.to_text(found.diagnostics)


SETS = """
  metric: Outcome.total
  reject: violates(Patience, hard)
  trainset: sums.train
  devset: sums.dev
  testset: sums.exam
  """
WRITTEN = f"method: gepa{SETS}tune: [Tutor.voice, ask.intent]"
CHOSEN = f"method: bandit{SETS}tune: [Tutor.policy]\n  features: {{ a: FEATURE }}"
CHANGES = [
    ("method: gepa", "method: gpea", "PED0309"), ("metric: Outcome.total", "metric: Outcome", "PED0309"),
    ("metric: Outcome.total", "metric: Outcome.solvd", "PED0304"), ("  metric: Outcome.total\n", "", "PED0702"),
    ("metric: Outcome.total", "metric: Outcomes.total", "PED0201"),
    ("reject: violates(Patience, hard)", "reject: violates(Patience, soft)", "PED0904"),
    ("reject: violates(Patience, hard)", "reject: Patience", "PED0309"),
    ("seed: 1\n", "monitor: Outcome.solved\n", "PED1350"), ("seed: 1\n", "monitor: Outcomes.total\n", "PED0201"),
    ("reject: violates(Patience, hard)", "reject: violates(Patients, hard)", "PED0201"),
    ("  trainset: sums.train\n", "", "PED0702"), ("trainset: sums.train", "trainset: sums.trian", "PED0304"),
    ("devset: sums.dev", "devset: sums.train.sample(3, seed: 1)", "PED0823"),
    ("testset: sums.exam", "testset: sums.dev", "PED0823"),
    ("  tune: [Tutor.voice, ask.intent]\n", "", "PED0702"), ("tune: [Tutor.voice", "tune: [Tutor", "PED0309"),
    ("tune: [Tutor.voice", "tune: [Tutor.vioce", "PED0304"), ("tune: [Tutor.voice", "tune: [Tuter.voice", "PED0201"),
    ("ask.intent]", "Tutor.voice]", "PED0202"), ("ask.intent]", "tell.intent]", "PED0903"),
    ("ask.intent]", "Learner.policy]", "PED0903"), ("tune: [Tutor.voice, ask.intent]", "tune: Tutor.voice", "PED0309"),
    ("freeze: [tell, Learner]", "freeze: [ask.intent]", "PED0903"), ("freeze: [tell,", "freeze: [tall,", "PED0201"),
    ("tokens: 2_000_000 tokens", "tokens: 2_000_000", "PED0313"), ("wall: 2 hours", "wall: 2 turns", "PED0313"),
    ("wall: 2 hours", "walls: 2 hours", "PED0210"), ("seed: 1\n", "seed: one\n", "PED0309"),
    ("seed: 1\n", "seeds: 1\n", "PED0210"), ('save: "build/better"', "save: 3", "PED0309"),
    ("method: gepa", "method: bandit", "PED0913"),
    (WRITTEN, CHOSEN.replace("FEATURE", "last([1, 2])"), "PED0301"),
    (WRITTEN, CHOSEN.replace("FEATURE", "student.knows"), "PED0401"),
    ("ask.intent]", "Tutor.policy]", "PED0913"), ("ask.intent]", "Tutor.weights]", "PED0913"),
    ("  flow: lesson\n", "", "PED0702"), ("flow: lesson\n  learner", "flow: lessn\n  learner", "PED0201"),
    ("learner: Learner", "learner: Tutor", "PED0208"), ("curriculum: easy_first\n", "curriculum: easy\n", "PED0201"),
    ("posttest: sums.exam", "posttest: sums.exams", "PED0304"), ("score: Outcome\n", "score: Outcom\n", "PED0201"),
    ("order: easy_first", "order: easily", "PED0309"), ('by: "level"', 'by: "levl"', "PED0304"),
    ('  by: "level"', "", "PED0702"), ("course term {", "course term(n: Int) {", "PED0210"),
]


@pytest.mark.parametrize(("old", "new", "code"), CHANGES)
def test_what_is_wrong_is_told_once(old: str, new: str, code: str) -> None:
    assert PROGRAM.count(old) == 1, old
    assert [found for found in codes(PROGRAM.replace(old, new)) if found != "PED0901"] == [code]


def test_a_judge_s_model_is_not_tuned() -> None:
    judged = """
    from std.scales import Anchored4
    model grader { engine: llama  weights: "g.gguf" }
    """
    rubric = 'rubric Outcome { criterion kind scale Anchored4 by judge { ask: "?"  model: grader }'
    text = judged + PROGRAM.replace("rubric Outcome {", rubric).replace("tune: [", "tune: [grader.weights, ")
    assert [found for found in codes(text) if found != "PED0901"] == ["PED0903"]


def test_a_gate_keeps_the_promise() -> None:
    text = PROGRAM.replace("  reject: violates(Patience, hard)\n", "")
    assert "PED0904" in codes(text)
    gate = "rubric Outcome { criterion kept by contract gate { uses: Patience }"
    assert "PED0904" not in codes(text.replace("rubric Outcome {", gate))
    assert "PED0904" in codes(text.replace("rubric Outcome {", gate).replace("Outcome.total", "Outcome.solved"))


def test_what_was_tuned_for_another_prompt_is_told(tmp_path: Path) -> None:
    text = PROGRAM.replace("build/better", "better.json")
    made = compile.compile_text(text).plan
    assert made is not None
    digest = plan.voice_digest(made.flows["lesson"].cast["teacher"])
    around = Surroundings(lambda path: None, artefacts.beside(tmp_path))

    def found(saved: str) -> bool:
        (tmp_path / "better.json").write_text(saved, encoding="utf-8")
        said = compile.compile_source(Source("main.ped", text), compile.standard_library, "main", around=around)
        return "PED0905" in [each.code for each in said.diagnostics]

    assert not found(json.dumps({"teacher_speech": {"prompt": digest}}))
    assert found(json.dumps({"teacher_speech": {"prompt": "0" * 64}, "metadata": {}}))
    for other in ("", "[]", "{", '{"teacher_speech": 3}', '{"x_speech": {"prompt": "0"}}', '{"teacher_speech": {}}'):
        assert not found(other), other
