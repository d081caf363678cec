"""Loads a program's modules: its main file, what that imports, and what those import. Files come through a loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Generic, NamedTuple, TypeVar

from pedalang.compiler.syntax import parse, tree
from pedalang.diagnostic import Label, Report, did_you_mean, near
from pedalang.source import Source, Span

EDITION = 1

Loader = Callable[[str], Source | None]
"""From a dotted module name, such as `std.moves.mathdial` or `parts.learner` (relative to the main file), to its
source; None where there is no such module. Raises `Unreadable`."""

Reader = Callable[[Source, Report], tree.Module]
"""Makes the tree of a source, as `parse.parse` does: an editor's server keeps those of sources that did not change."""


class Unreadable(Exception):
    """A module is there and cannot be read; the message says why."""


class Import(NamedTuple):
    """What a local name stands for: a whole module, or a declaration of it. Of a failed import the module is None."""

    module: Module | None
    name: str | None
    node: tree.FromImport | tree.ImportModule | tree.ImportItem


@dataclass(slots=True, eq=False)
class Module:
    """One file: its declarations by name, and what it imports by local name; both in order."""

    name: str
    source: Source
    tree: tree.Module
    decls: dict[str, tree.Decl] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    by_kind: dict[type[tree.Node], list[Declared[Any]]] = field(default_factory=dict)
    cases: dict[str, list[Declared[tree.EnumDecl]]] = field(default_factory=dict)
    """The enums that have a case of that name."""
    misconceptions: dict[str, list[Declared[tree.MisconceptionDecl]]] = field(default_factory=dict)
    """By what they are about, as it is written."""
    file: str = field(init=False)
    """What a plan calls the file: the same, wherever the program lies and from wherever it is compiled."""

    def __post_init__(self) -> None:
        self.file = self.source.name if self.name else PurePath(self.source.name).name

    def span(self, node: tree.Node) -> Span:
        return Span(self.source, node.start, node.end)

    def place(self, node: tree.Node) -> str:
        """Where a node stands, for a plan: file, line and column."""
        _, line, column = self.source.place(node.start)
        return f"{self.file}:{line}:{column}"


Kind = TypeVar("Kind", bound=tree.Node, covariant=True)


@dataclass(frozen=True, slots=True)
class Declared(Generic[Kind]):
    """A declaration and the module that it stands in."""

    module: Module
    decl: Kind


def declared(module: Module, kind: type[Kind]) -> Iterator[Declared[Kind]]:
    """A module's own declarations of a kind, in order."""
    yield from module.by_kind.get(kind, ())


class _Origin(NamedTuple):
    """Where modules come from: a loader of sources, and what makes trees of them."""

    loader: Loader
    read: Reader


def load(source: Source, loader: Loader, report: Report, read: Reader = parse.parse) -> dict[str, Module]:
    """All modules that a program needs, the main one under the name ``. Mistakes are reported; what can be used is."""
    found: dict[str, Module] = {}
    _load("", source, _Origin(loader, read), report, found, ())
    return found


def _load(name: str, source: Source, origin: _Origin, report: Report, found: dict[str, Module],
          path: tuple[str, ...]) -> Module:
    module = found[name] = Module(name, source, origin.read(source, report))
    edition = module.tree.edition
    if edition is not None and edition.number.text != str(EDITION):
        refuse_edition(edition.number.text, module.span(edition.number), report)
    for node in module.tree.imports:
        imported = _target(module, node.path, origin, report, found, (*path, name))
        _bind(module, node, imported, report)
    _declare(module, report)
    return module


def refuse_edition(number: str, span: Span, report: Report) -> None:
    """Reports a file for an edition that is not known."""
    report.error("PED0207", span, f"this file is written for edition {number} of the language",
                 help=f"this version of pedalang knows edition {EDITION}: write `pedalang {EDITION}`, or install a "
                 "newer version")


def _declare(module: Module, report: Report) -> None:
    for decl in module.tree.decls:
        word = decl.body.name
        if word is None:  # an `optimize` without a name
            continue
        if word.text in module.decls:
            earlier = module.decls[word.text].body.name
        elif word.text in module.imports:
            earlier = module.imports[word.text].node
        else:
            module.decls[word.text] = decl
            _note(module, decl.body)
            continue
        assert earlier is not None
        _twice(module, word, earlier, report)


