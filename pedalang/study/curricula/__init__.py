"""Orders of problems, one a file: `sampler(problems, draws, settings) -> Sampler`. The folder is the list.

`SETTINGS` of a file are the numbers that a program may set, with what they are where it does not. `ADAPTS` says
whether what comes of problems changes the order.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from typing import Protocol

from pedalang import plan
from pedalang.expression import values
from pedalang.expression.values import Value
from pedalang.runtime.episode import seeds
from pedalang.runtime.episode.seeds import Draws
from pedalang.study.sampling import Problems, Sampler

BY_CHANCE = "random"
"""What every other order is held against: problems as they are drawn."""


class Order(Protocol):
    """What a file of this folder offers."""

    SETTINGS: Mapping[str, float]
    ADAPTS: bool

    def sampler(self, problems: Problems, draws: Draws, settings: Mapping[str, float], /) -> Sampler: ...


def names() -> tuple[str, ...]:
    """The orders there are."""
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Order:
    """The order of that name. Raises `KeyError` where there is no such file."""
    if name not in names():
        raise KeyError(name)
    order: Order = importlib.import_module(f"{__name__}.{name}")  # type: ignore[assignment]
    return order


def opened(chosen: plan.Curriculum, of: plan.Plan, rows: Sequence[Value], seed: int) -> Sampler:
    """A curriculum over rows, at its beginning. `seed` counts where it has none of its own."""
    order = load(chosen.order)
    draws = seeds.drawing(chosen.seed if chosen.seed is not None else seed, 0, -1, chosen.order, "curriculum")
    return order.sampler(problems(chosen, of, rows), draws, {**order.SETTINGS, **chosen.settings})


def without(order: str, count: int, seed: int) -> Sampler:
    """An order that reads nothing of the problems: `fixed`, or `random`."""
    return opened(plan.Curriculum("", order, plan.Selection("")), plan.Plan("", {}), [{}] * count, seed)


def problems(chosen: plan.Curriculum, of: plan.Plan, rows: Sequence[Value]) -> Problems:
    """What a curriculum sees of rows: numbers by their size, cases of an enum as they are declared, other texts as
    they first come; a row without the field comes last."""
    if not chosen.by:
        return Problems(tuple(str(number) for number in range(len(rows))), (0.0,) * len(rows), after=chosen.after)
    cases = _cases(of, chosen)
    found = [row.get(chosen.by) for row in rows]
    seen = {each: float(at) for at, each in enumerate(dict.fromkeys((*cases, *map(_text, found))))}
    ranks = tuple(float("inf") if each is None else float(each) if values.is_number(each) else seen[_text(each)]
                  for each in found)
    others = tuple(_text(row.get(chosen.across)) for row in rows) if chosen.across else ()
    return Problems(tuple(map(_text, found)), ranks, others, chosen.after)


def _cases(of: plan.Plan, chosen: plan.Curriculum) -> tuple[str, ...]:
    dataset = of.datasets.get(chosen.data.dataset)
    record = of.records.get(dataset.record) if dataset is not None else None
    return next((field.cases for field in record.fields if field.name == chosen.by), ()) if record is not None else ()


def _text(value: Value) -> str:
    return "" if value is None else values.to_text(value)
