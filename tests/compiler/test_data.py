"""What is known of a data set before a run: its splits, its samples, the columns of a file that is there."""

from __future__ import annotations

import pytest

from pedalang import plan
from pedalang.compiler import compile
from pedalang.compiler.semantics.surroundings import Surroundings
from pedalang.diagnostic import Diagnostic
from pedalang.source import Source

PROGRAM = """
type Sum {{ id: Text  a: Int  b: Int  note: Text?  answer: Int = a + b }}
dataset sums from "{path}" as Sum {{ licence: "CC0-1.0"  {inside} }}
role Tutor(sum: Sum) {{ voice: "You teach." }}
flow lesson(sum: Sum) {{ cast teacher: Tutor(sum)  phase talk start final {{ turn teacher }} }}
run main {{ flow: lesson  data: {data} }}
"""
MAPPED = "map a <- int(row.first)"


def compiled(inside: str = "", data: str = "sums", path: str = "sums.csv",
             columns: dict[str, tuple[str, ...]] | None = None) -> compile.Compilation:
    text = PROGRAM.format(path=path, inside=inside, data=data)
    around = Surroundings((columns or {}).get)
    return compile.compile_source(Source("main.ped", text), compile.standard_library, "main", around=around)


def found(inside: str = "", data: str = "sums", **more: object) -> list[Diagnostic]:
    return compiled(inside, data, **more).diagnostics  # type: ignore[arg-type]


@pytest.mark.parametrize(("inside", "expected"), [
    ("splits: { train: 0..4, test: 4..6 }", []),
    ("splits: { train: 0..4, test: 3..6 }", ["PED0823"]),
    ("splits: { all: 0..9, test: 3..6 }", ["PED0823"]),
    ("splits: { train: 80%, test: 20% }  seed: 3", []),
    ("splits: { train: 80%, test: 20% }", ["PED0820"]),
    ("splits: { train: 80%, test: 30% }  seed: 3", ["PED0305"]),
    ("splits: { train: 80%, test: 0% }  seed: 3", ["PED0305"]),
    ("splits: { train: 33.3%, dev: 33.3%, test: 33.4% }  seed: 3", []),
    ("splits: { train: 80%, test: 3..6 }  seed: 3", ["PED0309"]),
    ("splits: { train: 80 }", ["PED0309"]),
    ("splits: { train: 0..4 }  seed: 3", ["PED0210"]),
    ("seed: 3", ["PED0210"]),
])
def test_splits(inside: str, expected: list[str]) -> None:
    assert [each.code for each in found(inside)] == expected


def test_shares_stand_in_the_plan_as_parts_of_the_whole() -> None:
    made = compiled("splits: { train: 75%, test: 25% }  seed: 3", "sums.test.sample(2, seed: 1, stratify: \"id\")").plan
    assert made is not None
    assert (made.datasets["sums"].shares, made.datasets["sums"].seed) == ({"train": (0, 0.75), "test": (0.75, 1)}, 3)
    assert made.runs["main"].data == plan.Selection("sums", "test", 2, 1, "id")


@pytest.mark.parametrize(("data", "expected"), [
    ("sums.sample(4, seed: 1, stratify: \"id\")", []),
    ("sums.sample(4, seed: 1, stratify: \"ib\")", ["PED0304"]),
    ("sums.sample(4, seed: 1, stratify: id)", ["PED0309"]),
    ("sums.sample(4, seed: 1, by: \"id\")", ["PED0307"]),
])
def test_strata(data: str, expected: list[str]) -> None:
    assert [each.code for each in found("", data)] == expected


def test_columns_that_are_not_there_are_named() -> None:
    known = {"sums.csv": ("id", "b", "fist")}
    (first,) = found(MAPPED, columns=known)
    assert (first.code, first.message) == ("PED0803", "`sums.csv` has no column `first`")
    assert first.help == "did you mean `fist`? its columns: `id`, `b`, `fist`"
    assert first.span is not None and first.span.text == "first"
    (second,) = found(MAPPED, columns={"sums.csv": ("id", "first")})
    assert second.message == "`sums.csv` has no column `b`, which a `Sum` needs"
    assert second.span is not None and second.span.text == "Sum"


def test_columns_that_are_there_or_not_known_are_no_mistake() -> None:
    assert not found(MAPPED, columns={"sums.csv": ("id", "b", "first")})
    assert not found(MAPPED)
    assert not found(MAPPED + " map note <- row[\"other\"]", columns={"sums.csv": ("id", "b", "first")})


@pytest.mark.parametrize("path", ["../sums.csv", "a/../../sums.csv", "/tmp/sums.csv", "C:/sums.csv", "a/../b.csv"])
def test_data_does_not_lie_elsewhere(path: str) -> None:
    assert [each.code for each in found(path=path)] == ["PED0812"]
