"""Criteria that are answered on an anchored scale, by a model or by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import asking, fields, models, scales
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import elaborate, numerals, references, types
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import Label, did_you_mean
from pedalang.expression import nodes

FIELDS = ("ask", "model", "desired", *asking.FIELDS, "agreement")
METRICS = ("quadratic_kappa", "linear_kappa", "cohens_kappa", "fleiss_kappa", "krippendorff_alpha", "gwets_ac1",
           "gwets_ac2", "icc_2_1", "icc_2_k", "icc_3_1", "spearman", "pearson", "exact", "macro_f1", "lenient_f1")
"""Figures of agreement that `agreement:` can name."""

Known = Mapping[str, tree.Field]
Mods = Mapping[type[tree.Node], tree.Node]


class Scaled(NamedTuple):
    """The levels that answer a question, or that ratings are on."""

    levels: tuple[plan.ScaleLevel, ...]
    kind: plan.Kind


class Asked(NamedTuple):
    """A question with the levels that answer it."""

    ask: nodes.Expr
    levels: tuple[plan.ScaleLevel, ...]
    kind: plan.Kind


def asked(item: tree.Criterion, known: Known, mods: Mods, what: str, scope: Scope) -> Asked | None:
    """The question and scale of a criterion; `what` answers it: a judge, a rating."""
    found = scaled(item, mods, what, scope)
    if found is None and not isinstance(mods.get(tree.OnScale), tree.OnScale):
        return None
    if "ask" not in known:
        scope.error("PED0702", item.name, f"the {what} of `{item.name.text}` has no question", "add `ask: \"…\"`")
        return None
    ask = elaborate.expression(known["ask"].value, scope, types.TEXT).expr
    return Asked(ask, *found) if found is not None else None


def scaled(item: tree.Criterion, mods: Mods, what: str, scope: Scope) -> Scaled | None:
    """The levels of a criterion's scale."""
    on = mods.get(tree.OnScale)
    if not isinstance(on, tree.OnScale):
        scope.error("PED0703", item.name, f"the {what} of `{item.name.text}` has no scale",
                    "write `scale NAME` after the criterion's name")
        return None
    scale = references.resolve(on.scale, scope, "a scale", tree.ScaleDecl)
    return Scaled(_levels(item, scale, scope), kind_of(scale.found.decl)) if scale is not None else None


def judge(graph: Graph, item: tree.Criterion, known: Known, mods: Mods, stage: Stage,
          scope: Scope) -> plan.Judge | None:
    """A judge; warnings say what makes its answers hard to trust."""
    found = asked(item, known, mods, "judge", scope)
    made = asking.asking(known, scope)
    before = len(scope.report.errors)
    agreed = agreement(known["agreement"], scope) if "agreement" in known else None
    alone = agreed is not None and not agreed.against and len(scope.report.errors) == before
    if alone and "votes" not in known:
        scope.error("PED0702", known["agreement"].key, "`agreement:` does not say with what, and there is one vote",
                    "write `against: CRITERION`, or `votes: 5` for its votes among themselves")
    named = _model(known, scope)
    model = models.model(graph, named, scope).payload if named is not None else None
    if found is None:
        return None
    unsaid = made.several and "desired" not in known
    built = plan.Judge(found.ask, found.levels, found.kind, model.name if model is not None else "",
                       () if unsaid else desired(known.get("desired"), item, found, scope), agreement=agreed,
                       temperature=model.temperature if model is not None else 0.0)
    built = asking.followed(built, made, item.name, known, scope)
    if named is not None and model is not None:
        _same_model(graph, model, item, known["model"], stage, scope)
        _samples(named, model, built, item, scope)
    return built


def _model(known: Known, scope: Scope) -> Declared[tree.ModelDecl] | None:
    named = references.resolve(known["model"].value, scope, "a model", tree.ModelDecl) if "model" in known else None
    return named.found if named is not None else None


