"""What is read of a run's progress: lines where there is no terminal, a bar where there is one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from pedalang.runtime.pool import Begun, Observer
from pedalang.watching import progress, words
from pedalang.watching.bar import Bar
from pedalang.watching.tally import Tally
from tests.watching.conftest import Clock, answer, ending, header, turn


def play(observer: Observer, clock: Clock, dialogues: int, turns: int, seconds: float, *, before: int = 0) -> None:
    """A run in which each turn takes so long, and every tenth dialogue fails."""
    observer.began(Begun(Path("runs/demo"), header(dialogues), range(before, dialogues), 1))
    for number in range(before, dialogues):
        observer.started(number)
        for at in range(turns):
            clock.now += seconds
            observer.answered(answer(number, at))
            observer.spoke(turn(number, at))
        observer.ended(ending(number, "PED1103" if number % 10 == 9 else ""))
    observer.played()


def test_a_short_run_has_a_line_at_its_beginning_and_one_at_its_end(clock: Clock) -> None:
    lines: list[str] = []
    play(progress.in_lines(lines.append, clock), clock, 8, 4, 0.01)
    assert lines == ["runs/demo: 8 dialogues", "played 8 dialogues, 32 turns in 0:00"]


def test_a_longer_run_has_a_line_a_tenth_and_the_first_failure_of_a_code(clock: Clock) -> None:
    lines: list[str] = []
    play(progress.in_lines(lines.append, clock), clock, 100, 4, 0.2)
    assert lines[0] == "runs/demo: 100 dialogues"
    assert lines[1] == "dialogue 9 failed: PED1103: no answer"
    assert lines[2] == ("playing: 10 of 100 dialogues; 40 turns, 500 tokens/s, 0:08; about 1 min left; "
                        "1 failed: PED1103 1")
    assert len([line for line in lines if line.startswith("playing")]) == 9, "a tenth takes 8 seconds"
    assert lines[-1] == "played 100 dialogues, 400 turns in 1:20; 10 failed: PED1103 10"
    assert len(set(lines)) == len(lines)


def test_a_run_of_a_day_has_a_line_in_ten_minutes(clock: Clock) -> None:
    lines: list[str] = []
    play(progress.in_lines(lines.append, clock), clock, 1000, 4, 21.6)
    assert 24 * 6 <= len(lines) < 24 * 6 + 30


def test_a_run_that_goes_on_says_what_is_done(clock: Clock) -> None:
    lines: list[str] = []
    play(progress.in_lines(lines.append, clock), clock, 100, 4, 0.01, before=95)
    assert lines[0] == "runs/demo: 5 dialogues (95 of 100 are done already)"
    lines.clear()
    play(progress.in_lines(lines.append, clock), clock, 100, 4, 0.01, before=100)
    assert lines == ["runs/demo: all of 100 dialogues are done already"]


def test_judging_is_told_too(clock: Clock) -> None:
    lines: list[str] = []
    observer = progress.in_lines(lines.append, clock)
    play(observer, clock, 4, 1, 0.01)
    observer.judging(4)
    for number in range(4):
        clock.now += 15
        observer.answered(answer(number, -1))
        observer.judged(number)
    observer.scoring(4)
    for number in range(4):
        observer.scored(number)
    assert lines[2:] == ["judging 4 dialogues",
                         "judging: 1 of 4 dialogues; 1 answer, 7 tokens/s, 0:15; about 45 s left",
                         "judging: 2 of 4 dialogues; 2 answers, 7 tokens/s, 0:30; about 30 s left",
                         "judging: 3 of 4 dialogues; 3 answers, 7 tokens/s, 0:45; about 15 s left",
                         "judged: 4 answers in 1:00"]


def test_what_was_not_played_is_said_once(clock: Clock) -> None:
    lines: list[str] = []
    observer = progress.in_lines(lines.append, clock)
    observer.began(Begun(Path("run"), header(3), range(3), 1))
    observer.started(0)
    observer.ended(ending(0))
    observer.left_out([1, 2], "the budget of 10 tokens is used up")
    observer.played()
    assert lines[-1] == "2 of 3 dialogues were not played, for the budget of 10 tokens is used up: 1, 2"


def test_a_server_s_words_move_no_cursor(clock: Clock) -> None:
    lines: list[str] = []
    observer = progress.in_lines(lines.append, clock)
    observer.began(Begun(Path("run"), header(1), range(1), 1))
    observer.started(0)
    observer.ended(ending(0, "PED1103\x1b[2J\n"))
    assert "\x1b" not in lines[1]
    assert "\n" not in lines[1]


@pytest.mark.parametrize("width", [60, 100])
def test_a_bar_fits_its_terminal(width: int, clock: Clock) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    tally = Tally(clock)
    tally.began(Begun(Path("run"), header(10_000), range(10_000), 64))
    for number in range(1_000):
        tally.started(number)
        clock.now += 4
        tally.answered(answer(number, 0))
        tally.spoke(turn(number, 0))
        tally.ended(ending(number, "PED1103" if number % 500 == 0 else ""))
    console.print(Bar(tally, console).drawn())
    assert isinstance(console.file, io.StringIO)
    first, second, third = console.file.getvalue().splitlines()
    assert first.startswith("playing ━")
    assert first.rstrip().endswith("1,000/10,000 about 10 h left")
    assert second.rstrip() == "1,000 turns, 25 tokens/s, 1:06:40"
    assert third.rstrip() == "2 failed: PED1103 2"
    assert max(map(len, (first, second, third))) <= width


def test_nothing_of_a_bar_stays(clock: Clock) -> None:
    file = io.StringIO()
    console = Console(file=file, width=60, force_terminal=True, color_system=None)
    with pytest.raises(KeyboardInterrupt), progress.on_screen(console, clock) as observer:
        observer.began(Begun(Path("run"), header(3), range(3), 1))
        raise KeyboardInterrupt
    assert file.getvalue().startswith("run: 3 dialogues\n")
    assert file.getvalue().endswith("\x1b[2K"), "the bar's last line is wiped"
    assert "\x1b[?25h" in file.getvalue(), "the cursor is shown again"


@pytest.mark.parametrize(("seconds", "said"), [(3, "3 s"), (42, "40 s"), (70, "1 min"), (1500, "25 min"),
                                               (5000, "1 h 25 min"), (40_000, "11 h"), (400_000, "5 days")])
def test_times_to_come_are_said_as_roughly_as_they_are_known(seconds: float, said: str) -> None:
    assert words.roughly(seconds) == said


@pytest.mark.parametrize(("number", "said"), [(7.4, "7"), (999, "999"), (15_934, "15,900"), (1_234_567, "1.23 million"),
                                              (2.5e9, "2.5 billion"), (999_700, "1 million")])
def test_numbers_that_are_not_exact_have_three_digits(number: float, said: str) -> None:
    assert words.about(number) == said
