"""The columns of a data file, from its beginning; for what stands behind `row.`."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from pedalang.compiler.syntax import texts, tree
from pedalang.lsp.documents import Document, path_of
from pedalang.lsp.symbols import Builtin
from pedalang.source import Source

MAX_BEGINNING = 1_000_000
"""Bytes of a data file that are read."""


def columns(path: Sequence[tree.Node], main: Document) -> list[Builtin]:
    """The columns of the dataset that a path of nodes is in; none where its file is not there or is of another kind."""
    dataset = next((each for each in path if isinstance(each, tree.DatasetDecl)), None)
    home = path_of(main.uri)
    if dataset is None or dataset.path is None or home is None:
        return []
    file = texts.plain(Source("", main.text), dataset.path)
    return [Builtin(name, "column", None, f"A column of `{file}`.") for name in _of_file(home.parent, file)]


def _of_file(folder: Path, file: str) -> list[str]:
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            beginning = opened.read(MAX_BEGINNING)
        match path.suffix.lower():
            case ".csv":
                return [cell.strip() for cell in next(csv.reader(beginning.splitlines()), [])]
            case ".jsonl":
                return _keys(next(line for line in beginning.splitlines() if line.strip()))
            case ".json":
                return _keys(beginning.lstrip().removeprefix("["))
    except (OSError, ValueError, RecursionError, StopIteration, csv.Error):
        pass
    return []


def _keys(text: str) -> list[str]:
    """The keys of the object that a text begins with."""
    found, _ = json.JSONDecoder().raw_decode(text.lstrip())
    return list(found) if isinstance(found, dict) else []
