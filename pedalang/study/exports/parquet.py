"""The tables of a journal and its scores, for whoever computes with them: a file a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pedalang.exchange import exporting
from pedalang.study import written
from pedalang.study.examples import Run
from pedalang.study.scores import TOTAL

NAME = "parquet"
PROMPTS, SCORES = False, False
_COLUMNS = {"episode": int, "criterion": str, "value": float, "missing": str}


def write(run: Run, path: Path) -> written.Written:
    """Those that `ped journal export` writes, and `scores.parquet`, a row a criterion of a dialogue. Raises
    `DataError` where pyarrow is missing, `OSError`, and what goes wrong with the run."""
    tables = exporting.to_parquet(run.events, path)
    count = 0
    with exporting.parquet(path, {"scores": _COLUMNS}) as files:
        for row in _scores(run):
            files["scores"].add(row)
            count += 1
    return written.Written((*tables, path / "scores.parquet"),
                           {**{table.stem: rows for table, rows in tables.items()}, "scores": count})


def _scores(run: Run) -> Iterator[list[Any]]:
    for each in run.scores.dialogues if run.scores is not None else ():
        for name, value in {**each.values, TOTAL: each.total}.items():
            yield [each.episode, name, value, each.missing.get(name, "")]
