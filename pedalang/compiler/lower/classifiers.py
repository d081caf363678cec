"""Classifiers that a program trains: what they learn from, what they read, what they tell apart, how they are measured;
and criteria that use one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import data, fields, figures, teachers, units
from pedalang.compiler.semantics import dialogue, elaborate, numerals, operators, references, types
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import NOTHING, Scope, Typed
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

_FIELDS = ("when", "reads", "label", "labels", "scale", "group", "folds", "seed", "method", "measures", "baseline",
           "teacher")
_SEEN = {name: dialogue.NAMES[name] for name in ("history", "turn")}
FOLDS = 5
MOST_FOLDS = 100


class Written(NamedTuple):
    """A classifier as it is written: its fields, and where its expressions stand."""

    decl: tree.ClassifierDecl
    known: Mapping[str, tree.Field]
    scope: Scope


def classifier(graph: Graph, found: Declared[tree.ClassifierDecl], scope: Scope) -> Node[plan.Classifier] | None:
    """The node of a classifier; added if it is not there yet. None, and reported, where it cannot be made."""
    decl, name = found.decl, found.decl.name.text
    for node in graph.nodes(plan.Classifier):
        if node.name == name:
            return node
    outer = scope.inside(found, {})
    known = fields.read(decl.fields, _FIELDS, outer, "a classifier")
    source = _source(graph, decl, outer)
    for key, help in (("reads", "{ said: turn.text }"), ("label", "turn.move")):
        if key not in known and not (key == "label" and "teacher" in known):
            outer.error("PED0702", decl.name, f"the classifier `{name}` has no `{key}:`", f"add for example "
                        f"`{key}: {help}`")
    if source is None or "reads" not in known or not {"label", "teacher"} & known.keys():
        return None
    selection, dataset, inner = source
    when = elaborate.expression(known["when"].value, inner, types.BOOL).expr if "when" in known else None
    written = Written(decl, known, inner.knowing(operators.known(when)[0]) if when is not None else inner)
    made = _classifier(graph, written, selection, when)
    if made is None:
        return None
    node = graph.add(carrying(made, name, found.module.span(decl.name)))
    graph.link(node.id, "reads", dataset.id)
    return node


def measured_once(graph: Graph, scope: Scope) -> None:
    """Reports a measure of one classifier that another has too: `ped train` tells them all together."""
    owner: dict[str, Node[plan.Classifier]] = {}
    for node in graph.nodes(plan.Classifier):
        for figure in node.payload.measures:
            other = owner.setdefault(figure.name, node)
            if other is not node and node.span is not None:
                scope.report.error("PED0716", node.span, f"`{other.name}` has a measure `{figure.name}`, and so has "
                                   f"`{node.name}`", help="all classifiers of a program are told together: give one of "
                                   "the measures another name")


def _source(graph: Graph, decl: tree.ClassifierDecl,
            scope: Scope) -> tuple[plan.Selection, Node[plan.Dataset], Scope] | None:
    """The rows that it learns from, and the scope with what its expressions see."""
    if decl.unit is not None and decl.unit.text != "turn":
        scope.error("PED0713", decl.unit, f"a classifier learns from rows or turns, not from {decl.unit.text}s",
                    "write `on turn`, or leave it out")
        return None
    if decl.data is None:
        scope.error("PED0702", decl.name, f"the classifier `{decl.name.text}` does not say what it learns from",
                    "write `from DATASET` after its name")
        return None
    selected = data.selection(graph, decl.data, scope)
    if selected is None:
        return None
    selection, node = selected
    if decl.unit is not None and not node.payload.transcripts:
        scope.error("PED0821", decl.data, f"the rows of `{node.name}` hold no recorded dialogues",
                    "say in the dataset in which format they do, for example `transcripts: \"mathdial\"`")
        return None
    seen = {"row": Typed(_row(decl.data, scope), nodes.Name("row"))}
    if decl.unit is not None:
        seen |= {**_SEEN, **units.NAMES}
    return selection, node, scope.binding(seen)


def _row(at: tree.Expr, scope: Scope) -> Type:
    """The type of the rows of a data set."""
    found = data.named(at, scope.unreported())
    record = data.row_type(found.decl, scope.unreported().inside(found, {})) if found is not None else None
    return types.named(record) if record is not None else types.ANY


def _classifier(graph: Graph, written: Written, selection: plan.Selection,
                when: nodes.Expr | None) -> plan.Classifier | None:
    decl, known, scope = written
    before = len(scope.report.errors)
    label = elaborate.operand(known["label"].value, scope) if "label" in known else None
    taught = teachers.teacher(graph, known, decl, scope) if "teacher" in known else None
    if taught is not None:
        labels, scale = taught.labels, taught.scale
    else:
        labels, scale = _told_apart(written, label.type) if label is not None and "teacher" not in known else ((), None)
    features = features_of(_reads(known["reads"], scope), scope)
    group = elaborate.operand(known["group"].value, scope) if "group" in known else None
    baseline = _baseline(known.get("baseline"), scope)
    measures = figures.measures(known.get("measures"), decl.name, labels, scope)
    method = figures.method(known.get("method"), scope)
    folds = fields.whole(known["folds"].value, scope, "`folds:`", least=2) if "folds" in known else FOLDS
    if folds is not None and folds > MOST_FOLDS:
        scope.error("PED0305", known["folds"].value, f"{folds} folds are more than {MOST_FOLDS}",
                    "write for example `5`")
    seed = fields.whole(known["seed"].value, scope, "`seed:`", least=0) if "seed" in known else 0
    plain = scale is not None and len(baseline) == 1 and baseline[0].kind == "number"
    if len(scope.report.errors) > before:
        return None
    return plan.Classifier(
        decl.name.text, selection, "turn" if decl.unit is not None else "row", features,
        label.expr if label is not None else None, labels, measures,
        scale, when, group.expr if group is not None else None, folds or FOLDS, seed or 0, method, baseline, plain,
        scope.module.place(decl.name), taught.judge if taught is not None else None)


def _reads(field: tree.Field, scope: Scope) -> tree.Field:
    """The field with what is read: the classifier's own, or that of another one which it names: `reads: OTHER`."""
    passed: list[tree.Field] = []
    while isinstance(field.value, tree.Name) and field not in passed:
        passed.append(field)
        reference = references.resolve(field.value, scope, "a classifier", tree.ClassifierDecl)
        named = reference.found.decl.fields if reference is not None else ()
        field = next((each for each in named if each.key.text == "reads"), field)
    return field


