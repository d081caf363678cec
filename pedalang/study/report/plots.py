"""Small plots as inline SVG: intervals, curves, small multiples, sparklines, bars. Numbers in, markup out.

Colours are classes that the page's style sheet fills, so that a plot follows light, dark and print. Every plot has a
text alternative. Elements are built as a tree, so no text can break out of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

from markupsafe import Markup

from pedalang.study.report import wording

Kind = Literal["simulated", "recorded"]
Points = Sequence[float | None]


@dataclass(frozen=True)
class Scale:
    """Maps `low`..`high` to the pixels `start`..`end`. A range of one point is widened."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value, kept within the plot."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


@dataclass(frozen=True)
class Mark:
    """A value with its interval, if it has one."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Curve:
    """A measure at k = 1, 2, ..., or at shares; `marks` maps these to the value with its interval. `kind` is its
    looks."""

    kind: Kind
    name: str
    marks: Mapping[float, Mark]


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that cover `low`..`high`, both finite: steps of 1, 2 or 5 times a power of ten, about `most` of
    them. A range without width is widened."""
    size = max(1.0, abs(low), abs(high))
    if high - low < size * 1e-9:
        high = low + size
    rough = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def interval(mark: Mark, scale: Sequence[float], kind: Kind, spread: Sequence[float] = ()) -> Markup:
    """A dot and its whisker over `scale` (two or more ticks), above a fringe that shows where single values lie."""
    width, height, middle = 260, 26, 11
    x = Scale(scale[0], scale[-1], 6, width - 6)
    svg = _svg(width, height, _spoken(mark, scale), "interval")
    for tick in scale:
        _add(svg, "line", "grid", x1=x.at(tick), x2=x.at(tick), y1=2, y2=height - 2)
    for at, share in _fringe(spread, scale):
        _add(svg, "line", "fringe", x1=x.at(at), x2=x.at(at), y1=height - 2, y2=height - 2 - 1.5 - 5 * share)
    if mark.low is not None and mark.high is not None:
        _add(svg, "line", f"whisker {kind}", x1=x.at(mark.low), x2=x.at(mark.high), y1=middle, y2=middle)
        for end in (mark.low, mark.high):
            _add(svg, "line", f"whisker {kind}", x1=x.at(end), x2=x.at(end), y1=middle - 3, y2=middle + 3)
    if mark.value is not None:
        _add(svg, "circle", f"dot {kind}", cx=x.at(mark.value), cy=middle, r=4)
    return _markup(svg)


def axis(scale: Sequence[float]) -> Markup:
    """The numbers over a column of `interval` plots."""
    width, height = 260, 14
    x = Scale(scale[0], scale[-1], 6, width - 6)
    svg = _svg(width, height, f"axis from {_tick(scale[0])} to {_tick(scale[-1])}", "interval")
    for tick in scale:
        anchor = "start" if tick == scale[0] else "end" if tick == scale[-1] else "middle"
        shift = {"start": -3, "end": 3, "middle": 0}[anchor]
        _text(svg, _tick(tick), x.at(tick) + shift, 11, anchor)
    return _markup(svg)


def curves(name: str, lines: Sequence[Curve]) -> Markup:
    """Shares in 0..1 against k, with bands where there are intervals."""
    width, height = 300, 190
    ks = sorted({k for line in lines for k in line.marks})
    x = Scale(ks[0], ks[-1], 34, width - 12)
    y = Scale(0, 1, height - 26, 10)
    svg = _svg(width, height, f"{name}: " + "; ".join(map(_spoken_curve, lines)), "curves")
    _frame(svg, x, y, [(k, str(k)) for k in ks], [0, 0.25, 0.5, 0.75, 1])
    for line in lines:
        known = [(k, mark, mark.value) for k, mark in sorted(line.marks.items()) if mark.value is not None]
        bounds = [(k, mark.low, mark.high) for k, mark, _ in known if mark.low is not None and mark.high is not None]
        if len(bounds) > 1:
            there = [f"{_n(x.at(k))},{_n(y.at(high))}" for k, _, high in bounds]
            back = [f"{_n(x.at(k))},{_n(y.at(low))}" for k, low, _ in reversed(bounds)]
            _add(svg, "polygon", f"band {line.kind}", points=" ".join(there + back))
        _add(svg, "polyline", f"curve {line.kind}", points=_joined([(x.at(k), y.at(value)) for k, _, value in known]))
        for k, _, value in known:
            _add(svg, "circle", f"dot {line.kind}", cx=x.at(k), cy=y.at(value), r=2.6)
    return _markup(svg)


def relation(name: str, lines: Sequence[Curve], low: float = 0.0, *, equal: bool = False) -> Markup:
    """Values from `low` to 1 against shares in 0..1, with whiskers where there are intervals; where the two can be
    `equal`, with the line on which they are."""
    width, height = 300, 220
    quarters = [0, 0.25, 0.5, 0.75, 1]
    x, y = Scale(0, 1, 38, width - 12), Scale(low, 1, height - 26, 10)
    svg = _svg(width, height, f"{name}: " + "; ".join(map(_spoken_curve, lines)), "relation")
    _frame(svg, x, y, [(each, _tick(each)) for each in quarters], quarters if low == 0 else [-1, -0.5, 0, 0.5, 1])
    if equal:
        _add(svg, "line", "fringe", x1=x.at(0), x2=x.at(1), y1=y.at(0), y2=y.at(1), **{"stroke-dasharray": "2 4"})
    for line in lines:
        known = [(at, mark, mark.value) for at, mark in sorted(line.marks.items()) if mark.value is not None]
        for at, mark, _ in known:
            if mark.low is not None and mark.high is not None:
                _add(svg, "line", f"whisker {line.kind}", x1=x.at(at), x2=x.at(at), y1=y.at(mark.low),
                     y2=y.at(mark.high))
        _add(svg, "polyline", f"curve {line.kind}", points=_joined([(x.at(at), y.at(value)) for at, _, value in known]))
        for at, _, value in known:
            _add(svg, "circle", f"dot {line.kind}", cx=x.at(at), cy=y.at(value), r=2.6)
    return _markup(svg)


def course(name: str, lines: Sequence[Points], mean: Points, bounds: tuple[float, float] | None) -> Markup:
    """A state variable over turns: one thin line a dialogue, the mean bold. `bounds` fix the vertical axis."""
    width, height = 300, 170
    longest = max([len(mean), *map(len, lines)])
    values = [0.0, *(value for line in (*lines, mean) for value in line if value is not None)]
    levels = ticks(*(bounds or (min(values), max(values))), most=4)
    x = Scale(0, max(1, longest - 1), 38, width - 12)
    y = Scale(levels[0], levels[-1], height - 26, 10)
    svg = _svg(width, height, f"{name}, mean over turns: {_ends(mean)}", "course")
    _frame(svg, x, y, _turn_ticks(longest), levels)
    for line in lines:
        _runs(svg, "thin", line, x, y)
    _runs(svg, "mean", mean, x, y)
    return _markup(svg)


def climb(name: str, marks: Sequence[Mark], best: Points, beside: Points = ()) -> Markup:
    """Candidates in the order in which they were tried, each a dot with its whisker; those that were the best so far
    are filled, and `best` is a line in steps, as is that of another search `beside` it."""
    width, height = 640, 230
    values = [each for mark in marks for each in (mark.value, mark.low, mark.high) if each is not None]
    values += [each for each in beside if each is not None]
    levels = ticks(min(values, default=0.0), max(values, default=1.0))
    x = Scale(0, max(1, len(marks) - 1, len(beside) - 1), 44, width - 14)
    y = Scale(levels[0], levels[-1], height - 26, 10)
    step = max(1, math.ceil(len(marks) / 12))
    svg = _svg(width, height, f"{name}: {_ends(best).removesuffix(' turns')} candidates", "climb")
    _frame(svg, x, y, [(at, str(at)) for at in range(0, len(marks), step)], levels)
    for at, mark in enumerate(marks):
        if mark.value is not None and mark.low is not None and mark.high is not None:
            _add(svg, "line", "whisker tried", x1=x.at(at), x2=x.at(at), y1=y.at(mark.low), y2=y.at(mark.high))
    if beside:
        _add(svg, "polyline", "curve recorded", points=_joined(_steps(beside, x, y)))
    _add(svg, "polyline", "curve simulated", points=_joined(_steps(best, x, y)))
    for at, mark in enumerate(marks):
        if mark.value is not None:
            new = mark.value == best[at] and (at == 0 or best[at] != best[at - 1])
            _add(svg, "circle", f"dot {'simulated' if new else 'tried'}", cx=x.at(at), cy=y.at(mark.value), r=3.4)
    return _markup(svg)


def _steps(values: Points, x: Scale, y: Scale) -> list[tuple[float, float]]:
    """A line that keeps its height until the next value."""
    found: list[tuple[float, float]] = []
    for at, value in enumerate(values):
        if value is not None:
            if found:
                found.append((x.at(at), found[-1][1]))
            found.append((x.at(at), y.at(value)))
    return found


@dataclass(frozen=True)
class Choice:
    """One of several things to choose between: what it costs, what it is worth, whether something speaks against it,
    whether nothing is better in all."""

    label: str
    cost: float
    worth: float
    flawed: bool
    leads: bool


def choices(name: str, of: Sequence[Choice]) -> Markup:
    """Worth over cost. Those that lead are filled and have their label; flawed ones are crosses."""
    width, height = 640, 260
    across = ticks(min((each.cost for each in of), default=0.0), max((each.cost for each in of), default=1.0), most=6)
    levels = ticks(min((each.worth for each in of), default=0.0), max((each.worth for each in of), default=1.0))
    x, y = Scale(across[0], across[-1], 44, width - 30), Scale(levels[0], levels[-1], height - 26, 14)
    leading = [each for each in of if each.leads]
    said = "; ".join(f"{each.label}: {wording.number(each.worth)} at {each.cost:,.0f}" for each in leading)
    svg = _svg(width, height, f"{name}: {said}", "choices")
    _frame(svg, x, y, [(each, f"{each:,g}") for each in across], levels)
    for each in sorted(of, key=lambda each: each.leads):
        at, up, style = x.at(each.cost), y.at(each.worth), "simulated" if each.leads else "tried"
        if each.flawed:
            for slope in (-4, 4):
                _add(svg, "line", f"cross {style}", x1=at - 4, x2=at + 4, y1=up - slope, y2=up + slope)
        else:
            _add(svg, "circle", f"dot {style}", cx=at, cy=up, r=4)
        if each.leads:
            _text(svg, each.label, at + 7, up - 5, "start")
    return _markup(svg)


def spark(name: str, values: Points) -> Markup:
    """One dialogue's variable, 0..1 unless it goes beyond, as a line of the height of a word."""
    width, height = 72, 18
    known = [value for value in values if value is not None]
    svg = _svg(width, height, f"{name}: {_ends(values)}", "spark")
    x = Scale(0, max(1, len(values) - 1), 3, width - 4)
    y = Scale(min([0.0, *known]), max([1.0, *known]), height - 3, 3)
    _runs(svg, "mean", values, x, y)
    if values and (last := values[-1]) is not None:
        _add(svg, "circle", "dot simulated", cx=x.at(len(values) - 1), cy=y.at(last), r=2)
    return _markup(svg)


def bar(name: str, share: float) -> Markup:
    """A share of 0..1 as a bar."""
    width, height = 140, 12
    svg = _svg(width, height, f"{name}: {share:.0%}", "bar")
    _add(svg, "rect", "rail", x=0, y=3, width=width, height=6)
    _add(svg, "rect", "fill", x=0, y=3, width=width * min(1.0, max(0.0, share)), height=6)
    return _markup(svg)


def band(name: str, parts: Sequence[tuple[str, int, int]], turns: int) -> Markup:
    """How something stood along turns: each part a letter, its first turn, how many. The parts differ in shape: a
    whole block is kept for good, a line on the ground is kept so far, a frame is not kept yet, a block with a cross is
    broken, points ask a judge."""
    wide, height = max(4.0, min(14.0, 480 / max(1, turns))), 16
    svg = _svg(round(wide * turns) + 2, height, name, "standing")
    for letter, first, length in parts:
        left, width = 1 + first * wide, length * wide - 1.5
        match letter:
            case "K":
                _add(svg, "rect", "stood-kept", x=left, y=2, width=width, height=12)
            case "k":
                _add(svg, "rect", "stood-so-far", x=left, y=10, width=width, height=4)
            case "p":
                _add(svg, "rect", "stood-owed", x=left + 0.75, y=2.75, width=max(0.5, width - 1.5), height=10.5)
            case "b":
                _add(svg, "rect", "stood-broken", x=left, y=2, width=width, height=12)
                for up, down in ((4.5, 11.5), (11.5, 4.5)):
                    _add(svg, "line", "stood-cross", x1=left + 2, x2=left + 9, y1=up, y2=down)
            case _:
                _add(svg, "line", "stood-unknown", x1=left, x2=left + width, y1=8, y2=8)
    return _markup(svg)


def columns(name: str, counts: Sequence[int]) -> Markup:
    """A few counts side by side, the largest at full height."""
    width, height, gap = 80, 20, 3
    svg = _svg(width, height, f"{name}: {', '.join(map(str, counts))}", "bar")
    wide = (width - gap * (len(counts) - 1)) / len(counts)
    top = max([1, *counts])
    for at, number in enumerate(counts):
        left, tall = at * (wide + gap), max(1.0, (height - 2) * number / top)
        _add(svg, "rect", "fill" if number else "rail", x=left, y=height - tall, width=wide, height=tall)
    return _markup(svg)


def histogram(name: str, counts: Sequence[int], across: Sequence[tuple[float, str]]) -> Markup:
    """Counts side by side over an axis; `across` has labels at places, where each column is 1 wide from 0 on."""
    width, height = 300, 130
    levels = ticks(0, max([1, *counts]), most=4)
    x = Scale(0, len(counts), 38, width - 12)
    y = Scale(0, levels[-1], height - 26, 10)
    svg = _svg(width, height, f"{name}: {', '.join(map(str, counts))}", "histogram")
    _frame(svg, x, y, across, [level for level in levels if level == round(level)])
    for at, number in enumerate(counts):
        left, right = x.at(at), x.at(at + 1)
        _add(svg, "rect", "fill", x=left + 1, y=y.at(number), width=right - left - 2, height=y.start - y.at(number))
    return _markup(svg)


def _frame(svg: ElementTree.Element, x: Scale, y: Scale, across: Sequence[tuple[float, str]],
           levels: Sequence[float]) -> None:
    for level in levels:
        _add(svg, "line", "grid", x1=x.start, x2=x.end, y1=y.at(level), y2=y.at(level))
        _text(svg, _tick(level), x.start - 6, y.at(level) + 3.5, "end")
    _add(svg, "line", "axis", x1=x.start, x2=x.end, y1=y.start, y2=y.start)
    for at, label in across:
        _add(svg, "line", "axis", x1=x.at(at), x2=x.at(at), y1=y.start, y2=y.start + 3)
        _text(svg, label, x.at(at), y.start + 14, "middle")


def _turn_ticks(length: int) -> list[tuple[float, str]]:
    """Position 0 is the start of the dialogue, position n the state after turn n - 1."""
    step = max(1, math.ceil((length - 1) / 8))
    return [(0, "start"), *((at, str(at - 1)) for at in range(step, length, step) if at * 9 >= length)]


def _runs(svg: ElementTree.Element, style: str, values: Points, x: Scale, y: Scale) -> None:
    """A line, broken where there is no value; a lone value is a short stroke."""
    run: list[tuple[float, float]] = []
    for at, value in enumerate([*values, None]):
        if value is not None:
            run.append((x.at(at), y.at(value)))
        elif run:
            points = run if len(run) > 1 else [(run[0][0] - 1, run[0][1]), (run[0][0] + 1, run[0][1])]
            _add(svg, "polyline", style, points=_joined(points))
            run = []


def _fringe(spread: Sequence[float], scale: Sequence[float]) -> list[tuple[float, float]]:
    """Single values in 60 bins: (place, share of the fullest bin)."""
    bins: dict[int, int] = {}
    size = (scale[-1] - scale[0]) / 60
    for value in spread:
        at = round((value - scale[0]) / size)
        bins[at] = bins.get(at, 0) + 1
    return [(scale[0] + at * size, number / max(bins.values())) for at, number in sorted(bins.items())]


def _spoken(mark: Mark, scale: Sequence[float]) -> str:
    between = "" if mark.low is None else f", 95 % interval {wording.interval(mark.low, mark.high)}"
    return f"{wording.number(mark.value)}{between}, on a scale from {_tick(scale[0])} to {_tick(scale[-1])}"


def _spoken_curve(line: Curve) -> str:
    points = ", ".join(f"{wording.number(mark.value)} at {k:.3g}" for k, mark in sorted(line.marks.items()))
    return f"{line.name} {points}"


def _ends(values: Points) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "no values"
    return f"from {wording.number(known[0])} to {wording.number(known[-1])} in {len(values) - 1} turns"


def _tick(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e5 else f"{value:.1e}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _svg(width: int, height: int, label: str, style: str) -> ElementTree.Element:
    return ElementTree.Element("svg", {
        "class": f"plot {style}", "role": "img", "aria-label": wording.clean(label),
        "width": str(width), "height": str(height), "viewBox": f"0 0 {width} {height}",
    })


def _add(parent: ElementTree.Element, name: str, style: str, **attributes: float | str) -> ElementTree.Element:
    written = {key: value if isinstance(value, str) else _n(value) for key, value in attributes.items()}
    return ElementTree.SubElement(parent, name, {"class": style, **written})


def _text(parent: ElementTree.Element, text: str, x: float, y: float, anchor: str) -> None:
    _add(parent, "text", "tick", x=x, y=y, **{"text-anchor": anchor}).text = wording.clean(text)


def _markup(svg: ElementTree.Element) -> Markup:
    # ElementTree has escaped every text and attribute.
    return Markup(ElementTree.tostring(svg, encoding="unicode"))
