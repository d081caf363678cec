"""A flow in which every move is allowed in every turn, over many dialogues: what a shield keeps, and what it leaves as
it is.

How long such a dialogue is, and where it ends, follows from the student's draws alone, which are the same with a shield
and without. So no dialogue is shortened if each has as many turns as without, and ends there in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from pedalang import api, journal, plan
from pedalang.compiler import compile
from pedalang.runtime import run
from pedalang.runtime.episode.state import Level

PROGRAM = Path(__file__).parent / "free.ped"


class Dialogue(NamedTuple):
    turns: int
    phase: str
    why: str
    broken: tuple[str, ...]
    moves: tuple[str, ...]

    @property
    def end(self) -> tuple[int, str, str]:
        """How long it was, and how it ended."""
        return self.turns, self.phase, self.why


@pytest.fixture(scope="module")
def program() -> plan.Plan:
    found = compile.compile_text(PROGRAM.read_text(encoding="utf-8"))
    assert found.plan is not None
    return found.plan


def played(program: plan.Plan, engine: str, count: int, shield: Level, folder: Path, seed: int = 0) -> list[Dialogue]:
    sums = [{"a": 2 + number % 17, "b": 3 + number % 11} for number in range(count)]
    items = [{"sum": {**each, "answer": each["a"] + each["b"]}} for each in sums]
    with api.engines(api.engine_uris(program, program.flows["lesson"], engine, {}), {}) as cast:
        run.run(program, "main", items, cast, seed=seed, folder=folder / shield, shield=shield)
    events = journal.open_journal(folder / shield)
    turns: dict[int, list[journal.Turn]] = {}
    for turn in events.turns():
        turns.setdefault(turn.episode, []).append(turn)
    return [_dialogue(ending, turns[ending.episode]) for ending in sorted(events.endings(), key=lambda e: e.episode)]


def _dialogue(ending: journal.Ending, turns: Sequence[journal.Turn]) -> Dialogue:
    broken = tuple(verdict.clause for verdict in ending.verdicts if not verdict.kept)
    return Dialogue(len(turns), ending.phase, ending.why, broken, tuple(turn.move for turn in turns if turn.move))


def check(program: plan.Plan, engine: str, count: int, folder: Path) -> None:
    """Asserts that without a shield at least a fifth of the dialogues is broken, with one none, and none shortened."""
    free = played(program, engine, count, "off", folder)
    kept = played(program, engine, count, "full", folder)
    broken, others = (sum(bool(each.broken) for each in dialogues) for dialogues in (free, kept))
    changed = sum(one.moves != other.moves for one, other in zip(free, kept, strict=True))
    print(f"\n{engine} {count} dialogues, {sum(each.turns for each in kept)} turns: {broken} broken without a "
          f"shield, {others} with it; {changed} have other moves")
    assert broken >= 0.2 * count
    assert [each.broken for each in kept if each.broken] == []
    assert [each.end for each in kept] == [each.end for each in free]
    assert {each.why for each in kept} == {"final"}


def test_every_clause_can_be_kept_by_moves(program: plan.Plan) -> None:
    assert {clause.assurance for clause in program.contracts["Promises"].clauses} == {"shieldable"}


def test_a_thousand_dialogues_by_chance(program: plan.Plan, tmp_path: Path) -> None:
    check(program, "random:", 1_000, tmp_path)


@pytest.mark.full
def test_ten_thousand_dialogues_by_chance(program: plan.Plan, tmp_path: Path) -> None:
    check(program, "random:", 10_000, tmp_path)


@pytest.mark.full
def test_twenty_dialogues_of_the_embedded_model(program: plan.Plan, tmp_path: Path) -> None:
    check(program, "llama:", 20, tmp_path)