def features_of(field: tree.Field, scope: Scope) -> tuple[plan.Feature, ...]:
    """What a record says is read: `{ said: turn.text, long: words(turn.text) }`."""
    found = [made for key, value in fields.entries(field, scope).items()
             if (made := _feature(key, value, scope)) is not None]
    if not found and isinstance(field.value, tree.Record) and not field.value.entries:
        scope.error("PED0713", field.value, "nothing is read here", "write for example `{ said: turn.text }`")
    return tuple(found)


def _feature(name: str, value: tree.Expr, scope: Scope) -> plan.Feature | None:
    of = elaborate.expression(value, scope)
    if of is NOTHING:
        return None
    kind = _kind(of.type.required)
    if kind is None:
        scope.error("PED0713", value, f"`{name}` is {operators.article(of.type)}, and a classifier reads texts, "
                    "numbers and truth values", _instead(of.type.required))
        return None
    return plan.Feature(name, of.expr, kind)


def _kind(of: Type) -> plan.Reads | None:
    if of.is_number or of.name == "Bool":
        return "number"
    return "text" if of.name in ("Text", "Move") or of.is_enum else None


def _instead(of: Type) -> str:
    if of.name == "List" and of.item is not None and of.item.name == "Text":
        return "write `join(…, \" \")` for one text"
    return "write `count(…)` for how many there are" if of.name == "List" else ""


def _told_apart(written: Written, of: Type) -> tuple[tuple[str, ...], tuple[float, float] | None]:
    """The labels, or the scale of a number."""
    decl, known, scope = written
    at = known["label"].value
    if "scale" in known:
        if "labels" in known:
            scope.error("PED0715", known["labels"].key, "a classifier has labels or a scale, and not both",
                        "leave one of them out", also=(known["scale"].key, "here"))
        elif not (of.required.is_number or of.name == "Any"):
            scope.error("PED0715", at, f"the label is {operators.article(of)}, where a scale wants a number",
                        "leave `scale:` out, and name the `labels:`")
        return (), _scale(known["scale"], scope)
    if of.required.is_number:
        scope.error("PED0715", at, f"the label is {operators.article(of)}, and nothing says on which scale",
                    "add `scale: NAME`, or for example `scale: 0..2`")
        return (), None
    if not (of.required.name in ("Text", "Bool", "Move", "Any") or of.required.is_enum):
        scope.error("PED0713", at, f"the label is {operators.article(of)}, and a label is a text, a case of an enum, "
                    "or a number on a scale")
        return (), None
    known_labels = of.required.cases or (("yes", "no") if of.required.name == "Bool" else ())
    if "labels" not in known:
        if not known_labels:
            scope.error("PED0702", decl.name, f"the classifier `{decl.name.text}` does not say which labels there are",
                        "add for example `labels: [good, poor]`")
        return tuple(known_labels), None
    before = len(scope.report.errors)
    labels = fields.labels(known["labels"].value, known_labels, scope)
    if len(labels) < 2 and len(scope.report.errors) == before:
        scope.error("PED0705", known["labels"].value, "a classifier tells two labels or more apart", "name them all")
    return labels, None


