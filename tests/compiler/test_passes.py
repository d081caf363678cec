"""Passes, by their pages: a program, and what the pass changes in its graph. Every pass leaves a legal graph."""

from __future__ import annotations

import difflib
import importlib
import re
from pathlib import Path

import pytest

from pedalang.compiler import compile, passes
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.text import to_text
from pedalang.compiler.ir.verify import verify
from pedalang.source import Source

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "tests" / "pages" / "passes").glob("*.md"))
PROGRAMS = sorted((ROOT / "programs").glob("*/main.ped"))

PROGRAM = re.compile(r"^```ped\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
CHANGE = re.compile(r"^```diff\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def graph_of(text: str, folder: Path) -> Graph:
    found = compile.compile_source(Source("main.ped", text), compile.beside(folder), "page")
    assert found.ok, found.diagnostics
    return found.graph


def change(before: Graph, after: Graph) -> str:
    """The lines of the graph's text that go and come, and the node they belong to."""
    old, new = (to_text(graph, payloads=True).splitlines(keepends=True) for graph in (before, after))
    shown = difflib.unified_diff(old, new, n=1)
    return "".join(line for line in shown if not line.startswith(("---", "+++", "@@")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_pass_changes_what_its_page_says(page: Path, update: bool) -> None:
    text = page.read_text(encoding="utf-8")
    (program,), (expected,) = PROGRAM.findall(text), CHANGE.findall(text)
    before = graph_of(program, page.parent)
    found = change(before, importlib.import_module(f"{passes.__name__}.{page.stem}").rewrite(before))
    assert found, "the page shows a change"
    if update:
        page.write_text(text.replace(f"```diff\n{expected}```", f"```diff\n{found}```"), encoding="utf-8")
    else:
        assert found == expected


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.parent.name)
def test_every_pass_leaves_a_legal_graph_and_the_one_before(program: Path) -> None:
    graph = graph_of(program.read_text(encoding="utf-8"), program.parent)
    assert not verify(graph)
    for rewrite in passes.PIPELINE:
        digest = graph.digest()
        after = rewrite(graph)
        assert not verify(after), rewrite.__module__
        assert graph.digest() == digest, f"{rewrite.__module__} changed the graph that it was given"
        assert rewrite(after).digest() == after.digest(), f"{rewrite.__module__} finds more the second time"
        graph = after
