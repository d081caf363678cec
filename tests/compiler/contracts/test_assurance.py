"""What a clause is worth against a flow: `tests/pages/assurance/*.md`, written by hand before anything analysed it.

Each section of a page is a program and a table. A row is a clause, which is put alone into a contract over the flow of
the program, what is known of it, and why. Where the compiler and a row differ, somebody thinks, and mends one of them.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from pedalang import diagnostic
from pedalang.compiler import compile
from tests.compiler.contracts import exact

PAGES = Path(__file__).resolve().parents[2] / "pages" / "assurance"
SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"^```ped\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"\| `(hard|soft) ([^`]+)` \| (proved|shieldable|monitored) \| (\S[^|]*) \|")


class Row(NamedTuple):
    """A clause over the flow of a program, and what must be known of it."""

    program: str
    severity: str
    clause: str
    assurance: str

    @property
    def text(self) -> str:
        """The program with the clause as its only one."""
        return f"{self.program}\ncontract Shown over lesson {{ {self.severity} shown: {self.clause} }}\n"


def rows() -> dict[str, Row]:
    """All rows, by where they stand. Raises `ValueError` for a line of a table that is none."""
    found: dict[str, Row] = {}
    for page in sorted(PAGES.glob("*.md")):
        for title, text in SECTION.findall(page.read_text(encoding="utf-8")):
            (program,) = PROGRAM.findall(text)
            head, _, *lines = (line for line in text.splitlines() if line.startswith("|"))
            for line in lines:
                row = ROW.fullmatch(line)
                if row is None:
                    raise ValueError(f"{page.stem}: {line} under {head}")
                found[f"{page.stem}: {title}: {row[2]}"] = Row(program, row[1], row[2], row[3])
    return found


ROWS = rows()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_clause_is_worth_what_the_table_says(row: Row) -> None:
    found = compile.compile_text(row.text)
    assert found.plan is not None, diagnostic.to_text(found.diagnostics)
    (clause,) = found.plan.contracts["Shown"].clauses
    assert (clause.text, clause.assurance) == (row.clause, row.assurance)


@pytest.mark.parametrize("row", [row for row in ROWS.values() if "sum: Sum" not in row.program],
                         ids=[name for name, row in ROWS.items() if "sum: Sum" not in row.program])
def test_the_table_is_so_in_all_dialogues(row: Row) -> None:
    """The flows are small enough to be played in every way; only data cannot all be tried."""
    found = compile.compile_text(row.text).plan
    assert found is not None
    assert exact.worth(found, found.contracts["Shown"].clauses[0]).assurance == row.assurance


SHIELDABLE = {name: row for name, row in ROWS.items()
              if row.assurance == "shieldable" and "sum: Sum" not in row.program}


@pytest.mark.parametrize("row", SHIELDABLE.values(), ids=SHIELDABLE.keys())
def test_the_shield_keeps_what_is_shieldable_in_all_dialogues(row: Row) -> None:
    """And each of them goes on to its end."""
    text = row.text.replace("  cast", "  obeys Shown\n  cast", 1).replace("soft shown", "hard shown")
    found = compile.compile_text(text).plan
    assert found is not None
    worth = exact.worth(found, found.contracts["Shown"].clauses[0], "full")
    assert (worth.breach, worth.kept) == (None, True)


def test_the_tables_are_large_enough() -> None:
    counts = Counter(row.assurance for row in ROWS.values())
    assert min(counts[each] for each in ("proved", "shieldable", "monitored")) >= 20
