"""A run's progress for people: on a terminal, or in lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from pedalang.runtime.pool import Observer
from pedalang.watching.bar import Bar
from pedalang.watching.lines import Between, Marks, Write
from pedalang.watching.tally import Tally
from pedalang.watching.together import Together


@contextmanager
def shown(write: Write, clock: Callable[[], float], *, piped: bool) -> Iterator[Observer]:
    """With a bar where stderr is a terminal, else in lines; in lines too where stdout is `piped` to a program."""
    console = Console(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal and not piped:
        with on_screen(console, clock) as observer:
            yield observer
    else:
        yield in_lines(write, clock)


@contextmanager
def on_screen(console: Console, clock: Callable[[], float]) -> Iterator[Observer]:
    """With a bar below the lines that stay; it is gone at the end, however that comes."""
    tally = Tally(clock)
    bar = Bar(tally, console)

    def write(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    try:
        yield Together((Marks(tally, write), tally, bar))
    finally:
        bar.close()


def in_lines(write: Write, clock: Callable[[], float]) -> Observer:
    """In lines, few of them however long it takes."""
    tally = Tally(clock)
    return Together((Marks(tally, write), tally, Between(tally, write)))
