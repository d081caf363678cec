"""The programs that are being written: which file belongs to which program, and what the compiler says of each.

Nothing is computed before it is asked for, and nothing twice while the texts that it is made of stay the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pedalang.compiler import compile, mending
from pedalang.compiler.compile import Compilation
from pedalang.compiler.semantics import modules
from pedalang.compiler.semantics.modules import Loader, Module
from pedalang.compiler.semantics.surroundings import Surroundings
from pedalang.diagnostic import Diagnostic, Report
from pedalang.lsp import columns, names
from pedalang.lsp.columns import Stamp, Tables
from pedalang.lsp.documents import MAX_CHARACTERS, Document, Documents, path_of
from pedalang.lsp.symbols import Index
from pedalang.source import Source

MAX_FILES = 1000
"""Programs of a workspace that are looked at; the rest is only seen when it is opened."""
MAX_FOLDERS = 5000
_SKIPPED = ("node_modules", "__pycache__", "venv")


class Changed(NamedTuple):
    """A module with another text, and all modules of its program then."""

    module: Module
    modules: dict[str, Module]


class Program:
    """A main file with what it imports, as the texts were when it was made."""

    def __init__(self, main: Document, documents: Documents, data: Tables) -> None:
        self.main = main
        self._documents = documents
        self._data = data
        self._met: dict[Path, Document | None] = {}
        self._seen: dict[Path, Stamp] = {}

    def is_current(self) -> bool:
        """Whether all its texts, and its files of data, are still those that it was made of."""
        return all(self._documents.at(path) is met for path, met in self._met.items()) and \
            all(columns.stamp(path) == seen for path, seen in self._seen.items())

    def columns(self, file: str) -> tuple[str, ...] | None:
        """The columns of a data file, by its path from the main file; None where they are not known."""
        path = path_of(self.main.uri)
        if path is None:
            return None
        self._seen[path.parent / file] = columns.stamp(path.parent / file)
        return self._data.columns(path.parent, file)

    @cached_property
    def modules(self) -> dict[str, Module]:
        """All modules by name, whatever their mistakes."""
        return modules.load(self.main, self._loader, Report(), read)

    @cached_property
    def compilation(self) -> Compilation:
        """What `ped check` finds."""
        around = Surroundings(self.columns)
        return compile.compile_source(self.main, self._loader, self._name, read, around)

    def mended(self) -> dict[Document, str]:
        """The texts that `ped check --fix` changes, as it leaves them."""
        made = mending.mend(self.main, self._loader, self._name).texts
        return {module.source: made[name].text for name, module in self.modules.items()
                if name in made and isinstance(module.source, Document)}

    @property
    def _name(self) -> str:
        path = path_of(self.main.uri)
        return compile.program_name(path) if path is not None else "untitled"

    @property
    def _loader(self) -> Loader:
        path = path_of(self.main.uri)
        if path is None:
            return lambda name: compile.standard_library(name, self._file)
        return compile.beside(path.parent, self._file)

    def _file(self, path: Path, name: str) -> Source | None:
        found = self._documents.at(path)
        self._met[path] = found
        return found

    def with_text(self, document: Document, text: str) -> Changed | None:
        """The modules as they would be if a document had another text, and the module that it is."""
        other = Document(document.uri, text, document.encoding)
        if document is self.main:
            made = modules.load(other, self._loader, Report(), read)
        else:
            made = modules.load(self.main, self._in_place_of(document, other), Report(), read)
        found = next((module for module in made.values() if module.source is other), None)
        return Changed(found, made) if found is not None else None

    def _in_place_of(self, document: Document, other: Document) -> Loader:
        loader = self._loader

        def load(name: str) -> Source | None:
            found = loader(name)
            return other if found is document else found

        return load

    def module(self, document: Document) -> Module | None:
        """The module that a document is, if the program has it."""
        return next((module for module in self.modules.values() if module.source is document), None)


def read(source: Source, report: Report) -> modules.tree.Module:
    """The tree of a document, made once."""
    assert isinstance(source, Document)
    return source.tree(report)


class Workspace:
    """The documents, the folders that are open, and a program for each main file that was asked for. `shows_pictures`
    says that the client shows those that stand in Markdown."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        self.documents = Documents()
        self.shows_pictures = False
        self.folders = [folder.resolve() for folder in folders]
        self._data = Tables()
        self._programs: dict[str, Program] = {}
        self._indexes: dict[str, tuple[Program, Document, Index]] = {}
        self._files: list[Path] | None = None
        self._imports: tuple[object, dict[str, list[Document]]] = (None, {})

    def moved(self) -> None:
        """Files came, went, or were saved: they are looked at again."""
        self._files, self._imports = None, (None, {})

    def document(self, uri: str) -> Document | None:
        """A document that is short enough to be worked on."""
        found = self.documents.get(uri)
        return found if found is not None and len(found.text) <= MAX_CHARACTERS else None

    def program(self, main: Document) -> Program:
        """The program that begins with a document."""
        known = self._programs.get(main.uri)
        if known is None or known.main is not main or not known.is_current():
            known = self._programs[main.uri] = Program(main, self.documents, self._data)
        return known

    def home(self, document: Document) -> tuple[Program, Module]:
        """The program that a document is best understood in: one that imports it, else its own."""
        for main in self.mains(document):
            program = self.program(main)
            module = program.module(document)
            if module is not None:
                return program, module
        program = self.program(document)
        return program, program.modules[""]

    def index(self, document: Document) -> Index:
        """The names of a document and what they stand for."""
        program, module = self.home(document)
        known = self._indexes.get(document.uri)
        if known is None or known[0] is not program or known[1] is not document:
            known = self._indexes[document.uri] = (program, document, names.index(module, program.modules))
        return known[2]

    def mains(self, document: Document) -> list[Document]:
        """The main files whose programs a document is part of, itself aside; none that others import."""
        importers = self._importers()
        found: dict[str, Document] = {}
        left = [document.uri]
        while left:
            for each in importers.get(left.pop(), ()):
                if each.uri not in found and each is not document:
                    found[each.uri] = each
                    left.append(each.uri)
        return [each for each in found.values() if each.uri not in importers]

    def diagnostics(self, document: Document) -> list[Diagnostic]:
        """What there is to say of a document: by itself, and as part of the programs that import it."""
        found = [each for each in self.program(document).compilation.diagnostics if _is_of(each, document)]
        mains = self.mains(document)
        if mains:  # its imports are looked up from where the program lies
            found = [each for each in found if each.code not in ("PED0205", "PED0206")]
        for main in mains:
            said = self.program(main).compilation.diagnostics
            found += [each for each in said if _is_of(each, document) and each not in found]
        return found

    def all_documents(self) -> list[Document]:
        """The documents of the workspace: those that are open, and those that lie in its folders."""
        found = {each.uri: each for each in self.documents.opened}
        for path in self._paths():
            document = self.documents.at(path)
            if document is not None:
                found.setdefault(document.uri, document)
        return [each for each in found.values() if len(each.text) <= MAX_CHARACTERS]

    def _importers(self) -> dict[str, list[Document]]:
        """By address, the documents that import it."""
        key = tuple((each.uri, each.imports) for each in self.documents.opened)
        if self._imports[0] != key:
            found: dict[str, list[Document]] = {}
            for each in self.all_documents():
                for target in self._targets(each):
                    found.setdefault(target.uri, []).append(each)
            self._imports = (key, found)
        current = self.documents.get
        return {uri: [current(each.uri) or each for each in found] for uri, found in self._imports[1].items()}

    def _targets(self, document: Document) -> Iterator[Document]:
        """The documents that one imports, from its own folder or one above it in the workspace."""
        path = path_of(document.uri)
        if path is None:
            return
        own = path.parent.resolve()
        folders = [own, *(each for each in own.parents if any(each.is_relative_to(root) for root in self.folders))]
        for name in document.imports:
            parts = [part for part in name.split(".") if part]
            if not parts or parts[0] == "std":
                continue
            found = (self.documents.at(folder.joinpath(*parts).with_suffix(".ped")) for folder in folders)
            target = next((each for each in found if each is not None), None)
            if target is not None and target is not document:
                yield target

    def _paths(self) -> list[Path]:
        if self._files is None:
            self._files = [path for folder in self.folders for path in _programs_in(folder)][:MAX_FILES]
        return self._files


def _is_of(diagnostic: Diagnostic, document: Document) -> bool:
    return diagnostic.span is None or diagnostic.span.source is document


def _programs_in(folder: Path) -> list[Path]:
    """The `.ped` files under a folder, in order of their names; hidden folders and the like aside."""
    found: list[Path] = []
    for number, (path, folders, files) in enumerate(os.walk(folder)):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _SKIPPED)
        found += [Path(path, file) for file in sorted(files) if file.endswith(".ped")]
        if number >= MAX_FOLDERS or len(found) >= MAX_FILES:
            break
    return found
