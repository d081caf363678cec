"""Railroad diagrams: a part of the grammar as a drawing that is followed from left to right.

A drawing has a line through its middle; `up` and `down` say how far it reaches above and below that line. Lengths are
pixels. Colours come from the style sheet of the site.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from html import escape

from grammar.ebnf import Choice, Many, Optional, Part, Regex, Rule, Seq, Term, Text

CHAR, BOX, PAD, GAP, ARC = 8.0, 13.0, 10.0, 12.0, 9.0
"""Width of a character, half the height of a box, room inside and between boxes, radius of a bend."""

@dataclass(frozen=True)
class Drawing:
    """What is drawn, from (0, 0) on: right for `width`, along a line at height 0."""

    svg: str
    width: float
    up: float
    down: float


def diagram(ways: list[Part], links: Set[str]) -> str:
    """A rule as SVG; names of `links` lead to their place on the page."""
    drawing = _draw(Choice(tuple(ways)) if len(ways) > 1 else ways[0], links)
    width, height = drawing.width + 4 * GAP, drawing.up + drawing.down + 2 * GAP
    line = drawing.up + GAP
    ends = _path(f"M{GAP} {line - 7}v14M{GAP} {line}h{GAP}") \
        + _path(f"M{width - 2 * GAP} {line}h{GAP}M{width - GAP} {line - 7}v14")
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    return (f'<svg class="railroad" role="img" {size}>{ends}{_at(drawing, 2 * GAP, line)}</svg>')


def _draw(part: Part, links: Set[str]) -> Drawing:
    match part:
        case Text(word):
            return _box(word, "word")
        case Term(name):
            return _box(name, "terminal", links)
        case Rule(name):
            return _box(name, "rule", links)
        case Regex(pattern):
            return _box(pattern, "terminal")
        case Seq(parts):
            return _row([_draw(each, links) for each in parts])
        case Choice(parts):
            return _choice([_draw(each, links) for each in parts])
        case Optional(inner):
            return _choice([_skip(), _draw(inner, links)])
        case Many(inner, least):
            loop = _loop(_draw(inner, links))
            return loop if least else _choice([_skip(), loop])
    raise AssertionError(part)


def _box(text: str, kind: str, links: Set[str] = frozenset()) -> Drawing:
    width = len(text) * CHAR + 2 * PAD
    round_ = BOX if kind == "word" else 3
    made = (f'<rect class="{kind}" x="0" y="{-BOX:g}" width="{width:g}" height="{2 * BOX:g}" rx="{round_:g}"/>'
            f'<text class="{kind}" x="{width / 2:g}" y="4.5">{escape(text)}</text>')
    if text in links:
        place = text.replace("_", "-")
        made = f'<a href="#{place}">{made}</a>'
    return Drawing(made, width, BOX, BOX)


def _skip() -> Drawing:
    return Drawing("", 0, 0, 0)


def _row(drawings: list[Drawing]) -> Drawing:
    svg, x = "", 0.0
    for number, drawing in enumerate(drawings):
        if number:
            svg += _path(f"M{x:g} 0h{GAP:g}")
            x += GAP
        svg += _at(drawing, x, 0)
        x += drawing.width
    return Drawing(svg, x, max(each.up for each in drawings), max(each.down for each in drawings))


def _choice(drawings: list[Drawing]) -> Drawing:
    """The first on the line, the others below it."""
    inner = max(each.width for each in drawings)
    width = inner + 4 * ARC
    svg, y = "", 0.0
    for number, drawing in enumerate(drawings):
        if number:
            y += drawings[number - 1].down + GAP + drawing.up
            bend = y - 2 * ARC if y > 2 * ARC else 0
            svg += _path(f"M0 0a{ARC} {ARC} 0 0 1 {ARC} {ARC}v{bend:g}a{ARC} {ARC} 0 0 0 {ARC} {ARC}")
            svg += _path(f"M{width:g} 0a{ARC} {ARC} 0 0 0 {-ARC} {ARC}v{bend:g}a{ARC} {ARC} 0 0 1 {-ARC} {ARC}")
        svg += _path(f"M{0 if not number else 2 * ARC:g} {y:g}H{2 * ARC:g}") + _at(drawing, 2 * ARC, y)
        svg += _path(f"M{2 * ARC + drawing.width:g} {y:g}H{width if not number else width - 2 * ARC:g}")
        if not number and not drawing.svg:
            y += max(0.0, 2 * ARC - GAP - drawings[1].up)
    return Drawing(svg, width, drawings[0].up, y + drawings[-1].down)


def _loop(drawing: Drawing) -> Drawing:
    """What may come again: a way back below it."""
    width, low = drawing.width + 2 * ARC, max(drawing.down + GAP, 2 * ARC)
    back = (f"M{width - ARC:g} 0a{ARC} {ARC} 0 0 1 {ARC} {ARC}V{low - ARC:g}a{ARC} {ARC} 0 0 1 {-ARC} {ARC}H{ARC:g}"
            f"a{ARC} {ARC} 0 0 1 {-ARC} {-ARC}V{ARC:g}a{ARC} {ARC} 0 0 1 {ARC} {-ARC}")
    arrow = f"M{width / 2 + 4:g} {low - 4:g}l-6 4l6 4"
    svg = _path(f"M0 0h{ARC:g}M{width - ARC:g} 0h{ARC:g}") + _path(back) + _path(arrow) + _at(drawing, ARC, 0)
    return Drawing(svg, width, drawing.up, low + 4)


def _path(steps: str) -> str:
    return f'<path d="{steps}"/>'


def _at(drawing: Drawing, x: float, y: float) -> str:
    if not drawing.svg:
        return ""
    return f'<g transform="translate({x:g} {y:g})">{drawing.svg}</g>'