def _note(module: Module, body: tree.Declaration) -> None:
    """Puts a declaration where it is found by its kind; an enum by its cases, a misconception by its record."""
    module.by_kind.setdefault(type(body), []).append(Declared(module, body))
    if isinstance(body, tree.EnumDecl):
        for name in dict.fromkeys(case.name.text for case in body.cases):
            module.cases.setdefault(name, []).append(Declared(module, body))
    elif isinstance(body, tree.MisconceptionDecl):
        module.misconceptions.setdefault(body.type.text, []).append(Declared(module, body))


def _twice(module: Module, word: tree.Word, earlier: tree.Node, report: Report) -> None:
    report.error("PED0202", module.span(word), f"`{word.text}` is declared twice",
                 help="give one of them another name", also=[Label(module.span(earlier), "declared here first")])


def _bind(module: Module, node: tree.FromImport | tree.ImportModule, imported: Module | None, report: Report) -> None:
    """The names that an import brings. After a mistake they stand for what fits everywhere, so that it is said once."""
    if isinstance(node, tree.ImportModule):
        _import(module, node.alias or node.path.names.names[-1], Import(imported, None, node), report)
        return
    for item in node.items:
        name = item.name.text
        if imported is not None and name not in imported.decls and name in imported.imports:
            private(imported, name, module.span(item.name), report)
            _import(module, item.alias or item.name, Import(None, name, item), report)
        elif imported is not None and name not in imported.decls:
            if not _has_mistakes(imported, report):  # one of which may have cost it this declaration
                report.error("PED0201", module.span(item.name), f"the module `{imported.name}` has no `{name}`",
                             help=did_you_mean(name, imported.decls))
            _import(module, item.alias or item.name, Import(None, name, item), report)
            meant = near(name, imported.decls)
            if meant is not None and item.alias is None:  # it may be written right where it is used
                module.imports.setdefault(meant, Import(None, meant, item))
        else:
            _import(module, item.alias or item.name, Import(imported, name, item), report)


def private(module: Module, name: str, span: Span, report: Report) -> None:
    """Reports a name that a module has only imported itself."""
    found = module.imports[name]
    home = found.module.name if found.module is not None else ""
    original = found.name or name
    help = (f"write `from {home} import {original}`" if found.name is not None else f"write `import {home}`") \
        if home else "import it from where it is declared"
    report.error("PED0203", span, f"`{name}` is no name of the module `{module.name}`: it is imported there",
                 help=help, also=[Label(module.span(found.node), "imported here")])


def _has_mistakes(module: Module, report: Report) -> bool:
    return any(d.span is not None and d.span.source is module.source for d in report.errors)


def _import(module: Module, word: tree.Word, what: Import, report: Report) -> None:
    if word.text in module.imports:
        _twice(module, word, module.imports[word.text].node, report)
    else:
        module.imports[word.text] = what


def _target(module: Module, path: tree.ModulePath, origin: _Origin, report: Report, found: dict[str, Module],
            loading: tuple[str, ...]) -> Module | None:
    """The module that an import names, loaded if it is not yet. None after a mistake."""
    name = _absolute(module, path, report)
    if name is None:
        return None
    if name in loading:
        report.error("PED0205", module.span(path), f"the module `{name}` imports itself: {_chain(loading, name)}",
                     help="move what both need into a module of its own")
        return None
    if name in found:
        return found[name]
    try:
        source = origin.loader(name)
    except Unreadable as error:
        report.error("PED0206", module.span(path), f"the module `{name}` cannot be read: {error}")
        return None
    if source is None:
        report.error("PED0206", module.span(path), f"there is no module `{name}`",
                     help="modules of the standard library begin with `std.`; others are files beside the program")
        return None
    return _load(name, source, origin, report, found, loading)


def _absolute(module: Module, path: tree.ModulePath, report: Report) -> str | None:
    """The full name of an imported module: leading dots go up from the one that imports it."""
    names = [word.text for word in path.names.names]
    up = sum(len(word.text) for word in path.dots)
    if up == 0:
        return ".".join(names)
    parents = module.name.split(".") if module.name else [""]
    if up > len(parents):
        report.error("PED0206", module.span(path), "this import leads out of the program's folder",
                     help="use fewer dots, or the module's full name")
        return None
    return ".".join([*parents[: len(parents) - up], *names])


def _chain(loading: tuple[str, ...], target: str) -> str:
    chain = [*loading[loading.index(target):], target]
    return " imports ".join(f"`{name}`" if name else "the main file" for name in chain)
