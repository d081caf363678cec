"""A run's progress in lines: what stays on the screen, and where there is no terminal what comes in between."""

from __future__ import annotations

from collections.abc import Callable

from pedalang import journal
from pedalang.runtime.pool import Begun, Estimate, Observer
from pedalang.watching import words
from pedalang.watching.tally import Tally

Write = Callable[[str], None]

NAMED = 20
"""So many dialogues that were not played are named."""
LONGEST = 400
"""Of what is said of a failed dialogue, in characters."""
FIRST, LAST = 10.0, 600.0
"""Seconds after which a line comes in between; each time twice as many, up to the last."""
APART = 1.0
"""Lines in between are so many seconds apart at least."""
TENTHS = 10


class Marks(Observer):
    """The lines that stay: when a stage begins, the first dialogue that fails with each code, when a stage is over.
    Is told of each thing before the tally is, which then still knows the stage that is over."""

    def __init__(self, tally: Tally, write: Write) -> None:
        self._tally = tally
        self._write = write

    def estimated(self, estimate: Estimate) -> None:
        self._write(words.expected(estimate))

    def began(self, run: Begun) -> None:
        """Where the run is kept, and how much of it is to be played."""
        if not run.episodes:
            self._write(f"{run.folder}: all of {words.count(run.header.episodes, 'dialogue')} are done already")
            return
        done = f" ({run.before:,} of {run.header.episodes:,} are done already)" if run.before else ""
        at_once = f", {run.at_once} at a time" if run.at_once > 1 else ""
        self._write(f"{run.folder}: {words.count(len(run.episodes), 'dialogue')}{at_once}{done}")

    def ended(self, ending: journal.Ending) -> None:
        if ending.why == "failed" and ending.code not in self._tally.failed:
            place = f" ({ending.place})" if ending.place else ""
            said = f"dialogue {ending.episode} failed: {ending.code}: {ending.message}"
            self._write(_printable(said[:LONGEST] + place))

    def played(self) -> None:
        """What has been played, in what time, and what has not been."""
        tally = self._tally
        here = tally.done - tally.before
        if here:
            said = [f"played {words.count(here, 'dialogue')}, {words.count(tally.turns, 'turn')} "
                    f"in {words.lasted(tally.seconds)}", words.failures(tally)]
            self._write("; ".join(filter(None, said)))
        if tally.left:
            left = sorted(tally.left)
            named = ", ".join(map(str, left[:NAMED])) + (" …" if len(left) > NAMED else "")
            self._write(f"{len(left):,} of {tally.total:,} dialogues were not played, for {tally.why}: {named}")

    def judging(self, dialogues: int) -> None:
        self._write(f"judging {words.count(dialogues, 'dialogue')}")

    def scoring(self, dialogues: int) -> None:
        if self._tally.stage == "judging" and self._tally.answers:
            self._write(f"judged: {words.count(self._tally.answers, 'answer')} in {words.lasted(self._tally.seconds)}")


class Between(Observer):
    """A line at each tenth of the dialogues, and where that takes long after 10 seconds, 20, 40 and so on, at most
    10 minutes. Is told of each thing after the tally is."""

    def __init__(self, tally: Tally, write: Write) -> None:
        self._tally = tally
        self._write = write
        self._stage_begins()

    def _stage_begins(self) -> None:
        self._said = 0.0
        self._wait = FIRST
        self._tenth = 0

    def began(self, run: Begun) -> None:
        self._stage_begins()
        self._tenth = self._tenths()

    def spoke(self, turn: journal.Turn) -> None:
        self._look()

    def ended(self, ending: journal.Ending) -> None:
        self._look()

    def judging(self, dialogues: int) -> None:
        self._stage_begins()

    def judged(self, episode: int) -> None:
        self._look()

    def scoring(self, dialogues: int) -> None:
        self._stage_begins()

    def scored(self, episode: int) -> None:
        self._look()

    def _tenths(self) -> int:
        return self._tally.done * TENTHS // max(1, self._tally.total)

    def _look(self) -> None:
        tally = self._tally
        since = tally.seconds - self._said
        due = since >= self._wait
        if tally.done < tally.total and (due or (since >= APART and self._tenths() > self._tenth)):
            self._wait = min(LAST, self._wait * 2) if due else self._wait
            self._said, self._tenth = tally.seconds, self._tenths()
            said = (f"{tally.stage}: {tally.done:,} of {tally.total:,} dialogues", words.done(tally), words.left(tally),
                    words.failures(tally))
            self._write("; ".join(filter(None, said)))


def _printable(text: str) -> str:
    """A text that a server may have a part in, without what moves a cursor."""
    return "".join(character if character.isprintable() else " " for character in text)
