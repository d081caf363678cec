"""Criteria of a rubric: by code, by a measure, by a contract, or by a judge on an anchored scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import contracts, fields, models, scales
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import declarations, elaborate, numerals, operators, references, types
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes, values

_FIELDS = {"code": ("score", "measures", "cap"), "contract": ("uses", "cap"), "judge": ("ask", "model", "cap")}
_LATER = ("votes", "evidence", "agreement", "labels", "segment", "cache")
_MEASURABLE = "write `by code`, `by judge` or `by contract`"

Known = dict[str, tree.Field]


def criterion(graph: Graph, item: tree.Criterion, stage: Stage, scope: Scope) -> plan.Criterion | None:
    """A criterion over a flow. None, and reported, where it does not say how it is measured."""
    mods = _mods(item, scope)
    weight, gate, method = mods.get(tree.Weight), mods.get(tree.Gate), mods.get(tree.ByMethod)
    unit = mods.get(tree.OnUnit)
    if isinstance(unit, tree.OnUnit) and unit.unit.text != "dialogue":
        scope.later(unit, f"a criterion on a {unit.unit.text}", "write `on dialogue`")
    if not isinstance(method, tree.ByMethod):
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` does not say how it is measured",
                    f"{_MEASURABLE} after its name")
        return None
    by = method.method.text
    if by not in _MEASURES:
        scope.later(method, f"a criterion by {by}", _MEASURABLE)
        return None
    known = fields.read(item.items, _FIELDS[by], scope, f"a criterion by {by}", _LATER)
    scale = mods.get(tree.OnScale)
    if scale is not None and by != "judge":
        scope.error("PED0703", scale, f"a criterion by {by} has no scale", "leave it out, or write `by judge`")
    _anchors_belong(item, by, scope)
    if "cap" in known and gate is None:
        scope.error("PED0706", known["cap"].key, f"the criterion `{item.name.text}` caps nothing, for it is no gate",
                    "write `gate` after its name, or leave `cap:` out")
    share = fields.number(weight.number, scope) if isinstance(weight, tree.Weight) else 1.0
    blank = plan.Criterion(item.name.text, share, gate is not None, cap=fields.share(known.get("cap"), scope),
                           place=scope.module.place(item.name))
    return _MEASURES[by](graph, item, blank, known, mods, stage, scope)


Mods = dict[type[tree.Node], tree.Node]


def _mods(item: tree.Criterion, scope: Scope) -> Mods:
    found: Mods = {}
    for mod in item.mods:
        if type(mod) in found:
            scope.twice(mod, f"`{scope.span(mod).text.split()[0]}`", found[type(mod)])
        found.setdefault(type(mod), mod)
    return found


def _anchors_belong(item: tree.Criterion, by: str, scope: Scope) -> None:
    for each in item.items:
        if isinstance(each, tree.Anchor | tree.AnchorLabel) and by != "judge":
            scope.error("PED0704", each, f"a criterion by {by} has no anchors", "leave it out, or write `by judge`")


# ---------------------------------------------------------------- by code


def _code(graph: Graph, item: tree.Criterion, blank: plan.Criterion, known: Known, mods: Mods, stage: Stage,
          scope: Scope) -> plan.Criterion | None:
    score, measures = known.get("score"), known.get("measures")
    if score is not None and measures is not None:
        scope.error("PED0202", measures.key, "a criterion by code has `score:` or `measures:`, and not both",
                    "leave one of them out", also=(score.key, "here"))
    if measures is not None:
        return _measured(item, blank, measures.value, mods, scope)
    if score is None:
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` by code has no `score:`",
                    "add `score: …`, a number from 0 to 1")
        return None
    return replace(blank, score=_score(score, scope))


def _measured(item: tree.Criterion, blank: plan.Criterion, measures: tree.Expr, mods: Mods,
              scope: Scope) -> plan.Criterion | None:
    """A measure has values of its own, which are no part of a total."""
    measure = _measure(measures, scope)
    if measure is None:
        return None
    counts = mods.get(tree.Gate) or (mods.get(tree.Weight) if blank.weight else None)
    if counts is not None:
        scope.error("PED0706", counts, f"`{item.name.text}` is a measure, and measures are no part of the total",
                    "leave this out, or write `weight 0`")
    return replace(blank, weight=0.0, measure=measure)


def _score(field: tree.Field, scope: Scope) -> nodes.Expr:
    of = elaborate.operand(field.value, scope)
    if of.type.optional:
        return operators.misfit(of, of.type.required if of.type.name != "None" else types.FLOAT, scope).expr
    if not (of.type.is_number or of.type.name in ("Bool", "Any")):
        what = operators.article(of.type)
        scope.error("PED0301", field.value, f"this is {what}, where a score from 0 to 1 is wanted")
    match of.expr:
        case nodes.Lit(int() | float() as value) if not 0 <= value <= 1:
            scope.error("PED0305", field.value, f"the score {values.to_text(value)} is not in 0..1",
                        "divide it by the most that it can be, or `clamp` it")
    return of.expr


def _measure(expr: tree.Expr, scope: Scope) -> plan.Measure | None:
    """A call of a `def … = python "std:NAME"`: a measure that travels with pedalang."""
    reference = references.resolve(expr, scope, "a measure", tree.DefDecl)
    if reference is None:
        return None
    found, word, arguments = reference
    if not isinstance(found.decl.value, tree.Extern):
        scope.error("PED0308", expr, f"`{word.text}` is computed in the language, and so is a `score:`",
                    f"write `score: {word.text}(…)`")
        return None
    target = texts.plain(found.module.source, found.decl.value.target)
    if not target.startswith(declarations.STANDARD):
        scope.later(expr, f"the Python function `{target}`", "measures of the standard library can be")
        return None
    bound = elaborate.bind(found, word, expr, found.decl.params, arguments, scope) or {}
    return plan.Measure(target.removeprefix(declarations.STANDARD), {name: typed.expr for name, typed in bound.items()})


# ---------------------------------------------------------------- by contract


def _contract(graph: Graph, item: tree.Criterion, blank: plan.Criterion, known: Known, mods: Mods, stage: Stage,
              scope: Scope) -> plan.Criterion | None:
    if "uses" not in known:
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` by contract has no `uses:`",
                    "add `uses: CONTRACT`")
        return None
    reference = contracts.resolve(known["uses"].value, scope)
    if reference is None:
        return None
    node = contracts.contract(graph, reference, known["uses"].value, stage, scope)
    return replace(blank, contract=node.name) if node is not None else None


# ---------------------------------------------------------------- by judge


def _judge(graph: Graph, item: tree.Criterion, blank: plan.Criterion, known: Known, mods: Mods, stage: Stage,
           scope: Scope) -> plan.Criterion | None:
    on = mods.get(tree.OnScale)
    if not isinstance(on, tree.OnScale):
        scope.error("PED0703", item.name, f"the judge of `{item.name.text}` has no scale",
                    "write `scale NAME` after the criterion's name")
        return None
    scale = references.resolve(on.scale, scope, "a scale", tree.ScaleDecl)
    if "ask" not in known:
        scope.error("PED0702", item.name, f"the judge of `{item.name.text}` has no question", "add `ask: \"…\"`")
        return None
    ask = elaborate.expression(known["ask"].value, scope, types.TEXT).expr
    if scale is None:
        return None
    model = ""
    if "model" in known:
        named = references.resolve(known["model"].value, scope, "a model", tree.ModelDecl)
        model = models.model(graph, named.found, scope).name if named is not None else ""
    levels = _levels(item, scale, scope)
    return replace(blank, judge=plan.Judge(ask, levels, _kind(scale.found.decl), model))


def _kind(scale: tree.ScaleDecl) -> Literal["nominal", "ordinal", "interval"]:
    match scale.kind.text:
        case "nominal" | "ordinal" as kind:
            return kind
    return "interval"


def _levels(item: tree.Criterion, reference: references.Reference[tree.ScaleDecl],
            scope: Scope) -> tuple[plan.ScaleLevel, ...]:
    """The scale's levels, each with the criterion's anchor in place of the scale's own text where there is one."""
    scale = reference.found
    source = scale.module.source
    own = scales.texts_of(reference, item, scope)
    labels = {numerals.level(each.value): texts.plain(source, each.label) if each.label is not None else ""
              for each in scale.decl.levels}
    anchors: dict[float, tree.Anchor | tree.AnchorLabel] = {}
    for each in item.items:
        match each:
            case tree.Anchor(level=at):
                value, shown = numerals.level(at), f"{numerals.level(at):g}"
                known = [f"{level:g}" for level in labels]
            case tree.AnchorLabel(label=at):
                value = next((level for level, label in labels.items() if label == at.text), None)
                shown, known = at.text, [label or f"{level:g}" for level, label in labels.items()]
            case _:
                continue
        if value not in labels:
            scope.error("PED0704", at, f"the scale `{scale.decl.name.text}` has no level `{shown}`",
                        did_you_mean(shown, known, "its levels are"))
        elif value in anchors:
            scope.twice(at, f"the anchor of level {shown}", anchors[value])
        else:
            anchors[value] = each
    found: list[plan.ScaleLevel] = []
    for each in scale.decl.levels:
        value = numerals.level(each.value)
        text = texts.plain(scope.module.source, anchors[value].text.word) if value in anchors else own[value]
        found.append(plan.ScaleLevel(value, labels[value] or f"{value:g}", text))
    return tuple(found)


_Measured = Callable[[Graph, tree.Criterion, plan.Criterion, Known, Mods, Stage, Scope], plan.Criterion | None]
_MEASURES: dict[str, _Measured] = {"code": _code, "contract": _contract, "judge": _judge}
