"""A tuning under way: a line for each candidate, and where there is a terminal the learning curve below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.task import Task, Watcher
from pedalang.watching import chart, words
from pedalang.watching.bar import TIMES_A_SECOND
from pedalang.watching.lines import Write

HOW = 300
"""Characters of how a candidate was made."""


@contextmanager
def shown(write: Write, clock: Callable[[], float]) -> Iterator[Watcher]:
    """With a curve where stderr is a terminal, else in lines."""
    console = Console(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal:
        with on_screen(console, clock) as watcher:
            yield watcher
    else:
        yield Lines(write)


@contextmanager
def on_screen(console: Console, clock: Callable[[], float]) -> Iterator[Watcher]:
    """With a curve below the lines that stay; it is gone at the end, however that comes."""
    def write(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    curve = Curve(write, console, clock)
    try:
        yield curve
    finally:
        curve.close()


class Lines(Watcher):
    """Says what is tuned, and a line for each candidate that was put to the test: `+` before one that was better than
    all before it."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._first: float | None = None

    def began(self, task: Task) -> None:
        chosen = task.chosen
        self._write(f"{chosen.name}: {chosen.method} on the flow {chosen.flow}, "
                    f"{words.count(len(task.train), 'problem')} to learn from, {len(task.dev):,} to try on; "
                    f"kept in {task.folder}")

    def tried(self, candidate: Candidate, best: Candidate) -> None:
        if candidate.number == 0:
            self._first = candidate.score.value
        broken = f", {words.count(candidate.broken_hard, 'hard clause')} broken" if candidate.broken_hard else ""
        self._write(f"{'+' if candidate.accepted and candidate.number else ' '} {candidate.number:>3}  "
                    f"{said(candidate.score.value)}{self._apart(candidate)}{broken}  {_short(candidate.how)}")

    def finished(self, why: str) -> None:
        if why:
            self._write(f"the search was stopped: {why}")

    def _apart(self, candidate: Candidate) -> str:
        """How far a score is from that of the program as it is written."""
        if candidate.number == 0 or self._first is None or candidate.score.value is None:
            return "       "
        return f" {candidate.score.value - self._first:+.3f}"


class Curve(Lines):
    """The same with the curve, and what is done now, below the lines."""

    def __init__(self, write: Write, console: Console, clock: Callable[[], float]) -> None:
        super().__init__(write)
        self._console = console
        self._clock = clock
        self._began = clock()
        self._task: Task | None = None
        self._best: Candidate | None = None
        self._scores: list[float | None] = []
        self._live = Live(console=console, get_renderable=self.drawn, refresh_per_second=TIMES_A_SECOND, transient=True,
                          redirect_stdout=False, redirect_stderr=False)

    def began(self, task: Task) -> None:
        self._task, self._began = task, self._clock()
        super().began(task)
        self._live.start()

    def tried(self, candidate: Candidate, best: Candidate) -> None:
        self._scores.append(candidate.score.value)
        self._best = best
        super().tried(candidate, best)

    def finished(self, why: str) -> None:
        self.close()
        super().finished(why)

    def close(self) -> None:
        """Takes the curve from the screen."""
        self._live.stop()

    def drawn(self) -> RenderableType:
        """What is on the screen now."""
        lines = chart.drawn(self._scores, self._console.width) if len(self._scores) > 1 else []
        return Group(*(Text(line, style="cyan", no_wrap=True) for line in lines),
                     Text(self._doing(), style="dim", no_wrap=True, overflow="ellipsis"))

    def _doing(self) -> str:
        cost = self._task.spending.cost if self._task is not None else None
        spent = f"{words.count(cost.calls, 'answer')}, {words.about(cost.tokens)} tokens" if cost is not None else ""
        best = f"best {said(self._best.score.value)} (candidate {self._best.number})" if self._best is not None else ""
        return "; ".join(filter(None, (words.count(len(self._scores), "candidate"), best, spent,
                                       words.lasted(self._clock() - self._began))))


def said(score: float | None) -> str:
    """A score, in a column of its own."""
    return "  –  " if score is None else f"{score:.3f}"


def _short(text: str) -> str:
    """A text of a model, on one line, without what moves a cursor."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= HOW else line[:HOW - 1] + "…"
