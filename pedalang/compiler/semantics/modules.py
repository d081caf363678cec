"""Loads a program's modules: its main file, what that imports, and what those import. Files come through a loader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath

from pedalang.compiler.syntax import parse, tree
from pedalang.diagnostic import Label, Report, did_you_mean
from pedalang.source import Source, Span

EDITION = 1

Loader = Callable[[str], Source | None]
"""From a dotted module name, such as `std.moves.mathdial` or `parts.learner` (relative to the main file), to its
source; None where there is no such module."""


@dataclass(slots=True)
class Module:
    """One file: its declarations by name, in order. `imports` binds local names to (module, name or None for all)."""

    name: str
    source: Source
    tree: tree.Module
    decls: dict[str, tree.Decl] = field(default_factory=dict)
    imports: dict[str, tuple[Module, str | None, tree.Node]] = field(default_factory=dict)

    def span(self, node: tree.Node) -> Span:
        return Span(self.source, node.start, node.end)

    @property
    def file(self) -> str:
        """What a plan calls the file: the same, wherever the program lies and from wherever it is compiled."""
        return self.source.name if self.name else PurePath(self.source.name).name

    def place(self, node: tree.Node) -> str:
        """Where a node stands, for a plan: file, line and column."""
        _, line, column = self.source.place(node.start)
        return f"{self.file}:{line}:{column}"


def load(source: Source, loader: Loader, report: Report) -> dict[str, Module]:
    """All modules that a program needs, the main one under the name ``. Mistakes are reported; what can be used is."""
    found: dict[str, Module] = {}
    _load("", source, loader, report, found, [])
    return found


def _load(name: str, source: Source, loader: Loader, report: Report, found: dict[str, Module],
          path: list[str]) -> Module:
    module = found[name] = Module(name, source, parse.parse(source, report))
    edition = module.tree.edition
    if edition is not None and edition.number.text != str(EDITION):
        report.error("PED0207", module.span(edition.number),
                     f"this file is written for edition {edition.number.text} of the language",
                     help=f"this version of pedalang knows edition {EDITION}; install a newer one")
    _declare(module, report)
    for node in module.tree.imports:
        _import(module, node, loader, report, found, [*path, name])
    return module


def declared_name(decl: tree.Decl) -> tree.Word | None:
    """The word that names a declaration, or None for an `optimize` without a name."""
    return decl.body.name


def _declare(module: Module, report: Report) -> None:
    for decl in module.tree.decls:
        word = declared_name(decl)
        if word is None:
            continue
        first = module.decls.get(word.text)
        if first is not None:
            earlier = declared_name(first)
            assert earlier is not None
            report.error("PED0202", module.span(word), f"`{word.text}` is declared twice",
                         help="give one of them another name",
                         also=[Label(module.span(earlier), "declared here first")])
        else:
            module.decls[word.text] = decl


def _import(module: Module, node: tree.FromImport | tree.ImportModule, loader: Loader, report: Report,
            found: dict[str, Module], path: list[str]) -> None:
    target = _target(module, node.path, report)
    if target is None:
        return
    if target in path:
        report.error("PED0205", module.span(node.path), f"`{target}` imports itself, over {_chain(path, target)}",
                     help="move what both need into a module of its own")
        return
    imported = found.get(target)
    if imported is None:
        source = loader(target)
        if source is None:
            report.error("PED0206", module.span(node.path), f"there is no module `{target}`",
                         help="modules of the standard library begin with `std.`, others are files beside the program")
            return
        imported = _load(target, source, loader, report, found, path)
    if isinstance(node, tree.ImportModule):
        alias = node.alias or node.path.names.names[-1]
        module.imports[alias.text] = (imported, None, node)
        return
    for item in node.items:
        if item.name.text not in imported.decls:
            report.error("PED0201", module.span(item.name), f"`{target}` has no `{item.name.text}`",
                         help=did_you_mean(item.name.text, imported.decls))
            continue
        module.imports[(item.alias or item.name).text] = (imported, item.name.text, item)


def _target(module: Module, path: tree.ModulePath, report: Report) -> str | None:
    """The absolute name of an imported module; leading dots go up from the importing one."""
    names = [word.text for word in path.names.names]
    up = sum(len(word.text) for word in path.dots)
    if up == 0:
        return ".".join(names)
    parents = module.name.split(".") if module.name else [""]
    if up > len(parents):
        report.error("PED0206", module.span(path), "this import leads out of the program",
                     help="use fewer dots, or the module's full name")
        return None
    return ".".join([*parents[: len(parents) - up], *names])


def _chain(path: list[str], target: str) -> str:
    return " → ".join(f"`{name or 'the main file'}`" for name in [*path[path.index(target):], target])
