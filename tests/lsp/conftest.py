"""What tests of the language server share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp.editor import Editor


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor(tmp_path)


@pytest.fixture
def shown(editor: Editor) -> Callable[[types.Location | None], str]:
    """A location in words: file, line and column from 1, and what stands there."""
    def show(location: types.Location | None) -> str:
        if location is None:
            return "nowhere"
        document = editor.workspace.documents.get(location.uri)
        assert document is not None
        start, end = document.offset(location.range.start), document.offset(location.range.end)
        _, line, column = document.place(start)
        return f"{location.uri.rpartition('/')[2]}:{line}:{column} {document.text[start:end]}"
    return show
