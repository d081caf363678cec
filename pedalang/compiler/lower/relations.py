"""What a property says about two dialogues: that they are the same under a change that ought not to matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.semantics import elaborate, types
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes
from pedalang.trial import Change

CHANGES: dict[str, Change] = {each: each for each in get_args(Change)}


def read(decl: tree.PropertyDecl, stage: Stage, scope: Scope) -> Iterator[plan.Related]:
    """Each `expect same under …`, but for those that are wrong, which are reported."""
    inner = scope.binding(stage.values)
    for item in decl.items:
        if isinstance(item, tree.ExpectSame):
            change = CHANGES.get(item.relation.text)
            if change is None:
                scope.error("PED0309", item.relation, f"a dialogue is the same under one of "
                            f"{', '.join(f'`{each}`' for each in CHANGES)}", did_you_mean(item.relation.text, CHANGES))
                continue
            found = _related(item, change, stage, inner)
            if found is not None:
                yield found


def _related(item: tree.ExpectSame, change: Change, stage: Stage, scope: Scope) -> plan.Related | None:
    start = item.docs[-1].end if item.docs else item.start
    text = " ".join(scope.module.source.text[start:item.end].split()).removeprefix("expect ")
    made = plan.Related(change, text, scope.module.place(item))
    match change:
        case "renamed":
            names = tuple(elaborate.expression(each, scope, types.TEXT).expr for each in item.of)
            return replace(made, names=names)
        case "reordered":
            asked = [_judged(each, scope) for each in item.of]
            return replace(made, asked=tuple(each for each in asked if each is not None))
    members = tuple(_member(each, stage, scope) for each in item.of)
    if not all(members):
        return None
    if change == "permuted" and len(set(members)) < 2:
        scope.error("PED0702", item, "one member of the cast has no other to change places with",
                    "name two: `expect same under permuted ada, ben`")
        return None
    return replace(made, members=members)


def _member(expr: tree.Expr, stage: Stage, scope: Scope) -> str:
    """A member of the cast; an empty text, and reported, where it is none."""
    name = expr.word.text if isinstance(expr, tree.Name) else ""
    if name in stage.roles:
        return name
    scope.error("PED0201", expr, f"`{scope.span(expr).text}` is not a member of the cast of the flow `{stage.name}`",
                did_you_mean(name, stage.roles, "there is"))
    return ""


def _judged(expr: tree.Expr, scope: Scope) -> nodes.Judged | None:
    before = len(scope.report.errors)
    found = elaborate.expression(expr, scope.asking(), types.BOOL).expr
    if isinstance(found, nodes.Judged):
        return found
    if len(scope.report.errors) == before:
        scope.error("PED0309", expr, f"`{scope.span(expr).text}` asks no judge", "name a predicate `by judge`")
    return None
