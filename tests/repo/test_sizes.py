"""Files and functions stay short enough to be read at once. A longer file says in its first lines why it is one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 50
REASON = "One file, although it is long:"
"""How a longer file begins the sentence that says why."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(written: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in written:
        if path.suffix == ".py":
            yield path, path.read_text(encoding="utf-8")


def test_files_are_short_or_say_why_not(written: list[Path], root: Path) -> None:
    long = [f"{path.relative_to(root)}: {text.count(chr(10))} lines" for path, text in python_files(written)
            if text.count("\n") > FILE_LINES and REASON not in " ".join(text[:2000].split())]
    assert not long, "\n".join([f"cut these, or begin a sentence of the docstring with `{REASON}`", *long])


def test_functions_are_short(written: list[Path], root: Path) -> None:
    long = [f"{path.relative_to(root)}:{node.lineno} {node.name}: {_lines(node)} lines"
            for path, text in python_files(written)
            for node in ast.walk(ast.parse(text)) if isinstance(node, Function) and _lines(node) > FUNCTION_LINES]
    assert not long, "\n".join(long)


def _lines(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
