"""Where a role says what checks point at: its moves, their conditions, its voice, the moves that it names in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pedalang.compiler.lower.layers import Layer
from pedalang.compiler.semantics import references
from pedalang.compiler.semantics.modules import Declared, Module
from pedalang.compiler.semantics.scope import Scope, find
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Report
from pedalang.source import Span

_NAMED = re.compile(r"`([^\W0-9]\w*)`")
"""A name as texts quote it. A move's name alone is often a word of its own: focus, telling."""


def role(layers: Iterable[Layer]) -> dict[str, Span]:
    """`move NAME`, where the role lists a move itself, and `allow NAME`, that move's own condition; `voice`, and
    `asks NAME`, where the voice first names a move in backticks."""
    layers = tuple(layers)
    return {**_moves(*_last(layers, "moves")), **_voice(*_last(layers, "voice", "persona"))}


def _last(layers: Iterable[Layer], *keys: str) -> tuple[Module | None, tree.Expr | None]:
    """What the youngest layer says that has one of these fields."""
    said = [(layer.found.module, item.value) for layer in layers for item in layer.found.decl.items
            if isinstance(item, tree.Field) and item.key.text in keys]
    return said[-1] if said else (None, None)


def _moves(module: Module | None, value: tree.Expr | None) -> dict[str, Span]:
    found: dict[str, Span] = {}
    if module is None or not isinstance(value, tree.List):
        return found
    for item in value.items:
        move = references.resolve(item, Scope(Report(), module), "a move", tree.MoveDecl)
        if move is not None:
            name = move.found.decl.name.text
            found[f"move {name}"] = module.span(item)
            found.update({f"allow {name}": move.found.module.span(guard.guard) for guard in move.found.decl.items
                          if isinstance(guard, tree.AllowWhen)})
    return found


def _voice(module: Module | None, value: tree.Expr | None) -> dict[str, Span]:
    if module is None or value is None:
        return {}
    found = {"voice": module.span(value)}
    for named in _NAMED.finditer(module.source.text, value.start, value.end):
        match find(module, named[1]):
            case Declared(_, tree.MoveDecl()):
                found.setdefault(f"asks {named[1]}", Span(module.source, named.start(1), named.end(1)))
    return found
