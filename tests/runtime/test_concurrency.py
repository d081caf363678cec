"""The same plan, engine and seed give the same journal with one dialogue at a time and with sixty-four."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pedalang import journal, plan
from pedalang.runtime import run
from pedalang.runtime.engines import random as by_chance
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Abilities, Engine, Reply, Request
from pedalang.runtime.errors import EngineError
from tests.runtime import shields

DIALOGUES = 70


class OutOfOrder:
    """Answers by the request alone, each after as many rounds of the loop as its key says: the last may be first. A
    share of the requests fails."""

    name, model = "out of order", ""

    def __init__(self, failing: int = 0) -> None:
        self.abilities = Abilities(choose=True, deterministic=True, slots=64, apart=True)
        self.finished: list[str] = []
        self._failing = failing

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [await self._one(request) for request in requests]

    async def _one(self, request: Request) -> Reply | EngineError:
        chance = hashlib.sha256(f"{request.key} {request.seed}".encode()).digest()
        for _ in range(chance[0] % 9):
            await asyncio.sleep(0)
        self.finished.append(request.key)
        if chance[1] < self._failing:
            return EngineError("PED1101", "out of order")
        tokens = {"tokens_in": 1 + chance[2] % 9, "tokens_out": 1 + chance[3] % 9}
        if not request.choices:
            return Reply(f"Words {chance[4]}.", **tokens)
        return Reply(request.choices[chance[4] % len(request.choices)], chance[4] % len(request.choices), **tokens)

    async def close(self) -> None:
        """There is nothing to close."""


def scripts() -> Engine:
    return scripted.from_patterns({"*/move": [1, 0, 0], "*/speech": [0, 1], "1*/*": 0})


def chance() -> Engine:
    return by_chance.RandomEngine()


def digests(of: plan.Plan, items: Sequence[Any], engine: Callable[[], Engine], folder: Path) -> set[str]:
    found = set()
    for at_once in (1, 64):
        answers = engine()
        run.run(of, "lesson", items, {"teacher": answers, "student": answers}, seed=3, concurrency=at_once,
                folder=folder / f"at{at_once}")
        events = journal.open_journal(folder / f"at{at_once}")
        found.add(journal.digest(journal.canonical(events)))
        events.close()
    return found


@pytest.mark.parametrize("engine", [scripts, chance, OutOfOrder, lambda: OutOfOrder(failing=12)])
def test_one_at_a_time_and_sixty_four_write_the_same(engine: Callable[[], Engine], make: SimpleNamespace, tmp_path: Path
                                                     ) -> None:
    lesson = make.lesson(teacher=make.tutor(policy=plan.Policy("model")))
    assert len(digests(lesson, make.items(DIALOGUES), engine, tmp_path)) == 1


def test_answers_do_come_out_of_order_and_fail(make: SimpleNamespace, tmp_path: Path) -> None:
    answers = OutOfOrder(failing=12)
    run.run(make.lesson(), "lesson", make.items(DIALOGUES), make.both(answers), seed=3, concurrency=64,
            folder=tmp_path / "run")
    firsts = [key for key in answers.finished if key.split("/")[1] == "0"]
    assert firsts != sorted(firsts, key=lambda key: int(key.split("/")[0]))
    endings = make.read(tmp_path / "run")[1]
    assert {"final", "failed"} <= {ending.why for ending in endings}


def test_budgets_of_dialogues_and_phases_cut_the_same(make: SimpleNamespace, tmp_path: Path) -> None:
    phases = make.phases()
    phases["work"] = msgspec.structs.replace(phases["work"], budget=40)
    lesson = make.lesson(teacher=make.tutor(policy=plan.Policy("model")), flow={"phases": phases, "budget": 70})
    assert len(digests(lesson, make.items(DIALOGUES), OutOfOrder, tmp_path)) == 1
    assert "budget" in {ending.why for ending in make.read(tmp_path / "at64")[1]}


def test_a_budget_of_the_run_leaves_out_dialogues_and_changes_none(make: SimpleNamespace, tmp_path: Path) -> None:
    """Which are left out depends on how many go on at a time: those under way when it is used up come to their end."""
    lesson = make.lesson(runs={"lesson": plan.Run("lesson", "lesson", plan.Selection(""),
                                                  budget=plan.Budget(tokens=300))})
    lines = []
    for at_once in (1, 64):
        run.run(lesson, "lesson", make.items(DIALOGUES), make.both(OutOfOrder()), seed=3, concurrency=at_once,
                folder=tmp_path / f"at{at_once}")
        lines.append(set(make.canonical(tmp_path / f"at{at_once}")))
    assert lines[0] < lines[1]


def test_a_shield_does_the_same(make: SimpleNamespace, tmp_path: Path) -> None:
    lesson = shields.lesson(shields.BY_MOVES, shields.ask_first(), policy=plan.Policy("model"))
    assert len(digests(lesson, make.items(DIALOGUES), OutOfOrder, tmp_path)) == 1
    events = journal.open_journal(tmp_path / "at64")
    assert {each.kind for each in events.interventions()} == {"moves"}
    events.close()
