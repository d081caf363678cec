"""What a file declares, as a tree; and what all files of the workspace declare."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from pedalang.compiler.semantics import references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report
from pedalang.lsp import symbols
from pedalang.lsp.documents import Document
from pedalang.lsp.workspace import Workspace

MAX_SYMBOLS = 500
"""Symbols that a search of the workspace gives."""

_KINDS: dict[type[tree.Node], types.SymbolKind] = {
    tree.TypeDecl: types.SymbolKind.Struct, tree.TypeField: types.SymbolKind.Field,
    tree.EnumDecl: types.SymbolKind.Enum, tree.EnumCase: types.SymbolKind.EnumMember,
    tree.ScaleDecl: types.SymbolKind.Enum, tree.LetDecl: types.SymbolKind.Constant,
    tree.LetTyped: types.SymbolKind.Constant, tree.DefDecl: types.SymbolKind.Function,
    tree.PredicateDecl: types.SymbolKind.Function, tree.MoveDecl: types.SymbolKind.Event,
    tree.MovesDecl: types.SymbolKind.Array, tree.MovesOrdered: types.SymbolKind.Array,
    tree.MisconceptionDecl: types.SymbolKind.Object, tree.RoleDecl: types.SymbolKind.Class,
    tree.StudentDecl: types.SymbolKind.Class, tree.StateVar: types.SymbolKind.Property,
    tree.Act: types.SymbolKind.Method, tree.Say: types.SymbolKind.String, tree.On: types.SymbolKind.Event,
    tree.FlowDecl: types.SymbolKind.Module, tree.Cast: types.SymbolKind.Variable,
    tree.Phase: types.SymbolKind.Namespace, tree.ContractDecl: types.SymbolKind.Interface,
    tree.Clause: types.SymbolKind.Boolean, tree.RubricDecl: types.SymbolKind.Interface,
    tree.Criterion: types.SymbolKind.Number, tree.DatasetDecl: types.SymbolKind.File,
    tree.ClassifierDecl: types.SymbolKind.Function, tree.ModelDecl: types.SymbolKind.Object,
    tree.RunDecl: types.SymbolKind.Function, tree.ObserveDecl: types.SymbolKind.Function,
    tree.MatrixDecl: types.SymbolKind.Function, tree.TestDecl: types.SymbolKind.Function,
    tree.PropertyDecl: types.SymbolKind.Function,
}


def outline(document: Document) -> list[types.DocumentSymbol]:
    """The declarations of a document with what they declare in turn, in order."""
    return [symbol for decl in document.tree(Report()).decls
            if (symbol := _symbol(decl.body, decl.start, document)) is not None]


def _symbol(node: tree.Node, start: int, document: Document) -> types.DocumentSymbol | None:
    word = _word(node)
    kind = _KINDS.get(type(node), types.SymbolKind.Object)
    if word is None:
        return None
    children = [symbol for child in _children(node) if (symbol := _symbol(child, child.start, document)) is not None]
    name = document.text[word.start:word.end].strip('"') or "?"
    return types.DocumentSymbol(
        name=name, kind=kind, range=document.range(min(start, word.start), max(node.end, word.end)),
        selection_range=document.range(word.start, word.end), detail=_detail(node, document), children=children or None)


def _word(node: tree.Node) -> tree.Node | None:
    """The word that names a node; of a handler its event."""
    match node:
        case tree.On(event=event):
            return event
        case tree.Field():
            return None
    found = getattr(node, "name", None) or getattr(node, "key", None)
    return found if isinstance(found, tree.Word) else None


def _detail(node: tree.Node, document: Document) -> str:
    match node:
        case tree.TypeField(type=of) | tree.StateVar(type=of):
            return document.text[of.start:of.end]
        case tree.Cast(role=role):
            return document.text[role.start:role.end]
        case tree.On() | tree.Say() | tree.Phase() | tree.Act() | tree.Criterion():
            return type(node).__name__.lower()
        case tree.Clause(severity=severity):
            return severity.text if severity is not None else ""
        case tree.EnumCase():
            return ""
    return references.kind(node).partition(" ")[2]


def _children(node: tree.Node) -> Iterator[tree.Node]:
    for name in ("fields", "cases", "items", "vars", "clauses"):
        for child in getattr(node, name, None) or ():
            if isinstance(child, tree.State):
                yield from child.vars
            elif type(child) in _KINDS:
                yield child


def search(workspace: Workspace, query: str) -> list[types.WorkspaceSymbol]:
    """Declarations of the workspace whose names have the letters of the query, in order."""
    found: list[types.WorkspaceSymbol] = []
    for document in workspace.all_documents():
        _, module = workspace.home(document)
        for decl in module.tree.decls:
            symbol = symbols.of_declaration(Declared(module, decl.body))
            if symbol is not None and _fits(query.casefold(), symbol.name.casefold()):
                where = types.Location(document.uri, document.range(symbol.word.start, symbol.word.end))
                found.append(types.WorkspaceSymbol(where, symbol.name, _KINDS.get(type(decl.body),
                                                                                  types.SymbolKind.Object)))
                if len(found) == MAX_SYMBOLS:
                    return found
    return found


def _fits(query: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in query)
