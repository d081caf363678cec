"""Rubrics: criteria over the names of a flow, with those of the rubrics that they extend."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import criteria, fields, stage
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import definitions, references
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree

Rubric = references.Reference[tree.RubricDecl]


def resolve(expr: tree.Expr, scope: Scope) -> Rubric | None:
    """The rubric that an expression refers to."""
    return references.resolve(expr, scope, "a rubric", tree.RubricDecl)


def rubric(graph: Graph, reference: Rubric, at: tree.Node, over: Stage, scope: Scope) -> Node[plan.Rubric]:
    """The node of a rubric over a flow, added if it is not there yet."""
    found = reference.found
    if not reference.arguments:
        for node in graph.nodes(plan.Rubric):
            if node.payload.flow == over.name and node.payload.place == found.module.place(found.decl.name):
                return node
    name = stage.instance(graph, "rubric", found.decl.name.text, over)
    made = tuple(_criteria(graph, reference, at, over, scope).values())
    payload = plan.Rubric(name, over.name, made, found.module.place(found.decl.name))
    for node in graph.nodes(plan.Rubric):
        if node.name == name:
            if node.payload.place != payload.place:
                scope.error("PED0202", at, f"two rubrics are called `{name}`", "give one of them another name")
            elif node.payload != payload:
                scope.later(at, f"a rubric with two sets of arguments (`{name}`)", "write a rubric for each")
            return node
    node = graph.add(carrying(payload, name, found.module.span(found.decl.name)))
    graph.link(node.id, "over", f"flow:{over.name}")
    for used in dict.fromkeys(criterion.contract for criterion in made if criterion.contract):
        graph.link(node.id, "uses", f"contract:{used}")
    judges = (criterion.judge.model for criterion in made if criterion.judge is not None and criterion.judge.model)
    for used in dict.fromkeys(judges):
        graph.link(node.id, "uses", f"model:{used}")
    return node


def _criteria(graph: Graph, reference: Rubric, at: tree.Node, over: Stage, scope: Scope) -> dict[str, plan.Criterion]:
    """The criteria by name, the parents' before the own ones; one of the same name takes the parent's place."""
    found, word, arguments = reference
    decl = found.decl
    values = stage.bound(found, word, at, arguments, over, scope)
    inner = scope.inside(found, {**over.values, **values}).looking_back()
    fields.read(decl.items, (), inner, "a rubric", ("range", "segment"))
    if decl.unit is not None and decl.unit.text != "dialogue":
        inner.later(decl.unit, f"a rubric on a {decl.unit.text}", "write `on dialogue`")
    made: dict[str, plan.Criterion] = {}
    if decl.parent is not None:
        made |= _inherited(graph, decl, decl.parent, over, inner)
    own: dict[str, tree.Word] = {}
    for item in decl.items:
        if isinstance(item, tree.Criterion):
            if item.name.text in own:
                inner.twice(item.name, f"the criterion `{item.name.text}`", own[item.name.text])
            own.setdefault(item.name.text, item.name)
            criterion = criteria.criterion(graph, item, over, inner)
            if criterion is not None:
                made[item.name.text] = criterion
    return made


def _inherited(graph: Graph, decl: tree.RubricDecl, parent: tree.Ref, over: Stage,
               inner: Scope) -> dict[str, plan.Criterion]:
    target = resolve(parent, inner)
    if target is None:
        return {}
    if not definitions.may_expand(target.found, parent, f"`{decl.name.text}` extends itself", inner):
        return {}
    return _criteria(graph, target, parent, over, inner)
