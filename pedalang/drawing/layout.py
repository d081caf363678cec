"""Where boxes and arrows stand: layers from top to bottom, arrows back along the right side.

After Sugiyama, Tagawa, Toda (1981): layers by the longest path from the start, an arrow over several layers as a chain
of points, fewer crossings by barycentres, then places by least squares. A label is a point with a size in a row of its
own, so that it stands beside boxes and never on them. Deterministic; lengths are pixels from the top left.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf
from statistics import median
from typing import NamedTuple

from pedalang.drawing import lanes
from pedalang.drawing.grid import LINE, Arrow, Item, Rect, Route, spread

SWEEPS = 16
BETWEEN_BOXES, BETWEEN_LINES = 30.0, 16.0


class Box(NamedTuple):
    """What is placed, by its size."""

    name: str
    width: float
    height: float


class Layout(NamedTuple):
    """Boxes by name, a route for each arrow in their order, and the size of all."""

    boxes: dict[str, Rect]
    routes: tuple[Route, ...]
    width: float
    height: float


def place(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Layout:
    """The layout of boxes, the first of which is the start. At most one arrow leads from a box to another."""
    back = _back(boxes, arrows)
    ranks = _ranks(boxes, [arrow for at, arrow in enumerate(arrows) if at not in back])
    found = {box.name: Item(box.width, box.height, 2 * ranks[box.name], box.name) for box in boxes}
    chains = {at: _chain(arrow, found) for at, arrow in enumerate(arrows) if at not in back}
    rows = _rows([*found.values(), *(item for chain in chains.values() for item in chain)])
    _order(rows)
    _align(rows)
    for chain in chains.values():
        _straighten(chain, rows)
    heights = lanes.stacked(rows, [arrow for at, arrow in enumerate(arrows) if at in back])
    forward = {at: lanes.forward(chain, heights) for at, chain in chains.items()}
    returning = lanes.returning({at: arrows[at] for at in sorted(back)}, heights)
    routes = tuple({**forward, **returning}[at] for at in range(len(arrows)))
    return _framed(heights.boxes, routes)


def _framed(boxes: dict[str, Rect], routes: tuple[Route, ...]) -> Layout:
    """With the size of all that is drawn."""
    labels = [route.label for route in routes if route.label is not None]
    points = [point for route in routes for point in route.points]
    width = max([rect.right for rect in (*boxes.values(), *labels)] + [x for x, _ in points], default=0.0)
    height = max([rect.bottom for rect in (*boxes.values(), *labels)] + [y for _, y in points], default=0.0)
    return Layout(boxes, routes, width, height)


# ---------------------------------------------------------------- layers


def _back(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> set[int]:
    """The arrows that lead back, seen from the start in the order in which they are given."""
    leaving: dict[str, list[tuple[int, str]]] = {box.name: [] for box in boxes}
    for at, arrow in enumerate(arrows):
        leaving[arrow.source].append((at, arrow.target))
    found: set[int] = set()
    state: dict[str, bool] = {}  # whether it is being visited: else it has been
    for box in boxes:
        path = [(box.name, iter(leaving[box.name]))] if box.name not in state else []
        state.setdefault(box.name, True)
        while path:
            name, rest = path[-1]
            step = next(rest, None)
            if step is None:
                state[name] = False
                path.pop()
            elif step[1] not in state:
                state[step[1]] = True
                path.append((step[1], iter(leaving[step[1]])))
            elif state[step[1]]:
                found.add(step[0])
    return found


def _ranks(boxes: Sequence[Box], forward: Sequence[Arrow]) -> dict[str, int]:
    """The layer of each box: one below the lowest that leads to it."""
    ranks = {box.name: 0 for box in boxes}
    waiting = {box.name: sum(arrow.target == box.name for arrow in forward) for box in boxes}
    ready = [name for name, number in waiting.items() if not number]
    for name in ready:
        for arrow in forward:
            if arrow.source == name:
                ranks[arrow.target] = max(ranks[arrow.target], ranks[name] + 1)
                waiting[arrow.target] -= 1
                if not waiting[arrow.target]:
                    ready.append(arrow.target)
    return ranks


def _chain(arrow: Arrow, found: Mapping[str, Item]) -> list[Item]:
    """The points of an arrow between its boxes; the first carries its label."""
    source, target = found[arrow.source], found[arrow.target]
    chain = [Item(LINE, 0.0, row) for row in range(source.row + 1, target.row)]
    chain[0].width, chain[0].height = max(LINE, arrow.width), arrow.height
    for upper, lower in pairwise([source, *chain, target]):
        upper.below.append(lower)
        lower.above.append(upper)
    return chain


def _rows(items: Sequence[Item]) -> list[list[Item]]:
    """The items by rows, in the order in which arrows lead to them."""
    rows: list[list[Item]] = [[] for _ in range(max((item.row for item in items), default=-1) + 1)]
    seen: set[int] = set()
    waiting = [item for item in reversed(items) if not item.above]
    while waiting:
        item = waiting.pop()
        if id(item) not in seen:
            seen.add(id(item))
            rows[item.row].append(item)
            waiting += reversed(item.below)
    return rows


# ---------------------------------------------------------------- order within rows


def _order(rows: list[list[Item]]) -> None:
    """Sorts each row by the mean place of its neighbours, down and up again; the order with fewest crossings stays."""
    _number(rows)
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        for row in rows if sweep % 2 == 0 else reversed(rows):
            places = {id(item): _mean(item.above if sweep % 2 == 0 else item.below, item.at) for item in row}
            row.sort(key=lambda item: places[id(item)])
            for at, item in enumerate(row):
                item.at = at
        crossings = _crossings(rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    rows[:] = best
    _number(rows)


def _number(rows: Sequence[Sequence[Item]]) -> None:
    for row in rows:
        for at, item in enumerate(row):
            item.at = at


def _mean(neighbours: Sequence[Item], otherwise: float) -> float:
    return sum(item.at for item in neighbours) / len(neighbours) if neighbours else otherwise


def _crossings(rows: Sequence[Sequence[Item]]) -> int:
    """How many pairs of lines cross between neighbouring rows."""
    total = 0
    for row in rows:
        seen: list[int] = []
        for item in row:
            ends = sorted(other.at for other in item.below)
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


# ---------------------------------------------------------------- places within rows


def _align(rows: Sequence[Sequence[Item]]) -> None:
    """Gives each item its centre: as near as can be to the mean of its neighbours, in order, without overlap."""
    for row in rows:
        for item, x in zip(row, spread([0.0] * len(row), [1.0] * len(row), _gaps(row)), strict=True):
            item.x = x
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_wanted(item, sweep) for item in row]
            placed = spread([x for x, _ in wanted], [weight for _, weight in wanted], _gaps(row))
            for item, x in zip(row, placed, strict=True):
                item.x = x
    left = min((item.x - item.width / 2 for row in rows for item in row), default=0.0)
    for row in rows:
        for item in row:
            item.x -= left


def _straighten(chain: Sequence[Item], rows: Sequence[Sequence[Item]]) -> None:
    """Puts the points of an arrow above each other where nothing stands in the way."""
    low, high = -inf, inf
    for item in chain:
        row = rows[item.row]
        gaps = _gaps(row)
        if item.at:
            low = max(low, row[item.at - 1].x + gaps[item.at - 1])
        if item.at + 1 < len(row):
            high = min(high, row[item.at + 1].x - gaps[item.at])
        low = max(low, item.width / 2)
    if low <= high:
        middle = min(high, max(low, median(item.x for item in chain)))
        for item in chain:
            item.x = middle


def _wanted(item: Item, sweep: int) -> tuple[float, float]:
    """Where an item would like to stand, and how much. Points of one arrow above each other make a straight line."""
    sides = (item.above, item.below, [*item.above, *item.below])
    near = sides[sweep % 2] if sweep < SWEEPS // 2 else sides[2]
    near = near or sides[2]
    if not near:
        return item.x, 1.0
    weights = [8.0 if not item.box and not other.box else 1.0 for other in near]
    mean = sum(weight * other.x for weight, other in zip(weights, near, strict=True)) / sum(weights)
    return mean, sum(weights)


def _gaps(row: Sequence[Item]) -> list[float]:
    """The least distances between the centres of neighbours."""
    return [(one.width + other.width) / 2 + (BETWEEN_BOXES if one.box and other.box else BETWEEN_LINES)
            for one, other in pairwise(row)]
