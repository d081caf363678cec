"""How definitions are put in where they are used: how often, and under which names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import MAX_DEPTH, Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.expression import nodes

Lets: TypeAlias = dict[str, nodes.Expr]
"""Unique names, and what they stand for: each may use those before it."""


def may_expand(found: Declared[tree.Node], at: tree.Node, message: str, scope: Scope) -> bool:
    """Whether a definition can be put in here: not inside itself, not too deep, and not too often."""
    budget = scope.budget
    if found.decl in scope.expanding:
        cycle = frozenset(scope.expanding[scope.expanding.index(found.decl):])
        if cycle not in budget.cycles:  # it is the same mistake wherever one enters it
            scope.error("PED0209", at, message, "a definition cannot use itself")
        budget.cycles.add(cycle)
        return False
    if len(scope.expanding) >= MAX_DEPTH:
        too_much(at, "the definitions of this program go too deep", scope)
        return False
    if budget.expansions == 0:
        too_much(at, "the definitions of this program use each other too often", scope)
    budget.expansions -= 1
    return budget.expansions >= 0


def too_much(at: tree.Node, message: str, scope: Scope) -> Typed:
    """Reports what is too large: at the use that began it, and not deep inside of what that uses."""
    module, began = scope.entered or (scope.module, at)
    return scope.of_module(module).error("PED0312", began, message,
                                         "use them less often: a definition is put in wherever it is used, with all "
                                         "that it uses")


def named(of: str, values: Mapping[str, Typed]) -> tuple[dict[str, Typed], Lets]:
    """Values under names that hide no others, so that what is long stands once; what is short stays as it is."""
    found, lets = dict(values), {}
    for name, typed in values.items():
        if not isinstance(typed.expr, nodes.Lit | nodes.Name | nodes.Attr):
            unique = f"{of}.{name}"
            lets[unique] = typed.expr
            found[name] = Typed(typed.type, nodes.Name(unique))
    return found, lets


def let(lets: Lets, expr: nodes.Expr) -> nodes.Expr:
    """The expression with those of the names bound that it uses, itself or by way of another."""
    used = set(nodes.names(expr))
    for unique, value in reversed(lets.items()):
        if unique in used:
            expr = nodes.Let(unique, value, expr)
            used.update(nodes.names(value))
    return expr
