"""Means over levels of an ordinal scale: the levels have an order, and how far they are apart nobody has measured."""

from __future__ import annotations

from pedalang.compiler.semantics import references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Label, Report


def told_by_mean(value: tree.Expr, score: tree.Expr, scope: Scope) -> None:
    """Warns where a table tells the mean of a rubric's own criterion that is judged on an ordinal scale."""
    found = references.resolve(score, Scope(Report(), scope.module), "a rubric", tree.RubricDecl)
    if found is None:
        return
    module = found.found.module
    for item in found.found.decl.items:
        scale = _ordinal(item, Scope(Report(), module)) if isinstance(item, tree.Criterion) else None
        if scale is not None and isinstance(item, tree.Criterion):
            scope.report.warning("PED0709", scope.span(value), f"`{item.name.text}` is told as a mean of ranks",
                                 help="make the scale `interval` if its levels are as far apart as their numbers",
                                 also=[Label(module.span(item.name), f"its scale `{scale.decl.name.text}` is ordinal")])
            return


def _ordinal(item: tree.Criterion, scope: Scope) -> Declared[tree.ScaleDecl] | None:
    """The scale of a criterion, where it is ordinal."""
    on = next((mod for mod in item.mods if isinstance(mod, tree.OnScale)), None)
    scale = references.resolve(on.scale, scope, "a scale", tree.ScaleDecl) if on is not None else None
    return scale.found if scale is not None and scale.found.decl.kind.text == "ordinal" else None
