"""What dialogues are about: where a program's data lies, its rows as the parameters of a flow, what computes its
expressions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pedalang import diagnostic, plan
from pedalang.exchange import cells, dataset, functions, tables, transcript
from pedalang.expression import nodes
from pedalang.expression.evaluate import EvaluationError, Evaluator
from pedalang.expression.values import Value
from pedalang.runtime.episode import state
from pedalang.runtime.errors import RunError


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a program's data sets lie. The declared hash does not count for those `replaced` by files of the user."""

    paths: Mapping[str, Path]
    replaced: frozenset[str]
    evaluate: Evaluator = field(default_factory=Evaluator)
    """What computes the program's expressions; it runs the author's own functions where that is allowed."""
    python: str = ""
    """The folder of these functions, where they may be run."""


@dataclass(frozen=True, slots=True)
class Items:
    """What the dialogues of a run are about: the flow's parameters for each, the rows they came from, the hash."""

    params: list[dict[str, Value]]
    rows: list[dict[str, Value]]
    places: list[int]
    """The rows' own in their file, from 0."""
    data: Mapping[str, str]
    """The hash of each file that was read, by its data set."""
    form: str = ""
    """The format of the recorded dialogues that the rows hold, or empty."""
    cells: list[dict[str, Any]] = field(default_factory=list)
    """Where each stands in a matrix, or its number in a run that repeats them."""


@contextmanager
def outside(folder: Path, allowed: bool) -> Iterator[Evaluator]:
    """What computes expressions; where it is allowed, with the Python functions beside a program."""
    if not allowed:
        yield Evaluator()
        return
    with functions.Functions(folder) as found:
        yield Evaluator(found)


def sources(of: plan.Plan, folder: Path, given: Mapping[str, str], evaluate: Evaluator | None = None, *,
            python: bool = False) -> Sources:
    """The paths of all data sets: beside the program, or as given. Raises `RunError` for a name that is none."""
    for name in given:
        if name not in of.datasets:
            raise RunError("PED1407", f"the program has no dataset `{name}`",
                           help=diagnostic.did_you_mean(name, of.datasets)
                           or f"it has {', '.join(of.datasets) or 'none'}")
    paths = {name: Path(given[name]) if name in given else _own(each, folder) for name, each in of.datasets.items()}
    return Sources(paths, frozenset(given), evaluate or Evaluator(), str(folder.resolve()) if python else "")


def _own(declared: plan.Dataset, folder: Path) -> Path:
    """The path of a program's own data. Raises `RunError` where a link leads out of the program's folder."""
    path = folder / declared.path
    if not tables.inside(folder, path):
        raise RunError("PED0812", f"`{declared.path}` leads out of the program's folder", place=declared.place,
                       help=f"say where the data is: `--data {declared.name}=PATH`")
    return path


def items(of: plan.Plan, flow: str, selection: plan.Selection, where: Sources, limit: int | None = None, *,
          row: str = "") -> Items:
    """The items that a selection means: each row as the flow's parameter `row`, or the first that has no default; for a
    flow that begins in the middle of a recorded dialogue, also its turns. Raises `DataError`."""
    declared, loaded = read(of, selection, where)
    param = row or next(name for name in of.flows[flow].params if name not in of.flows[flow].defaults)
    chosen = dataset.select(loaded, selection, declared, limit)
    rows, places = [loaded.raw[at] for at, _ in chosen], [at for at, _ in chosen]
    params: list[dict[str, Value]] = [{param: record} for _, record in chosen]
    if of.flows[flow].given is not None and declared.transcripts:
        for item, turns in zip(params, transcript.dialogues(loaded.form, rows, places), strict=True):
            item[plan.GIVEN] = tuple(dataclasses.asdict(turn) for turn in turns)
    return Items(params, rows, places, {declared.name: loaded.sha256}, loaded.form)


def read(of: plan.Plan, selection: plan.Selection, where: Sources) -> tuple[plan.Dataset, dataset.Loaded]:
    """All records of the data set of a selection. Raises `DataError`."""
    declared = declared_as(of, selection, where)
    return declared, dataset.load(declared, of.records, where.paths[declared.name], where.evaluate)


def declared_as(of: plan.Plan, selection: plan.Selection, where: Sources) -> plan.Dataset:
    """The data set of a selection; without its hash where the user brings another file."""
    declared = of.datasets[selection.dataset]
    return replace(declared, sha256="") if declared.name in where.replaced else declared


def work_items(of: plan.Plan, chosen: plan.Run | plan.Matrix, where: Sources, limit: int | None = None) -> Items:
    """The items of a run or a matrix. `limit` is how many rows of a run, how many cells of a matrix. Raises
    `DataError`, or `RunError` for an argument without a value."""
    return run_items(of, chosen, where, limit) if isinstance(chosen, plan.Run) else \
        matrix_items(of, chosen, where, limit)


def matrix_items(of: plan.Plan, chosen: plan.Matrix, where: Sources, limit: int | None = None) -> Items:
    """The cells of a matrix in their order, the first `limit` of them. Raises `DataError`."""
    rows: dict[str, cells.Rows] = {}
    hashes: dict[str, str] = {}
    for axis in chosen.axes:
        if axis.rows is not None:
            declared, loaded = read(of, axis.rows, where)
            rows[axis.name] = dataset.select(loaded, axis.rows, declared)
            hashes[declared.name] = loaded.sha256
    found = cells.cells(chosen, rows, where.evaluate)[:limit]
    return Items([cell.params for cell in found], [], [], hashes, cells=[cell.axes for cell in found])


def run_items(of: plan.Plan, chosen: plan.Run, where: Sources, limit: int | None = None) -> Items:
    """The items of a run: a row and the run's arguments, each as often as it is repeated, all rows before the second
    time. `limit` is how many rows. Raises `DataError`, or `RunError` for an argument without a value."""
    told = items(of, chosen.flow, chosen.data, where, limit, row=chosen.row)
    given = {name: constant(expr, chosen.place) for name, expr in chosen.arguments.items()}
    params = [{**item, **given} for item in told.params]
    if chosen.repeat == 1:
        return Items(params, told.rows, told.places, told.data, told.form)
    times = chosen.repeat
    return Items(params * times, told.rows * times, told.places * times, told.data, told.form,
                 [{"repeat": number} for number in range(times) for _ in params])


def constant(expr: nodes.Expr, place: str) -> Value:
    """The value of an expression that reads nothing of a dialogue. Raises `RunError` where it has none."""
    try:
        return Evaluator()(expr, {})
    except EvaluationError as error:
        raise state.no_value(str(error), place) from None
