"""What stands inside the boxes and beside them, as marks with places: titles, turns with their moves, promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pedalang.drawing.chart import Chart, Clause, Phase, Turn
from pedalang.drawing.text import Face, shortened, width, wrapped

PAD, LINE = 12.0, 20.0
TITLE, WORDS, CODE, SMALL = 14.0, 12.0, 11.0, 10.5
LEAST_WIDTH = 92.0


class Mark(NamedTuple):
    """A text at its baseline, in a style; or a shape of a width around one (`chip`, `badge`, `dot`, `rule`)."""

    kind: str
    x: float
    y: float
    text: str = ""
    width: float = 0.0


class Body(NamedTuple):
    """Marks and the size that they take."""

    marks: tuple[Mark, ...]
    width: float
    height: float


Numbers = Mapping[str, Sequence[tuple[int, Clause]]]
"""For a move or phase, the clauses that speak of it, with their numbers."""


def numbered(chart: Chart) -> Numbers:
    """The clauses are counted through all contracts."""
    found: dict[str, list[tuple[int, Clause]]] = {}
    clauses = [clause for several in chart.clauses.values() for clause in several]
    for number, clause in enumerate(clauses, 1):
        for name in clause.speaks_of:
            found.setdefault(name, []).append((number, clause))
    return found


def phase(of: Phase, total: int | None, numbers: Numbers, room: float) -> Body:
    """A box no wider than `room`."""
    note = "end" if of.final else f"≤ {of.limit} turns" if of.limit else ""
    note_width = width(note, SMALL) + 14 if note else 0.0
    title = shortened(of.name, room - 2 * PAD - note_width, TITLE)
    marks = [Mark("title", PAD, 21, title)]
    x = PAD + width(title, TITLE) + 3
    marks += _badges(numbers.get(of.name, ()), x, 21)
    widest = x + 8 * len(numbers.get(of.name, ())) + note_width + PAD - 3
    y = 21.0
    if of.count is not None:
        y += 16
        counted = f"in {of.count} of {total}" if total is not None else f"{of.count}"
        marks.append(Mark("count", PAD, y, counted))
        widest = max(widest, 2 * PAD + width(counted, SMALL))
    aside = max((width(turn.who, WORDS) for turn in of.turns), default=0.0)
    for turn in of.turns:
        more, y, right = _turn(turn, min(aside, room * 0.45), y + LINE + 1, numbers, room)
        marks += more
        widest = max(widest, right + PAD)
    full = max(LEAST_WIDTH, min(room, widest))
    if note:
        marks.append(Mark("remark", full - PAD, 20, note))
    return Body(tuple(marks), full, y + 13)


def _turn(turn: Turn, aside: float, y: float, numbers: Numbers, room: float) -> tuple[list[Mark], float, float]:
    """A turn's marks from a baseline on, the baseline of its last line, and how far to the right it goes."""
    left = PAD + 11
    marks = [Mark(f"dot {turn.kind}", PAD + 3, y - 4), Mark("speaker", left, y, shortened(turn.who, aside, WORDS))]
    start = x = left + aside + 9
    right = left + aside
    for move in turn.moves:
        spoken = numbers.get(move, ())
        extra = 10.0 + 8 * len(spoken)
        if start + width(move, CODE, "mono") + extra > room - PAD:  # too long to stand beside the name
            start = left
            x, y = start, y + LINE
        name = shortened(move, room - start - PAD - extra, CODE, "mono")
        size = width(name, CODE, "mono") + extra
        if x > start and x + size > room - PAD:
            x, y = start, y + LINE
        marks += [Mark("chip", x, y, name, size), *_badges(spoken, x + 5 + width(name, CODE, "mono") + 1, y)]
        right = max(right, x + size)
        x += size + 5
    return marks, y, right


def _badges(spoken: Iterable[tuple[int, Clause]], x: float, y: float) -> list[Mark]:
    """The small raised numbers of clauses."""
    return [Mark(f"raised {clause.severity}", x + 8 * at, y - 4, str(number))
            for at, (number, clause) in enumerate(spoken)]


def guards(lines: Sequence[str], counted: str, room: float) -> Body:
    """The label of an arrow: its guards below each other, and how often it was gone."""
    marks: list[Mark] = []
    y, widest = 0.0, 0.0
    written = [f"or {line}" if at and line != "else" else line for at, line in enumerate(lines) if line]
    rows: list[tuple[str, str, Face, float]] = [
        ("guard", row, "mono", CODE) for line in written for row in wrapped(line, room, CODE, "mono", 3)]
    if counted:
        rows.append(("count", counted, "sans", SMALL))
    for kind, row, face, size in rows:
        y += 14
        marks.append(Mark(kind, 0, y - 3, row))
        widest = max(widest, width(row, size, face))
    return Body(tuple(marks), widest + 6 if marks else 0.0, y)


def promises(chart: Chart, room: float) -> Body:
    """The contracts with their clauses, numbered as they are in the boxes."""
    marks: list[Mark] = []
    y, number = 0.0, 0
    for name, clauses in chart.clauses.items():
        y += 16
        marks.append(Mark("contract", 0, y, shortened(name, room, WORDS)))
        y += 4
        for clause in clauses:
            number += 1
            y += 17
            marks += [Mark(f"badge {clause.severity}", 8, y - 4, str(number)),
                      Mark("clause", 22, y, shortened(f"{clause.name} · {clause.severity}", room - 22, SMALL))]
            for line in wrapped(clause.text, room - 22, CODE, "mono", 6):
                y += 14
                marks.append(Mark("formula", 22, y, line))
            y += 4
        y += 10
    return Body(tuple(marks), room if marks else 0.0, y)


def heading(chart: Chart) -> Body:
    """The flow's name, its limit, and who speaks."""
    limit = f"at most {chart.limit} turns" if chart.limit else ""
    if chart.total is not None:
        limit = f"{chart.total} dialogues" if chart.total != 1 else "1 dialogue"
    title = 1.08 * width(chart.name, 17)  # bold letters are wider
    marks = [Mark("flow", 0, 16, chart.name), Mark("aside", title + 10, 16, limit)]
    x = 0.0
    for member, (role, kind) in chart.cast.items():
        cast = f"{member}: {role}"
        marks += [Mark(f"dot {kind}", x + 4, 34), Mark("cast", x + 12, 38, cast)]
        x += width(cast, WORDS) + 28
    return Body(tuple(marks), max(x - 16, title + 10 + width(limit, SMALL)), 48)
