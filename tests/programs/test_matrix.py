"""The matrix that travels with the project: what it plays, and that it can be played."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from click.testing import CliRunner

from pedalang import api, plan
from pedalang.cli import main
from pedalang.compiler import compile

PROGRAM = Path(__file__).parents[2] / "programs" / "matrix" / "main.ped"


def items() -> tuple[plan.Matrix, api.Items]:
    of = compile.compile_file(PROGRAM)
    (matrix,) = of.matrices.values()
    return matrix, api.work_items(of, matrix, api.sources(of, PROGRAM.parent, {}))


def test_it_plays_every_combination_but_the_hardest_tasks_on_the_smallest_model() -> None:
    matrix, found = items()
    tasks = {cell["task"]: item["task"] for cell, item in zip(found.cells, found.params, strict=True)}
    assert len(tasks) == 12 and {task["topic"] for task in tasks.values()} == {"numbers", "fractions", "geometry",
                                                                              "algebra"}
    everything = product(("qwen7", "llama8", "smol"), ("strong", "average", "weak"), sorted(tasks), (1, 2, 3))
    assert [tuple(cell[axis.name] for axis in matrix.axes) for cell in found.cells] == \
        [each for each in everything if each[0] != "smol" or tasks[each[2]]["grade"] <= 9]
    assert any(task["grade"] > 9 for task in tasks.values())


def test_it_is_played_by_chance_and_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["run", str(PROGRAM), "--engine", "random:", "-n", "5", "--out",
                                     str(tmp_path / "run"), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    of, events = api.read_run(tmp_path / "run")
    assert events.header.engines.keys() == {"teacher:qwen7", "student"}
    assert (of.program, len(events.endings())) == ("matrix", 5)
    moves = {turn.move for turn in events.turns() if turn.role == "teacher"}
    assert moves <= {"focus", "probing", "telling", "generic"}
    events.close()
