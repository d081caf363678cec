"""How many tokens a role's prompt, its words or a judge's question are, by estimate, beside where they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lsprotocol import types

from pedalang import prompt
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import texts, tree
from pedalang.compiler.syntax.node import names
from pedalang.diagnostic import Report
from pedalang.lsp.documents import Document
from pedalang.lsp.symbols import Index
from pedalang.lsp.workspace import Workspace

_PROMPTS = ("voice", "persona", "say", "ask", "goal", "intent")
"""The fields whose texts models read."""
OF_A_TEXT = 20
"""Tokens that stand for a value that is a text or a list, which nobody knows before a run."""
OF_A_VALUE = 2


class _Size(NamedTuple):
    """The tokens of a text; of them `values` are for values that are not known yet."""

    tokens: int
    values: int


def hints(workspace: Workspace, document: Document, part: types.Range) -> list[types.InlayHint]:
    """The estimates for what begins in a part of a document."""
    start, end = document.offset(part.start), document.offset(part.end)
    index = workspace.index(document)
    found: list[types.InlayHint] = []
    for decl in document.tree(Report()).decls:
        if decl.start <= end and decl.end >= start:
            for key, value in _prompts(decl.body):
                sizes = [_size(text, document, index) for text in _texts(value)]
                if sizes and start <= key.start <= end:
                    found.append(_hint(document, key.end + 1, sizes))
    return found


def _hint(document: Document, offset: int, sizes: list[_Size]) -> types.InlayHint:
    least, most = (pick(sizes, key=lambda size: size.tokens).tokens for pick in (min, max))
    values = sum(size.values for size in sizes)
    shown = f"{least}–{most}" if least != most else f"{most}"
    of = "each of " + str(len(sizes)) + " texts" if len(sizes) > 1 else "the text"
    tooltip = f"An estimate of how many tokens {of} is for a model; models differ." + (
        f" Values that are put in count {OF_A_VALUE} each, texts {OF_A_TEXT}." if values else "")
    return types.InlayHint(document.position(offset), f"≈ {shown} {'token' if shown == '1' else 'tokens'}",
                           padding_left=True, tooltip=tooltip)


def _prompts(node: tree.Node) -> Iterator[tuple[tree.Word, tree.Node]]:
    """The fields below a node whose texts models read."""
    for child in _children(node):
        match child:
            case tree.Field(key=key, value=value) if key.text in _PROMPTS:
                yield key, value
            case tree.Say(key=key, candidates=value):
                yield key, value
            case _:
                yield from _prompts(child)


def _texts(value: tree.Node) -> Iterator[tree.Text]:
    """The texts that an expression may be: those of a list, of both sides of a condition."""
    match value:
        case tree.Text():
            yield value
        case tree.List(items=items):
            for item in items:
                yield from _texts(item)
        case tree.Conditional(then=then, otherwise=otherwise):
            yield from _texts(then)
            yield from _texts(otherwise)


def _children(node: tree.Node) -> Iterable[tree.Node]:
    for name in names(type(node)):
        value = getattr(node, name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, tree.Node) and not isinstance(child, tree.Word):
                yield child


def _size(text: tree.Text, document: Document, index: Index) -> _Size:
    parts = texts.read(document, text.word, Report())
    values = [part for part in parts if not isinstance(part, str)]
    said = prompt.estimated_tokens(" ".join(part for part in parts if isinstance(part, str)))
    return _Size(said + sum(_of_value(value, index) for value in values), len(values))


def _of_value(value: tree.Expr, index: Index) -> int:
    word = value.name if isinstance(value, tree.Attribute) else value.word if isinstance(value, tree.Name) else None
    use = index.at(word.start) if word is not None else None
    of: Type | None = use.target.type if use is not None else None
    return OF_A_TEXT if of is None or of.name in ("Text", "List", "Map", "Any") else OF_A_VALUE
