"""What has been done of a run, counted as it comes; memory for the dialogues under way only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from pedalang import journal
from pedalang.runtime.pool import Begun, Observer
from pedalang.watching.lengths import Lengths
from pedalang.watching.pace import Pace

RECENT = 20.0
"""Tokens a second are those of so many seconds."""
LONG = 60.0
"""The time left is from the pace of so many seconds, or of a quarter of the time so far where that is more."""
ENOUGH = 3
"""So many dialogues have to be done before a time left is said; of a few, a third."""

Stage = Literal["playing", "judging", "scoring"]


class Tally(Observer):
    """The counts of a run under way. `stage` is what is done now: `done` of `total` dialogues are through it, after so
    many `answers` of engines."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at: dict[int, int] = {}
        self._lengths = Lengths()
        self._set_out("playing", 0, 0)
        self.before = 0
        """Dialogues that had ended before this began."""
        self.turns = 0
        self.failed: Counter[str] = Counter()
        """How many dialogues failed, by code."""
        self.left: list[int] = []
        """Dialogues that were not begun."""
        self.why = ""
        """Why they were not."""

    def _set_out(self, stage: Stage, done: int, total: int) -> None:
        self.stage: Stage = stage
        self.done, self.total, self._first = done, total, done
        self._begun = self._clock()
        self.answers = self._steps = self._tokens = 0
        self._pace = Pace(self._clock, 2)

    @property
    def under_way(self) -> int:
        """Dialogues that are being played."""
        return len(self._at)

    @property
    def seconds(self) -> float:
        """Since the stage began."""
        return self._clock() - self._begun

    def tokens_a_second(self) -> float:
        """Tokens read and written, lately."""
        return self._pace.rates(RECENT)[1]

    def seconds_left(self) -> float | None:
        """Until the stage is over, as far as it can be told; None before it can."""
        here = self.done - self._first
        if here < max(1, min(ENOUGH, (self.total - self._first) // ENOUGH)):
            return None
        pace = self._pace.rates(max(LONG, self.seconds / 4))[0]
        steps = self._lengths.steps_left(max(0, self.total - self.done - self.under_way - len(self.left))) \
            if self.stage == "playing" else self.total - self.done
        return steps / pace if pace > 0 and steps is not None else None

    # ------------------------------------------------------------ what the run tells

    def began(self, run: Begun) -> None:
        self.before = run.before
        self._set_out("playing", run.before, run.header.episodes)

    def started(self, episode: int) -> None:
        self._at[episode] = 0
        self._lengths.begins()

    def answered(self, answer: journal.Completion) -> None:
        self.answers += 1
        self._tokens += answer.tokens_in + answer.tokens_out
        self._note(0)

    def spoke(self, turn: journal.Turn) -> None:
        self.turns += 1
        self._lengths.goes_on(self._at.get(turn.episode, 0), turn.turn + 1)
        self._at[turn.episode] = turn.turn + 1
        self._note(1)

    def ended(self, ending: journal.Ending) -> None:
        self.done += 1
        if ending.why == "failed":
            self.failed[ending.code] += 1
        self._lengths.ends(self._at.pop(ending.episode, 0))
        self._note(1)

    def left_out(self, episodes: Sequence[int], why: str) -> None:
        self.left += episodes
        self.why = why

    def judging(self, dialogues: int) -> None:
        self._set_out("judging", 0, dialogues)

    def judged(self, episode: int) -> None:
        self.done += 1
        self._note(1)

    def scoring(self, dialogues: int) -> None:
        self._set_out("scoring", 0, dialogues)

    def scored(self, episode: int) -> None:
        self.done += 1
        self._note(1)

    def _note(self, steps: int) -> None:
        self._steps += steps
        self._pace.note(self._steps, self._tokens)