def _same_model(graph: Graph, model: plan.Model, item: tree.Criterion, field: tree.Field, stage: Stage,
                scope: Scope) -> None:
    engines = {node.name: node.payload.engine for node in graph.nodes(plan.Model)}
    judged = [who for who, role in stage.roles.items() if role.model and engines.get(role.model) == model.engine]
    if judged:
        who = " and ".join(f"`{each}`" for each in judged)
        also = [Label(stage.models[each], f"it speaks for `{each}` here") for each in judged if each in stage.models]
        scope.report.warning("PED0708", scope.span(field.value), f"the judge of `{item.name.text}` is the model that "
                             f"speaks for {who}", help="let another model judge", also=also)


def _samples(found: Declared[tree.ModelDecl], model: plan.Model, judge: plan.Judge, item: tree.Criterion,
             scope: Scope) -> None:
    if model.temperature > 0 and judge.votes == 1 and judge.agreement is None:
        at = next(field.value for field in found.decl.fields if field.key.text == "temperature")
        scope.report.warning("PED0710", scope.span(item.name), f"the judge of `{item.name.text}` answers by chance, "
                             "and is asked once", help="write `votes: 3`, or `temperature: 0` for the model",
                             also=[Label(found.module.span(at), f"`{model.name}` samples")])


def agreement(field: tree.Field, scope: Scope) -> plan.Agreement | None:
    """`{ metric: quadratic_kappa, at_least: 0.6, against: CRITERION }` of a judge or an observe; the first must
    stand."""
    before = len(scope.report.errors)
    entries = fields.entries(field, scope)
    metric, least, against = "", None, ""
    for key, value in entries.items():
        match key, value:
            case "metric", tree.Name(word=word) if word.text in METRICS:
                metric = word.text
            case "metric", tree.Name(word=word):
                scope.error("PED0309", value, f"`{word.text}` is no figure of agreement",
                            did_you_mean(word.text, METRICS, "there is"))
            case "at_least", _ if (number := numerals.signed(value)) is not None and -1 <= number <= 1:
                least = float(number)
            case "at_least", _:
                scope.error("PED0309", value, "`at_least:` is a number from -1 to 1", "write for example `0.6`")
            case "against", tree.Name(word=word):
                against = word.text
            case "metric" | "against", _:
                scope.error("PED0309", value, f"`{key}:` is a name")
            case _:
                scope.error("PED0210", value, f"`agreement:` has no entry `{key}`",
                            did_you_mean(key, ("metric", "at_least", "against"), "its entries are"))
    if not metric and len(scope.report.errors) == before:
        scope.error("PED0702", field.key, "`agreement:` does not say by which figure",
                    "write for example `{ metric: krippendorff_alpha, at_least: 0.6 }`")
    return plan.Agreement(metric, least, against) if metric else None


def desired(field: tree.Field | None, item: tree.Criterion, found: Asked | Scaled,
            scope: Scope) -> tuple[str, ...]:
    """The levels of a nominal scale that are wanted."""
    if field is None and found.kind == "nominal" and len(found.levels) > 2:
        scope.warning("PED0709", item.name, f"`{item.name.text}` is worth the number of a level of a nominal scale, "
                      "whose levels have no order", "say which are wanted: `desired: LABEL`")
    if field is None:
        return ()
    if found.kind != "nominal":
        scope.error("PED0703", field.key, f"the levels of an {found.kind} scale have an order, so that the higher is "
                    "worth more", "leave `desired:` out, or declare the scale `nominal`")
        return ()
    return fields.labels(field.value, [level.label for level in found.levels], scope)


def kind_of(scale: tree.ScaleDecl) -> plan.Kind:
    """Whether its levels have an order, and distances."""
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
    _anchored(item, found, scale, scope)
    return tuple(found)


def _anchored(item: tree.Criterion, levels: Sequence[plan.ScaleLevel], scale: Declared[tree.ScaleDecl],
              scope: Scope) -> None:
    bare = [level for level, made in zip(scale.decl.levels, levels, strict=True) if not made.text.strip()]
    if bare:
        value = f"{numerals.level(bare[0].value):g}"
        scope.report.warning("PED0707", scope.span(item.name),
                             f"nothing says what level {value} of `{item.name.text}` means",
                             help=f"add `anchor {value}: …` to the criterion, or a text to the level",
                             also=[Label(scale.module.span(level.value), "this level has no text") for level in bare])
