"""On which parts of a dialogue a criterion is looked at: turns, exchanges, segments; and what becomes of
their values.
"""

from __future__ import annotations

from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import elaborate, numerals, operators, types
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.expression import nodes

NAMES = {
    "turns": Typed(types.list_of(types.TURN), nodes.Name("turns")),
    "previous": Typed(types.optional(types.TURN), nodes.Name("previous")),
}
"""What an expression sees of the part, besides `turn` (its last one) and `history` (up to that)."""
FIELDS = ("when", "value")
"""Fields of a criterion on parts of a dialogue."""

_GATHERED: tuple[plan.Gathered, ...] = ("mean", "median", "min", "max", "last")
_SECONDS = {"Seconds": 1, "Minutes": 60, "Hours": 3600}


class Part(NamedTuple):
    """A kind of part: `dialogue`, `turn`, `exchange` or `segment`. `every` is the length of a segment, in turns or,
    `timed`, in seconds; None where it is not said."""

    of: str
    every: float | None = None
    timed: bool = False


def part(unit: tree.Word | None, segment: tree.Field | None, around: Part | None, scope: Scope) -> Part:
    """The part that `on UNIT` and `segment:` name; what is not said is as around it, else the whole dialogue."""
    of = unit.text if unit is not None else around.of if around is not None else "dialogue"
    if segment is None:
        known = around if around is not None and around.every is not None else None
        return Part(of, known.every if known else None, known.timed if known else False)
    if of != "segment" and (unit is not None or around is not None):
        scope.error("PED0712", segment.key, f"`segment:` is the length of a segment, and this is on {of}s",
                    "write `on segment`, or leave it out")
    return _measured(of, segment, scope)


def _measured(of: str, segment: tree.Field, scope: Scope) -> Part:
    value = segment.value
    numeral = numerals.read(value.word) if isinstance(value, tree.Quantity) else None
    unit = numeral.type.name if numeral is not None else ""
    if numeral is not None and 0 < numeral.value < fields.MOST:
        if unit == "Turns" and isinstance(numeral.value, int):
            return Part(of, float(numeral.value))
        if unit in _SECONDS:
            return Part(of, float(numeral.value) * _SECONDS[unit], True)
    scope.error("PED0309", value, "`segment:` is a number of turns, or a time",
                "write for example `20 turns` or `7.5 minutes`")
    return Part(of, 1.0)


def scope_of(at: Part, known: dict[str, tree.Field], scope: Scope) -> tuple[Scope, nodes.Expr | None]:
    """Where a criterion's expressions stand: with the names of a part, and what its `when:` makes known."""
    if at.of == "dialogue":
        return scope, None
    inner = scope.binding(NAMES)
    if "when" not in known:
        return inner, None
    when = elaborate.expression(known["when"].value, inner, types.BOOL).expr
    return inner.knowing(operators.known(when)[0]), when


def units(at: Part, known: dict[str, tree.Field], when: nodes.Expr | None, scale: plan.Kind | None,
          item: tree.Criterion, scope: Scope) -> plan.Units | None:
    """How a criterion goes over the parts of a dialogue; None where it is on the whole. Levels of an ordinal scale have
    an order and no distances: their median stands for them unless the program says otherwise."""
    match at.of:
        case "turn" | "exchange" | "segment" as of:
            pass
        case _:
            return None
    if of == "segment" and at.every is None:
        scope.error("PED0712", item.name, f"`{item.name.text}` is on segments, and nothing says how long they are",
                    "write `segment: 20 turns` or `segment: 7.5 minutes` in the rubric")
    default: plan.Gathered = "median" if scale == "ordinal" else "mean"
    gathered: plan.Gathered = fields.word(known.get("value"), scope, _GATHERED, default)
    if gathered == "mean" and scale == "ordinal":
        scope.warning("PED0709", known["value"].value, f"`{item.name.text}` takes the mean of levels of an ordinal "
                      "scale, whose distances are not known", "write `value: median`, or make the scale `interval`")
    if of == "segment":
        return plan.Units(of, gathered, when, at.every or 1.0, at.timed)
    return plan.Units(of, gathered, when)
