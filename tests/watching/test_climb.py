"""What is read of a tuning under way: a line a candidate, and the curve where there is a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from pedalang.overlay import AS_WRITTEN
from pedalang.study.statistics import Estimate
from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.spending import Cost
from pedalang.watching import chart, climb
from tests.watching.conftest import Clock


def candidate(number: int, score: float | None, best: float, how: str = "longer", hard: int = 0) -> Candidate:
    return Candidate(number, AS_WRITTEN, how, (), Estimate(score, 8, 0), (), 100.0, hard, 0, 0,
                     score is not None and score >= best, Cost(), "")


def test_a_curve_shows_each_candidate_and_the_best_so_far() -> None:
    assert chart.drawn([0.25, 0.5, None, 0.4, 0.75], 30, 3) == [
        "0.750 ┤    ●",
        "      │ ●─·",
        "0.250 ┤● ×",
    ]


def test_a_curve_of_nothing_is_nothing_and_of_one_height_a_line() -> None:
    assert chart.drawn([]) == chart.drawn([None, None]) == []
    assert chart.drawn([0.5, 0.5]) == ["0.500 ┤●·"]


def test_many_candidates_share_columns() -> None:
    lines = chart.drawn([at / 1000 for at in range(1000)], 40)
    assert max(map(len, lines)) <= 40 and len(lines) == chart.HEIGHT
    assert sum(line.count("●") for line in lines) >= 30


def test_each_candidate_has_a_line(clock: Clock) -> None:
    lines: list[str] = []
    watcher = climb.Between(lines.append, clock)
    first = candidate(0, 0.5, 0.5, "as written")
    watcher.tried(first, first)
    watcher.tried(candidate(1, 0.625, 0.5, "strategy: a\x1b[2J → b", hard=1), first)
    watcher.tried(candidate(2, None, 0.5), first)
    watcher.finished("the budget of 20 calls is used up")
    assert lines == [
        "    0  0.500         as written",
        "+   1  0.625 +0.125, 1 hard clause broken  strategy: a [2J → b",
        "    2    –           longer",
        "the search was stopped: the budget of 20 calls is used up",
    ]


def test_there_are_lines_in_between_where_candidates_are_far_apart(clock: Clock) -> None:
    lines: list[str] = []
    watcher = climb.Between(lines.append, clock)
    for step in range(1, 60):
        clock.now += 1
        watcher.played("school", 8)
        watcher.learnt("sft", step, 100, {"loss": 1 / step})
        if step == 35:
            watcher.tried(candidate(1, 0.5, 0.5), candidate(1, 0.5, 0.5))
    watcher.follows("the test")
    assert lines == [
        "     …  sft: step 9 of 100, loss 0.111; 0:10",
        "     …  sft: step 29 of 100, loss 0.034; 0:30",
        "+   1  0.500         longer",
        "     …  sft: step 44 of 100, loss 0.023; 0:45",
        "then the test",
    ]


def test_a_terminal_has_the_curve_below_the_lines(clock: Clock) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=60, color_system=None)
    with climb.on_screen(console, clock) as watcher:
        assert isinstance(watcher, climb.Curve)
        for number, score in enumerate((0.5, 0.4, 0.75)):
            watcher.tried(candidate(number, score, 0.5), candidate(2, 0.75, 0.5))
        console.print(watcher.drawn())
        watcher.finished("")
    text = screen.getvalue()
    assert "0.750 ┤  ●" in text
    assert "3 candidates; best 0.750 (candidate 2); 0:00" in text


def test_a_terminal_tells_each_step_until_it_is_tried(clock: Clock) -> None:
    watcher = climb.Curve([].append, Console(file=io.StringIO(), width=70), clock)

    def last() -> str:
        console = Console(file=io.StringIO(), width=70)
        console.print(watcher.drawn())
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue().splitlines()[-1]

    watcher.learnt("grpo", 2, 6, {"reward": 0.34, "loss": -0.01})
    assert last() == "grpo: step 2 of 6, reward 0.340, loss -0.010; 0 candidates; 0:00"
    watcher.tried(candidate(1, 0.5, 0.5), candidate(1, 0.5, 0.5))
    assert last() == "1 candidate; best 0.500 (candidate 1); 0:00"
