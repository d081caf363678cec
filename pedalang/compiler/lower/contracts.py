"""Contracts over a flow."""

from __future__ import annotations

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


def contract(graph: Graph, reference: Contract, at: tree.Node, over: Stage, scope: Scope) -> Node[plan.Contract] | None:
    """The node of a contract over a flow, added if it is not there yet. None where it is over another flow."""
    found, word, arguments = reference
    decl = found.decl
    if not arguments:
        for node in graph.nodes(plan.Contract):
            if node.payload.flow == over.name and node.payload.place == found.module.place(decl.name):
                return node
    if decl.over is not None and decl.over.text != over.name and \
            only(find(found.module, decl.over.text), tree.FlowDecl) is not None:
        scope.error("PED0601", at, f"the contract `{decl.name.text}` is over the flow `{decl.over.text}`, not over "
                    f"`{over.name}`", "leave `over` out of a contract for several flows")
        return None
    values = stage.bound(found, word, at, arguments, over, scope)
    inner = scope.inside(found, {**over.values, **values})
    seen: dict[str, tree.Word] = {}
    for item in decl.clauses:
        if item.key.text in seen:
            inner.twice(item.key, f"the clause `{item.key.text}`", seen[item.key.text])
        seen.setdefault(item.key.text, item.key)
    clauses = tuple(formulas.clause(item, over, inner) for item in decl.clauses)
    name = stage.instance(graph, "contract", decl.name.text, over)
    payload = plan.Contract(name, over.name, clauses, found.module.place(decl.name))
    if f"contract:{name}" in graph:
        return _again(graph, payload, at, scope)
    node = graph.add(carrying(payload, name, found.module.span(decl.name)))
    graph.link(node.id, "over", f"flow:{over.name}")
    return node


def _again(graph: Graph, payload: plan.Contract, at: tree.Node, scope: Scope) -> Node[plan.Contract] | None:
    """A contract that is there already: it must come out the same."""
    (there,) = [node for node in graph.nodes(plan.Contract) if node.name == payload.name]
    if there.payload == payload:
        return there
    if there.payload.place != payload.place:
        scope.error("PED0202", at, f"two contracts are called `{payload.name}`", "give one of them another name")
    else:
        scope.later(at, f"a contract with two sets of arguments (`{payload.name}`)", "write a contract for each")
    return None
