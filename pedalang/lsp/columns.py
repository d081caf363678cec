"""The columns of data files, for checks and for what stands behind `row.`. A file that has changed is read again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from pedalang.compiler.syntax import texts, tree
from pedalang.exchange import tables
from pedalang.lsp.symbols import Builtin
from pedalang.source import Source

Stamp: TypeAlias = "tuple[int, int] | None"
"""When a file was changed last, and its size; None where there is none."""


class Tables:
    """The columns of the files that were asked for."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Stamp, tuple[str, ...] | None]] = {}

    def columns(self, folder: Path, file: str) -> tuple[str, ...] | None:
        """The columns of a file in a folder; None where they are not known."""
        path, now = folder / file, stamp(folder / file)
        if path not in self._known or self._known[path][0] != now:
            self._known[path] = (now, tables.beside(folder)(file))
        return self._known[path][1]


def stamp(path: Path) -> Stamp:
    """What tells whether a file has changed."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size


def file_of(path: Sequence[tree.Node], text: str) -> str | None:
    """The file of the dataset that a path of nodes is in."""
    dataset = next((each for each in path if isinstance(each, tree.DatasetDecl)), None)
    return texts.plain(Source("", text), dataset.path) if dataset is not None and dataset.path is not None else None


def shown(names: tuple[str, ...] | None, file: str) -> list[Builtin]:
    """Columns as what can stand behind `row.`."""
    return [Builtin(name, "column", None, f"A column of `{file}`.") for name in names or ()]
