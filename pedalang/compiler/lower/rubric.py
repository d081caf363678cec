"""Rubrics: criteria by code, measure, contract or judge, over the names of a flow."""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.compiler.lower import fields, formulas
from pedalang.compiler.lower.flow import Stage
from pedalang.compiler.semantics import elaborate, types
from pedalang.compiler.semantics.scope import Declared, Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

_FIELDS = ("score", "measures", "uses", "cap", "ask", "model")
_LATER = ("votes", "evidence", "agreement", "labels", "segment", "cache")
_STD_MEASURE = "std:"


def rubric(graph: Graph, found: Declared, stage: Stage, scope: Scope) -> Node:
    """Adds a rubric, with its parents' criteria before its own; one of the same name takes the parent's place."""
    assert isinstance(found.decl, tree.RubricDecl)
    name = found.decl.name.text
    if f"rubric:{name}" in graph:
        return graph.node(f"rubric:{name}")
    criteria = tuple(_criteria(found, stage, scope).values())
    payload = plan.Rubric(name, stage.name, criteria, found.module.place(found.decl.name))
    node = graph.add(Node("rubric", name, payload, found.module.span(found.decl.name)))
    graph.link(node.id, "over", f"flow:{stage.name}")
    for criterion in criteria:
        if f"contract:{criterion.contract}" in graph:
            graph.link(node.id, "uses", f"contract:{criterion.contract}")
    return node


def _criteria(found: Declared, stage: Stage, scope: Scope) -> dict[str, plan.Criterion]:
    decl = found.decl
    assert isinstance(decl, tree.RubricDecl)
    outer = scope.inside(found, {})
    inner = outer.binding({**stage.values, **formulas.params(decl.params, stage.params, outer, "rubric")})
    fields.read(decl.items, (), inner, "rubric", ("range", "segment"))
    if decl.unit is not None and decl.unit.text != "dialogue":
        inner.error("PED0901", decl.unit, f"a rubric on a {decl.unit.text} cannot be run yet", "write `on dialogue`")
    criteria = _inherited(decl, found, stage, scope, inner)
    own: set[str] = set()
    for item in decl.items:
        if isinstance(item, tree.Criterion):
            if item.name.text in own:
                inner.error("PED0202", item.name, f"the criterion `{item.name.text}` is declared twice")
            own.add(item.name.text)
            criteria[item.name.text] = _criterion(item, inner)
    return criteria


def _inherited(decl: tree.RubricDecl, found: Declared, stage: Stage, scope: Scope,
               inner: Scope) -> dict[str, plan.Criterion]:
    if decl.parent is None:
        return {}
    target = _target(decl.parent, inner)
    if target is None or not isinstance(target.decl, tree.RubricDecl):
        inner.error("PED0208", decl.parent, "this is no rubric to extend")
        return {}
    if target.decl in inner.expanding:
        inner.error("PED0209", decl.parent, f"`{decl.name.text}` extends itself")
        return {}
    return _criteria(target, stage, inner)


def _target(ref: tree.Ref, scope: Scope) -> Declared | None:
    """The declaration that a name, or a name in a module, stands for."""
    match ref:
        case tree.Name(word=word):
            found = scope.lookup(word.text)
            return found if isinstance(found, Declared) else None
        case tree.Attribute(of=tree.Name(word=owner), name=name):
            module = scope.lookup(owner.text)
            decl = getattr(module, "decls", {}).get(name.text)
            return Declared(module, decl.body) if decl is not None else None  # type: ignore[arg-type]
        case tree.Call(function=function):
            return _target(function, scope)  # type: ignore[arg-type]
    return None


def _criterion(item: tree.Criterion, scope: Scope) -> plan.Criterion:
    known = fields.read(item.items, _FIELDS, scope, "criterion", _LATER)
    weight, gate, method, scale = 1.0, False, "", None
    for mod in item.mods:
        match mod:
            case tree.Weight(number=number):
                weight = float(number.text.replace("_", ""))
            case tree.Gate():
                gate = True
            case tree.ByMethod(method=word):
                method = word.text
            case tree.OnScale(scale=ref):
                scale = ref
            case tree.OnUnit(unit=word) if word.text != "dialogue":
                scope.error("PED0901", word, f"a criterion on a {word.text} cannot be run yet")
    parts = _measured(item, method, scale, known, scope)
    cap = None
    if "cap" in known:
        cap = _share(known["cap"].value, scope)
    return plan.Criterion(item.name.text, weight, gate, *parts, cap, scope.module.place(item.name))


def _share(expr: tree.Expr, scope: Scope) -> float | None:
    if isinstance(expr, tree.Number | tree.Quantity):
        text = expr.word.text.split()[0]
        value = float(text.rstrip("%")) / (100 if text.endswith("%") or "point" in expr.word.text else 1)
        if 0 <= value <= 1:
            return value
    scope.error("PED0309", expr, "a cap is a share of the whole", "write for example `0.4` or `40%`")
    return None


Parts = tuple[nodes.Expr | None, plan.Judge | None, plan.Measure | None, str]


