"""What work may cost."""

from __future__ import annotations

from collections.abc import Sequence

from pedalang import plan
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import numerals, operators, types
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

SECONDS = {"Seconds": 1, "Minutes": 60, "Hours": 3600}
_WANTED = {"tokens": "tokens", "wall": "an amount of time", "usd": "US dollars", "calls": "a number of calls"}
_KEYS = ("tokens", "wall", "usd")
OF_TUNING = (*_KEYS, "calls")
_EXAMPLE = "write for example `budget: { tokens: 200_000 tokens, wall: 30 minutes }`"


def read(field: tree.Field | None, scope: Scope, keys: Sequence[str] = _KEYS) -> plan.Budget:
    """A budget with some of these keys: a record, or one amount such as `200_000 tokens`. A limit in money is kept, and
    no price is known yet: that is said."""
    if field is None:
        return plan.Budget()
    found: dict[str, float] = {}
    values = {"": field.value} if isinstance(field.value, tree.Quantity | tree.Number) else fields.entries(field, scope)
    for key, value in values.items():
        amount = _amount(key, value, keys, scope)
        if amount is not None:
            found[amount[0]] = amount[1]
        if amount is not None and amount[0] == "usd":
            scope.warning("PED0901", value, "a budget in money is kept, and stops nothing: no price is known",
                          "say it in tokens or in time as well")
    tokens, calls = (int(found[kind]) if kind in found else None for kind in ("tokens", "calls"))
    return plan.Budget(tokens, found.get("wall"), found.get("usd"), calls)


def _amount(key: str, value: tree.Expr, keys: Sequence[str], scope: Scope) -> tuple[str, float] | None:
    """Which limit an entry is, and how much it allows."""
    if key and key not in keys:
        scope.error("PED0210", value, f"a budget has no `{key}`", did_you_mean(key, keys, "it has"))
        return None
    numeral = numerals.read(value.word) if isinstance(value, tree.Number | tree.Quantity) else None
    if numeral is None:
        scope.error("PED0309", value, "a budget is an amount of tokens, time or money", _EXAMPLE)
        return None
    unit = numeral.type.name
    kind = "wall" if unit in SECONDS else "calls" if (key, unit) == ("calls", "Int") else \
        {"Tokens": "tokens", "Usd": "usd"}.get(unit)
    if kind is None or (key and key != kind):
        wanted = _WANTED.get(key, "tokens, time or money")
        code = "PED0313" if unit in (*types.UNITS, "Int", "Float") else "PED0309"
        scope.error(code, value, f"a budget is given {operators.amount(numeral.type)}, where {wanted} is wanted",
                    _EXAMPLE)
        return None
    if numeral.value <= 0:
        scope.error("PED0305", value, "with this budget nothing is played", "allow more than nothing")
        return None
    return kind, numeral.value * SECONDS.get(unit, 1)
