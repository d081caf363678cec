"""Rubrics: criteria over the names of a flow, with those of the rubrics that they extend."""

from __future__ import annotations

from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import asking, criteria, fields, stage, units
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import definitions, numerals, references
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import tree

Rubric = references.Reference[tree.RubricDecl]

_WHOLE = (0.0, 1.0)


class _Layer(NamedTuple):
    """What a rubric holds, with what it takes over: criteria by name, and the range of its total."""

    criteria: dict[str, plan.Criterion]
    range: tuple[float, float]


def resolve(expr: tree.Expr, scope: Scope) -> Rubric | None:
    """The rubric that an expression refers to."""
    return references.resolve(expr, scope, "a rubric", tree.RubricDecl)


def rubric(graph: Graph, reference: Rubric, at: tree.Node, over: Stage, scope: Scope) -> Node[plan.Rubric]:
    """The node of a rubric over a flow, added if it is not there yet."""
    found = reference.found
    there = stage.only_one(graph, plan.Rubric, found, over, scope) if not reference.arguments else None
    if there is not None:
        return there
    values = stage.bound(found, reference.word, at, reference.arguments, over, scope)
    before = stage.known(over, found.decl, values)
    if before is not None:
        return before
    layer = _layer(graph, reference, values, None, over, scope)
    lines = asking.numbered(layer.criteria)
    blank = plan.Rubric(found.decl.name.text, over.name, tuple(lines.values()),
                        found.module.place(found.decl.name), *layer.range)
    made = stage.instance(graph, blank, values, at, scope)
    if isinstance(made, Node):
        return stage.note(over, found.decl, values, made)
    node = graph.add(carrying(made, made.name, found.module.span(found.decl.name)))
    graph.link(node.id, "over", f"flow:{over.name}")
    for used in dict.fromkeys(criterion.contract for criterion in made.criteria if criterion.contract):
        graph.link(node.id, "uses", f"contract:{used}")
    for used in dict.fromkeys(each.judge.model for each in made.criteria if each.judge and each.judge.model):
        graph.link(node.id, "uses", f"model:{used}")
    return stage.note(over, found.decl, values, node)


def _layer(graph: Graph, reference: Rubric, values: dict[str, Typed], below: units.Part | None, over: Stage,
           scope: Scope) -> _Layer:
    """The parents' criteria before the own ones; one of the same name takes the parent's place. `below` is the part
    that the rubric which extends this one is on: its length of a segment holds where none is said here."""
    found = reference.found
    decl = found.decl
    inner = scope.inside(found, {**over.values, **values}).looking_back()
    known = fields.read(decl.items, ("range", "segment"), inner, "a rubric")
    part = units.part(decl.unit, known.get("segment"), None, inner)
    if part.every is None and below is not None:
        part = part._replace(every=below.every, timed=below.timed)
    above = _above(graph, decl, part, over, inner)
    made, own = dict(above.criteria), dict[str, tree.Word]()
    for item in decl.items:
        if isinstance(item, tree.Criterion):
            if item.name.text in own:
                inner.twice(item.name, f"the criterion `{item.name.text}`", own[item.name.text])
            own.setdefault(item.name.text, item.name)
            criterion = criteria.criterion(graph, item, part, over, inner)
            if criterion is not None:
                made[item.name.text] = criterion
    _compared(decl, made, inner)
    return _Layer(made, _range(known["range"], inner) if "range" in known else above.range)


def _above(graph: Graph, decl: tree.RubricDecl, part: units.Part, over: Stage, inner: Scope) -> _Layer:
    """What the parent gives; nothing where there is none, or after a mistake."""
    nothing = _Layer({}, _WHOLE)
    if decl.parent is None:
        return nothing
    target = resolve(decl.parent, inner)
    if target is None:
        return nothing
    if not definitions.may_expand(target.found, decl.parent, f"`{decl.name.text}` extends itself", inner):
        return nothing
    values = stage.bound(target.found, target.word, decl.parent, target.arguments, over, inner)
    return _layer(graph, target, values, part, over, inner)


def _range(field: tree.Field, scope: Scope) -> tuple[float, float]:
    """`0..100`, plain or in points."""
    match field.value:
        case tree.Range(low=low, high=high):
            ends = [_end(low), _end(high)]
            if ends[0] is not None and ends[1] is not None:
                if ends[0] < ends[1]:
                    return ends[0], ends[1]
                scope.error("PED0305", field.value, "this range has no length", "write the lower end first")
                return _WHOLE
    scope.error("PED0309", field.value, "`range:` is from one number to another", "write for example `0..100`")
    return _WHOLE


def _end(expr: tree.Expr) -> float | None:
    if isinstance(expr, tree.Quantity):
        numeral = numerals.read(expr.word)
        return float(numeral.value) if numeral is not None and numeral.type.name == "Points" else None
    value = numerals.signed(expr)
    return float(value) if value is not None else None


def _compared(decl: tree.RubricDecl, made: dict[str, plan.Criterion], scope: Scope) -> None:
    """What a judge's `agreement:` is `against:` is another criterion of the rubric, on a scale of its own."""
    for criterion in made.values():
        agreement = criterion.judge.agreement if criterion.judge is not None else None
        if agreement is None or not agreement.against:
            continue
        other = made.get(agreement.against)
        if other is None or other.name == criterion.name or not (other.human or other.judge):
            at = next((item.name for item in decl.items
                       if isinstance(item, tree.Criterion) and item.name.text == criterion.name), decl.name)
            scope.error("PED0201", at, f"`{criterion.name}` is compared with `{agreement.against}`, which is no judged "
                        "or rated criterion of this rubric", "name one that people rate, or leave `against:` out")
