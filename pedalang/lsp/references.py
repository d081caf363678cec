"""All places that use a declaration, in all programs of the workspace."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from pedalang.lsp.documents import Document
from pedalang.lsp.symbols import Symbol, Use
from pedalang.lsp.workspace import Workspace


def references(workspace: Workspace, document: Document, position: types.Position,
               declaration: bool) -> list[types.Location]:
    """The uses of the name at a place, in order; with its declaration where that is asked for."""
    use = workspace.index(document).at(document.offset(position))
    if use is None or not isinstance(use.target, Symbol):
        return []
    return [types.Location(each.uri, each.range(found.start, found.end))
            for each, found in everywhere(workspace, use.target, document) if declaration or not found.declares]


def everywhere(workspace: Workspace, symbol: Symbol, document: Document) -> Iterator[tuple[Document, Use]]:
    """The uses of a symbol with the documents that they stand in, its own and this one first."""
    every = {each.uri: each for each in (document, *workspace.all_documents())}
    own = symbol.module.source
    if isinstance(own, Document):
        every.setdefault(own.uri, own)
    for each in every.values():
        if symbol.kind == "module" or symbol.name in each.text:
            yield from ((each, use) for use in workspace.index(each).of(symbol.key))


def highlights(workspace: Workspace, document: Document, position: types.Position) -> list[types.DocumentHighlight]:
    """The uses of the name at a place, in its own document."""
    index = workspace.index(document)
    use = index.at(document.offset(position))
    if use is None or not isinstance(use.target, Symbol):
        return []
    kinds = {True: types.DocumentHighlightKind.Write, False: types.DocumentHighlightKind.Read}
    return [types.DocumentHighlight(document.range(each.start, each.end), kinds[each.declares])
            for each in index.of(use.target.key)]
