"""A journal that was tampered with is found out; one that was not is taken again without a word."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pedalang import api, journal, plan, records
from pedalang.compiler import compile
from pedalang.expression.evaluate import Evaluator
from pedalang.journal import tables
from pedalang.journal.form import NOT_CANONICAL
from pedalang.runtime import run as runs
from pedalang.runtime import session
from pedalang.runtime.engines import opening
from tests.journal.conftest import FIRST, played
from tests.runtime import conftest as lessons

PROGRAMS = FIRST.parents[1]
OF_THE_PROCESS = ("sittings", "failures")
"""What these tables tell is when and how often a run was taken up, which is not canonical."""


def flaws(folder: Path) -> list[str]:
    return [each.code for each in records.verified(folder, Evaluator()).flaws]


def change(folder: Path, statement: str, *values: Any) -> None:
    connection = sqlite3.connect(folder / journal.FILE_NAME)
    with connection:
        connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize("program", ["first", "fractions", "guided_fraction", "matrix"])
def test_what_was_played_comes_out_again(program: str, tmp_path: Path) -> None:
    of = compile.compile_file(PROGRAMS / program / "main.ped")
    chosen = next(iter({**of.runs, **of.matrices}.values()))
    where = api.sources(of, PROGRAMS / program, {})
    told = api.work_items(of, chosen, where, 3)
    uris = api.engine_uris(of, of.flows[chosen.flow], "random:", {}, told.params)
    api.play(of, chosen, told, where, uris, "", {}, seed=3, folder=tmp_path / "run")
    found = records.verified(tmp_path / "run", Evaluator())
    assert found.flaws == [] and (found.ended, found.dialogues) == (3, 3)


def test_words_of_an_engine_come_out_again_and_a_run_that_was_stopped(tmp_path: Path) -> None:
    of = lessons.lesson(teacher=lessons.tutor(speak="either"), student=lessons.learner(speak="free"))
    engine = lessons.Picks(speaks_freely=True)
    with pytest.raises(lessons.Stop):
        runs.run(of, "lesson", lessons.items(6), lessons.both(engine), seed=4, folder=tmp_path / "run",
                 observer=lessons.StopsAt(20, lessons.stop))
    found = records.verified(tmp_path / "run", Evaluator())
    assert found.flaws == [] and found.ended < 6
    change(tmp_path / "run", "UPDATE turns SET text = 'Sure.' WHERE episode = 0 AND turn = 1")
    assert flaws(tmp_path / "run") == ["PED1252"]


def test_a_dialogue_that_failed_is_no_flaw(tmp_path: Path) -> None:
    class Failing(lessons.Picks):
        def reply(self, request: Any) -> Any:
            return super().reply(request) if len(self.requests) < 10 else lessons.EngineError("PED1103", "gone")

    runs.run(lessons.lesson(), "lesson", lessons.items(6), lessons.both(Failing()), seed=4, folder=tmp_path / "run")
    assert flaws(tmp_path / "run") == []
    change(tmp_path / "run", "UPDATE endings SET code = '' WHERE why = 'failed'")
    assert set(flaws(tmp_path / "run")) == {"PED1253"}


def test_what_a_person_said_comes_out_again(tmp_path: Path) -> None:
    of = compile.compile_file(PROGRAMS / "fractions" / "main.ped")
    (chosen,) = of.runs.values()
    told = api.work_items(of, chosen, api.sources(of, PROGRAMS / "fractions", {}), 1)
    engine = opening.open_engine("random:", {})
    with session.start(of, chosen.flow, told.params[0], {"teacher": engine}, person="student", seed=2,
                       folder=tmp_path / "chat") as talk:
        for said in ("I think it is 2/5.", "Why?"):
            if not talk.done:
                talk.send(said)
    asyncio.run(engine.close())
    assert flaws(tmp_path / "chat") == []
    change(tmp_path / "chat", "UPDATE turns SET text = 'It is 5/6.' WHERE how = 'person'")
    assert "PED1252" in flaws(tmp_path / "chat")


@pytest.mark.skipif("PEDALANG_DATA" not in os.environ, reason="PEDALANG_DATA names no folder of recorded dialogues")
def test_recorded_dialogues_come_out_again(tmp_path: Path) -> None:
    program = PROGRAMS / "mathdial" / "main.ped"
    of = compile.compile_file(program)
    chosen = next(iter(of.observes.values()))
    path = Path(os.environ["PEDALANG_DATA"]) / "mathdial" / "dialogues.jsonl"
    where = api.sources(of, program.parent, {chosen.data.dataset: str(path)})
    api.observe(of, chosen, api.items(of, chosen.flow, chosen.data, where, 5), tmp_path / "run")
    assert flaws(tmp_path / "run") == []
    change(tmp_path / "run", "UPDATE turns SET state = '{}' WHERE episode = 2 AND turn = 1")
    assert set(flaws(tmp_path / "run")) <= {"PED1252", "PED1250"}


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run that was scored, in which the shield did something and words were generated."""
    folder = played(tmp_path_factory.mktemp("scored") / "run", PROGRAMS / "fractions" / "main.ped", limit=2)
    api.settle(folder, {})
    return folder


