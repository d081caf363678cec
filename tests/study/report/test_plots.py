"""Plots are well-formed, say in words what they show, and put values where they belong."""

from __future__ import annotations

import itertools
import math
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from pedalang.study.report import plots

finite = st.floats(-1e12, 1e12)
points = st.lists(st.none() | finite, min_size=1, max_size=30)


def parsed(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.tag == "svg" and root.get("role") == "img" and root.get("aria-label")
    for element in root.iter():
        for name, value in element.items():
            assert name in ("class", "aria-label") or ("nan" not in value and "inf" not in value)
    return root


def places(root: ElementTree.Element, style: str) -> list[tuple[float, float]]:
    """The points of the lines of a style."""
    lines = [e.get("points", "") for e in root.iter("polyline") if e.get("class") == style]
    return [tuple(map(float, pair.split(","))) for line in lines for pair in line.split()]  # type: ignore[misc]


@given(finite, finite)
def test_ticks_cover_the_range_in_round_steps(one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = plots.ticks(low, high)
    assert 2 <= len(found) <= 12
    steps = [b - a for a, b in itertools.pairwise(found)]
    near = steps[0] * 1e-6
    assert found[0] <= low + near and found[-1] >= high - near
    assert all(math.isclose(step, steps[0], rel_tol=1e-3) for step in steps)


def test_ticks_of_a_share_and_of_turns() -> None:
    assert plots.ticks(0, 1, most=3) == [0, 0.5, 1]
    assert plots.ticks(0, 12.3, most=4) == [0, 5, 10, 15]


def test_an_interval_draws_the_dot_and_says_its_numbers() -> None:
    root = parsed(plots.interval(plots.Mark(0.5, 0.25, 0.75), (0, 0.5, 1), "simulated", [0.0, 1.0, 1.0]))
    (dot,) = [e for e in root if e.tag == "circle"]
    assert dot.get("cx") == "130"
    assert root.get("aria-label") == "0.50, 95 % interval 0.25 to 0.75, on a scale from 0 to 1"
    assert len([e for e in root if e.get("class") == "fringe"]) == 2


def test_an_interval_without_a_value_is_an_empty_scale() -> None:
    root = parsed(plots.interval(plots.Mark(None), (0, 1), "recorded"))
    assert {e.get("class") for e in root} == {"grid"}


def test_names_cannot_break_out() -> None:
    evil = '"><script>alert(1)</script>\x00'
    for svg in (plots.bar(evil, 0.5), plots.columns(evil, [1]), plots.spark(evil, [1.0]),
                plots.course(evil, [], [0.0, 1.0], None),
                plots.curves(evil, [plots.Curve("simulated", evil, {1: plots.Mark(1.0)})])):
        assert "script" not in {e.tag for e in parsed(svg).iter()}
        assert "<script" not in svg


@given(st.lists(points, max_size=5), points)
def test_a_course_stays_in_its_frame(lines: list[list[float | None]], mean: list[float | None]) -> None:
    root = parsed(plots.course("m", lines, mean, None))
    for x, y in places(root, "thin") + places(root, "mean"):
        assert 30 <= x <= 300 and 0 <= y <= 170


@given(points)
def test_a_spark_is_drawn_of_anything(values: list[float | None]) -> None:
    root = parsed(plots.spark("m", values))
    known = sum(value is not None for value in values)
    assert (known > 0) == bool(places(root, "mean"))


def test_a_line_is_broken_where_there_is_no_value() -> None:
    root = parsed(plots.course("m", [[0.0, 0.5, None, 0.5, 1.0]], [0.0], (0.0, 1.0)))
    assert len([e for e in root if e.get("class") == "thin"]) == 2


def test_curves_skip_what_has_no_value() -> None:
    marks = {1: plots.Mark(0.0, 0.0, 0.2), 2: plots.Mark(None), 3: plots.Mark(1.0, 0.8, 1.0)}
    root = parsed(plots.curves("success at k", [plots.Curve("recorded", "recorded", marks)]))
    assert len(places(root, "curve recorded")) == 2
    assert len([e for e in root if e.tag == "polygon"]) == 1
    assert root.get("aria-label") == "success at k: recorded 0.00 at 1, – at 2, 1.00 at 3"


def test_a_histogram_has_a_column_for_each_count() -> None:
    found = plots.histogram("kind", [0, 2, 4], [(0.5, "1"), (1.5, "2"), (2.5, "3")])
    heights = [float(part.split('"')[0]) for part in str(found).split('height="')[2:]]
    assert heights[0] == 0 and heights[2] == 2 * heights[1] > 0
    assert 'aria-label="kind: 0, 2, 4"' in found