def _scale(field: tree.Field, scope: Scope) -> tuple[float, float]:
    """The least and most of a scale that is declared, or of two numbers with `..` between them."""
    if isinstance(field.value, tree.Range):
        low, high = numerals.signed(field.value.low), numerals.signed(field.value.high)
        if low is None or high is None or not low < high:
            scope.error("PED0309", field.value, "`scale:` goes from a number to a larger one",
                        "write for example `0..2`")
            return 0.0, 1.0
        return float(low), float(high)
    found = references.resolve(field.value, scope, "a scale", tree.ScaleDecl)
    levels = [numerals.level(level.value) for level in found.found.decl.levels] if found is not None else []
    return (min(levels), max(levels)) if levels else (0.0, 1.0)


def _baseline(field: tree.Field | None, scope: Scope) -> tuple[plan.Feature, ...]:
    """What a plain classifier reads: a record as in `reads:`, or one value."""
    if field is None:
        return ()
    if isinstance(field.value, tree.Record):
        return features_of(field, scope)
    made = _feature("baseline", field.value, scope)
    return (made,) if made is not None else ()


# ---------------------------------------------------------------- criteria by model


def criterion(graph: Graph, item: tree.Criterion, known: Mapping[str, tree.Field],
              scope: Scope) -> plan.Classified | None:
    """A criterion by a classifier of the program: the same features, computed where the criterion looks."""
    if "uses" not in known:
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` by model has no `uses:`",
                    "add `uses: CLASSIFIER`, and declare it: `classifier NAME from DATA { … }`")
        return None
    reference = references.resolve(known["uses"].value, scope, "a classifier", tree.ClassifierDecl)
    node = classifier(graph, reference.found, scope) if reference is not None else None
    if reference is None or node is None:
        return None
    of = node.payload
    reads = features_of(known["reads"], scope) if "reads" in known else ()
    if "reads" in known and not _same(of.features, reads, known["reads"], of, scope):
        return None
    if "reads" not in known:
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` does not say what `{of.name}` reads here",
                    f"add `reads: {{ {', '.join(f'{each.name}: …' for each in of.features)} }}`")
        return None
    if of.scale is not None and "desired" in known:
        scope.error("PED0703", known["desired"].key, f"`{of.name}` estimates a number, which has no labels",
                    "leave `desired:` out: more is worth more")
    if of.scale is None and "desired" not in known:
        scope.error("PED0702", item.name, f"the criterion `{item.name.text}` does not say which labels are wanted",
                    f"add for example `desired: {of.labels[0] if of.labels else 'LABEL'}`")
        return None
    desired = fields.labels(known["desired"].value, of.labels, scope) if "desired" in known else ()
    return plan.Classified(of.name, {each.name: each.value for each in reads}, desired)


def _same(wanted: tuple[plan.Feature, ...], given: tuple[plan.Feature, ...], at: tree.Field, of: plan.Classifier,
          scope: Scope) -> bool:
    """Whether a criterion gives a classifier what it reads; reported where it does not."""
    kinds = {each.name: each.kind for each in given}
    for each in wanted:
        if each.name not in kinds:
            scope.error("PED0717", at.value, f"`{of.name}` reads `{each.name}`, and this does not say what that is "
                        "here", f"add `{each.name}: …`")
            return False
        if kinds.pop(each.name) != each.kind:
            scope.error("PED0717", at.value, f"`{each.name}` is a {each.kind} where `{of.name}` learns",
                        "read the same")
            return False
    for name in kinds:
        scope.error("PED0717", at.value, f"`{of.name}` reads no `{name}`",
                    did_you_mean(name, [each.name for each in wanted], "it reads"))
        return False
    return True
