"""Names in the colour of what they stand for. Keywords, texts and numbers are the editor's own grammar's."""

from __future__ import annotations

from lsprotocol import types

from pedalang.lsp.documents import Document
from pedalang.lsp.symbols import Builtin, Symbol, Use
from pedalang.lsp.workspace import Workspace

_TYPES = {
    "module": "namespace", "type": "type", "enum": "enum", "case": "enumMember", "scale": "enum", "role": "class",
    "student": "class", "flow": "class", "contract": "interface", "rubric": "interface", "function": "function",
    "predicate": "function", "move": "event", "act": "event", "event": "event", "set of moves": "event",
    "parameter": "parameter", "field": "property", "column": "property", "state": "property", "split": "property",
}
_OTHER = "variable"
_MODIFIERS = ("declaration", "readonly", "defaultLibrary", "deprecated")
_CONSTANT = ("value", "case", "parameter")
LEGEND = types.SemanticTokensLegend([*dict.fromkeys((*_TYPES.values(), _OTHER))], [*_MODIFIERS])
_NUMBERS = {kind: LEGEND.token_types.index(name) for kind, name in (*_TYPES.items(), (_OTHER, _OTHER))}


def tokens(workspace: Workspace, document: Document) -> types.SemanticTokens:
    """The names of a document, each as five numbers after the one before, as the protocol wants them."""
    data: list[int] = []
    line = column = end = 0
    for use in workspace.index(document).uses:
        if use.start < end or use.end <= use.start:
            continue  # one name, one colour
        end = use.end
        down, right = document.counted(use.start)
        column = column if down == line else 0
        length = document.units(document.text[use.start:use.end])
        data += (down - line, right - column, length, _NUMBERS.get(use.target.kind, _NUMBERS[_OTHER]), _modifiers(use))
        line, column = down, right
    return types.SemanticTokens(data)


def _modifiers(use: Use) -> int:
    target = use.target
    standard = isinstance(target, Builtin) or target.module.name.startswith("std.")
    given = {"declaration": use.declares, "readonly": target.kind in _CONSTANT, "defaultLibrary": standard,
             "deprecated": isinstance(target, Symbol) and target.is_deprecated}
    return sum(1 << number for number, name in enumerate(_MODIFIERS) if given[name])
