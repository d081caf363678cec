"""Teachers: a classifier learns what a model says of each example, asked as a judge is asked: `teacher: { ask: "…" }`
with the levels of a scale or plain labels, or `teacher: RUBRIC.CRITERION`, a judge that others want without asking it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import asking, fields, judges, models, scales
from pedalang.compiler.semantics import elaborate, numerals, references, types
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes

_FIELDS = ("ask", "model", "votes", "orders", "reason", "limit", "abstain")
_UNITS = {"turn": "turn", "row": "dialogue"}
"""On what a criterion looks that teaches a classifier of turns, or of rows."""
_DEEPEST = 40
"""Rubrics that extend one another, at most."""

Known = Mapping[str, tree.Field]


class Taught(NamedTuple):
    """Who teaches, and what is told apart: labels, or numbers from the least to the most."""

    judge: plan.Judge
    labels: tuple[str, ...]
    scale: tuple[float, float] | None


class _Written(NamedTuple):
    """A criterion as it is written, with the rubric that it is written in."""

    item: tree.Criterion
    rubric: Declared[tree.RubricDecl]


def teacher(graph: Graph, known: Known, decl: tree.ClassifierDecl, scope: Scope) -> Taught | None:
    """The teacher of a classifier with these fields; None, and reported, where there is none that could teach it."""
    field = known["teacher"]
    judge = _asked(graph, field, known, decl, scope) if isinstance(field.value, tree.Record) else \
        _criterion(graph, field.value, known, decl, scope)
    if judge is None:
        return None
    label = elaborate.operand(known["label"].value, scope.unreported()).expr if "label" in known else None
    if label is not None and not isinstance(label, nodes.Lit) and label in nodes.inside(judge.ask):
        scope.error("PED0719", field.value, "the teacher's question shows what people have said of the example",
                    "ask about the words alone: what is told apart has to be seen in them")
    if judge.kind == "nominal":
        return Taught(judge, tuple(level.label for level in judge.levels), None)
    values = [level.value for level in judge.levels]
    return Taught(judge, (), (min(values), max(values)))


# ---------------------------------------------------------------- a question of its own


def _asked(graph: Graph, field: tree.Field, known: Known, decl: tree.ClassifierDecl, scope: Scope) -> plan.Judge | None:
    """`{ ask: "…", model: NAME, orders: 2 }`, answered by the classifier's labels or on its scale."""
    before = len(scope.report.errors)
    own = _entries(field, scope)
    if "ask" not in own:
        scope.error("PED0702", field.key, f"the teacher of `{decl.name.text}` has no question", "add `ask: \"…\"`")
        return None
    found = _levels(known, decl, scope)
    ask = elaborate.expression(own["ask"].value, scope, types.TEXT).expr
    if found is None or len(scope.report.errors) > before:
        return None
    return _built(graph, plan.Judge(ask, found.levels, found.kind), own, decl.name, scope)


def _entries(field: tree.Field, scope: Scope) -> dict[str, tree.Field]:
    """The entries of a record, as the fields of a judge are read."""
    found = {key: tree.Field(value.start, value.end, (), field.key, value)
             for key, value in fields.entries(field, scope).items()}
    for entry in field.value.entries if isinstance(field.value, tree.Record) else ():
        if isinstance(entry, tree.KeyEntry) and entry.key.text in found:
            found[entry.key.text] = tree.Field(entry.start, entry.end, (), entry.key, entry.value)
    for key in found.keys() - set(_FIELDS):
        scope.error("PED0210", found[key].key, f"`teacher:` has no entry `{key}`",
                    did_you_mean(key, _FIELDS, "its entries are"))
    return found


def _levels(known: Known, decl: tree.ClassifierDecl, scope: Scope) -> judges.Scaled | None:
    """What a question of its own is answered by."""
    if "scale" in known:
        reference = references.resolve(known["scale"].value, scope, "a scale", tree.ScaleDecl)
        return _scaled(reference, known["scale"].value, scope) if reference is not None else None
    if "labels" not in known:
        scope.error("PED0702", decl.name, f"the classifier `{decl.name.text}` does not say which labels there are",
                    "add `scale: NAME`, whose levels say what they mean, or for example `labels: [good, poor]`")
        return None
    labels = fields.labels(known["labels"].value, (), scope)
    if len(labels) < 2:
        scope.error("PED0705", known["labels"].value, "a classifier tells two labels or more apart", "name them all")
    return judges.Scaled(tuple(plan.ScaleLevel(float(at), label, "") for at, label in enumerate(labels)), "nominal")


