"""Pictures of flows: nothing stands on anything, every arrow is drawn, whatever the flow; and what a picture says."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedalang.compiler import compile
from pedalang.drawing import chart, grid, layout, svg, text
from pedalang.drawing.chart import Arrow, Chart, Clause, Phase, Turn
from pedalang.drawing.grid import Rect
from pedalang.source import Source

PROGRAMS = Path(__file__).resolve().parents[2] / "programs"
SPACE = "{http://www.w3.org/2000/svg}"
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=24)


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """Any phases, and any arrows between them, at most one from each to each."""
    number = draw(st.integers(1, 14))
    names = [f"{at}{draw(NAMES)}" for at in range(number)]
    ways = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=24, unique=True))
    arrows = tuple(Arrow(one, other, tuple(draw(st.lists(NAMES, max_size=2)))) for one, other in ways)
    moves = draw(st.lists(NAMES, max_size=5, unique=True))
    turns = st.lists(st.builds(Turn, NAMES, st.sampled_from(["role", "student"]),
                               st.lists(st.sampled_from(moves), unique=True).map(tuple) if moves else st.just(())),
                     max_size=3).map(tuple)
    phases = tuple(Phase(name, draw(turns), at == 0, draw(st.booleans()), draw(st.none() | st.integers(1, 99)))
                   for at, name in enumerate(names))
    clauses = {"Care": (Clause("c", "hard", draw(NAMES), frozenset(moves[:1])),)} if draw(st.booleans()) else {}
    return Chart(draw(NAMES), phases, arrows, clauses=clauses)


def placed(of: Chart) -> layout.Layout:
    sizes = [layout.Box(phase.name, 90 + 7.0 * len(phase.name), 40 + 20.0 * len(phase.turns)) for phase in of.phases]
    lines = [grid.Arrow(arrow.source, arrow.target, 20.0 * len(arrow.guards), 14.0 * len(arrow.guards))
             for arrow in of.arrows]
    return layout.place(sizes, lines)


def overlap(one: Rect, other: Rect) -> bool:
    return one.x < other.right - 0.01 and other.x < one.right - 0.01 \
        and one.y < other.bottom - 0.01 and other.y < one.bottom - 0.01


@settings(max_examples=60)
@given(charts())
def test_nothing_stands_on_anything(of: Chart) -> None:
    found = placed(of)
    assert found.boxes.keys() == {phase.name for phase in of.phases}
    labels = [route.label for route in found.routes if route.label]
    assert len(labels) == sum(bool(arrow.guards) for arrow in of.arrows)
    for one, other in combinations([*found.boxes.values(), *labels], 2):
        assert not overlap(one, other)
    for rect in (*found.boxes.values(), *labels):
        assert rect.x >= -0.01 and rect.y >= -0.01
        assert rect.right <= found.width + 0.01 and rect.bottom <= found.height + 0.01


@settings(max_examples=40)
@given(charts())
def test_every_arrow_leads_from_its_box_to_its_box_and_through_no_other(of: Chart) -> None:
    found = placed(of)
    assert len(found.routes) == len(of.arrows)
    for arrow, route in zip(of.arrows, found.routes, strict=True):
        assert on_the_edge(route.points[0], found.boxes[arrow.source])
        assert on_the_edge(route.points[-1], found.boxes[arrow.target])
        for x, y in sampled(route.points):
            assert -0.01 <= x <= found.width + 0.01 and -0.01 <= y <= found.height + 0.01
            for rect in found.boxes.values():
                assert not (rect.x + 1 < x < rect.right - 1 and rect.y + 1 < y < rect.bottom - 1)


def on_the_edge(point: grid.Point, rect: Rect) -> bool:
    x, y = point
    return rect.x - 0.01 <= x <= rect.right + 0.01 and rect.y - 0.01 <= y <= rect.bottom + 0.01 and (
        min(abs(y - rect.y), abs(y - rect.bottom), abs(x - rect.right)) < 0.01)


def sampled(points: tuple[grid.Point, ...]) -> list[grid.Point]:
    """Points along a way; a curve runs between the heights of its ends."""
    found = []
    for (x0, y0), (x1, y1) in pairwise(points):
        for step in range(21):
            t = step / 20
            if x0 != x1 and y0 != y1:
                middle = (y0 + y1) / 2
                u = 1 - t
                found.append((u**3 * x0 + 3 * u * u * t * x0 + 3 * u * t * t * x1 + t**3 * x1,
                              u**3 * y0 + 3 * u * u * t * middle + 3 * u * t * t * middle + t**3 * y1))
            else:
                found.append((x0 + (x1 - x0) * t, y0 + (y1 - y0) * t))
    return found


@settings(max_examples=40)
@given(charts())
def test_a_picture_is_xml_with_every_arrow_and_all_inside(of: Chart) -> None:
    drawn = svg.draw(of)
    assert drawn == svg.draw(of)
    root = ElementTree.fromstring(drawn)
    ways = [each for each in root.iter(f"{SPACE}path") if each.get("class", "").startswith("way")]
    assert len(ways) == len(of.arrows) + 1, "and the one that leads in"
    assert len([each for each in root.iter(f"{SPACE}rect") if each.get("class") == "box"]) == len(of.phases)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    assert_inside(root, 0.0, 0.0, width, height)
    assert root.get("role") == "img" and root.findtext(f"{SPACE}title") and root.findtext(f"{SPACE}desc")
    assert not [each for each in root.iter() if {"id", "style", "href"} & set(each.keys())]


def assert_inside(element: ElementTree.Element, x: float, y: float, width: float, height: float) -> None:
    moved = re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    if element.tag == f"{SPACE}text":
        at, long = x + float(element.get("x", 0)), text.width(element.text or "", 8)
        left = at - {"middle": long / 2, "end": long}.get(element.get("text-anchor", ""), 0)
        assert left >= 0 and left + long <= width and 0 <= y + float(element.get("y", 0)) <= height
    if element.tag == f"{SPACE}rect":
        right = x + float(element.get("x", 0)) + float(element.get("width", 0))
        assert right <= width + 0.1 and y + float(element.get("y", 0)) + float(element.get("height", 0)) <= height + 0.1
    for inner in element:
        assert_inside(inner, x, y, width, height)


def program(name: str) -> chart.Chart:
    path = PROGRAMS / name / "main.ped"
    found = compile.compile_source(Source(str(path), path.read_text()), compile.beside(path.parent), name)
    assert found.plan is not None
    return chart.of_flow(found.plan, next(iter(found.plan.flows)))


def test_what_a_picture_of_a_program_shows() -> None:
    of = program("fractions")
    assert [(arrow.source, arrow.target, arrow.guards) for arrow in of.arrows] == [
        ("open", "solved", ("student.correct",)), ("open", "work", ("else",)),
        ("work", "solved", ("student.correct",)), ("work", "rescue", ("after 4 turns",))]
    assert of.phases[1] == Phase("work", (Turn("teacher", "role", ("probing", "focus")), Turn("student", "student")),
                                 limit=4)
    first = of.clauses["Patience"][0]
    assert (first.text, first.speaks_of) == ("never telling before 2 probing", frozenset({"telling", "probing"}))
    assert svg.in_words(of).startswith(
        "open (start): teacher: probing; student. Leads to solved if student.correct, to work if else.")


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PROGRAMS.glob("*/main.ped")
                                        if "\nflow " in path.read_text(encoding="utf-8")))
def test_programs_can_be_read_at_600_pixels(name: str) -> None:
    root = ElementTree.fromstring(svg.draw(program(name)))
    assert float(root.get("width", "")) <= 720, "so that the smallest letters are 7 pixels there"


def test_arrows_of_one_pair_are_one_with_both_guards() -> None:
    found = compile.compile_text("""
move ask for teacher {}
role Tutor() { moves: [ask]  say ask: ["?"] }
student Learner() { state { done: Bool = false }  act answers { say: ["Yes."] } }
flow f() {
  cast teacher: Tutor()
  cast student: Learner()
  phase a max 4 turns { turn teacher  turn student  -> b when  student.done
    and not false  -> b at max }
  phase b final {}
}
""")
    assert found.plan is not None
    arrow, = chart.of_flow(found.plan, "f").arrows
    assert arrow.guards == ("student.done and not false", "after 4 turns")


def test_dialogues_are_counted_where_they_went() -> None:
    of = Chart("f", (Phase("a", start=True, count=9), Phase("b", final=True, count=0)),
               (Arrow("a", "b", ("x",), 0), Arrow("a", "a", (), 6)), total=9)
    drawn = svg.draw(of)
    assert "in 9 of 9" in drawn and "0 of 9" in drawn and "6 of 9" in drawn
    assert 'class="way never"' in drawn and 'class="way back w3"' in drawn


def test_the_documentation_shows_the_picture_of_the_lesson(update: bool) -> None:
    path = PROGRAMS.parent / "docs" / "images" / "lesson.svg"
    drawn = svg.draw(program("fractions")) + "\n"
    if update:
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn
