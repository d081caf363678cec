"""A chart as SVG: one text that needs nothing else, follows light and dark, and says in words what it shows.

Elements are built as a tree, so that no text can break out of them. There are no ids: several pictures fit on a page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.etree import ElementTree

from pedalang.drawing import body, layout
from pedalang.drawing.body import Body, Mark
from pedalang.drawing.chart import Arrow, Chart
from pedalang.drawing.grid import Arrow as Line
from pedalang.drawing.grid import Point, Rect, Route
from pedalang.drawing.layout import Box, Layout
from pedalang.drawing.text import clean

MARGIN, ASIDE, GAP, START = 16.0, 212.0, 34.0, 26.0
WIDE = 660.0
"""Pixels: a picture that is not wider is read without effort where there are 600."""
ROOMS = ((236.0, 180.0), (196.0, 140.0), (160.0, 118.0))
"""How wide boxes and labels may be: the first with which the picture is not too wide, else the last."""
ROUND, HEAD = 9.0, 8.0

STYLE = """
.ped-flow{--paper:#fdfcf9;--ink:#1d1e21;--soft:#5a5c62;--line:#8b8d93;--wash:#f5f2ea;--chip:#e9e4d8;--blue:#1f5582;
--amber:#8a5200;--red:#a3241f;--green:#2b6a45;max-width:100%;height:auto;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
@media(prefers-color-scheme:dark){.ped-flow{--paper:#16171a;--ink:#e6e3db;--soft:#a5a59e;--line:#85868a;--wash:#212328;
--chip:#33363d;--blue:#8abbe8;--amber:#e2ad62;--red:#f2958f;--green:#8bcaa3}}
.ped-flow .paper{fill:var(--paper)}
.ped-flow .box{fill:var(--wash);stroke:var(--soft);stroke-width:1.2}
.ped-flow .start .box{stroke:var(--blue);stroke-width:2}
.ped-flow .inner{fill:none;stroke:var(--soft);stroke-width:.9}
.ped-flow .never{opacity:.5}
.ped-flow .way{fill:none;stroke:var(--line);stroke-width:1.5;stroke-linejoin:round}
.ped-flow .way.back{stroke-dasharray:5 3}
.ped-flow .w2{stroke-width:2.5}.ped-flow .w3{stroke-width:3.5}.ped-flow .w4{stroke-width:4.5}
.ped-flow .head,.ped-flow .begin{fill:var(--line)}
.ped-flow .chip{fill:var(--chip)}
.ped-flow text{fill:var(--ink);font-size:12px}
.ped-flow .flow{font-size:17px;font-weight:600}
.ped-flow .title{font-size:14px;font-weight:600}
.ped-flow .remark,.ped-flow .aside,.ped-flow .count,.ped-flow .clause{fill:var(--soft);font-size:10.5px}
.ped-flow .count{fill:var(--blue);font-weight:600}
.ped-flow .contract{font-weight:600}
.ped-flow .guard,.ped-flow .move,.ped-flow .formula{font:11px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",
monospace}
.ped-flow .guard{fill:var(--soft)}
.ped-flow .raised{font-size:8.5px;font-weight:700}
.ped-flow .raised.hard{fill:var(--red)}
.ped-flow .raised.soft{fill:var(--amber)}
.ped-flow .disc.hard{fill:var(--red)}
.ped-flow .disc.soft{fill:none;stroke:var(--amber);stroke-width:1.3}
.ped-flow .digit{font-size:9.5px;font-weight:700;fill:var(--paper)}
.ped-flow .digit.soft{fill:var(--amber)}
.ped-flow .dot.role{fill:var(--blue)}
.ped-flow .dot.student{fill:none;stroke:var(--green);stroke-width:2}
.ped-flow .rule{stroke:var(--chip);stroke-width:1}
"""

Element = ElementTree.Element


class _Picture(NamedTuple):
    """What is drawn, and where all of it stands."""

    chart: Chart
    boxes: dict[str, Body]
    labels: tuple[Body, ...]
    placed: Layout


def draw(chart: Chart) -> str:
    """The picture. The same chart gives the same text."""
    picture = _fitted(chart)
    head, promised = body.heading(chart), body.promises(chart, ASIDE)
    top = MARGIN + head.height + START
    beside = bool(promised.marks) and picture.placed.width + GAP + ASIDE <= WIDE
    width = max(picture.placed.width + (GAP + ASIDE if beside else 0.0), head.width)
    if promised.marks and not beside:
        width = max(width, ASIDE)
        promised = body.promises(chart, width)
    height = top + picture.placed.height
    aside = (MARGIN + picture.placed.width + GAP, top - 12) if beside else (MARGIN, height + GAP / 2)
    if promised.marks:
        height = max(height, aside[1] + promised.height)
    svg = _root(chart, width + 2 * MARGIN, height + MARGIN)
    _marks(svg, head.marks, MARGIN, MARGIN)
    _flow(svg, picture, MARGIN, top)
    if promised.marks:
        _rule(svg, aside, beside, promised, width)
        _marks(_add(svg, "g", "promises"), promised.marks, *aside)
    return ElementTree.tostring(svg, encoding="unicode")


def _fitted(chart: Chart) -> _Picture:
    """The picture with the widest boxes with which it is not too wide."""
    tried = None
    for box_room, label_room in ROOMS:
        tried = _placed(chart, box_room, label_room)
        if tried.placed.width + (GAP + ASIDE if chart.clauses else 0.0) <= WIDE:
            return tried
    for box_room, label_room in ROOMS:
        tried = _placed(chart, box_room, label_room)
        if tried.placed.width <= WIDE:
            return tried
    assert tried is not None
    return tried


def _placed(chart: Chart, box_room: float, label_room: float) -> _Picture:
    numbers = body.numbered(chart)
    boxes = {phase.name: body.phase(phase, chart.total, numbers, box_room) for phase in chart.phases}
    labels = tuple(body.guards(arrow.guards, _counted(arrow, chart), label_room) for arrow in chart.arrows)
    lines = [Line(arrow.source, arrow.target, label.width, label.height)
             for arrow, label in zip(chart.arrows, labels, strict=True)]
    found = layout.place([Box(name, each.width, each.height) for name, each in boxes.items()], lines)
    return _Picture(chart, boxes, labels, found)


def _counted(arrow: Arrow, chart: Chart) -> str:
    return "" if arrow.count is None else f"{arrow.count} of {chart.total}" if chart.total is not None \
        else str(arrow.count)


# ---------------------------------------------------------------- elements


def _root(chart: Chart, width: float, height: float) -> Element:
    svg = Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "class": "ped-flow", "role": "img", "width": _n(width),
        "height": _n(height), "viewBox": f"0 0 {_n(width)} {_n(height)}", "aria-label": clean(f"flow {chart.name}"),
    })
    _say(ElementTree.SubElement(svg, "title"), f"The flow {chart.name}")
    _say(ElementTree.SubElement(svg, "desc"), in_words(chart))
    ElementTree.SubElement(svg, "style").text = STYLE
    _add(svg, "rect", "paper", width=width, height=height)
    return svg


def in_words(chart: Chart) -> str:
    """What the picture shows, for who does not see it."""
    said = []
    for phase in chart.phases:
        kind = " (start)" if phase.start else " (end)" if phase.final else ""
        turns = "; ".join(f"{turn.who}: {', '.join(turn.moves)}" if turn.moves else turn.who for turn in phase.turns)
        ways = [f"to {arrow.target}" + (f" if {' or '.join(filter(None, arrow.guards))}" if any(arrow.guards) else "")
                for arrow in chart.arrows if arrow.source == phase.name]
        leads = f". Leads {', '.join(ways)}" if ways else ""
        said.append(f"{phase.name}{kind}{f': {turns}' if turns else ''}{leads}.")
    promised = [f"{name} promises {clause.text}." for name, clauses in chart.clauses.items() for clause in clauses]
    return " ".join([*said, *promised])


def _flow(svg: Element, picture: _Picture, x: float, y: float) -> None:
    """Arrows first, then their labels, then the boxes."""
    chart, placed = picture.chart, picture.placed
    inside = ElementTree.SubElement(svg, "g", {"transform": f"translate({_n(x)} {_n(y)})"})
    if chart.phases:
        rect = placed.boxes[chart.phases[0].name]
        middle = rect.x + rect.width / 2
        _add(inside, "circle", "begin", cx=middle, cy=rect.y - START + 5, r=5)
        _way(inside, ((middle, rect.y - START + 10), (middle, rect.y)), "way")
    for arrow, route in zip(chart.arrows, placed.routes, strict=True):
        style = "way back" if route.back else "way"
        share = arrow.count / chart.total if arrow.count and chart.total else 0.0
        _way(inside, route.points, f"{style} never" if arrow.count == 0 else style, math.ceil(4 * share))
    for route, label in zip(placed.routes, picture.labels, strict=True):
        _label(inside, route, label)
    for phase in chart.phases:
        style = "start" if phase.start else "final" if phase.final else "plain"
        _box(inside, picture.boxes[phase.name], placed.boxes[phase.name],
             f"{style} never" if phase.count == 0 else style)


def _box(parent: Element, inner: Body, rect: Rect, style: str) -> None:
    group = _add(parent, "g", style)
    _add(group, "rect", "box", x=rect.x, y=rect.y, width=rect.width, height=rect.height, rx=7)
    if style.startswith("final"):
        _add(group, "rect", "inner", x=rect.x + 3, y=rect.y + 3, width=rect.width - 6, height=rect.height - 6, rx=5)
    _marks(group, inner.marks, rect.x, rect.y)


def _label(parent: Element, route: Route, label: Body) -> None:
    if route.label is None:
        return
    rect = route.label
    _add(parent, "rect", "paper", x=rect.x, y=rect.y, width=rect.width, height=rect.height, rx=3)
    for mark in label.marks:
        at = rect.x + 3 if route.back else rect.x + rect.width / 2
        _text(parent, mark.kind, at, rect.y + mark.y, mark.text, "start" if route.back else "middle")


def _rule(svg: Element, aside: Point, beside: bool, promised: Body, width: float) -> None:
    """A line between the flow and what it promises."""
    if beside:
        x = aside[0] - GAP / 2
        _add(svg, "line", "rule", x1=x, x2=x, y1=aside[1], y2=aside[1] + promised.height)
    else:
        _add(svg, "line", "rule", x1=MARGIN, x2=MARGIN + width, y1=aside[1] - 2, y2=aside[1] - 2)


def _marks(parent: Element, marks: Iterable[Mark], x: float, y: float) -> None:
    for mark in marks:
        at, base = x + mark.x, y + mark.y
        kind, _, more = mark.kind.partition(" ")
        if kind == "chip":
            _add(parent, "rect", "chip", x=at, y=base - 12.5, width=mark.width, height=17, rx=4)
            _text(parent, "move", at + 5, base, mark.text)
        elif kind == "dot":
            _add(parent, "circle", mark.kind, cx=at, cy=base, r=4 if more == "role" else 3.2)
        elif kind == "badge":
            _add(parent, "circle", f"disc {more}", cx=at, cy=base, r=7.5)
            _text(parent, f"digit {more}", at, base + 3.4, mark.text, "middle")
        else:
            _text(parent, mark.kind, at, base, mark.text, "end" if kind == "remark" else "start")


def _way(parent: Element, points: Sequence[Point], style: str, strength: int = 0) -> None:
    """A line with its head; `strength` is 0, or 1 to 4 for a share of dialogues."""
    (_, y0), (x1, y1) = points[-2:]
    aside = y0 == y1
    end = (x1 + HEAD - 2, y1) if aside else (x1, y1 - HEAD + 2)
    _add(parent, "path", f"{style} w{strength}" if strength else style, d=_path([*points[:-1], end]))
    size = HEAD / 2 + 0.5 + strength / 2
    corners = [(x1, y1), (x1 + HEAD, y1 - size), (x1 + HEAD, y1 + size)] if aside else \
        [(x1, y1), (x1 - size, y1 - HEAD), (x1 + size, y1 - HEAD)]
    _add(parent, "polygon", "head never" if "never" in style else "head",
         points=" ".join(f"{_n(x)},{_n(y)}" for x, y in corners))


def _path(points: Sequence[Point]) -> str:
    """Straight where two points share a place, rounded where such lines meet, else curved from height to height."""
    said = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for at, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        if x0 != x1 and y0 != y1:
            middle = (y0 + y1) / 2
            said.append(f"C{_n(x0)} {_n(middle)} {_n(x1)} {_n(middle)} {_n(x1)} {_n(y1)}")
            continue
        after = points[at + 2] if at + 2 < len(points) else None
        turns = after is not None and ((x0 == x1 and after[1] == y1) or (y0 == y1 and after[0] == x1))
        if after is None or not turns:
            said.append(f"L{_n(x1)} {_n(y1)}")
            continue
        before, behind = _short_of((x1, y1), (x0, y0)), _short_of((x1, y1), after)
        said.append(f"L{_n(before[0])} {_n(before[1])}Q{_n(x1)} {_n(y1)} {_n(behind[0])} {_n(behind[1])}")
    return "".join(said)


def _short_of(corner: Point, other: Point) -> Point:
    """The point on the way from a corner to another point where its rounding begins."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(ROUND, length / 2) / length if length else 0.0
    return corner[0] + dx * share, corner[1] + dy * share


def _add(parent: Element, name: str, style: str, **attributes: float | str) -> Element:
    written = {key: value if isinstance(value, str) else _n(value) for key, value in attributes.items()}
    return ElementTree.SubElement(parent, name, {"class": style, **written})


def _text(parent: Element, style: str, x: float, y: float, text: str, anchor: str = "start") -> None:
    if text:
        more = {} if anchor == "start" else {"text-anchor": anchor}
        _say(_add(parent, "text", style, x=x, y=y, **more), text)


def _say(element: Element, text: str) -> None:
    element.text = clean(text)


def _n(value: float) -> str:
    return f"{round(value, 1):g}"
