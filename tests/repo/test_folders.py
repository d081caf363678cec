"""Folders are the lists of what there is: every file in one has what its folder promises, and its page."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import click
import pytest

from pedalang import cli
from pedalang.compiler import checks, compile, passes
from pedalang.compiler.lower.tuning import METHODS
from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Report
from pedalang.exchange import transcripts
from pedalang.runtime.engines import opening
from pedalang.source import Source
from pedalang.study import optimizers, rubrics


def files(package: ModuleType) -> dict[str, ModuleType]:
    return {entry.name: importlib.import_module(f"{package.__name__}.{entry.name}")
            for entry in pkgutil.iter_modules(package.__path__)}


def pages(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.md") if path.stem != "index"}


def test_a_check_has_its_own_code_and_a_check() -> None:
    found = files(checks)
    assert found, "there are checks"
    for name, module in found.items():
        assert module.CODE.startswith("PED"), name
        assert list(inspect.signature(module.check).parameters) == ["graph", "report"], name
    codes = [module.CODE for module in found.values()]
    assert sorted(set(codes)) == sorted(codes), "no two checks share a code"


def test_all_passes_are_in_the_pipeline_and_have_a_page(root: Path) -> None:
    found = files(passes)
    assert {rewrite.__module__ for rewrite in passes.PIPELINE} == {module.__name__ for module in found.values()}
    assert pages(root / "tests/pages/passes") == set(found)


def test_an_engine_can_be_opened_and_has_a_page(root: Path) -> None:
    for name in opening.names():
        module = importlib.import_module(f"pedalang.runtime.engines.{name}")
        assert callable(module.open), name
        assert callable(module.availability), name
    assert pages(root / "docs/engines") == set(opening.names())


def test_a_way_to_tune_searches_is_a_word_and_has_a_page(root: Path) -> None:
    for name in optimizers.names():
        assert list(inspect.signature(optimizers.load(name)).parameters) == ["task"], name
    assert set(optimizers.names()) <= set(METHODS)
    assert pages(root / "docs/optimizers") == set(optimizers.names())


def test_a_measure_measures_and_has_a_page(root: Path) -> None:
    for name in rubrics.names():
        assert list(inspect.signature(rubrics.load(name)).parameters) == ["dialogue", "arguments"], name
    assert pages(root / "docs/stdlib/rubrics") >= set(rubrics.names())


def test_a_transcript_format_can_be_read() -> None:
    for name, module in files(transcripts).items():
        assert callable(module.read), name
        assert all(end.startswith(".") for end in module.ENDS), name


def test_a_command_is_one_and_says_what_it_does() -> None:
    context = click.Context(cli.main)
    names = cli.main.list_commands(context)
    assert names == sorted(name.rstrip("_") for name in files(cli))
    for name in names:
        command = cli.main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.help, name


def library(root: Path) -> list[Path]:
    return sorted((root / "stdlib").rglob("*.ped"))


def test_the_standard_library_compiles_without_a_word(root: Path) -> None:
    found = library(root)
    assert found
    for path in found:
        name = ".".join(("std", *path.relative_to(root / "stdlib").with_suffix("").parts))
        source = compile.standard_library(name)
        assert source is not None, name
        said = compile.compile_source(source, compile.standard_library, path.stem).diagnostics
        assert not said, f"{name}: {said}"


def test_the_standard_library_has_pages(root: Path) -> None:
    """`stdlib/moves/mathdial.ped` has `docs/stdlib/moves/mathdial.md`."""
    wanted = {str(path.relative_to(root / "stdlib").with_suffix("")) for path in library(root)}
    written = {str(path.relative_to(root / "docs/stdlib").with_suffix(""))
               for path in (root / "docs/stdlib").rglob("*.md") if path.stem != "index"}
    assert not wanted - written
    assert not written - wanted - {f"rubrics/{name}" for name in rubrics.names()}


def test_a_page_of_the_library_names_all_that_its_module_declares(root: Path) -> None:
    missing = []
    for path in library(root):
        page = (root / "docs" / path.relative_to(root)).with_suffix(".md").read_text(encoding="utf-8")
        module = path.read_text(encoding="utf-8")
        kinds = "move|moves|scale|predicate|def|role|student|rubric|type"
        declared = re.findall(rf"^(?:{kinds}) (\w+)", module, re.MULTILINE)
        assert declared, path
        missing += [f"{path.name}: {name}" for name in declared if f"`{name}" not in page]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("folder", ["programs", "stdlib"])
def test_shipped_programs_are_syntax_without_mistakes(root: Path, folder: str) -> None:
    for path in sorted((root / folder).rglob("*.ped")):
        report = Report()
        parse.parse(Source(str(path), path.read_text(encoding="utf-8")), report)
        assert not report.in_order(), path


def test_programs_explain_themselves(root: Path) -> None:
    bare = [path.parent.name for path in sorted((root / "programs").glob("*/main.ped"))
            if not (path.parent / "README.md").is_file()]
    assert not bare, f"no README.md: {bare}"
