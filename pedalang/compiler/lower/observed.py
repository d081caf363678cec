"""What an observe says of its results: a table by fields of the rows, how well judges have to agree with people, and
feedback to those who were observed.
"""

from __future__ import annotations

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.lower import columns, fields, judges, table
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import members
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

_FEEDBACK = ("for", "tone", "quotes", "limit")


def report(field: tree.Field | None, row: Type, scope: Scope) -> plan.Table | None:
    """A table by fields of the rows. A path is checked, and kept for when an observe has a report of its own."""
    if field is None:
        return None
    if isinstance(field.value, tree.Record):
        return table.of_fields(field, tuple(members.fields(row, scope)) if row.is_record else (), scope)
    if columns.leads_out(fields.string(field, scope)):
        scope.error("PED0812", field.value, "this leads out of the folder that the observe is started in",
                    "write a path inside it")
    _later(field, scope)
    return None


def agreement(field: tree.Field | None, scope: Scope) -> plan.Agreement | None:
    """How well the judges of an observe have to agree with people."""
    if field is None:
        return None
    found = judges.agreement(field, scope)
    if found is not None and not found.against:
        scope.error("PED0702", field.key, "`agreement:` of an observe does not say with whose ratings",
                    "name a criterion by human: `{ against: NAME, metric: quadratic_kappa }`")
        return None
    return found


def compared(graph: Graph, id: str, field: tree.Field | None, found: plan.Agreement | None, scope: Scope) -> None:
    """Reports an `against:` that people do not rate in the rubric of an observe, or that nothing can be compared
    with."""
    rubrics = list(graph.after(id, "scores", plan.Rubric))
    if field is None or found is None:
        return
    if not rubrics:
        scope.error("PED0702", field.key, "`agreement:` is about the criteria of a rubric, and there is none",
                    "add `score: RUBRIC`")
        return
    criteria = rubrics[0].payload.criteria
    rated = {each.name: each for each in criteria if each.human is not None}
    if found.against not in rated:
        scope.error("PED0201", field.value, f"`{found.against}` is no criterion by human of `{rubrics[0].name}`",
                    did_you_mean(found.against, rated, "people rate") or "add one: `criterion NAME … by human`")
    elif not plan.comparable(criteria, rated[found.against]):
        scope.error("PED0201", field.value, f"no judge of `{rubrics[0].name}` answers on the scale and the parts of "
                    f"`{found.against}`", "give both one scale, and let both be on the same part of a dialogue")


def feedback(field: tree.Field | None, stage: Stage, scope: Scope) -> None:
    """Checks what is to be said to those who were observed; it is kept for when it is written."""
    if field is None:
        return
    for name, value in fields.entries(field, scope).items():
        if name not in _FEEDBACK:
            scope.error("PED0210", value, f"`feedback:` has no `{name}`", did_you_mean(name, _FEEDBACK, "it has"))
        elif name == "for" and not (isinstance(value, tree.Name) and value.word.text in stage.roles):
            scope.error("PED0201", value, "feedback is for a member of the flow's cast",
                        did_you_mean("", stage.roles, "the cast is"))
    _later(field, scope)


def _later(field: tree.Field, scope: Scope) -> None:
    scope.warning("PED0901", field.key, f"`{field.key.text}:` of an observe cannot be run yet",
                  "its scores and its report in the run's folder are as without it")
