"""What a main file brings or declares and does not use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from pedalang.compiler.semantics.modules import Module, declared
from pedalang.compiler.syntax import texts, tree
from pedalang.compiler.syntax.node import names
from pedalang.diagnostic import Fix, Report, writing
from pedalang.source import Source, Span

_NAME = re.compile(r"[^\W0-9]\w*")


def check(modules: dict[str, Module], report: Report) -> None:
    """Warns of imported names that the main file does not use, and of roles that it casts nowhere, whose texts are read
    here. A name inside a text's interpolation is a use."""
    main = modules[""]
    used = Counter(name for decl in main.tree.decls for word in _words(decl) for name in _NAME.findall(word.text))
    unused = {name: imported.node for name, imported in main.imports.items() if name not in used}
    for name, node in unused.items():
        report.warning("PED0204", main.span(node), f"`{name}` is imported and not used", help="take it out",
                       fixes=_without(main, node, list(unused.values())))
    played = any(declared(main, tree.FlowDecl))  # else it is a module of roles for others
    for kind in (tree.RoleDecl, tree.StudentDecl):
        for found in declared(main, kind):
            word = found.decl.name
            if not played or used[word.text] == 1:
                _read_texts(found.decl, main.source, report)
            if played and used[word.text] == 1:
                report.warning("PED0212", main.span(word), f"`{word.text}` is cast in no flow, so it was not checked",
                               help="cast it, or take it out")


def _read_texts(decl: tree.Node, source: Source, report: Report) -> None:
    """Reports interpolations that cannot be read: nothing else looks into the texts of what is not played."""
    for word in _words(decl):
        if word.text.startswith('"') and "{{" in word.text:
            texts.read(source, word, report)


def _without(main: Module, node: tree.Node, unused: Sequence[tree.Node]) -> tuple[Fix, ...]:
    """Takes an import out: its line where nothing of it is used, else the name and one comma. Nothing where a comment
    stands between."""
    line = next(each for each in main.tree.imports if each is node or node in getattr(each, "items", ()))
    items = line.items if isinstance(line, tree.FromImport) else ()
    kept = [at for at, item in enumerate(items) if all(item is not each for each in unused)]
    if not kept:
        return writing("take the import out", _line(main.span(line)), "")
    at = next(at for at, item in enumerate(items) if item is node)
    start, end = (node.start, items[at + 1].start) if at < kept[0] else (items[at - 1].end, node.end)
    gap = main.source.text[node.end : end] + main.source.text[start : node.start]
    return writing("take the name out", Span(main.source, start, end), "") if not gap.strip(", \t\r\n") else ()


def _line(span: Span) -> Span:
    """The span with its line break, where it has its lines for itself."""
    text = span.source.text
    start, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    alone = not text[start : span.start].strip() and not text[span.end : end].strip()
    return Span(span.source, start, end) if alone else span


def _words(node: tree.Node) -> list[tree.Word]:
    """All words under a node but those of doc comments, in any order."""
    found: list[tree.Word] = []
    waiting: list[tree.Node] = [node]
    while waiting:
        for value in _parts(type(each := waiting.pop()))(each):
            if type(value) is tree.Word:
                found.append(value)
            elif type(value) is tuple:
                for child in value:
                    (found if type(child) is tree.Word else waiting).append(child)
            elif isinstance(value, tree.Node):
                waiting.append(value)
    return found


@cache
def _parts(kind: type[tree.Node]) -> Callable[[tree.Node], tuple[Any, ...]]:
    """What gives the parts of a node, its doc comments aside; always a tuple."""
    parts = [name for name in names(kind) if name != "docs"]
    if len(parts) > 1:
        return attrgetter(*parts)
    return (lambda node: (getattr(node, parts[0]),)) if parts else lambda node: ()
