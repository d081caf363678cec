"""Criteria that people rate: a question with a scale, ratings that stand in the data, or both."""

from __future__ import annotations

from collections.abc import Mapping

from pedalang import plan
from pedalang.compiler.lower import judges
from pedalang.compiler.semantics import elaborate, operators, types
from pedalang.compiler.semantics.scope import NOTHING, Scope
from pedalang.compiler.semantics.types import Type
from pedalang.compiler.syntax import tree
from pedalang.expression import nodes

FIELDS = ("ask", "rating", "desired")


def human(item: tree.Criterion, known: Mapping[str, tree.Field], mods: judges.Mods, scope: Scope) -> plan.Human | None:
    """A criterion by people; None, and reported, where nothing says how it is rated. Ratings of the data need no
    question."""
    asked = judges.asked(item, known, mods, "rating", scope) if "ask" in known or "rating" not in known else None
    found = asked or (judges.scaled(item, mods, "rating", scope) if "ask" not in known and "rating" in known else None)
    rating = _rating(known["rating"], scope) if "rating" in known else None
    if found is None:
        return None
    wanted = judges.desired(known.get("desired"), item, found, scope)
    return plan.Human(asked.ask if asked is not None else None, found.levels, found.kind, wanted, rating)


def _rating(field: tree.Field, scope: Scope) -> nodes.Expr:
    """A label or the number of a level; several raters' in a list, or by their names in a record."""
    of = elaborate.operand(field.value, scope)
    inside = of.type
    if inside.name == "List":
        inside = inside.item or types.ANY
    elif inside.name == "Map":
        inside = inside.arguments[1]
    if of.expr != NOTHING.expr and not _rates(inside):
        scope.error("PED0301", field.value, f"this is {operators.article(of.type)}, where a rating is wanted",
                    "a rating is a label of the scale or the number of a level; that of several raters is a list, or a "
                    "record `{ NAME: …, NAME: … }`")
    return of.expr


def _rates(of: Type) -> bool:
    return of.name in ("Any", "Text", "None") or of.is_number or of.is_enum
