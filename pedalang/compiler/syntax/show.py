"""A tree as text, for people and for tests: one node a line, with what it says and where it begins."""

from __future__ import annotations

from collections.abc import Iterator

from pedalang.compiler.syntax import tree
from pedalang.compiler.syntax.node import names
from pedalang.source import Source

_INDENT = "  "


def to_text(node: tree.Node, source: Source) -> str:
    """The tree below a node, its lines indented: `name: Call 3:5`. What is absent or empty is left out."""
    return "\n".join(_lines(node, "", 0, source)) + "\n"


def _lines(node: tree.Node, label: str, depth: int, source: Source) -> Iterator[str]:
    place = source.place(node.start)
    words = _words(node)
    yield f"{_INDENT * depth}{label}{type(node).__name__}{words} {place.line}:{place.column}"
    for name in names(type(node)):
        value = getattr(node, name)
        if isinstance(value, tuple):
            yield from _members(name, value, depth + 1, source)
        elif isinstance(value, tree.Node) and not isinstance(value, tree.Word):
            yield from _lines(value, f"{name}: ", depth + 1, source)


def _members(name: str, values: tuple[tree.Node, ...], depth: int, source: Source) -> Iterator[str]:
    """The members of a list, below a line with its name; words are on the line of their node."""
    nodes = [value for value in values if not isinstance(value, tree.Word)]
    if nodes:
        yield f"{_INDENT * depth}{name}:"
    for value in nodes:
        yield from _lines(value, "", depth + 1, source)


def _words(node: tree.Node) -> str:
    """The words that a node holds, in order, each with its field's name unless that is plain from the class."""
    found = ""
    for name in names(type(node)):
        value = getattr(node, name)
        inner = value if isinstance(value, tuple) else (value,)
        words = [word.text for word in inner if isinstance(word, tree.Word)]
        if words:
            label = "" if name in ("name", "word", "key", "names", "number", "operator") else f"{name}="
            found += f" {label}{' '.join(words)}".replace("\r", "\\r").replace("\n", "\\n")
    return found
