"""Splits of a data set: ranges of rows, or shares of them drawn with a seed. No row is in two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import numerals
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree

_MORE_THAN_ALL = 1 + 1e-9


class Splits(NamedTuple):
    """Name to rows, or to the part of all rows from 0 to 1 after they were shuffled with the seed."""

    rows: dict[str, tuple[int, int]]
    shares: dict[str, tuple[float, float]]
    seed: int


def read(field: tree.Field | None, seed: tree.Field | None, scope: Scope) -> Splits:
    """What `splits:` and `seed:` of a data set say."""
    values = fields.entries(field, scope)
    shared = {name: value for name, value in values.items() if _share(value) is not None}
    number = fields.whole(seed.value, scope, "a seed", least=0) if seed is not None else None
    if seed is not None and not shared:
        scope.error("PED0210", seed.key, "only splits by share are drawn with a seed",
                    "write for example `splits: { train: 80%, test: 20% }`, or leave `seed:` out")
    if shared and len(shared) < len(values):
        scope.error("PED0309", next(value for name, value in values.items() if name not in shared),
                    "splits are all ranges of rows, or all shares of them", "write for example `20%`")
        return Splits(_nothing(values), {}, 0)
    if field is not None and shared and seed is None:
        scope.warning("PED0820", field.value, "these splits have no seed of their own, so 0 is used",
                      "write `seed: S` beside `splits:`: then a change of it is seen")
    return Splits({}, _shares(shared, scope), number or 0) if shared else Splits(_ranges(values, scope), {}, 0)


def _share(value: tree.Expr) -> float | None:
    numeral = numerals.read(value.word) if isinstance(value, tree.Quantity) else None
    return float(numeral.value) if numeral is not None and numeral.type.name == "Percent" else None


def _shares(values: Mapping[str, tree.Expr], scope: Scope) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    low = 0.0
    for name, value in values.items():
        part = _share(value) or 0.0
        if part == 0:
            scope.error("PED0305", value, f"the split `{name}` has no rows", "write a share above 0%")
        if low <= _MORE_THAN_ALL < low + part:
            scope.error("PED0305", value, f"with the split `{name}` the shares are more than 100%",
                        f"{(1 - low) * 100:.10g}% are left for it")
        found[name] = (min(low, 1.0), min(low + part, 1.0))
        low += part
    return found


def _ranges(values: Mapping[str, tree.Expr], scope: Scope) -> dict[str, tuple[int, int]]:
    ranges = {name: _range(name, value, scope) for name, value in values.items()}
    crowded = _crowded(ranges)
    found: dict[str, tuple[int, int]] = {}
    for name, value in values.items():
        if name not in crowded:
            continue
        low, high = found[name] = ranges[name]
        for other, (first, last) in found.items():
            if other != name and max(low, first) < min(high, last):
                both = f"{max(low, first)}..{min(high, last)}"
                scope.error("PED0823", value, f"the split `{name}` shares the rows {both} with `{other}`",
                            f"let `{name}` begin at {last}, or `{other}` end at {low}" if first < low and last < high
                            else "leave them to one of the two", also=(values[other], f"`{other}` has them too"))
                break
    return ranges


def _crowded(ranges: Mapping[str, tuple[int, int]]) -> set[str]:
    """The splits that share rows with some other."""
    found: set[str] = set()
    reaching, end = "", 0
    for name, (low, high) in sorted(ranges.items(), key=lambda item: item[1]):
        if low < min(end, high):
            found |= {name, reaching}
        if high > end:
            reaching, end = name, high
    return found


def _range(name: str, value: tree.Expr, scope: Scope) -> tuple[int, int]:
    if not isinstance(value, tree.Range):
        scope.error("PED0309", value, f"the split `{name}` is no range of rows, and no share of them",
                    "write for example `0..40` or `80%`")
        return 0, 0
    low = fields.whole(value.low, scope, "the first row of a split", least=0)
    high = fields.whole(value.high, scope, "the last row of a split", least=0)
    if low is None or high is None:
        return 0, 0
    if low >= high:
        scope.error("PED0305", value, f"the split `{name}` has no rows", "its last row is behind its first")
    return low, high


def _nothing(values: Mapping[str, tree.Expr]) -> dict[str, tuple[int, int]]:
    return dict.fromkeys(values, (0, 0))


def overlap(dataset: plan.Dataset, one: str, other: str) -> bool:
    """Whether two splits can share a row: those by share never do; no split is all rows."""
    if one == other or not one or not other:
        return True
    if one in dataset.shares or other in dataset.shares:
        return False
    (low, high), (start, stop) = dataset.splits[one], dataset.splits[other]
    return low < stop and start < high
