"""The learners that a choice of moves is learnt with: what a move does depends on what nobody sees, and turns cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pedalang import api, journal, plan
from pedalang.compiler import compile
from pedalang.runtime import run
from pedalang.runtime.engines import opening
from pedalang.source import Source
from tests.programs.arithmetic import equations

PROGRAM = Path(__file__).parents[2] / "programs" / "fractions" / "choosing.ped"
FLOW = "session"


@pytest.fixture(scope="module")
def program() -> plan.Plan:
    found = compile.compile_source(Source(PROGRAM.name, PROGRAM.read_text(encoding="utf-8")),
                                   compile.beside(PROGRAM.parent), "choosing")
    assert found.plan is not None, found.diagnostics
    return found.plan


def always(program: plan.Plan, move: str) -> plan.Plan:
    """The program with a tutor that makes one move wherever it may."""
    flow = program.flows[FLOW]
    policy = plan.Policy("rule", (plan.Arm(move, {}, otherwise=True),))
    teacher = replace(flow.cast["teacher"], policy=policy)
    return replace(program, flows={**program.flows, FLOW: replace(flow, cast={**flow.cast, "teacher": teacher})})


def played(program: plan.Plan, folder: Path, count: int = 30) -> list[list[journal.Turn]]:
    told = api.items(program, FLOW, plan.Selection("cases", "learn"), api.sources(program, PROGRAM.parent, {}), count)
    engines = {who: opening.open_engine("random:", {}) for who in program.flows[FLOW].cast}
    run.run(program, FLOW, told.params, engines, seed=3, folder=folder)
    events = journal.open_journal(folder)
    try:
        assert not any(ending.why == "failed" for ending in events.endings())
        return [events.turns(number) for number in range(count)]
    finally:
        events.close()


def rows(count: int) -> list[dict[str, Any]]:
    lines = (PROGRAM.parent / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[:count]]


@pytest.fixture(scope="module")
def dialogues(program: plan.Plan, tmp_path_factory: pytest.TempPathFactory) -> list[list[journal.Turn]]:
    return played(program, tmp_path_factory.mktemp("choosing") / "run")


def test_no_equation_is_false_but_the_misconceptions(dialogues: list[list[journal.Turn]]) -> None:
    for turn in (turn for turns in dialogues for turn in turns):
        for equation in equations(turn.text):
            assert equation.true or turn.act in ("believes", "drifts"), f"{turn.text!r}: {equation.text}"


def test_learners_end_apart_and_lessons_have_many_lengths(dialogues: list[list[journal.Turn]]) -> None:
    assert len({len(turns) for turns in dialogues}) >= 4
    masteries = [turns[-1].state["student"]["mastery"] for turns in dialogues]
    assert min(masteries) < 0.3 and max(masteries) > 0.6


def test_what_shakes_a_belief_depends_on_the_belief(program: plan.Plan, tmp_path: Path) -> None:
    moves = ("probing", "focus", "telling", "generic")
    given_up = {move: [turns[-1].state["student"]["misconception"] is None for turns in played(
        always(program, move), tmp_path / move)] for move in moves}
    beliefs = [row["mind"]["belief"] for row in rows(30)]
    shakes = {"adds_across": "probing", "keeps_numerators": "focus", "multiplies_below": "telling"}
    for belief, shaking in shakes.items():
        shaken = {move: sum(gone for gone, held in zip(given_up[move], beliefs, strict=True) if held == belief)
                  for move in moves}
        assert max(shaken, key=lambda move: shaken[move]) == shaking, (belief, shaken)
