"""Who rates what: the design is balanced, and the same again for the same seed."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pedalang.rating import sheets
from pedalang.rating.items import Item


def made(count: int) -> list[Item]:
    return [Item(f"{number:012x}", number, -1, (), (), ()) for number in range(count)]


@given(st.integers(0, 60), st.integers(2, 6), st.floats(0, 1), st.integers(0, 5))
def test_all_rate_as_much_and_all_pairs_as_many_in_common(count: int, raters: int, overlap: float, seed: int) -> None:
    names = [f"r{number}" for number in range(raters)]
    found = sheets.shared(made(count), names, overlap, seed)
    assert [sheet.rater for sheet in found] == names
    times = Counter(item.name for sheet in found for item in sheet.items)
    assert set(times) == {item.name for item in made(count)}
    assert Counter(times.values())[2] == math.ceil(overlap * count - 1e-9) and max(times.values(), default=1) <= 2
    loads = [len(sheet.items) for sheet in found]
    assert max(loads) - min(loads) <= 2
    common = [len({*one.items} & {*other.items}) for one, other in combinations(found, 2)]
    assert max(common) - min(common) <= 1
    assert found == sheets.shared(made(count), names, overlap, seed)


@given(st.integers(0, 40), st.integers(1, 50), st.integers(0, 5))
def test_a_sample_is_of_that_size_and_keeps_its_order(count: int, size: int, seed: int) -> None:
    items = made(count)
    drawn = sheets.drawn(items, size, seed)
    assert len(drawn) == min(size, count)
    assert drawn == sorted(drawn, key=items.index) == sheets.drawn(items, size, seed)


def test_raters_and_seeds_have_orders_of_their_own() -> None:
    items = made(20)
    orders = {tuple(sheets.ordered(rater, items, seed).items) for rater in "ab" for seed in (1, 2)}
    assert len(orders) == 4
    assert all(sorted(order, key=lambda item: item.name) == items for order in orders)
