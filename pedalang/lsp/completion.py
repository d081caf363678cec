"""What could be written at the cursor: keywords that the parser takes there, and names that mean something there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from lsprotocol import types

from pedalang import resources
from pedalang.compiler.semantics import decorators, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import visible
from pedalang.compiler.syntax import tree
from pedalang.lsp import columns, cursor, hover, keys, meaning, names
from pedalang.lsp.cursor import Cursor
from pedalang.lsp.documents import Document, path_of
from pedalang.lsp.meaning import Place
from pedalang.lsp.symbols import Builtin, Symbol, Target
from pedalang.lsp.walking import Caught
from pedalang.lsp.workspace import Workspace

MARK = "ped_is_written_here"
"""Stands for the word that is being written while the text is read."""
MAX_ITEMS = 1000

_IMPORT = re.compile(r"[ \t]*(?:from|import)[ \t]+[\w.]*")
_IMPORTED = re.compile(r"[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+[\w, \t]*")
_KINDS = {
    "type": types.CompletionItemKind.Struct, "enum": types.CompletionItemKind.Enum,
    "case": types.CompletionItemKind.EnumMember, "function": types.CompletionItemKind.Function,
    "predicate": types.CompletionItemKind.Function, "move": types.CompletionItemKind.Event,
    "act": types.CompletionItemKind.Event, "event": types.CompletionItemKind.Event,
    "field": types.CompletionItemKind.Field, "column": types.CompletionItemKind.Field,
    "state": types.CompletionItemKind.Property, "parameter": types.CompletionItemKind.Variable,
    "variable": types.CompletionItemKind.Variable, "draw": types.CompletionItemKind.Variable,
    "member": types.CompletionItemKind.Variable, "module": types.CompletionItemKind.Module,
    "role": types.CompletionItemKind.Class, "student": types.CompletionItemKind.Class,
    "value": types.CompletionItemKind.Constant, "phase": types.CompletionItemKind.Reference,
}
_DECORATORS = (Builtin(decorators.DEPRECATED, "decorator", None, "Not to be used any more; the text says what is."),
               Builtin(decorators.HIDDEN, "decorator", None, "A field that `sees:` has to name itself."))
_WANTED = {
    "moves": ("set of moves", "move"), "model": ("model",), "flow": ("flow",), "data": ("dataset",),
    "score": ("rubric",), "check": ("contract",), "uses": ("contract", "classifier"), "measures": ("function",),
    "beside": ("observe",), "run": ("run",),
}
"""The kinds of names that a field wants, by its key; others take any value."""


def completion(workspace: Workspace, document: Document, position: types.Position) -> types.CompletionList:
    """What could stand at a place, the likeliest first."""
    offset = document.offset(position)
    line = document.text[document.text.rfind("\n", 0, offset) + 1:offset]
    if _IMPORT.fullmatch(line):
        return _list(_modules(workspace, document, line.split()[-1] if not line[-1:].isspace() else ""))
    found = cursor.at(document.text, offset)
    imported = _IMPORTED.fullmatch(line)
    if imported:
        return _list(_items(_exported(workspace, document, imported[1]).values()))
    items = list(_names(workspace, document, found)) if found.expected else []
    before = document.text[:found.start].rstrip()[-1:]
    if before == "@" and found.expected:
        return _list(_items(_DECORATORS))
    behind_dot = before == "." and "NAME" in found.expected
    if not behind_dot:
        items += [types.CompletionItem(word, kind=types.CompletionItemKind.Keyword, sort_text=f"8{word}")
                  for word in found.keywords]
    return _list(items)


def _list(items: Iterable[types.CompletionItem]) -> types.CompletionList:
    unique: dict[str, types.CompletionItem] = {}
    for item in items:
        unique.setdefault(item.label, item)
    return types.CompletionList(len(unique) > MAX_ITEMS, list(unique.values())[:MAX_ITEMS])


# ---------------------------------------------------------------- names


def _names(workspace: Workspace, document: Document, at: Cursor) -> Iterator[types.CompletionItem]:
    colon = document.text[at.end:at.end + 1] == ":"
    if "KEY" in at.expected:
        caught = _caught(workspace, document, at, MARK if colon else at.completed(f"{MARK}: none"))
        if caught is not None:
            yield from _keyed(caught, colon)
    if "NAME" in at.expected:
        caught = _caught(workspace, document, at, at.completed(MARK))
        place = caught.place if caught is not None else meaning.empty(workspace.home(document)[1])
        targets = list(_fitting(caught)) if caught is not None else list(meaning.all_alone(place))
        if caught is not None and isinstance(caught.path[-1], tree.Attribute) and _is_row(caught.path[-1].of):
            file = columns.file_of(caught.path, document.text)
            targets += columns.shown(workspace.home(document)[0].columns(file), file) if file is not None else []
        yield from _items(targets)


def _caught(workspace: Workspace, document: Document, at: Cursor, put: str | None) -> Caught | None:
    """Where the word stands that is being written, in the text with a mark in its place."""
    put = f"{put or MARK} "
    text = document.text[:at.start] + put + document.text[at.end:]
    program, _ = workspace.home(document)
    module = program.with_text(document, text)
    if module is None:
        return None
    decls = [each for each in module.module.tree.decls if each.start <= at.start <= each.end]
    return names.caught(MARK, module.module, decls, module.modules)


def _fitting(caught: Caught) -> Iterator[Target]:
    """The names that fit where a word was caught."""
    node, place = caught.path[-1], caught.place
    around = caught.path[-2] if len(caught.path) > 1 else node
    match node:
        case tree.Attribute(of=of):
            yield from meaning.members(of, place).values()
        case tree.Turn(role=role, moves=moves):
            if role.text == MARK:
                yield from (place.here[name] for name in place.cast if name in place.here)
            elif moves is not None and role.text in place.cast:
                yield from place.cast[role.text].moves.values()
        case tree.Goto() | tree.During():
            yield from place.phases.values()
        case tree.Type() | tree.MisconceptionDecl():
            yield from (Builtin(name, "type") for name in written.BUILT_IN)
            yield from _of_kinds(place, ("type", "enum", "module"))
        case tree.PolicyArm():
            yield from place.own.moves.values()
        case tree.MovesDecl() | tree.MovesOrdered():
            yield from _of_kinds(place, ("move",))
        case tree.On(event=event):
            yield from _events(event, place)
        case tree.ContractDecl():
            yield from _of_kinds(place, ("flow",))
        case tree.Name():
            yield from _values(caught, around)
        case tree.DatasetDecl(type=of) if of is not None:
            yield from meaning.of_type(meaning.type_of_written(of, place), place.module).values()
        case _:
            yield from meaning.all_alone(place)


def _values(caught: Caught, around: tree.Node) -> Iterator[Target]:
    """What a name alone may be, by what is around it: what fits best comes first."""
    place = caught.place
    match around:
        case tree.PolicyArm():
            yield from place.own.moves.values()
            return
        case tree.Cast() | tree.RoleDecl() | tree.StudentDecl():
            yield from _of_kinds(place, ("role", "student", "module"))
            return
        case tree.Obeys() | tree.ExpectVerdict():
            yield from _of_kinds(place, ("contract", "module"))
            return
        case tree.Sample() | tree.Draw():
            yield from meaning.distributions()
            return
        case tree.OnScale():
            yield from _of_kinds(place, ("scale", "module"))
            return
        case tree.ClassifierDecl():
            yield from _of_kinds(place, ("dataset", "module"))
            return
        case tree.RubricDecl():
            yield from _of_kinds(place, ("rubric", "module"))
            return
        case tree.Compare(left=left, right=right) | tree.FCompare(left=left, right=right):
            other = right if left is caught.path[-1] else left
            of = meaning.type_of(other, place)
            if of.of is not None and isinstance(of.of.decl, tree.EnumDecl):
                enum = Declared(of.of.module, of.of.decl)
                yield from (each for each in meaning.cases(enum).values() if isinstance(each, Symbol))
    field = next((each for each in reversed(caught.path) if isinstance(each, tree.Field)), None)
    wanted = _WANTED.get(field.key.text) if field is not None else None
    if wanted is not None:
        yield from _of_kinds(place, (*wanted, "module"))
        return
    if caught.path and any(isinstance(each, tree.Clause | tree.ContractDecl) for each in caught.path):
        for person in place.cast.values():
            yield from (*person.moves.values(), *person.acts.values())
    yield from meaning.all_alone(place)


def _of_kinds(place: Place, kinds: tuple[str, ...]) -> Iterator[Target]:
    for name in visible(place.module):
        target = meaning.found_in(place.module, name)
        if isinstance(target, Symbol) and target.kind in kinds:
            yield target if target.name == name else replace(
                target, word=tree.Word(target.word.start, target.word.end, name))


def _events(event: tree.Event, place: Place) -> Iterator[Target]:
    words = event.names.names
    if words[0].text == MARK:
        yield Builtin("self", "variable", None, "The role whose handler this is.")
        yield from (place.here[name] for name in place.cast if name in place.here)
    elif len(words) > 1 and words[1].text == MARK:
        yield from (Builtin("turn", "event", None, "Every turn of the member."),
                    Builtin("said", "event", None, "Words of the member that nobody computed."))
        person = place.own if words[0].text == "self" else place.cast.get(words[0].text)
        if person is not None and words[0].text != "self":
            yield from (*person.moves.values(), *person.acts.values())


def _is_row(expr: tree.Expr) -> bool:
    return isinstance(expr, tree.Name) and expr.word.text == "row"


# ---------------------------------------------------------------- keys


def _keyed(caught: Caught, colon: bool) -> Iterator[types.CompletionItem]:
    """Names that a colon follows: fields of declarations, arguments of calls, moves after `say`."""
    node = caught.path[-1]
    known: Mapping[str, str] = {}
    match node:
        case tree.Field():
            owner, known = keys.of(caught.path)
            given = getattr(owner, "items", None) or getattr(owner, "fields", None) or ()
            known = {key: doc for key, doc in known.items()
                     if key not in {each.key.text for each in given if isinstance(each, tree.Field)}}
        case tree.Say():
            known = {name: hover.described(move) for name, move in caught.place.own.moves.items()}
        case tree.Named():
            call = next((each for each in reversed(caught.path) if isinstance(each, tree.Call)), None)
            target = meaning.called(call.function, caught.place) if call is not None else None
            found = meaning.params(Declared(target.module, target.node)) if isinstance(target, Symbol) else {}
            known = {name: hover.described(param) for name, param in found.items()}
    for key, doc in known.items():
        yield types.CompletionItem(
            f"{key}:", kind=types.CompletionItemKind.Property, insert_text=key if colon else f"{key}: ",
            filter_text=key, sort_text=f"0{key}", documentation=types.MarkupContent(types.MarkupKind.Markdown, doc))


# ---------------------------------------------------------------- imports


def _modules(workspace: Workspace, document: Document, typed: str) -> Iterator[types.CompletionItem]:
    """Modules that could be imported, below what is typed of their path."""
    head = typed.rpartition(".")[0]
    for name in dict.fromkeys((*_standard(), *_beside(workspace, document))):
        if name.startswith(f"{head}." if head else ""):
            label = name[len(head) + 1:] if head else name
            yield types.CompletionItem(label, kind=types.CompletionItemKind.Module, detail=name)


def _standard() -> Iterator[str]:
    root = resources.folder("stdlib")
    for path in sorted(root.rglob("*.ped")):
        yield ".".join(("std", *path.relative_to(root).with_suffix("").parts))


def _beside(workspace: Workspace, document: Document) -> Iterator[str]:
    own = path_of(document.uri)
    if own is None:
        return
    for each in workspace.all_documents():
        path = path_of(each.uri)
        if path is not None and each is not document and path.is_relative_to(own.parent):
            yield ".".join(path.relative_to(own.parent).with_suffix("").parts)


def _exported(workspace: Workspace, document: Document, name: str) -> dict[str, Target]:
    """What a module declares."""
    made = workspace.home(document)[0].with_text(document, f"import {name} as {MARK}")
    module = made.modules.get(name) if made is not None else None
    return {each: target for each in module.decls if (target := meaning.found_in(module, each)) is not None} \
        if module is not None else {}


# ---------------------------------------------------------------- how it is shown


def _items(targets: Iterable[Target]) -> Iterator[types.CompletionItem]:
    seen: set[str] = set()
    for number, target in enumerate(targets):
        if target.name == MARK or target.name in seen:
            continue
        seen.add(target.name)
        of = target.type if target.type is not None and target.kind not in ("type", "enum", "member") else None
        yield types.CompletionItem(
            target.name, kind=_KINDS.get(target.kind, types.CompletionItemKind.Reference),
            detail=f"{target.kind}: {of}" if of is not None else target.kind, sort_text=f"1{number:04}",
            documentation=types.MarkupContent(types.MarkupKind.Markdown, target.doc) if target.doc else None,
            tags=[types.CompletionItemTag.Deprecated] if isinstance(target, Symbol) and target.is_deprecated else None)

