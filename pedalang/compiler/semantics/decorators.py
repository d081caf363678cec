"""What stands behind `@`: which decorators there are, where they may stand; warnings where what is deprecated is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pedalang.compiler.semantics.members import HIDDEN
from pedalang.compiler.semantics.modules import Declared, Import, Module
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.compiler.syntax.node import names
from pedalang.diagnostic import Label, Report, near

DEPRECATED = "deprecated"
_KNOWN = {DEPRECATED: "`@deprecated(\"…\")` stands before a declaration",
          HIDDEN: "`@hidden` stands behind a field of a type"}


def of_declaration(decl: tree.Decl, scope: Scope) -> None:
    """Reports what is wrong with the decorators of a declaration."""
    _known(decl.decorators, DEPRECATED, scope)
    for decorator in _named(decl.decorators, DEPRECATED):
        if _instead(decorator) is None:
            scope.error("PED0307", decorator, "`@deprecated` does not say what to use instead",
                        "write for example `@deprecated(\"use `asks` instead\")`")


def of_field(field: tree.TypeField, scope: Scope) -> None:
    """Reports what is wrong with the decorators of a field of a type."""
    _known(field.decorators, HIDDEN, scope)
    for decorator in _named(field.decorators, HIDDEN):
        if decorator.arguments:
            scope.error("PED0307", decorator, "`@hidden` takes no arguments", "write `@hidden`")


def _known(decorators: Iterable[tree.Decorator], here: str, scope: Scope) -> None:
    seen: dict[str, tree.Decorator] = {}
    for decorator in decorators:
        name = decorator.name.text
        if name in seen:
            scope.twice(decorator, f"`@{name}`", seen[name])
        elif name in _KNOWN and name != here:
            scope.error("PED0214", decorator, f"`@{name}` has no meaning here", _KNOWN[name])
        elif name != here:
            meant = near(name, [here])
            scope.error("PED0214", decorator, f"unknown decorator `@{name}`",
                        f"did you mean `@{meant}`?" if meant else f"the known ones: {' and '.join(_KNOWN.values())}")
        seen.setdefault(name, decorator)


def _named(decorators: Iterable[tree.Decorator], name: str) -> Iterator[tree.Decorator]:
    return (decorator for decorator in decorators if decorator.name.text == name)


def _instead(decorator: tree.Decorator) -> tree.Text | None:
    """What `@deprecated` says to use instead."""
    match decorator.arguments:
        case (tree.Text() as said,):
            return said
    return None


def check(modules: dict[str, Module], report: Report) -> None:
    """Warns of uses of what is deprecated, in the program's own files; a declaration may use itself."""
    old = {id(decl): decorator for module in modules.values() for decl in module.decls.values()
           for decorator in _named(decl.decorators, DEPRECATED)}
    if not old:
        return
    for module in modules.values():
        if not module.name.startswith("std."):
            _module(module, old, report)


def _module(module: Module, old: dict[int, tree.Decorator], report: Report) -> None:
    for imported in module.imports.values():
        if imported.module is not None and imported.name is not None:
            _used(module, imported.node, Declared(imported.module, imported.module.decls[imported.name]), old, report)
    for decl in module.tree.decls:
        bound = {word.text for word in _bound(decl)}
        for word, found in _references(decl, module):
            if found.decl is not decl and word.text not in bound:
                _used(module, word, found, old, report)


def _used(module: Module, at: tree.Node, found: Declared[tree.Decl], old: dict[int, tree.Decorator],
          report: Report) -> None:
    decorator = old.get(id(found.decl))
    said = _instead(decorator) if decorator is not None else None
    name = found.decl.body.name
    if said is None or name is None:
        return
    report.warning("PED0213", module.span(at), f"`{name.text}` is deprecated",
                   help=texts.plain(found.module.source, said.word),
                   also=[Label(found.module.span(name), "declared here")])


def _references(node: tree.Node, module: Module) -> Iterator[tuple[tree.Word, Declared[tree.Decl]]]:
    """The names under a node that stand for declarations of this file, or of a module that it imports whole."""
    match node:
        case tree.Name(word=word) if word.text in module.decls:
            yield word, Declared(module, module.decls[word.text])
        case tree.Attribute(of=tree.Name(word=owner), name=word):
            yield from _in_module(module.imports.get(owner.text), word)
        case tree.NamePath(names=(word,)) if word.text in module.decls:
            yield word, Declared(module, module.decls[word.text])
        case tree.NamePath(names=(owner, word)):
            yield from _in_module(module.imports.get(owner.text), word)
        case tree.Must(name=word) if word.text in module.decls:
            yield word, Declared(module, module.decls[word.text])
        case tree.MovesDecl(names=words) | tree.MovesOrdered(names=words) | tree.May(names=words):
            yield from ((word, Declared(module, module.decls[word.text])) for word in words
                        if word.text in module.decls)
    inside = [part for part in texts.read(module.source, node.word, Report()) if isinstance(part, tree.Node)] \
        if isinstance(node, tree.Text) else _children(node)
    for child in inside:
        yield from _references(child, module)


def _in_module(imported: Import | None, word: tree.Word) -> Iterator[tuple[tree.Word, Declared[tree.Decl]]]:
    if imported is not None and imported.name is None and imported.module is not None \
            and word.text in imported.module.decls:
        yield word, Declared(imported.module, imported.module.decls[word.text])


def _bound(node: tree.Node) -> Iterator[tree.Word]:
    """The names that a declaration gives to its own parameters, variables and items."""
    match node:
        case tree.Param(key=word) | tree.StateVar(key=word) | tree.Cast(key=word) | tree.Comprehension(name=word) \
                | tree.Sample(name=word) | tree.Vary(name=word):
            yield word
    for child in _children(node):
        yield from _bound(child)


def _children(node: tree.Node) -> Iterator[tree.Node]:
    for name in names(type(node)):
        value = getattr(node, name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, tree.Node):
                yield child
