"""An editor without a process: texts are opened in a workspace, a place in one is written as `‸`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types

from pedalang.lsp.documents import Document
from pedalang.lsp.workspace import Workspace

CURSOR = "‸"


@dataclass
class Editor:
    """A folder with programs, opened as a workspace."""

    folder: Path
    workspace: Workspace = field(init=False)

    def __post_init__(self) -> None:
        self.workspace = Workspace([self.folder])

    def save(self, name: str, text: str) -> Path:
        """Writes a file without opening it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.workspace.moved()
        return path

    def open(self, text: str, name: str = "main.ped") -> tuple[Document, types.Position]:
        """Opens a text; gives the document and the place of the cursor, or the beginning."""
        before, _, after = text.partition(CURSOR)
        document = self.workspace.documents.put((self.folder / name).as_uri(), before + after)
        self.workspace.moved()
        return document, document.position(len(before) if CURSOR in text else 0)
