"""What the language server takes for each question about a program of 1,000 lines: `python -m tests.lsp.measure`.

Processor time, the best of five runs; `first` is right after an edit, when nothing is known of the new text.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pedalang.compiler import compile
from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Report
from pedalang.lsp import completion, diagnostics, folding, hints, hover, outline, references, tokens
from pedalang.lsp.workspace import Workspace
from pedalang.source import Source
from tests.speed.test_server_speed import LINES, program

ROUNDS = 5


def main() -> None:
    """Prints a table."""
    text = program(LINES)
    with tempfile.TemporaryDirectory() as folder:
        workspace, path = Workspace([Path(folder)]), Path(folder, "main.ped")
        loader = compile.beside(path.parent)
        document = workspace.documents.put(path.as_uri(), text)
        place = document.position(text.index("-> done when student", len(text) // 2) + len("-> done when "))
        whole = document.range(0, len(text))

        def edited(number: int) -> None:
            workspace.documents.put(path.as_uri(), text + "\n" * (number + 1))

        def current() -> None:
            nonlocal document
            document = workspace.documents.opened[0]

        def first(ask: Callable[[], object]) -> Callable[[int], object]:
            return lambda number: (edited(number), current(), ask())

        asked: dict[str, Callable[[int], object]] = {
            "parse": lambda _: parse.parse(Source("main.ped", text), Report()),
            "check": lambda _: compile.compile_source(Source("main.ped", text), loader, "main"),
            "diagnostics, first": first(lambda: diagnostics.published(workspace, document)),
            "colours, first": first(lambda: tokens.tokens(workspace, document)),
            "completion, first": first(lambda: completion.completion(workspace, document, place)),
            "completion": lambda _: completion.completion(workspace, document, place),
            "hover": lambda _: hover.hover(workspace, document, place),
            "references": lambda _: references.references(workspace, document, place, True),
            "hints": lambda _: hints.hints(workspace, document, whole),
            "outline": lambda _: outline.outline(document),
            "folding": lambda _: folding.folding(document),
        }
        print(f"{text.count(chr(10)):,} lines, {len(text):,} characters")
        for name, ask in asked.items():
            print(f"{name:<20}{1000 * min(_seconds(ask, number) for number in range(ROUNDS)):8.1f} ms")


def _seconds(ask: Callable[[int], object], number: int) -> float:
    before = time.process_time()
    ask(number)
    return time.process_time() - before


if __name__ == "__main__":
    main()
