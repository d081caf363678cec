"""Numbers as tables on a terminal tell them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from pedalang.study.statistics import Estimate
from pedalang.terminal import tables, validation


@pytest.mark.parametrize(("value", "shown"), [(-0.0001, "0.000"), (0.0, "0.000"), (-0.0006, "-0.001"), (None, "–")])
def test_what_rounds_to_nothing_has_no_sign(value: float | None, shown: str) -> None:
    assert tables.number(value) == shown
    if value is not None:
        assert tables.interval(value, 1.0) == f"{shown} to 1.000"


def test_a_level_that_is_no_whole_percentage_is_told_as_it_is() -> None:
    assert (tables.at(0.95), tables.at(0.995)) == ("95 % interval", "99.5 % interval")


def test_the_widest_figures_of_a_judge_fit_a_terminal_of_80() -> None:
    cell = validation.told(Estimate(-0.758, 30, 0, -0.855, -0.670))
    made = tables.table("95 % intervals", "raw>", "calibrated>")
    made.add_row("Gwet's AC2, quadratic weights", cell, cell)
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(made)
    shown = console.export_text()
    assert shown.count("-0.758 -0.855 to -0.670") == 2
