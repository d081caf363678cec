"""Several observers of one run."""

from __future__ import annotations

from collections.abc import Sequence

from pedalang import journal
from pedalang.runtime.pool import Begun, Estimate, Observer


class Together(Observer):
    """Tells each of its observers what it is told, in their order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def estimated(self, estimate: Estimate) -> None:
        for each in self._observers:
            each.estimated(estimate)

    def began(self, run: Begun) -> None:
        for each in self._observers:
            each.began(run)

    def started(self, episode: int) -> None:
        for each in self._observers:
            each.started(episode)

    def answered(self, answer: journal.Completion) -> None:
        for each in self._observers:
            each.answered(answer)

    def spoke(self, turn: journal.Turn) -> None:
        for each in self._observers:
            each.spoke(turn)

    def ended(self, ending: journal.Ending) -> None:
        for each in self._observers:
            each.ended(ending)

    def left_out(self, episodes: Sequence[int], why: str) -> None:
        for each in self._observers:
            each.left_out(episodes, why)

    def played(self) -> None:
        for each in self._observers:
            each.played()

    def judging(self, dialogues: int) -> None:
        for each in self._observers:
            each.judging(dialogues)

    def judged(self, episode: int) -> None:
        for each in self._observers:
            each.judged(episode)

    def scoring(self, dialogues: int) -> None:
        for each in self._observers:
            each.scoring(dialogues)

    def scored(self, episode: int) -> None:
        for each in self._observers:
            each.scored(episode)

    def finished(self, code: int) -> None:
        for each in self._observers:
            each.finished(code)
