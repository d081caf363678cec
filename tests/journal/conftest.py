"""Journals of earlier versions, as their own statements made them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from pedalang import api, journal
from pedalang.compiler import compile

HEADER = {"kind": "run", "plan": "0" * 64, "run": "demo", "flow": "lesson", "seed": 7, "episodes": 1,
          "engines": {"teacher": "scripted:"}, "data": {}, "options": {}}

COLUMNS = {
    "episodes": "episode, item, state, source",
    "completions": "episode, turn, step, prompt, seed, text, choice, scores, totals, tokens_in, tokens_out, finish, "
                   "engine, seconds, attempts",
    "turns": "episode, turn, role, phase, text, how, move, arguments, act, state, notes",
    "endings": "episode, phase, why, verdicts, code, message",
}
KEYS = {"episodes": "episode", "completions": "episode, turn, step", "turns": "episode, turn", "endings": "episode",
        "interventions": "episode, turn, step", "failures": "episode, attempt", "sittings": "sitting"}
ROWS = {
    "episodes": (0, '{"a":1}', '{"student":{"mastery":0.5}}', "simulated"),
    "completions": (0, 0, "speech", "f" * 64, 3, "Hm.", None, "[]", "[]", 5, 2, "stop", "scripted:", 0.5, 1),
    "turns": (0, 0, "teacher", "work", "Hm.", "generated", "probing", "{}", "", '{"student":{"mastery":0.5}}', "[]"),
    "endings": (0, "work", "limit",
                '[{"contract":"C","clause":"c","severity":"hard","kept":true,"broken_at":null}]', "", ""),
}
ADDED: dict[int, dict[str, tuple[str, tuple[object, ...]]]] = {
    1: {},
    2: {"turns": (", start", (2.5,))},
    3: {"turns": (", start", (2.5,)), "episodes": (", cell", ('{"repeat":0}',)),
        "interventions": ("episode, turn, step, role, kind, clauses, masked, move, text, left_out",
                          (0, 0, 0, "teacher", "moves", '[["C","c"]]', '["telling"]', "", "", 0))},
}
ADDED[4] = {**ADDED[3], "turns": (", start, standing", (2.5, "")), "endings": (", place", ("",)),
            "completions": (", model, computed", ("", None))}
ADDED[5] = {**ADDED[4], "failures": ("episode, attempt, turn, code, message, place", (0, 1, 1, "PED1101", "m", "")),
            "sittings": ("sitting, kind, begun, turns", (0, "run", 0.5, 0))}
"""What the tables of a version have beyond those of the first."""


def older(folder: Path, version: int) -> Path:
    """A folder with a journal of a version, of one dialogue."""
    connection = sqlite3.connect(folder / journal.FILE_NAME)
    with connection:
        connection.execute("CREATE TABLE header (json TEXT NOT NULL)")
        connection.execute("INSERT INTO header VALUES (?)", (json.dumps(HEADER),))
        for table in {**COLUMNS, **ADDED[version]}:
            more, values = ADDED[version].get(table, ("", ()))
            columns, row = COLUMNS.get(table, "") + more, (*ROWS.get(table, ()), *values)
            connection.execute(f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({KEYS[table]})) WITHOUT ROWID")
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    return folder


@pytest.fixture(params=ADDED)
def version(request: pytest.FixtureRequest) -> int:
    """Each version before this one that is not met with in another way."""
    return int(request.param)


FIRST = Path(__file__).parents[2] / "programs" / "first" / "main.ped"


def played(folder: Path, program: Path = FIRST, engine: str = "random:", limit: int = 4) -> Path:
    """A run of a program's only run, with an engine for the whole cast."""
    of = compile.compile_file(program)
    (chosen,) = of.runs.values()
    where = api.sources(of, program.parent, {})
    told = api.work_items(of, chosen, where, limit)
    uris = api.engine_uris(of, of.flows[chosen.flow], engine, {}, told.params)
    return api.play(of, chosen, told, where, uris, "", {}, seed=3, folder=folder)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a small run."""
    return played(tmp_path / "run")
