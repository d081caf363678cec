"""Courses and curricula: a learner's way through many problems, and the order of these. All of it is checked; it cannot
be run yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import budget, data, fields, rubric
from pedalang.compiler.lower.trials import StageOf
from pedalang.compiler.semantics import declarations, references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean

_COURSE = ("flow", "learner", "pretest", "lessons", "posttest", "score", "curriculum", "seed", "budget")
_CURRICULUM = ("order", "data", "by", "seed", "budget")
ORDERS = ("fixed", "random", "easy_first", "bloom", "sec", "dump", "adcl", "cyclical", "regret", "skill_tree")
"""In which order problems come: as they stand, drawn, or by a rule of the literature."""
_BY = ("easy_first", "bloom", "skill_tree")
"""Orders that read a field of the problems."""


def course(graph: Graph, found: Declared[tree.CourseDecl], stage_of: StageOf, scope: Scope) -> None:
    """Checks a course; if nothing is wrong with it, it is said that it cannot be run yet."""
    decl = found.decl
    before = len(scope.report.found)
    _no_params(decl, "course", scope)
    known = fields.read(decl.fields, _COURSE, scope, "a course")
    _needs(decl.name, "course", {"flow": "FLOW", "lessons": "DATA"}, known, scope)
    fields.whole(known["seed"].value if "seed" in known else None, scope, "a seed", least=0)
    budget.read(known.get("budget"), scope)
    flow = references.resolve(known["flow"].value, scope, "a flow", tree.FlowDecl) if "flow" in known else None
    stage = stage_of(flow.found) if flow is not None else None
    if "learner" in known:
        learner = references.resolve(known["learner"].value, scope, "a student", tree.StudentDecl)
        name = learner.found.decl.name.text if learner is not None else ""
        if learner is not None and stage is not None and not stage.failed and \
                name not in [role.name for role in stage.roles.values()]:
            scope.error("PED0201", known["learner"].value, f"`{name}` has no part in the flow `{stage.name}`",
                        did_you_mean(name, [role.name for role in stage.roles.values() if role.kind == "student"]))
    if "curriculum" in known:
        references.resolve(known["curriculum"].value, scope, "a curriculum", tree.CurriculumDecl)
    if "score" in known and stage is not None:
        reference = rubric.resolve(known["score"].value, scope)
        if reference is not None:
            rubric.rubric(graph, reference, known["score"].value, stage, scope)
    for key in ("pretest", "lessons", "posttest"):
        if key in known:
            data.selection(graph, known[key].value, scope)
    if len(scope.report.found) == before:
        declarations.not_run(decl, scope)


def curriculum(graph: Graph, found: Declared[tree.CurriculumDecl], scope: Scope) -> None:
    """Checks a curriculum; if nothing is wrong with it, it is said that it cannot be run yet."""
    decl = found.decl
    before = len(scope.report.found)
    _no_params(decl, "curriculum", scope)
    known = fields.read(decl.fields, _CURRICULUM, scope, "a curriculum")
    _needs(decl.name, "curriculum", {"order": "fixed", "data": "DATA"}, known, scope)
    order = fields.word(known.get("order"), scope, ORDERS, "fixed")
    fields.whole(known["seed"].value if "seed" in known else None, scope, "a seed", least=0)
    budget.read(known.get("budget"), scope)
    selected = data.selection(graph, known["data"].value, scope) if "data" in known else None
    if order in _BY and "by" not in known:
        scope.error("PED0702", decl.name, f"the order `{order}` reads a field of the problems, and no `by:` says which",
                    "add for example `by: \"level\"`")
    if "by" in known:
        _field_of(graph, known["by"], selected[1].id if selected is not None else "", scope)
    if len(scope.report.found) == before:
        declarations.not_run(decl, scope)


def _no_params(decl: tree.CourseDecl | tree.CurriculumDecl, what: str, scope: Scope) -> None:
    if decl.params is not None:
        scope.error("PED0210", decl.name, f"a {what} has no parameters", "leave `(…)` out")


def _needs(name: tree.Word, what: str, needed: Mapping[str, str], known: Mapping[str, tree.Field],
           scope: Scope) -> None:
    for key, example in needed.items():
        if key not in known:
            scope.error("PED0702", name, f"the {what} `{name.text}` has no `{key}:`", f"add `{key}: {example}`")


def _field_of(graph: Graph, field: tree.Field, dataset: str, scope: Scope) -> None:
    """Reports a field that the rows do not have."""
    if not isinstance(field.value, tree.Text):
        scope.error("PED0309", field.value, "`by:` is the name of a field, in quotes",
                    "write for example `by: \"level\"`")
        return
    name = texts.plain(scope.module.source, field.value.word)
    records = graph.after(dataset, "makes", plan.RecordType) if dataset else []
    known = [spec.name for record in records for spec in record.payload.fields]
    if known and name not in known:
        scope.error("PED0304", field.value, f"the rows have no field `{name}`", did_you_mean(name, known, "they have"))
