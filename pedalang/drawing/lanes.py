"""Heights of rows, and the ways of arrows: forward ones from row to row, those that lead back around the right side.

Between a row of boxes and the labels below and above it there is a channel. Arrows forward bend only in channels; one
back leaves and enters a box from its right side where nothing stands beside it, else through a track of a channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from pedalang.drawing.grid import Arrow, Item, Point, Rect, Route, within

CHANNEL, SHORT = 22.0, 12.0
"""Height of a channel below and above boxes, at least; more where arrows run far to the side."""
TRACK, LANE, BESIDE = 9.0, 16.0, 6.0
"""Between tracks of a channel, between lanes at the side, between a lane and its label."""
CORNER, PORT, FIRST = 16.0, 14.0, 12.0
"""How far from a box's corner an arrow may stand, and from the next one; and how far below the top at its side."""


@dataclass(slots=True)
class Heights:
    """Where rows stand. `tops` and `bottoms` are of all rows, `boxes` by name; `tracks` is the room for arrows back in
    the channel above (-1) and below (1) a row; `beside` are the boxes that end their row, whose right side is free."""

    items: dict[str, Item] = field(default_factory=dict)
    rows: Sequence[Sequence[Item]] = ()
    tops: list[float] = field(default_factory=list)
    bottoms: list[float] = field(default_factory=list)
    boxes: dict[str, Rect] = field(default_factory=dict)
    tracks: dict[tuple[int, int], float] = field(default_factory=dict)
    beside: tuple[str, ...] = ()


def stacked(rows: Sequence[Sequence[Item]], back: Iterable[Arrow]) -> Heights:
    """The rows one below the other, with room for arrows back."""
    found = Heights({item.box: item for row in rows for item in row if item.box}, rows)
    found.beside = tuple(row[-1].box for row in rows if row and row[-1].box)
    needed = dict.fromkeys(found.beside, FIRST)
    for arrow in back:
        for name, side, room in ((arrow.source, 1, TRACK + arrow.height), (arrow.target, -1, TRACK)):
            if name in needed:
                needed[name] += room + 4
            else:
                key = found.items[name].row, side
                found.tracks[key] = found.tracks.get(key, 0) + room
    for name, height in needed.items():
        if height > FIRST:
            found.items[name].height = max(found.items[name].height, height)
    y = 0.0
    for at, row in enumerate(rows):
        y += found.tracks.get((at, -1), 0.0)
        found.tops.append(y)
        y += max((item.height for item in row), default=0.0)
        found.bottoms.append(y)
        y += found.tracks.get((at, 1), 0.0) + _channel(row, at)
    for name, item in found.items.items():
        found.boxes[name] = Rect(item.x - item.width / 2, found.tops[item.row], item.width, item.height)
    return found


def _channel(row: Sequence[Item], at: int) -> float:
    """The room below a row: more where arrows lead far to the side."""
    far = max((abs(item.x - other.x) - (item.width + other.width) / 4 for item in row for other in item.below),
              default=0.0)
    return (SHORT if at % 2 == 0 else CHANNEL) + min(30.0, max(0.0, far) * 0.12)


def forward(chain: Sequence[Item], heights: Heights) -> Route:
    """The way of an arrow along its points."""
    source, target = chain[0].above[0], chain[-1].below[0]
    start = _port(source, chain[0], source.below, heights, 1)
    points = [(start, heights.boxes[source.box].bottom), (start, heights.bottoms[source.row])]
    for item in chain:
        points += [(item.x, heights.tops[item.row]), (item.x, heights.bottoms[item.row])]
    points.append((_port(target, chain[-1], target.above, heights, -1), heights.tops[target.row]))
    label = None
    if chain[0].height:
        top, bottom = heights.tops[chain[0].row], heights.bottoms[chain[0].row]
        height = chain[0].height
        label = Rect(chain[0].x - chain[0].width / 2, (top + bottom - height) / 2, chain[0].width, height)
    return Route(_without_doubles(points), label)