def _scaled(reference: references.Reference[tree.ScaleDecl], at: tree.Node, scope: Scope) -> judges.Scaled:
    scale, own = reference.found, scales.texts_of(reference, at, scope)
    levels = []
    for each in scale.decl.levels:
        value = numerals.level(each.value)
        label = texts.plain(scale.module.source, each.label) if each.label is not None else f"{value:g}"
        levels.append(plan.ScaleLevel(value, label, own[value]))
    return judges.Scaled(tuple(levels), judges.kind_of(scale.decl))


# ---------------------------------------------------------------- a judge of a rubric


def _criterion(graph: Graph, value: tree.Expr, known: Known, decl: tree.ClassifierDecl,
               scope: Scope) -> plan.Judge | None:
    """`RUBRIC.CRITERION`: the same question with the same levels, asked about what the classifier learns from."""
    if not isinstance(value, tree.Attribute):
        scope.error("PED0309", value, "`teacher:` is a question in braces, or a judged criterion of a rubric",
                    "write `{ ask: \"…\" }`, or `RUBRIC.CRITERION`")
        return None
    reference = references.resolve(value.of, scope, "a rubric", tree.RubricDecl)
    found = _found(reference.found, value.name, scope) if reference is not None else None
    if found is None:
        return None
    for key in ("labels", "scale"):
        if key in known:
            scope.error("PED0718", known[key].key, f"`{value.name.text}` says on which scale it is answered",
                        f"leave `{key}:` out")
            return None
    mods = {type(each): each for each in found.item.mods}
    by, on = mods.get(tree.ByMethod), mods.get(tree.OnUnit)
    if not isinstance(by, tree.ByMethod) or by.method.text != "judge":
        scope.error("PED0718", value, f"the criterion `{value.name.text}` asks no judge, so it can teach nobody",
                    "name one `by judge`")
        return None
    unit = on.unit if isinstance(on, tree.OnUnit) else found.rubric.decl.unit
    looks_at, wanted = unit.text if unit is not None else "dialogue", _UNITS["turn" if decl.unit is not None else "row"]
    if looks_at != wanted:
        learns = "each turn" if decl.unit is not None else "rows, each a dialogue"
        scope.error("PED0718", value, f"`{value.name.text}` is judged on a {looks_at}, and `{decl.name.text}` learns "
                    f"from {learns}", f"name a criterion on a {wanted}")
        return None
    return _judged(graph, found, value, decl, scope)


def _found(rubric: Declared[tree.RubricDecl], name: tree.Word, scope: Scope) -> _Written | None:
    """A criterion of a rubric, or of one that it extends."""
    known: list[str] = []
    at: Declared[tree.RubricDecl] | None = rubric
    for _ in range(_DEEPEST):
        if at is None:
            break
        for item in at.decl.items:
            if isinstance(item, tree.Criterion):
                known.append(item.name.text)
                if item.name.text == name.text:
                    return _Written(item, at)
        above = references.resolve(at.decl.parent, scope.unreported().of_module(at.module), "a rubric",
                                   tree.RubricDecl) if at.decl.parent is not None else None
        at = above.found if above is not None else None
    scope.error("PED0304", name, f"the rubric `{rubric.decl.name.text}` has no criterion `{name.text}`",
                did_you_mean(name.text, known, "there is"))
    return None


def _judged(graph: Graph, found: _Written, at: tree.Expr, decl: tree.ClassifierDecl, scope: Scope) -> plan.Judge | None:
    """The judge, where its question reads what the classifier sees and nothing else."""
    name = found.item.name
    quiet = scope.unreported().inside(found.rubric, scope.values)
    known = {each.key.text: each for each in found.item.items if isinstance(each, tree.Field)}
    asked = judges.asked(found.item, known, {type(each): each for each in found.item.mods}, "judge", quiet)
    if asked is None or quiet.report.errors:
        why = quiet.report.errors[0].message if quiet.report.errors else "it has no scale"
        scope.error("PED0718", at, f"the question of `{name.text}` cannot be asked here: {why}",
                    "a teacher's question reads `row`, and on turns `turn`, `previous` and `history`")
        return None
    if fields.truth(known.get("several"), quiet):
        scope.error("PED0718", at, f"`{name.text}` may have several labels, and a classifier says one",
                    "write a question of its own: `teacher: { ask: \"…\" }`")
        return None
    return _built(graph, plan.Judge(asked.ask, asked.levels, asked.kind), known, name,
                  scope.of_module(found.rubric.module))


def _built(graph: Graph, judge: plan.Judge, known: Known, name: tree.Word, scope: Scope) -> plan.Judge:
    """The judge, asked as its fields say."""
    named = references.resolve(known["model"].value, scope, "a model", tree.ModelDecl) if "model" in known else None
    model = models.model(graph, named.found, scope).payload if named is not None else None
    made = asking.followed(judge, asking.asking(known, scope), name, known, scope)
    return replace(made, model=model.name if model is not None else "", pairwise=False, numbered=made.evidence,
                   temperature=model.temperature if model is not None else 0.0)
