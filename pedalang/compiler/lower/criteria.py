"""Criteria of a rubric: by code, by a measure, by a contract, by a judge or by people on an anchored scale, or by a
trained classifier. Those that are answered on a scale are in `judges.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import classifiers, contracts, fields, judges, ratings, units
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import elaborate, operators, outside, references, types
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.expression import nodes, values

_FIELDS = {
    "code": ("score", "measures"), "contract": ("uses",), "judge": judges.FIELDS, "human": ratings.FIELDS,
    "model": ("uses", "reads", "desired"),
}
_COMMON = ("cap", "keyed", "counts")


class Written(NamedTuple):
    """A criterion as it is written: its fields and words of its head, what is known of it before it is said how it is
    measured, the part of a dialogue that it is on, and where its expressions stand."""

    item: tree.Criterion
    known: Mapping[str, tree.Field]
    mods: Mapping[type[tree.Node], tree.Node]
    blank: plan.Criterion
    part: units.Part
    scope: Scope


def criterion(graph: Graph, item: tree.Criterion, around: units.Part, stage: Stage,
              scope: Scope) -> plan.Criterion | None:
    """A criterion over a flow; `around` is the part of a dialogue that its rubric is on. None, and reported, where it
    does not say how it is measured."""
    mods = _mods(item, scope)
    method, unit = mods.get(tree.ByMethod), mods.get(tree.OnUnit)
    if not isinstance(method, tree.ByMethod):
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` does not say how it is measured",
                    "write `by code`, `by judge` or `by contract` after its name")
        return None
    by = method.method.text
    on = unit.unit if isinstance(unit, tree.OnUnit) else None
    of = on.text if on is not None else around.of
    what, more = (f"a criterion by {by} on a {of}", units.FIELDS) if of != "dialogue" else (f"a criterion by {by}", ())
    known = fields.read(item.items, (*_FIELDS[by], *_COMMON, "segment", *more), scope, what)
    part = units.part(on, known.get("segment"), around, scope)
    inner, when = units.scope_of(part, known, scope)
    _belongs(item, by, mods, known, scope)
    written = Written(item, known, mods, _blank(item, mods, known, scope), part, inner)
    made = _MEASURES[by](graph, written, stage)
    if made is None:
        return None
    asked = made.judge or made.human
    return replace(made, units=units.units(part, known, when, asked.kind if asked is not None else None, item, scope))


def _blank(item: tree.Criterion, mods: Mapping[type[tree.Node], tree.Node], known: Mapping[str, tree.Field],
           scope: Scope) -> plan.Criterion:
    weight = mods.get(tree.Weight)
    share = fields.number(weight.number, scope) if isinstance(weight, tree.Weight) else 1.0
    against = fields.word(known.get("counts"), scope, ("for", "against"), "for") == "against"
    reverse = fields.word(known.get("keyed"), scope, ("straight", "reverse"), "straight") == "reverse"
    return plan.Criterion(item.name.text, -share if against else share, tree.Gate in mods,
                          cap=fields.share(known.get("cap"), scope), place=scope.module.place(item.name),
                          reverse=reverse)


def _mods(item: tree.Criterion, scope: Scope) -> dict[type[tree.Node], tree.Node]:
    found: dict[type[tree.Node], tree.Node] = {}
    for mod in item.mods:
        if type(mod) in found:
            scope.twice(mod, f"`{scope.span(mod).text.split()[0]}`", found[type(mod)])
        found.setdefault(type(mod), mod)
    return found


def _belongs(item: tree.Criterion, by: str, mods: Mapping[type[tree.Node], tree.Node], known: Mapping[str, tree.Field],
             scope: Scope) -> None:
    """A scale and anchors are for who answers on them; a cap is for a gate."""
    asks = by in ("judge", "human")
    scale = mods.get(tree.OnScale)
    if scale is not None and not asks:
        scope.error("PED0703", scale, f"a criterion by {by} has no scale", "leave it out, or write `by judge`")
    for each in item.items:
        if isinstance(each, tree.Anchor | tree.AnchorLabel) and not asks:
            scope.error("PED0704", each, f"a criterion by {by} has no anchors", "leave it out, or write `by judge`")
    if "cap" in known and tree.Gate not in mods:
        scope.error("PED0706", known["cap"].key, f"the criterion `{item.name.text}` caps nothing, for it is no gate",
                    "write `gate` after its name, or leave `cap:` out")


# ---------------------------------------------------------------- by code


def _code(graph: Graph, written: Written, stage: Stage) -> plan.Criterion | None:
    item, scope = written.item, written.scope
    score, measures = written.known.get("score"), written.known.get("measures")
    if score is not None and measures is not None:
        scope.error("PED0202", measures.key, "a criterion by code has `score:` or `measures:`, and not both",
                    "leave one of them out", also=(score.key, "here"))
    if measures is not None:
        return _measured(written, measures.value)
    if score is None:
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` by code has no `score:`",
                    "add `score: …`, a number from 0 to 1")
        return None
    return replace(written.blank, score=_score(score, scope))


def _measured(written: Written, measures: tree.Expr) -> plan.Criterion | None:
    """A measure has values of its own, of the whole dialogue, which are no part of a total."""
    item, _, mods, blank, part, scope = written
    if part.of != "dialogue":
        scope.error("PED0712", measures, f"a measure is of the whole dialogue, and this is on a {part.of}",
                    "write `on dialogue` after the criterion's name")
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
    for value in _written(of.expr):
        if not 0 <= value <= 1:
            scope.error("PED0305", field.value, f"the score {values.to_text(value)} is not in 0..1",
                        "divide it by the most that it can be, or `clamp` it")
            break
    return of.expr


def _written(expr: nodes.Expr) -> Iterator[int | float]:
    """The numbers that an expression may be worth as they are written."""
    match expr:
        case nodes.Lit(int() | float() as value):
            yield value
        case nodes.If(_, then, otherwise):
            yield from _written(then)
            yield from _written(otherwise)


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
    target = outside.target(found, found.decl.value)
    if not target.startswith(outside.STANDARD):
        scope.error("PED0308", expr, f"`{word.text}` is a function of the program's own, and no measure",
                    f"write `score: {word.text}(…)`")
        return None
    bound = elaborate.bind(found, word, expr, found.decl.params, arguments, scope) or {}
    return plan.Measure(target.removeprefix(outside.STANDARD), {name: typed.expr for name, typed in bound.items()})


# ---------------------------------------------------------------- by contract


def _contract(graph: Graph, written: Written, stage: Stage) -> plan.Criterion | None:
    item, known, scope = written.item, written.known, written.scope
    if "uses" not in known:
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` by contract has no `uses:`",
                    "add `uses: CONTRACT`")
        return None
    reference = contracts.resolve(known["uses"].value, scope)
    if reference is None:
        return None
    if written.part.of != "dialogue" and written.blank.gate:
        scope.error("PED0712", written.mods[tree.Gate], "a gate by contract is on the whole dialogue, and this is on a "
                    f"{written.part.of}", "write `on dialogue` after the criterion's name")
    node = contracts.contract(graph, reference, known["uses"].value, stage, scope)
    return replace(written.blank, contract=node.name) if node is not None else None


# ---------------------------------------------------------------- on a scale, or by a classifier


def _judge(graph: Graph, written: Written, stage: Stage) -> plan.Criterion | None:
    judge = judges.judge(graph, written.item, written.known, written.mods, stage, written.scope)
    return replace(written.blank, judge=judge) if judge is not None else None


def _human(graph: Graph, written: Written, stage: Stage) -> plan.Criterion | None:
    human = ratings.human(written.item, written.known, written.mods, written.scope)
    return replace(written.blank, human=human) if human is not None else None


def _model(graph: Graph, written: Written, stage: Stage) -> plan.Criterion | None:
    made = classifiers.criterion(graph, written.item, written.known, written.scope)
    return replace(written.blank, model=made) if made is not None else None


_MEASURES: dict[str, Callable[[Graph, Written, Stage], plan.Criterion | None]] = {
    "code": _code, "contract": _contract, "judge": _judge, "human": _human, "model": _model,
}
