"""A role with its parents: its items in the order in which they hold, each with the scope of the text it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias, TypeVar

from pedalang.compiler.semantics import definitions, elaborate, references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import NOTHING, Scope, Typed
from pedalang.compiler.syntax import tree

RoleDecl: TypeAlias = tree.RoleDecl | tree.StudentDecl


class Layer(NamedTuple):
    """A role declaration, one of a chain of `extends`, and its parameters' values."""

    found: Declared[RoleDecl]
    params: dict[str, Typed]


class Item(NamedTuple):
    """Part of a role, and where it stands."""

    node: tree.RoleItem
    scope: Scope


def chain(reference: references.Reference[RoleDecl], at: tree.Node, scope: Scope) -> tuple[Layer, ...]:
    """The layers of a role that is cast with arguments, from the oldest parent down; none after a mistake, for
    nothing is known then of what the role can do."""
    found, word, arguments = reference
    if not definitions.may_expand(found, at, f"`{word.text}` extends itself", scope):
        return ()
    params = elaborate.bind(found, word, at, found.decl.params or (), arguments, scope)
    if params is None or any(typed is NOTHING for typed in params.values()):
        return ()
    layer = Layer(found, params)
    if found.decl.parent is None:
        return (layer,)
    inner = scope.inside(found, layer.params)
    parent = references.resolve(found.decl.parent, inner, "a role or student", tree.RoleDecl, tree.StudentDecl)
    above = chain(parent, found.decl.parent, inner) if parent is not None else ()
    return (*above, layer) if above else ()


Kind = TypeVar("Kind", bound=tree.Node)


def of_kind(items: Iterable[Item], kind: type[Kind]) -> Iterator[tuple[Kind, Scope]]:
    """The items of a kind, with their scopes."""
    for node, scope in items:
        if isinstance(node, kind):
            yield node, scope
