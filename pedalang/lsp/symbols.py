"""What names stand for, as an editor shows it: the declaration, what kind of thing it is, its type; and all uses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pedalang.compiler.semantics import references, types
from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.source import Span

Key: TypeAlias = "tuple[str, int]"
"""What a symbol is known by, in whichever program it is met: its document, and where its name stands there."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that a program declares. `word` names it, `node` declares it; a module's word is its beginning."""

    module: Module
    word: tree.Word
    node: tree.Node
    kind: str
    type: Type | None = None
    docs: tree.Docs = ()

    @property
    def name(self) -> str:
        return self.word.text

    @property
    def key(self) -> Key:
        return self.module.source.name, self.word.start

    @property
    def span(self) -> Span:
        return self.module.span(self.word)

    @property
    def is_deprecated(self) -> bool:
        """Whether the declaration is marked as not to be used any more."""
        decl = self.module.decls.get(self.name)
        return decl is not None and decl.body is self.node and \
            any(each.name.text == "deprecated" for each in decl.decorators)

    @property
    def doc(self) -> str:
        """The documentation, without its marks."""
        return "\n".join(line.text.lstrip("/!").strip() for line in self.docs)


@dataclass(frozen=True, slots=True)
class Builtin:
    """Something that the language itself has."""

    name: str
    kind: str
    type: Type | None = None
    doc: str = ""


Target: TypeAlias = Symbol | Builtin


class Use(NamedTuple):
    """A name where it stands. `declares` says that it is the declaration itself."""

    start: int
    end: int
    target: Target
    declares: bool = False


class Index:
    """The uses of one module's text, in order."""

    def __init__(self, uses: Iterable[Use], unknown: Iterable[tree.Word] = ()) -> None:
        each = {(use.start, use.end, not use.declares): use for use in uses}
        self.uses = [each[place] for place in sorted(each)]
        self.unknown = tuple(unknown)
        self._starts = [use.start for use in self.uses]

    def at(self, offset: int) -> Use | None:
        """The use that an offset is in, or right behind."""
        place = bisect_right(self._starts, offset)
        near = [use for use in self.uses[max(0, place - 4):place] if use.start <= offset <= use.end]
        return max(near, key=lambda use: (offset < use.end, use.declares), default=None)

    def of(self, key: Key) -> list[Use]:
        """The uses of a symbol."""
        return [use for use in self.uses if isinstance(use.target, Symbol) and use.target.key == key]


def of_module(module: Module) -> Symbol:
    """A module as what its name stands for."""
    return Symbol(module, tree.Word(0, 0, module.name), module.tree, "module", docs=module.tree.moddocs)


def of_declaration(found: Declared[tree.Node]) -> Symbol | None:
    """A declaration as what its name stands for; None for one without a name."""
    match found.decl:
        case tree.TestDecl() | tree.PropertyDecl():
            return None
        case tree.OptimizeDecl(name=word):
            pass
        case decl:
            word = getattr(decl, "name", None)
    if not isinstance(word, tree.Word):
        return None
    own = found.module.decls.get(word.text)
    docs = own.docs if own is not None and own.body is found.decl else ()
    kind = references.kind(found.decl).partition(" ")[2]
    return Symbol(found.module, word, found.decl, kind, _type(found), docs)


def _type(found: Declared[tree.Node]) -> Type | None:
    match found.decl:
        case tree.TypeDecl() | tree.EnumDecl() as decl:
            return types.named(Declared(found.module, decl))
        case tree.MoveDecl():
            return types.MOVE
    return None


def of_case(enum: Declared[tree.EnumDecl], name: str) -> Symbol | None:
    """A case of an enum."""
    for case in enum.decl.cases:
        if case.name.text == name:
            return Symbol(enum.module, case.name, case, "case", types.named(enum), case.docs)
    return None