def _port(box: Item, item: Item, neighbours: Sequence[Item], heights: Heights, side: int) -> float:
    """Where at the top or bottom of a box the arrow stands that leads to one of its neighbours."""
    rect = heights.boxes[box.box]
    taken = box.box not in heights.beside and heights.tracks.get((box.row, side), 0)
    low, high = rect.x + CORNER, rect.right - CORNER - (PORT if taken else 0.0)
    near = sorted(neighbours, key=lambda other: (other.x, other.at))
    return within([other.x for other in near], low, max(low, high), PORT)[near.index(item)]


def _without_doubles(points: Sequence[Point]) -> tuple[Point, ...]:
    return (points[0], *(later for earlier, later in pairwise(points) if later != earlier))


# ---------------------------------------------------------------- arrows that lead back


class _Ends(NamedTuple):
    """Where an arrow back leaves and enters: its points from the box to where it goes aside, and back to a box."""

    leaves: tuple[Point, ...]
    enters: tuple[Point, ...]

    @property
    def span(self) -> tuple[float, float]:
        ys = self.leaves[-1][1], self.enters[0][1]
        return min(ys), max(ys)


class _Taken(NamedTuple):
    """How far to the right something goes between two heights."""

    top: float
    bottom: float
    right: float


def returning(arrows: Mapping[int, Arrow], heights: Heights) -> dict[int, Route]:
    """The ways of the arrows back. The label stands where the arrow leaves, before the lanes at the side; each has a
    lane of its own, the shortest run the innermost."""
    ends = _ends(arrows, heights)
    taken = [_Taken(heights.tops[item.row], heights.bottoms[item.row], item.right)
             for row in heights.rows for item in row]
    labels: dict[int, Rect] = {}
    for at, arrow in arrows.items():
        if arrow.height:
            x, y = ends[at].leaves[-1]
            top = y - arrow.height - 1
            label = labels[at] = Rect(BESIDE + _right(taken, top, y, x), top, arrow.width, arrow.height)
            taken.append(_Taken(top, y, label.right))
    found: dict[int, Route] = {}
    for at in sorted(ends, key=lambda at: (ends[at].span[1] - ends[at].span[0], at)):
        leaves, enters = ends[at]
        lane = LANE + _right(taken, *ends[at].span, leaves[-1][0])
        taken.append(_Taken(*ends[at].span, lane))
        points = [*leaves, (lane, leaves[-1][1]), (lane, enters[0][1]), *enters]
        found[at] = Route(_without_doubles(points), labels.get(at), back=True)
    return found


def _right(taken: Sequence[_Taken], top: float, bottom: float, least: float) -> float:
    """How far to the right things go between two heights."""
    return max((each.right for each in taken if each.top < bottom + 4 and each.bottom > top - 4), default=least)


def _ends(arrows: Mapping[int, Arrow], heights: Heights) -> dict[int, _Ends]:
    """The ends of all. A box's side is entered above, and left below, each with room for its label."""
    leaves: dict[int, tuple[Point, ...]] = {}
    enters: dict[int, tuple[Point, ...]] = {}
    used: dict[tuple[int, int], float] = {}
    for name in heights.beside:
        rect = heights.boxes[name]
        y = rect.y + FIRST
        for at in (at for at, arrow in arrows.items() if arrow.target == name):
            enters[at] = ((rect.right, y),)
            y += TRACK
        for at in (at for at, arrow in arrows.items() if arrow.source == name):
            y += arrows[at].height + 4
            leaves[at] = ((rect.right, y),)
            y += TRACK
    for at, arrow in arrows.items():
        if at not in leaves:
            rect, row = heights.boxes[arrow.source], heights.items[arrow.source].row
            track = used[row, 1] = used.get((row, 1), heights.bottoms[row]) + arrow.height + TRACK
            leaves[at] = (rect.right - CORNER / 2, rect.bottom), (rect.right - CORNER / 2, track)
        if at not in enters:
            rect, row = heights.boxes[arrow.target], heights.items[arrow.target].row
            track = used[row, -1] = used.get((row, -1), heights.tops[row]) - TRACK
            enters[at] = (rect.right - CORNER / 2, track), (rect.right - CORNER / 2, rect.y)
    return {at: _Ends(leaves[at], enters[at]) for at in arrows}
