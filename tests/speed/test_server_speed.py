"""What an edit costs the language server, as a ratio to one check of the same text in the same process. Times are of
the processor; both are done in turns, and the best of several rounds counts, since a machine is not always as fast."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types

from pedalang.compiler import compile
from pedalang.lsp import diagnostics, tokens
from pedalang.lsp.documents import Document
from pedalang.lsp.workspace import Workspace
from pedalang.source import Source

LINES = 1000
ROUNDS = 5
AT_MOST = 1.5

LESSON = (Path(__file__).resolve().parents[1] / "lsp" / "lesson.ped").read_text(encoding="utf-8")
_OWN = re.compile(r"\b(Mood|calm|lost|Sum|enough|far|Tutor|Learner|lesson|Patience)\b")


def program(lines: int) -> str:
    """A program of as many lines or a few more: a lesson again and again, each with names of its own."""
    head, body = LESSON.replace(", {{ words.politely }}", "").split("import parts.words as words\n")
    body = re.sub(r"^  soft calm:", "  soft settled:", body, flags=re.MULTILINE)
    copies = -(-(lines - head.count("\n")) // body.count("\n"))
    return head + "".join(_OWN.sub(rf"\1_{number}", body) for number in range(copies))


def seconds(of: Callable[[int], object], number: int) -> float:
    before = time.process_time()
    of(number)
    return time.process_time() - before


def beside_a_check(text: str, of: Callable[[int], object]) -> tuple[float, float]:
    """Seconds of the fastest round, and of the fastest check of the text."""
    loader = compile.beside(Path())

    def check(_: int) -> None:
        compile.compile_source(Source("main.ped", text), loader, "main")

    rounds = [(seconds(of, number), seconds(check, number)) for number in range(ROUNDS)]
    return min(one for one, _ in rounds), min(other for _, other in rounds)


@pytest.fixture(scope="module")
def text() -> str:
    return program(LINES)


def test_an_edit_costs_little_more_than_a_check(tmp_path: Path, text: str) -> None:
    workspace, uri = Workspace([tmp_path]), (tmp_path / "main.ped").as_uri()
    assert diagnostics.published(workspace, workspace.documents.put(uri, text)) == []
    at = text.index("let enough_8 = 3") + len("let enough_8 = ")

    def edit(number: int) -> None:
        """Another number in the middle of the file, and what is wrong then."""
        place = Document(uri, text).range(at, at + 1)
        document = workspace.documents.change(uri, [types.TextDocumentContentChangePartial(place, str(number + 4))])
        assert document is not None and diagnostics.published(workspace, document) == []

    edited, check = beside_a_check(text, edit)
    assert edited <= AT_MOST * check, f"{edited:.3f} s over {check:.3f} s is {edited / check:.2f}"


def test_colours_cost_no_more_than_that(tmp_path: Path, text: str) -> None:
    """Editors ask for them after each edit, beside the diagnostics; here the text is parsed for them too."""
    workspace, uri = Workspace([tmp_path]), (tmp_path / "main.ped").as_uri()

    def colour(number: int) -> None:
        document = workspace.documents.put(uri, text + "\n" * number)
        assert tokens.tokens(workspace, document).data

    coloured, check = beside_a_check(text, colour)
    assert coloured <= AT_MOST * check, f"{coloured:.3f} s over {check:.3f} s is {coloured / check:.2f}"
