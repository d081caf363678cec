"""The numbers of a report as tables: the same in CSV and in Parquet, and nothing missing that is a 0."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from pedalang.study.report import data
from pedalang.study.scores import ClauseCount, Contracts, DialogueScores, Entry, Judge, PartScore, Scores, Table
from pedalang.study.statistics import Estimate

FOUND = Scores(
    "Talk", {"kind": Estimate(0.5, 1, 1), "total": Estimate(0.5, 1, 1)},
    Contracts(clauses={"Floor.bounded": ClauseCount(1, 1, "hard")}),
    (DialogueScores(0, {"kind": 0.5, "turns": 1.0}, 0.5, "final", 4, cell={"model": "=one"},
                    parts={"kind": (PartScore(0, 1, 0.5), PartScore(2, 3, None, "PED1233: no level"))}),
     DialogueScores(1, {"kind": None, "turns": 0.0}, None, "final", 2, {"kind": "PED1232: not asked"},
                    cell={"model": "two"})),
    {"kind": Judge("random:")}, table=Table(("model",), ("criterion",), (
        Entry(("=one",), ("kind",), "kind", Estimate(0.5, 1, 0)),
        Entry(("two",), ("kind",), "kind", Estimate(None, 0, 1)),
    )),
)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / data.FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_a_dialogue_a_value_a_measure(tmp_path: Path) -> None:
    data.write(tmp_path, FOUND)
    assert read(tmp_path, "dialogues") == [
        {"episode": "0", "cell.model": "'=one", "why": "final", "turns": "4", "error": "", "kind": "0.5",
         "value.turns": "1.0", "total": "0.5"},
        {"episode": "1", "cell.model": "two", "why": "final", "turns": "2", "error": "", "kind": "",
         "value.turns": "0.0", "total": ""}]
    values = [(row["episode"], row["criterion"], row["first"], row["value"], row["missing"])
              for row in read(tmp_path, "values")]
    assert values == [("0", "kind", "", "0.5", ""), ("0", "kind", "0", "0.5", ""),
                      ("0", "kind", "2", "", "PED1233: no level"), ("0", "turns", "", "1.0", ""),
                      ("1", "kind", "", "", "PED1232: not asked"), ("1", "turns", "", "0.0", "")]
    assert read(tmp_path, "measures")[0] == {"measure": "kind", "value": "0.5", "low": "", "high": "", "n": "1",
                                             "missing": "1", "judge": "random:", "validation": "not validated"}
    assert read(tmp_path, "clauses") == [{"clause": "Floor.bounded", "severity": "hard", "kept": "1", "broken": "1"}]
    assert [row["cell.model"] for row in read(tmp_path, "table")] == ["'=one", "two"]


def test_parquet_has_the_same_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    data.write(tmp_path, FOUND)
    for name in data.tables(FOUND):
        rows = parquet.read_table(tmp_path / data.FOLDER / f"{name}.parquet").to_pylist()
        plain = [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
        assert plain == [{key: value.removeprefix("'") for key, value in row.items()} for row in read(tmp_path, name)]


def test_what_cannot_be_written_leaves_no_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rows() -> Iterator[data.Row]:
        yield (1,)
        raise OSError("no room")

    monkeypatch.setattr(data, "tables", lambda found: {"dialogues": data.Table({"episode": int}, rows())})
    with pytest.raises(OSError):
        data.write(tmp_path, FOUND)
    assert list((tmp_path / data.FOLDER).iterdir()) == []
