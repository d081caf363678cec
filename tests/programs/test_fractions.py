"""The demo's dialogues are right by construction, whoever chooses their words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang import api, journal, plan
from pedalang.compiler import compile
from pedalang.runtime import run
from pedalang.source import Source
from tests.programs.arithmetic import equations

PROGRAM = Path(__file__).parents[2] / "programs" / "fractions" / "main.ped"


@pytest.fixture(scope="module")
def program() -> plan.Plan:
    found = compile.compile_source(Source("main.ped", PROGRAM.read_text()), compile.beside(PROGRAM.parent), "fractions")
    assert found.plan is not None
    return found.plan


def played(program: plan.Plan, folder: Path, engine: str, seed: int, limit: int = 8) -> journal.Journal:
    chosen = program.runs["demo"]
    told = api.items(program, chosen.flow, chosen.data, api.sources(program, PROGRAM.parent, {}), limit)
    with api.engines(api.engine_uris(program, program.flows["lesson"], engine, {}), {}) as cast:
        run.run(program, "demo", told.params, cast, seed=seed, folder=folder)
    return journal.open_journal(folder)


def by_dialogue(events: journal.Journal) -> list[list[journal.Turn]]:
    return [events.turns(episode.episode) for episode in events.episodes()]


@pytest.fixture(scope="module", params=[0, 1, 2, 3, 4, 5, 6, 7])
def dialogues(program: plan.Plan, request: pytest.FixtureRequest,
              tmp_path_factory: pytest.TempPathFactory) -> list[list[journal.Turn]]:
    return by_dialogue(played(program, tmp_path_factory.mktemp("demo") / "run", "random:", request.param))


def check(dialogues: list[list[journal.Turn]]) -> None:
    for turns in dialogues:
        assert 3 <= len(turns) <= 8
        said = [turn.text for turn in turns]
        assert len(set(said)) == len(said), "somebody repeats themselves"
        for turn in turns:
            for equation in equations(turn.text):
                assert equation.true or turn.act == "follows_belief", f"{turn.text!r}: {equation.text}"
        assert sum(len(equations(text)) for text in said) >= 3, said


def test_no_dialogue_states_false_arithmetic_but_the_misconception(dialogues: list[list[journal.Turn]]) -> None:
    check(dialogues)


def test_a_false_equation_is_the_misconceptions_own_answer(program: plan.Plan, tmp_path: Path) -> None:
    events = played(program, tmp_path / "run", "random:", 11)
    for episode in events.episodes():
        for turn in events.turns(episode.episode):
            false = [equation for equation in equations(turn.text) if not equation.true]
            for equation in false:
                state = turn.state["student"]
                assert state["misconception"] is not None
                assert equation.text.split("=")[-1].strip() == state["written"]


def test_the_dialogues_are_varied(dialogues: list[list[journal.Turn]]) -> None:
    assert len({turn.text for turns in dialogues for turn in turns}) >= 30


def test_hints_use_the_problems_own_numbers(program: plan.Plan, tmp_path: Path) -> None:
    events = played(program, tmp_path / "run", "random:", 5)
    hints = 0
    for episode in events.episodes():
        problem = episode.item["problem"]
        own = {str(n) for key in ("a", "b") for n in problem[key]["ratio"]}
        for turn in events.turns(episode.episode):
            if turn.move in ("focus", "telling"):
                hints += 1
                assert any(number in turn.text for number in own), turn.text
    assert hints


def test_no_hard_clause_is_broken(program: plan.Plan, tmp_path: Path) -> None:
    for seed in range(5):
        events = played(program, tmp_path / str(seed), "random:", seed)
        broken = [v for ending in events.endings() for v in ending.verdicts if v.severity == "hard" and not v.kept]
        assert not broken


def test_a_dialogue_on_the_embedded_model(program: plan.Plan, tmp_path: Path) -> None:
    dialogues = by_dialogue(played(program, tmp_path / "run", "llama:", 0, limit=1))
    assert len(dialogues) == 1
    check(dialogues)


@pytest.mark.full
def test_the_whole_demo_on_the_embedded_model(program: plan.Plan, tmp_path: Path) -> None:
    dialogues = by_dialogue(played(program, tmp_path / "run", "llama:", 0))
    assert len(dialogues) == 8
    check(dialogues)
    assert len({turn.text for turns in dialogues for turn in turns}) >= 30
