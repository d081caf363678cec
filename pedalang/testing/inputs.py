"""What a drawn dialogue is about: a value for each parameter of the flow that a property varies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from pedalang import plan
from pedalang.exchange import dataset, fields
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.testing.choices import BEFORE, Asked

Pick = Callable[[Asked], int]
Rows = Mapping[str, Sequence[Value]]
"""For each parameter that is a row of data, the rows that it may be."""

WIDEST = 100
"""The largest number that is made up for a type without bounds, and how many steps there are between two bounds."""
MOST_ITEMS = 3
TEXTS = ("some", "", "5", "1/2", "two words", "Ω")
"""Texts that are made up: what is asked of them is that a program can bear any."""
DENOMINATORS = (1, 2, 3, 4, 5, 6, 8, 10, 12)


def drawn(of: plan.Plan, varied: Mapping[str, plan.Over], rows: Rows, pick: Pick,
          evaluate: Evaluator) -> dict[str, Value]:
    """A value for each parameter. Raises `DataError` where what was drawn makes no record: a default of it has no
    value."""
    found: dict[str, Value] = {}
    for name, over in varied.items():
        match over:
            case plan.Rows():
                found[name] = rows[name][pick(Asked(BEFORE, "data", name, len(rows[name])))]
            case plan.Listed(items):
                values = evaluate(items, {})
                found[name] = values[pick(Asked(BEFORE, "data", name, len(values)))]
            case plan.Typed(kind, cases):
                made = _Making(of.records, pick).value(name, fields.parsed(kind), cases)
                found[name] = dataset.given(name, kind, made, of.records, evaluate)
    return found


class _Making:
    """Makes up values of types."""

    def __init__(self, records: Mapping[str, plan.RecordType], pick: Pick) -> None:
        self._records = records
        self._pick = pick

    def value(self, label: str, kind: fields.Type | None, cases: Sequence[str]) -> Value:
        if kind is None:
            return None
        if kind.optional and self._below(f"{label}?", 2):
            return None
        match kind.name:
            case "List":
                return tuple(self.value(f"{label}[]", kind.of[0], cases)
                             for _ in range(self._below(f"{label}.count", MOST_ITEMS + 1)))
            case "Map":
                return {str(number): self.value(f"{label}[]", kind.of[-1], cases)
                        for number in range(self._below(f"{label}.count", MOST_ITEMS + 1))}
            case "Bool":
                return bool(self._below(label, 2))
            case "Text":
                return TEXTS[self._below(label, len(TEXTS))]
            case "Rational":
                return Fraction(self._whole(label, kind.low, kind.high),
                                DENOMINATORS[self._below(f"{label}/", len(DENOMINATORS))])
        if cases:
            return cases[self._below(label, len(cases))]
        if kind.name in self._records:
            return {spec.name: self.value(f"{label}.{spec.name}", fields.parsed(spec.type), spec.cases)
                    for spec in self._records[kind.name].fields if spec.default is None}
        return self._number(label, kind)

    def _number(self, label: str, kind: fields.Type) -> Value:
        if kind.name in ("Int", "Turns", "Exchanges", "Tokens"):
            return self._whole(label, kind.low, kind.high)
        low, high = (0.0, 1.0) if kind.name in ("Prob", "Percent") else (kind.low, kind.high)
        if low is None or high is None:
            return self._whole(label, None, None) / 4
        return low + (high - low) * self._below(label, WIDEST + 1) / WIDEST

    def _whole(self, label: str, low: float | None, high: float | None) -> int:
        """A whole number within bounds, both included; the first is the one next to 0."""
        least, most = (-WIDEST, WIDEST) if low is None or high is None else (int(low), int(high))
        nearest = min(max(least, 0), most)
        place = self._below(label, most - least + 1)
        above, below = most - nearest, nearest - least
        both = min(above, below)
        if place <= 2 * both:
            return nearest + (place + 1) // 2 * (1 if place % 2 else -1)
        return nearest + (place - both if above > below else both - place)

    def _below(self, label: str, count: int) -> int:
        return self._pick(Asked(BEFORE, "data", label, count))