def cells(folder: Path) -> list[tuple[str, str, int]]:
    connection = sqlite3.connect(folder / journal.FILE_NAME)
    found = [(table, column, row) for kind, (table, _) in tables.TABLES.items() for column in tables.columns(kind)
             for row in range(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])]
    connection.close()
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
          derandomize=True)
@given(data=st.data())
def test_a_changed_cell_is_found_or_does_not_matter(data: st.DataObject, scored: Path,
                                                    tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("changed")
    for name in ("plan.json", "scores.json", journal.FILE_NAME):
        (folder / name).write_bytes((scored / name).read_bytes())
    table, column, row = data.draw(st.sampled_from(cells(scored)))
    value = data.draw(st.one_of(st.integers(-3, 99), st.text(max_size=9), st.none(), st.just('{"a":1}'), st.just("[]")))
    connection = sqlite3.connect(folder / journal.FILE_NAME)
    key = next(key for name, key in tables.TABLES.values() if name == table)
    place = connection.execute(f"SELECT {key}, {column} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {row}").fetchone()
    where = " AND ".join(f"{name} = ?" for name in key.split(", "))
    try:
        with connection:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *place[:-1]))
    except sqlite3.IntegrityError:
        return  # the database itself refuses it
    finally:
        connection.close()
    same = type(value) is type(place[-1]) and value == place[-1]
    assert bool(flaws(folder)) or same or column in NOT_CANONICAL or table in OF_THE_PROCESS


@pytest.mark.parametrize("statement", [
    "UPDATE turns SET text = 'Hm.' WHERE episode = 0 AND turn = 1", "UPDATE turns SET move = 'telling' WHERE turn = 0",
    "UPDATE turns SET standing = 'kb' WHERE turn = 0", "UPDATE turns SET phase = 'x' WHERE turn = 1",
    "UPDATE turns SET state = '{}' WHERE turn = 1", "DELETE FROM turns WHERE episode = 0 AND turn = 1",
    "DELETE FROM completions WHERE turn = 0", "UPDATE completions SET prompt = 'x'",
    "UPDATE completions SET choice = 1 - choice", "UPDATE completions SET engine = 'another'",
    "INSERT INTO completions SELECT episode, 99, step, prompt, seed, text, choice, scores, totals, tokens_in, "
    "tokens_out, finish, engine, model, seconds, attempts, computed FROM completions WHERE turn = 0",
    "UPDATE episodes SET item = replace(item, '1', '2')", "UPDATE episodes SET state = '{}' WHERE episode = 1",
    "DELETE FROM episodes WHERE episode = 1", "UPDATE endings SET why = 'limit' WHERE why = 'final'",
    "UPDATE endings SET verdicts = replace(verdicts, 'true', 'false')", "UPDATE endings SET phase = 'x'",
    "UPDATE endings SET code = 'PED1103'", "UPDATE header SET json = replace(json, '\"seed\":3', '\"seed\":4')",
    "DROP TABLE completions", "DROP TABLE turns", "UPDATE turns SET episode = 'x' WHERE turn = 1 AND episode = 1",
    "UPDATE header SET json = replace(json, '\"episodes\":2', '\"episodes\":3')",
])
def test_what_can_be_computed_is_found_without_a_hash(statement: str, scored: Path, tmp_path: Path) -> None:
    for name in ("plan.json", journal.FILE_NAME):
        (tmp_path / name).write_bytes((scored / name).read_bytes())
    assert flaws(tmp_path) == []
    change(tmp_path, statement)
    found = flaws(tmp_path)
    assert found and set(found) <= {"PED1250", "PED1251", "PED1252", "PED1253"}


def test_another_plan_is_found(scored: Path, tmp_path: Path) -> None:
    (tmp_path / journal.FILE_NAME).write_bytes((scored / journal.FILE_NAME).read_bytes())
    of = plan.from_json((scored / "plan.json").read_bytes())
    other = json.loads(plan.to_json(of))
    other["program"] = "another"
    (tmp_path / "plan.json").write_text(json.dumps(other))
    assert flaws(tmp_path) == ["PED1254"]
    (tmp_path / "plan.json").write_bytes(plan.to_json(compile.compile_file(FIRST)))
    assert flaws(tmp_path) == ["PED1254"]
