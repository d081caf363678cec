"""The columns of a data file, where it is there, against what a data set reads of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath, PureWindowsPath

from pedalang.compiler.semantics import written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.compiler.syntax.node import names
from pedalang.diagnostic import did_you_mean


def inside(decl: tree.DatasetDecl, at: tree.Word, path: str, scope: Scope) -> bool:
    """Whether a path does not lead out of the program's folder; reported where it does."""
    if leads_out(path):
        scope.error("PED0812", at, f"`{path}` leads out of the program's folder", "put the data beside the program, or "
                    f"say where it is in each run: `--data {decl.name.text}=PATH`")
    return not leads_out(path)


def check(decl: tree.DatasetDecl, path: str, of: Declared[tree.TypeDecl] | None, scope: Scope) -> None:
    """Reports columns that the file does not have."""
    found = scope.around.columns(path)
    if found is None:
        return
    mapped: dict[str, tree.Map] = {}
    for item in decl.items:
        if isinstance(item, tree.Map):
            mapped[item.name.text] = item
        if isinstance(item, tree.Map | tree.Field):
            for word in _read(item.value):
                if word.text not in found:
                    _lacking(word, f"`{path}` has no column `{word.text}`", word.text, found, scope)
    if of is not None and decl.type is not None:
        _unmapped(decl.type, path, of, mapped.keys() | set(found), found, scope)


def leads_out(path: str) -> bool:
    """Whether a path is not one inside the program's folder, by how it is written: an address is none either."""
    absolute = PurePath(path).is_absolute() or PureWindowsPath(path).is_absolute()
    return absolute or "://" in path or ".." in PureWindowsPath(path).parts


def _unmapped(at: tree.Type, path: str, of: Declared[tree.TypeDecl], given: set[str], found: Sequence[str],
              scope: Scope) -> None:
    inner = scope.inside(of, {})
    for field in of.decl.fields:
        name = field.key.text
        if field.default is None and name not in given and not written.read(field.type, inner).optional:
            _lacking(at, f"`{path}` has no column `{name}`, which a `{of.decl.name.text}` needs", name, found, scope)


def _lacking(at: tree.Node, message: str, name: str, found: Sequence[str], scope: Scope) -> None:
    near, known = did_you_mean(name, found), ", ".join(f"`{each}`" for each in found)
    scope.error("PED0803", at, message, f"{near} " * bool(near) + f"its columns: {known}")


def _read(node: tree.Node) -> Iterator[tree.Word]:
    """The columns that an expression must find in its row."""
    match node:
        case tree.Attribute(of=tree.Name(word=word), name=name) if word.text == "row":
            yield name
            return
    for part in names(type(node)):
        value = getattr(node, part)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, tree.Node):
                yield from _read(child)