def _measured(item: tree.Criterion, method: str, scale: tree.Ref | None, known: dict[str, tree.Field],
              scope: Scope) -> Parts:
    """score, judge, measure, contract: the one that the criterion's method says, the others empty."""
    match method:
        case "code" if "measures" in known:
            return None, None, _measure(known["measures"].value, scope), ""
        case "code" if "score" in known:
            return _score(known["score"], scope), None, None, ""
        case "code":
            scope.error("PED0702", item.name, f"the criterion `{item.name.text}` by code has no `score:`")
        case "contract":
            return None, None, None, _contract(item, known, scope)
        case "judge":
            return None, _judge(item, scale, known, scope), None, ""
        case "":
            scope.error("PED0702", item.name, f"the criterion `{item.name.text}` does not say how it is measured",
                        "write `by code`, `by judge` or `by contract` after its name")
        case _:
            scope.error("PED0901", item.name, f"a criterion by {method} cannot be run yet")
    return None, None, None, ""


def _score(field: tree.Field, scope: Scope) -> nodes.Expr:
    typed = elaborate.expression(field.value, scope)
    if not (typed.type.is_number or typed.type.name in ("Bool", "Any")) or typed.type.optional:
        scope.error("PED0301", field.value, f"this is {typed.type}, where a score from 0 to 1 is wanted")
    return typed.expr


def _contract(item: tree.Criterion, known: dict[str, tree.Field], scope: Scope) -> str:
    word = fields.name(known.get("uses"), scope)
    if word is None:
        if "uses" not in known:
            scope.error("PED0702", item.name, f"the criterion `{item.name.text}` by contract has no `uses:`")
        return ""
    match scope.lookup(word.text):
        case Declared(_, tree.ContractDecl()):
            return word.text
        case None:
            scope.unknown(word, "contract")
        case _:
            scope.error("PED0208", word, f"`{word.text}` is no contract")
    return ""


def _measure(expr: tree.Expr, scope: Scope) -> plan.Measure | None:
    """A call of a `def … = python "std:NAME"`: a measure that travels with pedalang."""
    if not isinstance(expr, tree.Call) or (found := _target(expr, scope)) is None \
            or not isinstance(found.decl, tree.DefDecl) or not isinstance(found.decl.value, tree.Extern):
        scope.error("PED0309", expr, "`measures:` is a call of a measure such as `mathdial.success_telling(answer)`")
        return None
    target = texts.plain(found.module.source, found.decl.value.target)
    if not target.startswith(_STD_MEASURE):
        scope.error("PED0901", expr, f"the Python function `{target}` cannot be run yet",
                    "measures of the standard library can")
        return None
    word = found.decl.name
    bound = elaborate.bind(word, expr, found, found.decl.params, expr.arguments, scope) or {}
    return plan.Measure(target.removeprefix(_STD_MEASURE), {name: typed.expr for name, typed in bound.items()})


def _judge(item: tree.Criterion, scale: tree.Ref | None, known: dict[str, tree.Field],
           scope: Scope) -> plan.Judge | None:
    found = _target(scale, scope) if scale is not None else None
    if found is None or not isinstance(found.decl, tree.ScaleDecl):
        scope.error("PED0703", scale or item.name, f"the judge of `{item.name.text}` has no scale",
                    "write `scale NAME` after the criterion's name, and import the scale")
        return None
    if "ask" not in known:
        scope.error("PED0702", item.name, f"the judge of `{item.name.text}` has no question", "add `ask:`")
        return None
    ask = elaborate.expression(known["ask"].value, scope, types.TEXT).expr
    levels = _levels(item, found.decl, found, scope)
    model = fields.name(known.get("model"), scope)
    return plan.Judge(ask, levels, found.decl.kind.text, model.text if model else "")  # type: ignore[arg-type]


def _levels(item: tree.Criterion, scale: tree.ScaleDecl, found: Declared, scope: Scope) -> tuple[plan.ScaleLevel, ...]:
    anchors: dict[float, str] = {}
    for each in item.items:
        if isinstance(each, tree.Anchor):
            anchors[_value(each.level)] = texts.plain(scope.module.source, each.text.word)
        elif isinstance(each, tree.AnchorLabel):
            scope.error("PED0901", each, "an anchor by label cannot be run yet", "write the level's number")
    values = [_value(level.value) for level in scale.levels]
    for each in item.items:
        if isinstance(each, tree.Anchor) and _value(each.level) not in values:
            scope.error("PED0704", each.level, f"the scale has no level {_value(each.level):g}",
                        did_you_mean(each.level.number.text, [f"{v:g}" for v in values]))
    source = found.module.source
    return tuple(
        plan.ScaleLevel(value, texts.plain(source, level.label) if level.label else f"{value:g}",
                        anchors.get(value) or texts.plain(source, level.text.word))
        for value, level in zip(values, scale.levels, strict=True))


def _value(signed: tree.Signed) -> float:
    number = float(signed.number.text.replace("_", ""))
    return -number if signed.minus is not None else number

