"""Another name for a declaration, in all programs of the workspace; refused where it would change what they mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lsprotocol import types

from pedalang import resources
from pedalang.compiler.semantics import dialogue, written
from pedalang.lsp import references
from pedalang.lsp.documents import Document, path_of
from pedalang.lsp.symbols import Symbol, Target, Use
from pedalang.lsp.workspace import Workspace

_NAME = re.compile(r"[^\W0-9]\w*")


class Refused(Exception):
    """A name cannot be changed; the message says why."""


class _Named(NamedTuple):
    """What is to be renamed: the name under the cursor, what it stands for, and as what it is written there."""

    use: Use
    symbol: Symbol
    word: str


def prepare(workspace: Workspace, document: Document, position: types.Position) -> types.PrepareRenamePlaceholder:
    """The name that would be changed. Raises `Refused`."""
    named = _named(workspace, document, position)
    return types.PrepareRenamePlaceholder(document.range(named.use.start, named.use.end), named.word)


def rename(workspace: Workspace, document: Document, position: types.Position, name: str) -> types.WorkspaceEdit:
    """The edits that give a declaration another name. Raises `Refused`."""
    named = _named(workspace, document, position)
    if not _NAME.fullmatch(name):
        raise Refused(f"`{name}` is no name: a name is letters, digits and `_`, and begins with no digit")
    if name in (*dialogue.RESERVED, *written.BUILT_IN):
        raise Refused(f"`{name}` has a meaning in the language")
    places = _places(workspace, named, document)
    for each in places:
        _allowed(each)
    new = {each: _edited(each.text, uses, name) for each, uses in places.items()}
    _same_meaning(workspace, places, new, name)
    return types.WorkspaceEdit({each.uri: [types.TextEdit(each.range(use.start, use.end), name) for use in uses]
                                for each, uses in places.items()})


def _named(workspace: Workspace, document: Document, position: types.Position) -> _Named:
    use = workspace.index(document).at(document.offset(position))
    if use is None:
        raise Refused("there is no name here")
    if not isinstance(use.target, Symbol):
        raise Refused(f"`{use.target.name}` is part of the language")
    if use.target.kind == "module":
        raise Refused("a module is called as its file is: rename the file")
    own = use.target.module.source
    if isinstance(own, Document):
        _allowed(own)
    return _Named(use, use.target, document.text[use.start:use.end])


def _allowed(document: Document) -> None:
    path = path_of(document.uri)
    if path is not None and path.resolve().is_relative_to(resources.folder("stdlib").resolve()):
        raise Refused("this belongs to the standard library")


def _places(workspace: Workspace, named: _Named, document: Document) -> dict[Document, list[Use]]:
    """The uses that bear the name, by document; those under another name that an import gave it stay."""
    found: dict[Document, list[Use]] = {}
    for each, use in references.everywhere(workspace, named.symbol, document):
        own_name = named.word == named.symbol.name or each is document
        if own_name and each.text[use.start:use.end] == named.word:
            found.setdefault(each, []).append(use)
    return found


def _edited(text: str, uses: Sequence[Use], name: str) -> str:
    for use in sorted(uses, key=lambda use: -use.start):
        text = text[:use.start] + name + text[use.end:]
    return text


def _same_meaning(workspace: Workspace, places: Mapping[Document, list[Use]], new: Mapping[Document, str],
                  name: str) -> None:
    """Tries the edits: each name must stand for what it stood for, and no error may come up. Raises `Refused`."""
    trial = Workspace(workspace.folders)
    for each in workspace.documents.opened:
        trial.documents.put(each.uri, each.text)
    changed = {each.uri: trial.documents.put(each.uri, text) for each, text in new.items()}
    for before in workspace.all_documents():
        after = changed.get(before.uri) or trial.documents.get(before.uri)
        if after is None or (before not in new and name not in before.text):
            continue
        old, now = workspace.index(before).uses, trial.index(after).uses
        clash = len(old) != len(now) or any(_moved(one.target, new, places, name) != _identity(other.target)
                                            for one, other in zip(old, now, strict=True))
        if clash or _errors(trial, after) - _errors(workspace, before):
            raise Refused(f"`{name}` has a meaning already where this would be used: choose another name")


def _identity(target: Target) -> tuple[str, int] | str:
    return target.key if isinstance(target, Symbol) else target.name


def _moved(target: Target, new: Mapping[Document, str], places: Mapping[Document, list[Use]],
           name: str) -> tuple[str, int] | str:
    """What a target is known by after the edits: those before it in its document move it."""
    if not isinstance(target, Symbol):
        return target.name
    uri, start = target.key
    uses = next((uses for each, uses in places.items() if each.uri == uri), [])
    return uri, start + sum(len(name) - (use.end - use.start) for use in uses if use.start < start)


def _errors(workspace: Workspace, document: Document) -> Counter[str]:
    return Counter(each.code for each in workspace.diagnostics(document) if each.severity == "error")
