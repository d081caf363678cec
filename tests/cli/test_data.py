"""Data of a program as commands meet it: columns that `ped check` sees, links that lead out, Parquet."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pyarrow
from pyarrow import parquet

from tests.cli.conftest import Ped

SUMS = Path("first") / "sums.csv"
MAIN = Path("first") / "main.ped"


def test_check_looks_at_the_columns_of_the_file(ped: Ped, folder: Path) -> None:
    MAIN.write_text(MAIN.read_text(encoding="utf-8").replace("row.a)", "row.alpha)"), encoding="utf-8")
    told = ped("check", str(MAIN), "--json")
    (found,) = told.json["diagnostics"]
    assert (told.code, found["code"]) == (1, "PED0803")
    assert "its columns: `a`, `b`" in found["help"]
    SUMS.unlink()
    assert ped("check", str(MAIN)).code == 0


def test_a_link_out_of_the_programs_folder_is_not_read(ped: Ped, folder: Path) -> None:
    SUMS.rename("secret.csv")
    SUMS.symlink_to(folder / "secret.csv")
    assert ped("check", str(MAIN)).code == 0
    told = ped("run", str(MAIN), "--engine", "random:")
    assert (told.code, "PED0812" in told.err, not Path("runs").exists()) == (1, True, True)
    assert ped("run", str(MAIN), "--engine", "random:", "--data", "sums=secret.csv").code in (0, 1)
    assert Path("runs").exists()


def test_a_program_plays_rows_of_a_parquet_file(ped: Ped, folder: Path) -> None:
    with SUMS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parquet.write_table(pyarrow.Table.from_pylist([{"a": row["a"], "b": row["b"]} for row in rows]),
                        SUMS.with_suffix(".parquet"))
    digest = hashlib.sha256(SUMS.with_suffix(".parquet").read_bytes()).hexdigest()
    MAIN.write_text(MAIN.read_text(encoding="utf-8").replace('"sums.csv"', '"sums.parquet"').replace(
        "licence:", f'sha256: "{digest}" licence:'), encoding="utf-8")
    told = ped("run", str(MAIN), "--engine", "random:", "--json")
    assert len(told.json["dialogues"]) == len(rows)
    assert all(each["why"] != "failed" for each in told.json["dialogues"])
