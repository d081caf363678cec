"""A tuning under way: a line for each candidate, and where there is a terminal the learning curve below them; where
there is none, lines in between where candidates are far apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.task import Task, Watcher
from pedalang.watching import chart, words
from pedalang.watching.bar import TIMES_A_SECOND
from pedalang.watching.lines import FIRST, LAST, Write

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
        yield Between(write, clock)


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
    """The lines that stay: what is tuned, and one for each candidate that was put to the test, with `+` before one that
    was better than all before it."""

    def __init__(self, write: Write, clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self._began = clock()
        self._task: Task | None = None
        self._first: float | None = None
        self._step = ""

    def began(self, task: Task) -> None:
        self._task, self._began = task, self._clock()
        chosen = task.chosen
        self._write(f"{chosen.name}: {chosen.method} on the flow {chosen.flow}, "
                    f"{words.count(len(task.train), 'problem')} to learn from, {len(task.dev):,} to try on; "
                    f"kept in {task.folder}")

    def learnt(self, method: str, step: int, steps: int, figures: Mapping[str, float]) -> None:
        self._step = ", ".join([f"{method}: step {step} of {steps}",
                                *(f"{name} {value:.3f}" for name, value in figures.items())])

    def tried(self, candidate: Candidate, best: Candidate) -> None:
        """Its line: its score, how far that is from the program as written, broken hard clauses, how it was made."""
        self._step = ""
        if candidate.number == 0:
            self._first = candidate.score.value
        broken = f", {words.count(candidate.broken_hard, 'hard clause')} broken" if candidate.broken_hard else ""
        self._write(f"{'+' if candidate.accepted and candidate.number else ' '} {candidate.number:>3}  "
                    f"{said(candidate.score.value)}{self._apart(candidate)}{broken}  {_short(candidate.how)}")

    def finished(self, why: str) -> None:
        if why:
            self._write(f"the search was stopped: {why}")

    def follows(self, what: str) -> None:
        self._write(f"then {what}")

    def _now(self, *more: str) -> str:
        """What is learnt, what was spent, and in what time."""
        cost = self._task.spending.cost if self._task is not None else None
        spent = f"{words.count(cost.calls, 'answer')}, {words.about(cost.tokens)} tokens" if cost is not None else ""
        return "; ".join(filter(None, (self._step, *more, spent, words.lasted(self._clock() - self._began))))

    def _apart(self, candidate: Candidate) -> str:
        """How far a score is from that of the program as it is written."""
        if candidate.number == 0 or self._first is None or candidate.score.value is None:
            return "       "
        return f" {candidate.score.value - self._first:+.3f}"


class Between(Lines):
    """The same with lines in between, 10 seconds after a candidate, then 20, 40 and so on, at most 10 minutes apart."""

    def __init__(self, write: Write, clock: Callable[[], float]) -> None:
        super().__init__(write, clock)
        self._said, self._wait = clock(), FIRST

    def played(self, name: str, dialogues: int) -> None:
        self._look()

    def learnt(self, method: str, step: int, steps: int, figures: Mapping[str, float]) -> None:
        super().learnt(method, step, steps, figures)
        self._look()

    def tried(self, candidate: Candidate, best: Candidate) -> None:
        super().tried(candidate, best)
        self._said, self._wait = self._clock(), FIRST

    def _look(self) -> None:
        if self._clock() - self._said >= self._wait:
            self._said, self._wait = self._clock(), min(LAST, self._wait * 2)
            self._write(f"     …  {self._now()}")


class Curve(Lines):
    """The same as `Lines` with the curve, and what is done now, below them."""

    def __init__(self, write: Write, console: Console, clock: Callable[[], float]) -> None:
        super().__init__(write, clock)
        self._console = console
        self._best: Candidate | None = None
        self._scores: list[float | None] = []
        self._live = Live(console=console, get_renderable=self.drawn, refresh_per_second=TIMES_A_SECOND, transient=True,
                          redirect_stdout=False, redirect_stderr=False)

    def began(self, task: Task) -> None:
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
        best = f"best {said(self._best.score.value)} (candidate {self._best.number})" if self._best is not None else ""
        lines = chart.drawn(self._scores, self._console.width) if len(self._scores) > 1 else []
        return Group(*(Text(line, style="cyan", no_wrap=True) for line in lines),
                     Text(self._now(words.count(len(self._scores), "candidate"), best), style="dim", no_wrap=True,
                          overflow="ellipsis"))


def said(score: float | None) -> str:
    """A score, in a column of its own."""
    return "  –  " if score is None else f"{score:.3f}"


def _short(text: str) -> str:
    """A text of a model, on one line, without what moves a cursor."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= HOW else line[:HOW - 1] + "…"
