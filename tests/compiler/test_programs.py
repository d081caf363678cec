"""Whole programs: legal graphs, plans that survive JSON, a digest that only meaning changes, one of each in full."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pedalang import journal, plan
from pedalang.compiler import compile, emit, passes
from pedalang.compiler.ir.text import to_text
from pedalang.compiler.ir.verify import verify
from pedalang.runtime import run
from pedalang.runtime.engines import opening
from pedalang.source import Source

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = [*sorted((ROOT / "programs").glob("*/main.ped")), HERE / "lesson.ped", HERE / "small.ped"]

ITEMS: dict[str, list[dict[str, Any]]] = {
    "fractions": [{"id": "1", "a": Fraction(1, 2), "b": Fraction(n, 3), "answer": Fraction(1, 2) + Fraction(n, 3)}
                  for n in range(1, 5)],
    "mathdial": [{"id": "1", "question": "Two and two?", "answer": 4.0, "steps": ("2 + 2 = 4", "4"),
                  "wrong_steps": ("2 * 2 = 5", "5"), "wrong_answer": 5.0}] * 3,
    "lesson": [{"id": "1", "a": Fraction(1, 2), "b": Fraction(1, 4), "answer": Fraction(3, 4), "level": 1,
                "tags": None}],
    "small": [{"a": n, "b": 2 - n, "answer": 2} for n in range(3)],
}
NAMES = {"fractions": "problem", "mathdial": "problem", "lesson": "sum", "small": "sum"}


def name(program: Path) -> str:
    return program.parent.name if program.stem == "main" else program.stem


def compiled(program: Path) -> compile.Compilation:
    text = program.read_text(encoding="utf-8")
    found = compile.compile_source(Source(program.name, text), compile.beside(program.parent), name(program))
    assert found.ok, found.diagnostics
    return found


@pytest.fixture(params=PROGRAMS, ids=name)
def program(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_its_graph_is_legal_after_lowering_and_after_each_pass(program: Path) -> None:
    graph = compiled(program).graph
    assert verify(graph) == []
    for rewrite in passes.PIPELINE:
        graph = rewrite(graph)
        assert verify(graph) == []


def test_its_plan_survives_json(program: Path) -> None:
    made = compiled(program).plan
    assert made is not None
    again = plan.from_json(plan.to_json(made))
    assert again == made
    assert plan.to_json(again) == plan.to_json(made)


def test_comments_and_white_space_change_no_digest(lesson: str) -> None:
    """In this program no text goes over several lines, so that each line's end can be written otherwise."""
    sparse = lesson.replace("\n", "\n\n   // between lines\n\t\n")
    dense = " ".join(line for line in lesson.splitlines() if not line.strip().startswith(("//", "///", "//!")))
    digests = {compile.compile_text(text).graph.digest() for text in (lesson, sparse, dense)}
    assert len(digests) == 1
    changed = lesson.replace("slip: 0.2", "slip: 0.25")
    assert compile.compile_text(changed).graph.digest() not in digests


def played(made: plan.Plan, folder: Path) -> list[bytes]:
    """The journal of a few dialogues, without what depends on the plan's own bytes."""
    items = [{NAMES[made.program]: item} for item in ITEMS[made.program]]
    (flow,) = made.flows.values()
    engine = opening.open_engine("random:", {})
    run.run(made, flow.name, items, dict.fromkeys(flow.cast, engine), seed=5, folder=folder)
    events = journal.open_journal(folder)
    try:
        return [msgspec.json.encode(event) for event in (*events.turns(), *events.endings())]
    finally:
        events.close()


@pytest.mark.parametrize("program", [path for path in PROGRAMS if name(path) in ITEMS], ids=name)
def test_a_learner_notices_nothing_of_the_passes(program: Path, tmp_path: Path) -> None:
    found = compiled(program)
    graph = found.graph
    before = played(emit.emit(graph, name(program), found.modules), tmp_path / "before")
    assert any(b'"turn":3' in event for event in before), "the dialogues are long enough to show something"
    assert not any(b'"failed"' in event for event in before), before[-1]
    for rewrite in passes.PIPELINE:
        graph = rewrite(graph)
        after = played(emit.emit(graph, name(program), found.modules), tmp_path / rewrite.__module__)
        assert after == before, rewrite.__module__


@pytest.mark.parametrize("form", ["graph.txt", "plan.json"])
def test_a_small_program_in_full(form: str, update: bool) -> None:
    found = compiled(HERE / "small.ped")
    assert found.plan is not None
    text = to_text(found.graph, payloads=True) if form == "graph.txt" else plan.to_text(found.plan)
    golden = HERE / f"small.{form}"
    if update:
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text


def test_a_rubrics_contract_is_checked_though_nobody_says_so() -> None:
    text = (HERE / "small.ped").read_text(encoding="utf-8").replace("  obeys Asks\n", "").replace(
        "criterion right by code", "criterion asks by contract { uses: Asks }\n  criterion right by code")
    made = compile.compile_text(text).plan
    assert made is not None
    assert made.flows["lesson"].obeys == ()
    assert made.runs["main"].check == ("Asks",)


def test_two_runs_of_one_program_give_the_same_plan() -> None:
    assert compiled(HERE / "lesson.ped").plan == compiled(HERE / "lesson.ped").plan
