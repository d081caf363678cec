"""Contracts over a flow."""

from __future__ import annotations

from dataclasses import replace

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import formulas, stage
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import references
from pedalang.compiler.semantics.scope import Scope, find, only
from pedalang.compiler.syntax import tree

Contract = references.Reference[tree.ContractDecl]


def resolve(expr: tree.Expr, scope: Scope) -> Contract | None:
    """The contract that an expression refers to."""
    return references.resolve(expr, scope, "a contract", tree.ContractDecl)


TRANSCRIPT = "transcript"
"""What a contract is over that speaks of recorded dialogues, whatever flow tells them."""


def flow_named(decl: tree.ContractDecl) -> tree.Word | None:
    """The flow that a contract names; None where it is for several, or for transcripts."""
    return None if decl.over is None or decl.over.text == TRANSCRIPT else decl.over


def contract(graph: Graph, reference: Contract, at: tree.Node, over: Stage, scope: Scope) -> Node[plan.Contract] | None:
    """The node of a contract over a flow, added if it is not there yet. None where it is over another flow."""
    found, word, arguments = reference
    decl = found.decl
    there = stage.only_one(graph, plan.Contract, found, over, scope) if not arguments else None
    if there is not None:
        return there
    if decl.over is not None and decl.over.text != over.name and \
            only(find(found.module, decl.over.text), tree.FlowDecl) is not None:
        scope.error("PED0601", at, f"the contract `{decl.name.text}` is over the flow `{decl.over.text}`, not over "
                    f"`{over.name}`", "leave `over` out of a contract for several flows")
        return None
    values = stage.bound(found, word, at, arguments, over, scope)
    before = stage.known(over, decl, values)
    if before is not None:
        return before
    inner = scope.inside(found, {**over.values, **values}).asking()
    seen: dict[str, tree.Word] = {}
    for item in decl.clauses:
        if item.key.text in seen:
            inner.twice(item.key, f"the clause `{item.key.text}`", seen[item.key.text])
        seen.setdefault(item.key.text, item.key)
    told = over if decl.over is None or flow_named(decl) is not None else replace(over, phases=())
    clauses = tuple(formulas.clause(item, told, inner) for item in decl.clauses)
    asks = any(True for each in clauses for _ in plan.judged(each.formula))
    blank = plan.Contract(decl.name.text, over.name, clauses, found.module.place(decl.name), asks)
    made = stage.instance(graph, blank, values, at, scope)
    if isinstance(made, Node):
        return stage.note(over, decl, values, made)
    node = graph.add(carrying(made, made.name, found.module.span(decl.name),
                              {f"clause {item.key.text}": found.module.span(item.formula) for item in decl.clauses}))
    graph.link(node.id, "over", f"flow:{over.name}")
    return stage.note(over, decl, values, node)
