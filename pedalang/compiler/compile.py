"""The compiler on one screen: text, tree, modules, graph, checks, passes, plan."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from pathlib import Path

from pedalang import reading, resources
from pedalang.compiler import artefacts, checks, emit, passes
from pedalang.compiler.contracts import promises, reporting
from pedalang.compiler.contracts.promises import Promises
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import program
from pedalang.compiler.semantics import decorators, modules, unused
from pedalang.compiler.semantics.modules import Loader, Module, Reader, Unreadable
from pedalang.compiler.semantics.surroundings import NOTHING_KNOWN, Surroundings
from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Diagnostic, Report, to_text, unreadable
from pedalang.plan import Contract, Plan
from pedalang.source import Source

LATER = "PED0901"
"""Says that a declaration parses, but has no meaning yet."""


class ProgramError(Exception):
    """A program that cannot be run; `diagnostics` say why."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(to_text(diagnostics))
        self.diagnostics = diagnostics


class Stage(IntEnum):
    """How far the compiler went on: mistakes of a stage keep it from the next."""

    READ = 0
    LOWERED = 1
    CHECKED = 2


@dataclass(frozen=True)
class Compilation:
    """What came of a program. `graph` is that before the passes; it is empty where a file could not be read to its end.
    `stage` is the last that was gone through; `promises` is what is known of its contracts, where that was the last."""

    name: str
    modules: dict[str, Module]
    graph: Graph
    diagnostics: list[Diagnostic]
    stage: Stage = Stage.CHECKED
    promises: Promises = field(default_factory=Promises)

    @property
    def ok(self) -> bool:
        return not any(each.severity == "error" for each in self.diagnostics)

    @cached_property
    def plan(self) -> Plan | None:
        """The plan, made when it is first asked for; None where there are errors."""
        if not self.ok:
            return None
        return promises.attached(emit.emit(rewritten(self.graph), self.name, self.modules), self.promises)


def compile_source(source: Source, loader: Loader, name: str, read: Reader = parse.parse,
                   around: Surroundings = NOTHING_KNOWN) -> Compilation:
    """Compiles a main file; `name` is the program's. What it imports comes through the loader; `read` makes trees;
    `around` knows the files of data beside it."""
    with parse.collector_off():
        report = Report()
        found = modules.load(source, loader, report, read)
        if any(d.code.startswith("PED01") for d in report.errors):  # what was not read would be missed everywhere
            return Compilation(name, found, Graph(), report.in_order(), Stage.READ)
        graph = program.build(found, report, around)
        stage, known = Stage.LOWERED if report.errors else Stage.CHECKED, Promises()
        if stage is Stage.CHECKED:
            for check in all_checks():
                check(graph, report)
            unused.check(found, report)
            decorators.check(found, report)
            artefacts.check(found[""], graph, rewritten, around, report)
            known = _promises(graph, name, report)
        return Compilation(name, found, graph, report.in_order(), stage, known)


def _promises(graph: Graph, name: str, report: Report) -> Promises:
    """What is known of the contracts of a program without mistakes, and told."""
    if report.errors or not graph.nodes(Contract):
        return Promises()
    program = emit.emit(rewritten(graph), name, {})
    known = promises.of(program)
    reporting.tell(program, known, graph, report)
    return known


def compile_text(text: str, name: str = "main.ped") -> Compilation:
    """Compiles a text that stands alone but for the standard library."""
    return compile_source(Source(name, text), standard_library, Path(name).stem)


def compile_file(path: Path) -> Plan:
    """The plan of a program's file. Raises `ProgramError` for a file that cannot be read, and for errors in it."""
    try:
        source = Source(str(path), reading.regular(path).decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProgramError([unreadable(str(path), error)]) from None
    found = compile_source(source, beside(path.parent), program_name(path))
    if found.plan is None:
        raise ProgramError(found.diagnostics)
    return found.plan


def program_name(path: Path) -> str:
    """What a program is called: its file, or its folder where the file is `main.ped`."""
    path = path.resolve()
    return path.parent.name if path.stem == "main" else path.stem


def check_text(text: str, name: str = "main.ped") -> list[Diagnostic]:
    """What the compiler has to say about a text."""
    return compile_text(text, name).diagnostics


def rewritten(graph: Graph) -> Graph:
    """The graph after all passes."""
    for rewrite in passes.PIPELINE:
        graph = rewrite(graph)
    return graph


Check = Callable[[Graph, Report], None]


def all_checks() -> Iterator[Check]:
    """The checks, in the order of their files' names."""
    for entry in pkgutil.iter_modules(checks.__path__):
        check: Check = importlib.import_module(f"{checks.__name__}.{entry.name}").check
        yield check


Files = Callable[[Path, str], Source | None]
"""From a file and what it is called to its source; None where there is none. Raises `Unreadable`."""


def read_file(path: Path, name: str) -> Source | None:
    """The source of a file, or None where there is none. Raises `Unreadable`."""
    try:
        return Source(name, reading.regular(path).decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8: byte {error.start + 1} does not belong there") from None
    except OSError as error:
        raise Unreadable((error.strerror or "unknown reason").lower()) from None


def standard_library(name: str, files: Files = read_file) -> Source | None:
    """A loader of the modules that travel with pedalang: `std.scales`, `std.moves.mathdial` …"""
    head, *rest = name.split(".")
    if head != "std" or not rest:
        return None
    return files(resources.folder("stdlib").joinpath(*rest).with_suffix(".ped"), "/".join(["std", *rest]) + ".ped")


def beside(folder: Path, files: Files = read_file) -> Loader:
    """A loader of modules in files beside a program, and of the standard library. It never leaves the folder."""
    root = folder.resolve()

    def load(name: str) -> Source | None:
        found = standard_library(name, files)
        if found is not None:
            return found
        path = root.joinpath(*name.split(".")).with_suffix(".ped")
        if not Path(os.path.realpath(path)).is_relative_to(root):  # `resolve` raises where a link leads to itself
            raise Unreadable("it leads out of the program's folder")
        return files(path, str(path.relative_to(root)))

    return load
