"""Names and sentences: no drawers, a docstring where people look for one, no words from outside the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

DRAWERS = {"util", "utils", "core", "base", "common", "manager", "managers", "helper", "helpers", "misc", "shared"}

PLAIN_LINES = 6
"""A method up to this long says by its name and types what it does."""

TREE = "pedalang/compiler/syntax/tree.py"
"""Its classes are the grammar's rules, where each is explained."""

PROMISED = {"availability"}
"""What the files of a folder have in common is explained in the folder's own docstring."""

OUTSIDE = re.compile(r"(?<![\w.])/root/\w|\b(TODO|FIXME|XXX)\b")
"""Places on somebody's machine, and work put off."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_no_file_is_a_drawer(written: list[Path], root: Path) -> None:
    found = [str(path.relative_to(root)) for path in written
             if DRAWERS & {part.lower() for part in (*path.relative_to(root).parts[:-1], path.stem)}]
    assert not found, "\n".join(map(str, found))


def test_public_things_have_a_docstring(modules: dict[str, ast.Module]) -> None:
    bare = [f"{path}: {name}" for path, module in modules.items() for name in _bare(path, module)]
    assert not bare, "\n".join(map(str, bare))


def _bare(path: str, module: ast.Module) -> Iterator[str]:
    """What has no docstring: the module, its public classes and functions, and their methods that are not plain."""
    if ast.get_docstring(module) is None:
        yield "the module"
    for node in module.body if path != TREE else []:
        if isinstance(node, Definition) and not node.name.startswith("_") and node.name not in PROMISED:
            if ast.get_docstring(node) is None:
                yield node.name
            for method in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(method, Definition) and not method.name.startswith("_") \
                        and ast.get_docstring(method) is None and not _plain(method):
                    yield f"{node.name}.{method.name}"


def _plain(method: Definition) -> bool:
    return (method.end_lineno or method.lineno) - method.lineno < PLAIN_LINES


def test_nothing_speaks_of_what_is_outside_the_project(written: list[Path], root: Path) -> None:
    found = [f"{path.relative_to(root)}:{number}: {line.strip()[:100]}"
             for path in written if path != Path(__file__)
             for number, line in enumerate(_lines(path), 1) if OUTSIDE.search(line)]
    assert not found, "\n".join(map(str, found))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []
