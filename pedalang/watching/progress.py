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
def on_screen(console: Console, clock: Callable[[], float]) -> Iterator[Observer]:
    """With a bar below the lines that stay; it is gone at the end, however that comes."""
    tally = Tally(clock)
    bar = Bar(tally, console)

    def write(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    try:
        yield Together((Marks(tally, write), tally, bar))
    finally:
        bar.close()


def in_lines(write: Write, clock: Callable[[], float]) -> Observer:
    """In lines, few of them however long it takes."""
    tally = Tally(clock)
    return Together((Marks(tally, write), tally, Between(tally, write)))
