"""What a main file brings or declares and does not use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from pedalang.compiler.semantics.modules import Module, declared
from pedalang.compiler.syntax import tree
from pedalang.compiler.syntax.node import names
from pedalang.diagnostic import Report

_NAME = re.compile(r"[^\W0-9]\w*")


def check(modules: dict[str, Module], report: Report) -> None:
    """Warns of imported names that the main file does not use, and of roles that it casts nowhere. A name inside a
    text's interpolation is a use."""
    main = modules[""]
    used = Counter(name for decl in main.tree.decls for word in _words(decl) for name in _NAME.findall(word.text))
    for name, imported in main.imports.items():
        if name not in used:
            report.warning("PED0204", main.span(imported.node), f"`{name}` is imported and not used",
                           help="take it out")
    if not any(declared(main, tree.FlowDecl)):
        return  # a module of roles for others
    for kind in (tree.RoleDecl, tree.StudentDecl):
        for found in declared(main, kind):
            word = found.decl.name
            if used[word.text] == 1:
                report.warning("PED0212", main.span(word), f"`{word.text}` is cast in no flow, so it was not checked",
                               help="cast it, or take it out")


def _words(node: tree.Node) -> Iterator[tree.Word]:
    """All words under a node but those of doc comments."""
    if isinstance(node, tree.Word):
        yield node
        return
    for name in names(type(node)):
        if name != "docs":
            value = getattr(node, name)
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, tree.Node):
                    yield from _words(child)
