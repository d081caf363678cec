"""Numbers that a declaration sets of a method: `settings: { rank: 8, rate: 0.001 }`."""

from __future__ import annotations

from collections.abc import Mapping

from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import numerals
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.tuning import Range


def read(field: tree.Field | None, known: Mapping[str, Range], what: str, scope: Scope) -> dict[str, float]:
    """The numbers, by name. `what` has them, said with its article."""
    found: dict[str, float] = {}
    for name, value in fields.entries(field, scope).items():
        if name not in known:
            scope.error("PED1346", value, f"{what} has no setting `{name}`",
                        did_you_mean(name, known, "its settings are") or "leave `settings:` out")
            continue
        numeral = numerals.read(value.word) if isinstance(value, tree.Number) else None
        allowed = known[name]
        if numeral is None or not allowed.low <= numeral.value <= allowed.high or \
                (allowed.whole and numeral.value != int(numeral.value)):
            kind = "a whole number" if allowed.whole else "a number"
            scope.error("PED1346", value, f"`{name}:` of {what} is {kind} from {allowed.low:g} to {allowed.high:,g}",
                        "say another one, or leave it out")
            continue
        found[name] = float(numeral.value)
    return found
