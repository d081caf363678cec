"""Imports that nothing in their file uses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pedalang.compiler.semantics.modules import Module
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report

_NAME = re.compile(r"[^\W0-9]\w*")


def check(modules: dict[str, Module], report: Report) -> None:
    """Warns of imported names that the main file does not use; a name inside a text's interpolation is a use."""
    main = modules[""]
    used = {name for decl in main.tree.decls for word in _words(decl) for name in _NAME.findall(word.text)}
    for name, (_, _, node) in main.imports.items():
        if name not in used:
            report.warning("PED0204", main.span(node), f"`{name}` is imported and not used", help="take it out")


def _words(node: tree.Node) -> Iterator[tree.Word]:
    """All words under a node but those of doc comments."""
    if isinstance(node, tree.Word):
        yield node
        return
    for name in node.__match_args__:
        if name != "docs":
            value = getattr(node, name)
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, tree.Node):
                    yield from _words(child)
