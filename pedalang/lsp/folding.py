"""What can be folded: declarations, blocks, lists and texts of several lines, comments, imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types

from pedalang.compiler.syntax import tree
from pedalang.compiler.syntax.node import names
from pedalang.diagnostic import Report
from pedalang.lsp.documents import Document

_COMMENTS = re.compile(r"(?:^[ \t]*//[^\n]*\n?){2,}", re.MULTILINE)
_FOLDED = (tree.Phase, tree.State, tree.On, tree.Act, tree.Policy, tree.Criterion, tree.Turn, tree.IfStmt, tree.List,
           tree.Record, tree.Text)


def folding(document: Document) -> list[types.FoldingRange]:
    """The parts of a text that stand on several lines."""
    module = document.tree(Report())
    found: dict[int, types.FoldingRange] = {}
    spans = [(found.start(), found.end() - 1, types.FoldingRangeKind.Comment)
             for found in _COMMENTS.finditer(document.text)]
    if module.imports:
        spans.append((module.imports[0].start, module.imports[-1].end, types.FoldingRangeKind.Imports))
    spans += [(node.start, node.end, types.FoldingRangeKind.Region) for decl in module.decls for node in _nodes(decl)]
    for start, end, kind in spans:
        first, last = document.position(start).line, document.position(end).line
        if last > first:
            found.setdefault(first, types.FoldingRange(first, last, kind=kind))
    return sorted(found.values(), key=lambda each: each.start_line)


def _nodes(decl: tree.Decl) -> Iterator[tree.Node]:
    """The nodes that can be folded, those outside first."""
    yield decl.body
    left: list[tree.Node] = [decl.body]
    while left:
        node = left.pop(0)
        for name in names(type(node)):
            value = getattr(node, name)
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, tree.Node) and not isinstance(child, tree.Word):
                    left.append(child)
                    if isinstance(child, _FOLDED):
                        yield child
