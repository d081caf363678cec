"""A run's progress where there is a terminal: a bar and two lines below it, drawn anew four times a second."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pedalang.runtime.pool import Begun, Observer
from pedalang.watching import words
from pedalang.watching.tally import Tally

WIDEST = 100
TIMES_A_SECOND = 4


class Bar(Observer):
    """Draws a tally from the beginning of the first stage until it is closed; then nothing of it is left."""

    def __init__(self, tally: Tally, console: Console) -> None:
        self._tally = tally
        self._live = Live(console=console, get_renderable=self.drawn, refresh_per_second=TIMES_A_SECOND, transient=True,
                          redirect_stdout=False, redirect_stderr=False)

    def began(self, run: Begun) -> None:
        self._live.start()

    def judging(self, dialogues: int) -> None:
        self._live.start()

    def scoring(self, dialogues: int) -> None:
        self._live.start()

    def close(self) -> None:
        """Takes it from the screen."""
        self._live.stop()

    def drawn(self) -> RenderableType:
        """What is on the screen now."""
        tally = self._tally
        row = Table.grid(padding=(0, 1), expand=True)
        for ratio in (0, 1, 0, 0):
            row.add_column(ratio=ratio or None, no_wrap=True)
        row.add_row(words.doing(tally), ProgressBar(tally.total, tally.done), f"{tally.done:,}/{tally.total:,}",
                    words.left(tally))
        lines = [_line(words.done(tally), "dim"), _line(words.failures(tally), "red")]
        return Constrain(Group(row, *(line for line in lines if line)), WIDEST)


def _line(text: str, style: str) -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
