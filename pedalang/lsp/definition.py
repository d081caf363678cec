"""Where a name is declared: in this file, in another one, or in the standard library."""

from __future__ import annotations

from lsprotocol import types

from pedalang.lsp.documents import Document, location
from pedalang.lsp.symbols import Symbol
from pedalang.lsp.workspace import Workspace


def definition(workspace: Workspace, document: Document, position: types.Position) -> types.Location | None:
    """The declaration of the name at a place; None for what the language itself has."""
    use = workspace.index(document).at(document.offset(position))
    return location(use.target.span) if use is not None and isinstance(use.target, Symbol) else None
